"""Update rules of one-pass stochastic methods, with their step sizes and momenta as functions of time.

    y_t = (1 - Delta(t)) y_{t-1} + g_t,    theta_{t+1} = theta_t - gamma2 g_t - gamma3(t) y_t,

with g_t the gradient on a fresh batch at theta_t. Nesterov's method is of this form for the point the gradient is
taken at: with v_t = theta_t + m(t) (theta_t - theta_{t-1}), theta_{t+1} = v_t - eta g(v_t) and m = 1 - Delta,

    v_{t+1} = v_t - eta g_t - eta m(t + 1) y_t,    theta_t = v_t + eta m(t) y_{t-1}.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from ...errors import InputError
from ..optimizers import DanaConstant, DanaDecaying, FeaturePowerSGD, OnePass, StochasticMomentum


@dataclass(frozen=True)
class Rule:
    """gamma2, gamma3(t) = gamma3 (1 + t)^-decay, and Delta: `forget`, or delta/(delta + t) where delta is given.

    Attributes:
        gamma2: step along the gradient.
        gamma3: step along the memory y.
        decay: with which that falls in time.
        forget: Delta, where it is constant.
        delta: of Delta = delta/(delta + t), None where it is constant.
        extrapolated: gradients are taken at Nesterov's point v, gamma3(t) is eta m(t + 1), and the risk is that of
            theta.
    """

    gamma2: float
    gamma3: float = 0.0
    decay: float = 0.0
    forget: float = 1.0
    delta: float | None = None
    extrapolated: bool = False

    def at(self, t: float) -> tuple[float, float, float]:
        """gamma2, gamma3 and Delta at time t."""
        gamma3 = self.gamma3 * (1 + t) ** -self.decay
        if self.extrapolated:
            gamma3 *= 1 - self._forget(t + 1)
        return self.gamma2, gamma3, self._forget(t)

    def behind(self, t: float) -> float:
        """theta_t - v_t over y_{t-1}: 0 but for Nesterov's method, where it is eta m(t)."""
        return self.gamma3 * (1 - self._forget(t)) if self.extrapolated else 0.0

    @property
    def constant(self) -> bool:
        """Whether the coefficients do not change with time."""
        return self.decay == 0 and self.delta is None

    @property
    def plain(self) -> bool:
        """Whether there is no momentum."""
        return self.gamma3 == 0

    def _forget(self, t: float) -> float:
        return self.forget if self.delta is None else self.delta / (self.delta + t)


def sgd(eta: float) -> Rule:
    """theta_{t+1} = theta_t - eta g_t; eta in units of 1/lambda_1 of the input covariance."""
    return Rule(eta)


def sgd_momentum(eta: float, beta: float) -> Rule:
    """Heavy ball with constant momentum: y_t = beta y_{t-1} + g_t, theta_{t+1} = theta_t - eta y_t."""
    return Rule(0.0, eta, forget=1 - beta)


def sgd_nesterov(eta: float, delta: float) -> Rule:
    """Nesterov's method on fresh batches, momentum 1 - delta/(delta + t), gradient at the extrapolated point.

    Without growing batches it is not stable for ever: its gradient noise grows as the momentum nears 1.
    """
    return Rule(eta, eta, delta=delta, extrapolated=True)


def dana_constant(eta: float, size: float, delta: float) -> Rule:
    """gamma3 = eta/N, Delta = delta/(delta + t). Source: Ferbach et al. (2025)."""
    return Rule(eta, eta / size, delta=delta)


def dana_decaying(eta: float, s: float, delta: float) -> Rule:
    """gamma3 = eta (1 + t)^(-1/(1+s)), Delta = delta/(delta + t); s > 0. Source: Ferbach et al. (2025).

    delta must be large: where the noise kernel decides (s = 1), below about 3 the exponent depends on batch and step.
    """
    if not s > 0:
        raise InputError(
            f"s is {s:g}, but dana-decaying needs a spectral exponent s > 0, where the trace is finite; try s = 1, or "
            "dana-constant."
        )
    return Rule(eta, eta, decay=1 / (1 + s), delta=delta)


@dataclass(frozen=True)
class _Step:
    """What a one-pass rule is made from: the step of plain SGD, in units of 1/lambda_1, and what else sets it.

    Attributes:
        eta: constant momentum takes eta (1 - beta), which is the same pace.
        s: the spectral exponent, for dana-decaying only.
        size: N.
        beta: constant momentum.
        delta: of DANA's momentum 1 - delta/t.
    """

    eta: float
    s: float
    size: float
    beta: float = 0.9
    delta: float = 8.0


def rule_of(optimizer: OnePass, eta: float, s: float, size: float, beta: float = 0.9, delta: float = 8.0) -> Rule:
    """The rule of an optimizer, preconditioners left to `power` and to s: they change the spectrum, not the rule.

    Args:
        optimizer: a one-pass method.
        eta: the step of plain SGD, in units of 1/lambda_1.
        s: the spectral exponent, for dana-decaying only.
        size: N.
        beta: constant momentum, which takes eta (1 - beta): the same pace.
        delta: of DANA's momentum 1 - delta/t.

    Returns:
        The update rule.

    Raises:
        InputError: for dana-decaying at s <= 0.

    >>> rule_of(StochasticMomentum(), 0.5, 1.0, 64).forget
    0.09999999999999998
    """
    return _rule(optimizer, _Step(eta, s, size, beta, delta))


@singledispatch
def _rule(optimizer: OnePass, step: _Step) -> Rule:
    """One registration for each method that is not plain SGD on some spectrum."""
    return sgd(step.eta)


@_rule.register
def _(optimizer: StochasticMomentum, step: _Step) -> Rule:
    return sgd_momentum(step.eta * (1 - step.beta), step.beta)


@_rule.register
def _(optimizer: DanaConstant, step: _Step) -> Rule:
    return dana_constant(step.eta, step.size, step.delta)


@_rule.register
def _(optimizer: DanaDecaying, step: _Step) -> Rule:
    return dana_decaying(step.eta, step.s, step.delta)


@singledispatch
def power_of(optimizer: OnePass) -> float:
    """The power p of the preconditioner G^-p on the weights: one registration for each method that has one.

    Args:
        optimizer: a one-pass method.

    Returns:
        p, 0 where there is none.
    """
    return 0.0


@power_of.register
def _(optimizer: FeaturePowerSGD) -> float:
    return float(optimizer.p)
