"""Laws drawn over what is not known: which law holds (by Akaike weight), its parameters, and the noise of a run.

Every draw is, for each optimizer, L(N, D) = E + A (N/N0)^-a + B (D/D0)^-b.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..joint_laws import JointFit, LatticeFit, columns, drawn_losses, refit_all
from ..loss_laws import minimise

_LEAST_EXPONENT = 1e-3  # of a draw


@dataclass(frozen=True, eq=False)
class LawDraws:
    """Laws of several optimizers.

    Attributes:
        names: the optimizers, the baseline first.
        floor, size_amplitude, size_exponent, token_amplitude, token_exponent: E, A, a, B, b, shape (optimizers, draws).
        noise: standard deviation of log L of a run, shape (draws,).
        units: N0 and D0.
        widened: factor on log deviations from the median that a back-test asks for.
    """

    names: tuple[str, ...]
    floor: np.ndarray
    size_amplitude: np.ndarray
    size_exponent: np.ndarray
    token_amplitude: np.ndarray
    token_exponent: np.ndarray
    noise: np.ndarray
    units: tuple[float, float]
    widened: float = 1.0

    def index(self, optimizer: str) -> int:
        """Place of an optimizer. Raises InputError for one without runs."""
        if optimizer not in self.names:
            raise InputError(f"No run is of '{optimizer}'; there are {', '.join(self.names)}.")
        return self.names.index(optimizer)

    def log_loss(self, optimizer: int, size: np.ndarray | float, tokens: np.ndarray | float) -> np.ndarray:
        """Log L of one optimizer, shape (draws,), where size and tokens are numbers or of that shape."""
        by_size = self.size_amplitude[optimizer] * (size / self.units[0]) ** -self.size_exponent[optimizer]
        by_tokens = self.token_amplitude[optimizer] * (tokens / self.units[1]) ** -self.token_exponent[optimizer]
        return np.asarray(np.log(self.floor[optimizer] + by_size + by_tokens))

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Draws of a log quantity, pushed away from their median by what the back-test asks for."""
        middle = np.median(values)
        return np.asarray(middle + self.widened * (values - middle))

    def optimum(self, optimizer: int, compute: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """N and D of the least loss at 6 N D = compute: a A n^-a = b B d^-b, in closed form."""
        a, b = self.size_exponent[optimizer], self.token_exponent[optimizer]
        product = np.asarray(compute) / 6 / self.units[0] / self.units[1]
        ratio = a * self.size_amplitude[optimizer] / (b * self.token_amplitude[optimizer])
        size = np.exp((np.log(ratio) + b * np.log(product)) / (a + b))
        return size * self.units[0], product / size * self.units[1]


def draw_laws(lattice: LatticeFit, draws: int, seed: int, only: JointFit | None = None) -> LawDraws:
    """Draws in proportion to the Akaike weights of the laws that are not excluded, each a refit of simulated runs.

    Least-squares fits are redrawn with normal deviations, robust ones with their residuals. A law of size alone has
    B = 0. only: the one law to draw, in place of all.
    """
    data = lattice.data
    accounts = lattice.accounts if only is None else [only]
    raw = np.array([lattice.weights[fit.terms] for fit in accounts])
    counts = np.maximum(np.round(draws * raw / raw.sum()).astype(int), 2)
    parts, noise = [], []
    for k, (fit, count) in enumerate(zip(accounts, counts, strict=True)):
        parts.append(_components(fit, _refitted(fit, int(count), seed + k, lattice.settings.delta)))
        noise.append(np.full(count, fit.sigma))
    floor, by_size, a, by_tokens, b = np.concatenate(parts, axis=2)
    units = (data.size_unit, data.token_unit or 1.0)
    return LawDraws(data.names, floor, by_size, a, by_tokens, b, np.concatenate(noise), units)


def _refitted(fit: JointFit, count: int, seed: int, delta: float) -> np.ndarray:
    """Theta of refits, shape (count, p)."""
    if math.isinf(delta):
        return refit_all(fit.form, drawn_losses(fit, count, seed), fit.theta)[0]
    losses = drawn_losses(fit, count, seed, "residual")
    start = np.repeat(fit.theta[None], count, axis=0)
    return minimise(fit.form, losses, np.ones(losses.shape[1]), start, delta)[0]


def _components(fit: JointFit, theta: np.ndarray) -> np.ndarray:
    """E, A, a, B, b of each optimizer for theta of shape (draws, p): shape (5, optimizers, draws)."""
    count = len(fit.data.names)
    shared = (
        theta[:, :5].T
        if fit.data.tokens is not None
        else np.vstack([theta[:, :3].T, np.full(len(theta), -np.inf), np.ones(len(theta))])
    )
    made = np.repeat(shared[:, None, :], count, axis=1)
    for term, row in (("floor", 0), ("rho_N", 1), ("d_alpha", 2), ("rho_D", 3), ("d_beta", 4)):
        if term in fit.terms:
            made[row, 1:] += theta[:, columns(fit.data, fit.terms, term)].T
    made[[0, 1, 3]] = np.exp(made[[0, 1, 3]])
    made[[2, 4]] = np.maximum(made[[2, 4]], _LEAST_EXPONENT)
    return made
