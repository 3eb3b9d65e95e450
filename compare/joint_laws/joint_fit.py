"""One joint law fitted to runs: estimates with standard errors, AICc, and what the design cannot tell apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..loss_laws import SumOfPowers, continuation, fit_all
from .refit import refit_all
from .run_data import RunData
from .terms import D_ALPHA, D_BETA, EXPONENT_OF, RHO_N, Terms, columns, joint_form, label, ordered, projected_starts

_SCATTER = 0.15  # of random starts about the first ones, in log units
_LOOSE = 1e-4  # share of a loss's gradient along what is not determined, up to which the loss is
_RANK = 1e-8  # singular value of the scaled Jacobian, of the largest, below which a direction is not determined


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error (NaN where the data do not determine it)."""

    value: float
    stderr: float


@dataclass(frozen=True, eq=False)
class JointFit:
    """A joint law with some terms, fitted.

    Attributes:
        data: the runs.
        terms: what the optimizers change.
        form: the law at the runs.
        theta: parameters as solved, shape (p,).
        covariance: of theta, shape (p, p).
        value: sum of squares (or of Huber's function, doubled) of the log residuals.
        sigma: standard deviation of the log residuals.
        undetermined: names of parameters that the design cannot tell apart (null space of the scaled Jacobian).
        reached: share of the starts that ended at this solution.
    """

    data: RunData
    terms: Terms
    form: SumOfPowers
    theta: np.ndarray
    covariance: np.ndarray
    value: float
    sigma: float
    undetermined: tuple[str, ...]
    reached: float

    @property
    def name(self) -> str:
        """The terms, joined by +."""
        return label(self.terms)

    @property
    def parameters(self) -> int:
        """How many are fitted, the variance with them."""
        return len(self.theta) + 1

    @property
    def aicc(self) -> float:
        """n log(RSS/n) + 2k + 2k(k+1)/(n - k - 1), k with the variance; infinite where n <= k + 1."""
        n, k = len(self.data.y), self.parameters
        if n - k - 1 <= 0:
            return math.inf
        return n * math.log(max(self.value, 1e-300) / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)

    @property
    def dof(self) -> int:
        """Runs minus parameters of the mean."""
        return len(self.data.y) - len(self.theta)

    @property
    def fitted(self) -> np.ndarray:
        """Fitted log losses, shape (n,)."""
        return np.asarray(self.form.evaluate(self.theta[None])[0][0])

    @property
    def residual(self) -> np.ndarray:
        """Log residuals, shape (n,)."""
        return self.data.y - self.fitted

    def shared(self) -> dict[str, Estimate]:
        """E, A, alpha and, with tokens, B and beta, of the baseline."""
        found = {}
        for k, name in enumerate(self.form.names[: 3 if self.data.tokens is None else 5]):
            error = math.sqrt(max(self.covariance[k, k], 0.0))
            value = float(self.theta[k])
            log = self.form.logarithmic[k]
            found[name] = Estimate(math.exp(value), math.exp(value) * error) if log else Estimate(value, error)
        return found

    def term(self, name: str) -> dict[str, Estimate]:
        """Each optimizer's value of a term: rho as the factor itself, d_alpha, d_beta, and E_o/E for the floor."""
        values, errors = term_values(self.theta, self.data, self.terms, name, self.covariance)
        return {
            optimizer: Estimate(float(v), float(e))
            for optimizer, v, e in zip(self.data.names[1:], values, errors, strict=True)
        }

    def term_gradient(self, name: str, optimizer: str) -> tuple[float, np.ndarray]:
        """One optimizer's value of a term less that of the baseline, and its gradient in theta, shape (p,)."""
        values, gradient = _with_gradient(self.theta, self.data, self.terms, name)
        k = self.data.names.index(optimizer) - 1
        return float(values[k]) - (0.0 if name in (D_ALPHA, D_BETA) else 1.0), gradient[k]

    def predict(self, optimizer: str, sizes: np.ndarray, tokens: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Log loss, shape (m,), and its gradient in theta, shape (m, p)."""
        at = RunData(
            np.asarray(sizes, float),
            None if tokens is None else np.asarray(tokens, float),
            np.ones(len(sizes)),
            np.full(len(sizes), self.data.names.index(optimizer)),
            self.data.names,
            self.data.size_unit,
            self.data.token_unit,
        )
        value, slope = joint_form(at, self.terms).evaluate(self.theta[None])
        return value[0], slope[0]

    def determines(self, optimizer: str, sizes: np.ndarray, tokens: np.ndarray | None) -> np.ndarray:
        """Whether the runs fix the law's loss there, shape (m,), to first order.

        Laws that fit the runs alike differ along the null space of the Jacobian; a loss is fixed where its gradient
        has no part in it. Two sizes do not fix E, A and alpha, and so no loss at a third.
        """
        gradient = self.predict(optimizer, sizes, tokens)[1]
        scale, _, right, weak = _singular(self.form.evaluate(self.theta[None])[1][0])
        scaled, seen = gradient / scale, right[~weak]
        left = scaled - scaled @ seen.T @ seen
        return np.asarray(np.linalg.norm(left, axis=1) < _LOOSE * np.linalg.norm(scaled, axis=1))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "terms": ordered(self.terms),
            "aicc": self.aicc,
            "parameters": self.parameters,
            "residual_sd": self.sigma,
            "shared": {name: vars(found) for name, found in self.shared().items()},
            "values": {t: {o: vars(e) for o, e in self.term(t).items()} for t in ordered(self.terms)},
            "undetermined": list(self.undetermined),
        }


def term_values(
    theta: np.ndarray, data: RunData, terms: Terms, name: str, covariance: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Values of a term for theta of shape (..., p), shape (..., optimizers - 1), and their standard errors.

    rho = exp(-change of log amplitude/exponent): its error follows both, to first order; NaN without a covariance.
    """
    values, gradient = _with_gradient(theta, data, terms, name)
    if covariance is None:
        return values, np.full(values.shape, np.nan)
    variance = np.einsum("...op,pq,...oq->...o", gradient, covariance, gradient)
    return values, np.sqrt(np.maximum(variance, 0.0))


def _with_gradient(theta: np.ndarray, data: RunData, terms: Terms, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Values, shape (..., optimizers - 1), and their gradients in theta, shape (..., optimizers - 1, p)."""
    place = columns(data, terms, name)
    own = theta[..., place]
    gradient = np.zeros((*own.shape, theta.shape[-1]))
    each = np.arange(own.shape[-1])
    if name in (D_ALPHA, D_BETA):
        values = own
        gradient[..., each, place.start + each] = 1.0
    elif name in EXPONENT_OF:
        base = 2 if name == RHO_N else 4
        changed = EXPONENT_OF[name]
        exponent = theta[..., base : base + 1] + (
            theta[..., columns(data, terms, changed)] if changed in terms else 0 * own
        )
        values = np.exp(-own / exponent)
        gradient[..., each, place.start + each] = -values / exponent
        gradient[..., each, base] = values * own / exponent**2
        if changed in terms:
            gradient[..., each, columns(data, terms, changed).start + each] = values * own / exponent**2
    else:
        values = np.exp(own)
        gradient[..., each, place.start + each] = values
    return values, gradient


def embed(theta: np.ndarray, data: RunData, small: Terms, large: Terms) -> np.ndarray:
    """Theta of a law with fewer terms as one of the law with more: what is new is 0."""
    shared = 3 if data.tokens is None else 5
    whole = np.zeros(shared + (len(data.names) - 1) * len(large))
    whole[:shared] = theta[:shared]
    for term in small & large:
        whole[columns(data, large, term)] = theta[columns(data, small, term)]
    return whole


def fit_joint(
    data: RunData,
    terms: Terms = frozenset(),
    delta: float = math.inf,
    *,
    starts: Sequence[np.ndarray] = (),
    cold: bool = True,
    scattered: int = 4,
    seed: int = 0,
) -> JointFit:
    """The law with these terms, the best of many starts.

    Args:
        data: the runs.
        terms: what the optimizers may change.
        delta: of Huber's function of the log residuals; infinite for least squares.
        starts: theta to start from as well, each shape (p,), as solutions of laws with fewer terms.
        cold: whether to start by variable projection too.
        scattered: random starts about each of the others.
        seed: of these.

    Returns:
        The fit of the least objective.
    """
    form = joint_form(data, terms)
    y = data.y
    projected = projected_starts(data, y) if cold or not starts else ()
    first = np.array([*starts, *(embed(start, data, frozenset(), terms) for start in projected)])
    rng = np.random.default_rng([seed, len(terms)])
    jitter = first[None] + _SCATTER * rng.standard_normal((scattered, *first.shape)) * (first != 0)
    begin = np.concatenate([first, jitter.reshape(-1, first.shape[1])])
    if cold or not math.isinf(delta):
        theta, value, _ = fit_all(form, y, np.ones_like(y), continuation(delta), begin)
        value = 2 * value
    else:  # near a solution Gauss and Newton's steps do, at a fifth of the time
        theta, value = refit_all(form, np.repeat(y[None], len(begin), axis=0), begin)
    best = int(np.argmin(value))
    reached = float(np.mean(value <= value[best] * (1 + 1e-6) + 1e-26))
    return fit_at(data, terms, form, theta[best], reached, delta)


def _singular(jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The norms of a Jacobian's columns, and what is left of it: singular values, right vectors, which are null."""
    scale = np.sqrt(np.maximum(np.sum(jacobian**2, axis=0), 1e-300))
    _, singular, right = np.linalg.svd(jacobian / scale, full_matrices=False)
    return scale, singular, right, singular < _RANK * singular[0]


def fit_at(
    data: RunData, terms: Terms, form: SumOfPowers, theta: np.ndarray, reached: float = 1.0, delta: float = math.inf
) -> JointFit:
    """The fit whose solution is theta: its errors by the Jacobian (a sandwich for Huber's function)."""
    level, slope = form.evaluate(theta[None])
    residual, jacobian = data.y - level[0], slope[0]
    dof = max(len(residual) - len(theta), 1)
    inside = np.abs(residual) <= delta
    pull = np.clip(residual, -delta, delta)
    scale, _, right, weak = _singular(jacobian)
    loose = np.abs(right[weak]).max(axis=0, initial=0.0) > 0.1
    inverse = np.linalg.pinv((jacobian / scale).T @ (jacobian / scale), rcond=1e-15, hermitian=True)
    share = max(float(inside.mean()), 1 / len(residual))
    variance = float(np.sum(pull**2)) / dof / share**2
    covariance = inverse / np.outer(scale, scale) * variance
    squares = float(residual @ residual)
    robust = np.where(inside, residual**2, 2 * delta * np.abs(residual) - delta**2) if not math.isinf(delta) else None
    value = squares if robust is None else float(np.sum(robust))
    names = tuple(name for name, free in zip(form.names, loose, strict=True) if free)
    return JointFit(data, terms, form, theta, covariance, value, math.sqrt(squares / dof), names, reached)
