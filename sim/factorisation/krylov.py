"""Krylov factorisations: weights of linear optimizers from a few products with G, each with a bound on its error.

Lanczos on M = W'G W from W'b gives Ritz values x_i, with eigenvectors u_i of T. Weights are W f(M) W'b, with
f(x) = (1 - h_T(x))/x for each optimizer and T, and on the Krylov space f is known on Ritz values alone. What is left
out is known exactly (`remainder.py`), so the root mean square by which predictions on the training rows differ is at
most beta |W'b| max sqrt(x) |D(x)| over 0 <= x <= lambda_max(M). The bound is on what is left out; rounding, as in a
dense factorisation, comes on top.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...theory.optimizers import Optimizer
from ..devices import HostBasis
from .factor import Factor, left_over
from .lanczos import Bases, Lanczos, largest_eigenvalue
from .numerical_rank import rounding
from .preconditioner_root import Root
from .remainder import BETWEEN, Remainder

TOLERANCE = 1e-8  # relative, of a risk

_FIRST, _GROWTH = 32, 1.15  # vectors at the first look at the bounds, and from look to look
_MARGIN = 0.1  # the share of the tolerance at which vectors are enough: the risk is known only later
_NOISY = 0.1  # with label noise, the least root of the risk expected, over that of the training loss
_TOP = 1e-10  # relative accuracy of the largest eigenvalue
_PATIENCE = 2.0  # bounds fall faster and faster; a straight line may miss the end by this factor in vectors


@dataclass(frozen=True)
class Wanted:
    """What a family's weights are for.

    Attributes:
        rules: The family's optimizers.
        steps: T, shape (T,).
        eta: Step size in units of 1/lambda_max(P G).
        samples: n as the ridge knows it.
        rows: n, rows that G is a mean over.
        energy: Mean square of the targets.
        noisy: Whether the targets have label noise.
    """

    rules: tuple[Optimizer, ...]
    steps: np.ndarray
    eta: float
    samples: float
    rows: int
    energy: float
    noisy: bool = False

    def learned(self, rule: Optimizer, values: np.ndarray, largest: float) -> np.ndarray:
        """1 - h_T, shape (r, T)."""
        return 1 - left_over(rule, values, self.steps, self.eta, self.samples, largest)


@dataclass(frozen=True)
class KrylovFactor(Factor):
    """A factorisation restricted to a Krylov space of W'b, with a bound on what that leaves out.

    Attributes:
        values: Ritz values, positive, shape (r,).
        basis: W V U, shape (N, r).
        top: The largest eigenvalue of P G.
        bounds: `Factor.error` of each optimizer that it was made for, shape (T,).
        vectors: m, how many Lanczos vectors were made.
    """

    top: float
    bounds: Mapping[Optimizer, np.ndarray]
    vectors: int

    @property
    def largest(self) -> float:
        """The largest eigenvalue of P G, found by itself, so that no target can hide it."""
        return self.top

    def error(self, rule: Optimizer, steps: np.ndarray) -> np.ndarray:
        """See Factor."""
        return self.bounds[rule]


def krylov(
    multiply: Callable[[np.ndarray], np.ndarray],
    root: Root,
    trace: float,
    moment: np.ndarray,
    wanted: Wanted,
    most: int,
    bases: Bases = HostBasis,
) -> KrylovFactor | None:
    """Factorise on as few vectors as give every risk within TOLERANCE; None where `most` are, or would be, too few.

    multiply: v -> G v. root: W of the family. trace: that of W'G W. moment: b, shape (N,). bases: where vectors are
    held. Cost: m products with G, about 2 m^2 N to keep vectors orthogonal, and a bound of some 12 m^2 operations for
    each optimizer and T at a look.
    """
    start = root.adjoint_times(moment)
    if not 0 < np.linalg.norm(start) < math.inf:
        return None

    def product(vector: np.ndarray) -> np.ndarray:
        return root.adjoint_times(multiply(root.times(vector)))

    largest = largest_eigenvalue(product, start, most, _TOP, bases)
    if largest is None:
        return None
    space = Lanczos(product, start, most, bases)
    count, failing = min(_FIRST, most), 0
    before: dict[int, tuple[int, float]] = {}
    while True:
        space.grow(count)
        look = _Look(space, largest, trace, wanted)
        if look.exceeded:
            return None
        order = (*range(failing, len(wanted.rules)), *range(failing))  # the one that failed last looks first
        excess = 0.0
        for index in order:
            excess = look.excess(wanted.rules[index])
            if not excess <= 1:
                failing = index
                break
        else:
            return look.factor(root)
        if space.exhausted or count >= most or not math.isfinite(excess):
            return None
        if count > most / 3 and failing in before and _hopeless(before[failing], (count, excess), most):
            return None
        before[failing] = (count, excess)
        count = min(most, math.ceil(_GROWTH * count))


def _hopeless(before: tuple[int, float], now: tuple[int, float], most: int) -> bool:
    """Whether a straight line through the last two logarithms ends too far beyond `most`."""
    slope = math.log(before[1] / now[1]) / (now[0] - before[0])
    return slope <= 0 or math.log(now[1]) / slope > _PATIENCE * (most - now[0])


class _Look:
    """The bounds at one size of the Krylov space."""

    def __init__(self, space: Lanczos, largest: float, trace: float, wanted: Wanted) -> None:
        self.space, self.largest, self.wanted = space, largest, wanted
        values, self.vectors = space.ritz()
        self.least = least = rounding(space.size) * largest
        self.exceeded = values[-1] > largest * (1 + 2 * _TOP)  # then what was found was not the largest
        self.kept = values > least
        self.values = np.minimum(values[self.kept], largest)
        self.seen = space.length * self.vectors[0]  # V'W'b in eigenvectors of T
        self.remainder = Remainder(values, self.vectors, np.append(self.values, largest), least)
        self.grid = self.remainder.grid
        # (1 - sqrt(1/4))^-2 = 4: what N <= n/4 training rows can understate of a mean square over fresh ones (Bai and
        # Yin 1993); beyond, the same for directions above mu, of which there are at most n/4 where mu = 4 tr M/n
        ridge = 0.0 if 4 * space.size <= wanted.rows else 4 * trace / wanted.rows
        self.weight = 2 * BETWEEN * space.beta * space.length * np.sqrt(self.grid + ridge)

    def learned(self, rule: Optimizer) -> tuple[np.ndarray, np.ndarray]:
        """1 - h_T on Ritz values, and f on the grid."""
        both = self.wanted.learned(rule, np.concatenate([self.values, self.grid]), self.largest)
        on_values, on_grid = both[: len(self.values)], both[len(self.values) :] / self.grid[:, None]
        on_grid[self.grid < self.least] = 0.0  # zero eigenvalues are not learned
        return on_values, on_grid

    def bound(self, rule: Optimizer) -> tuple[np.ndarray, np.ndarray]:
        """The bound for each T, and the training losses, both of shape (T,)."""
        on_values, on_grid = self.learned(rule)
        there = np.zeros((len(self.kept), on_values.shape[1]))
        there[self.kept] = on_values / self.values[:, None]
        with np.errstate(all="ignore"):  # steps that diverge overflow, and no bound is found
            bound = np.max(self.weight[:, None] * np.abs(self.remainder.of(there, on_grid)), axis=0)
            energies = (self.seen[self.kept] ** 2 / self.values)[:, None]
            loss = self.wanted.energy - np.sum(energies * on_values * (2 - on_values), axis=0)
        return bound, loss

    def excess(self, rule: Optimizer) -> float:
        """The largest bound over the one that is small enough; above 1, and perhaps not finite, where it is not."""
        bound, loss = self.bound(rule)
        # no lower than rounding lets a loss be known, and no higher than before the first step, as where steps diverge
        root = np.sqrt(np.clip(loss, np.finfo(float).eps * self.wanted.energy, self.wanted.energy))
        enough = _MARGIN * TOLERANCE / 2 * root * (_NOISY if self.wanted.noisy else 1.0)
        return float(np.max(bound / enough))

    def factor(self, root: Root) -> KrylovFactor:
        """What is handed on."""
        basis = root.times(self.space.combine(self.vectors[:, self.kept]))
        bounds = {rule: self.bound(rule)[0] for rule in self.wanted.rules}
        return KrylovFactor(self.values, basis, self.largest, bounds, self.space.count)


def uncertain(risk: np.ndarray, error: np.ndarray) -> bool:
    """Whether an error of predictions can change a risk by more than TOLERANCE: 2 sqrt(risk) error + error^2.

    Args:
        risk: Mean square errors, any shape.
        error: Root mean square by which predictions may be off, of a shape that broadcasts with the risk.

    Returns:
        True where it can for any of them; what is NaN cannot.
    """
    with np.errstate(invalid="ignore"):
        return bool(np.any(2 * np.sqrt(risk) * error + error**2 > TOLERANCE * risk))
