"""The Multi-Power Law: loss along a schedule of learning rates, with its gradient.

    L(t) = L0 + A S_t^-alpha + B sum_k (eta_k - eta_(k-1)) (1 - (1 + C eta_k^-gamma (S_t - S_(k-1)))^-beta)

S is the running sum of rates, the sum runs over k <= t with the increments of the warm-up in it (Luo et al. 2025, "A
Multi-Power Law for Loss Curve Prediction Across Learning Rate Schedules").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .schedule import Schedule

NAMES = ("L0", "A", "alpha", "B", "C", "beta", "gamma")


@dataclass(frozen=True)
class MultiPowerLaw:
    """Parameters of the law.

    Attributes:
        L0: loss of endless training at a constant rate, nats.
        A: of the part without annealing, L0 + A S^-alpha.
        alpha: exponent of that part.
        B: loss per unit of rate, of annealing.
        C: rate at which annealing acts.
        beta: exponent at which it saturates.
        gamma: how it depends on the rate.
    """

    L0: float
    A: float
    alpha: float
    B: float
    C: float
    beta: float
    gamma: float

    @classmethod
    def at(cls, theta: np.ndarray) -> MultiPowerLaw:
        """From L0, log A, alpha, log B, log C, beta, gamma.

        Args:
            theta: shape (7,).

        Returns:
            The law.
        """
        first, a, alpha, b, c, beta, gamma = map(float, theta)
        return cls(first, float(np.exp(a)), alpha, float(np.exp(b)), float(np.exp(c)), beta, gamma)

    @property
    def theta(self) -> np.ndarray:
        """L0, log A, alpha, log B, log C, beta, gamma, shape (7,)."""
        logs = np.log([self.A, self.B, self.C])
        return np.array([self.L0, logs[0], self.alpha, logs[1], logs[2], self.beta, self.gamma])

    def loss(self, schedule: Schedule) -> np.ndarray:
        """Loss at the recorded steps.

        Args:
            schedule: rates of a curve.

        Returns:
            Nats, shape (n,).
        """
        return loss_and_slope(self.theta, schedule)[0]


def loss_and_slope(theta: np.ndarray, schedule: Schedule, *, slope: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Loss at the recorded steps, shape (n,), and where asked its gradient in theta, shape (n, 7)."""
    first, log_a, alpha, log_b, log_c, beta, gamma = theta
    falling = np.exp(log_a - alpha * np.log(schedule.sums))
    ahead = np.maximum(schedule.sums[:, None] - schedule.before, 0.0)  # 0 before step k, where the bracket is 0 too
    reach = np.exp(log_c - gamma * np.log(schedule.rates)) * ahead
    log_reach = np.log1p(reach)
    left = np.exp(-beta * log_reach)
    annealed = np.exp(log_b) * ((1 - left) @ schedule.increments)
    loss = first + falling + annealed
    if not slope:
        return loss, np.empty((loss.size, 0))
    front = np.exp(log_b)
    by_log_c = beta * left * reach / (1 + reach)
    columns = [
        np.ones_like(loss),
        falling,
        -falling * np.log(schedule.sums),
        annealed,
        front * (by_log_c @ schedule.increments),
        front * ((left * log_reach) @ schedule.increments),
        -front * (by_log_c @ (schedule.increments * np.log(schedule.rates))),
    ]
    return loss, np.stack(columns, axis=1)
