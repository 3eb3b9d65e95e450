"""Factorisations: one of them gives a linear optimizer's weights, or its risk, after any number of steps.

With P the preconditioner, the iteration a <- a - eta (G a - b) P moves each eigenvector of P^(1/2) G P^(1/2) by
itself. Filters, for which P is a function of G, share the factorisation of G; `diagonal` and each block size have
their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from ...errors import InputError
from ...theory.dynamics import check_step, residual, rule_of
from ...theory.experiments import Experiment
from ...theory.optimizers import (
    PREDICTED_ONLY,
    BlockDiagonal,
    Diagonal,
    Filter,
    GradientDescent,
    HeavyBall,
    NaturalGradient,
    Nesterov,
    OnePass,
    Optimizer,
    ScheduledHeavyBall,
    Sign,
    Stepped,
)
from ..devices import Device, Gram
from .numerical_rank import positive, rounding
from .preconditioner_root import root

FILTER = ("filter", 0)  # the family of all functions of G

_Memory = HeavyBall | ScheduledHeavyBall | Nesterov


def is_linear(rule: Optimizer) -> TypeGuard[Filter | Diagonal | BlockDiagonal | _Memory]:
    """Whether a factorisation replaces an optimizer's steps.

    Args:
        rule: The optimizer.

    Returns:
        True for filters, diagonal and block preconditioners, and momentum on full batches.
    """
    return isinstance(rule, Filter | Diagonal | BlockDiagonal | _Memory)


def check_known(experiment: Experiment) -> None:
    """Refuse an experiment with an optimizer that can be neither factorised nor stepped, or not at some s.

    Args:
        experiment: Problem, optimizers and step size.

    Raises:
        InputError: An optimizer is not simulated, a one-pass method meets a problem that it is not simulated on, has
            no schedule at some s, or momentum is not stable at eta.
    """
    spec = experiment.problem
    in_law = spec.kind == "gaussian" and experiment.samples.infinite and spec.outputs == 1 and spec.inputs is None
    for rule in experiment.rules(1):
        if isinstance(rule, OnePass) and not isinstance(rule, PREDICTED_ONLY):
            if not in_law:
                raise InputError(
                    f"'{rule.name}' cannot be simulated here: one-pass methods are simulated in law, for gaussian "
                    'problems of one output and Gaussian inputs with samples = "inf"; change those, or use predict.'
                )
            for s in spec.s:
                rule_of(rule, experiment.eta, s, 1)
        elif isinstance(rule, _Memory):
            check_step(rule, experiment.eta)
        elif not is_linear(rule) and not isinstance(rule, Sign | Stepped):
            raise InputError(
                f"'{rule.name}' cannot be simulated; expected sign, diagonal, block:B, momentum, a one-pass method, "
                "a filter or optax:NAME(...)."
            )


def family(rule: Optimizer, size: int) -> tuple[str, int]:
    """What two optimizers must have in common to share a factorisation.

    Args:
        rule: The optimizer, linear or one-pass.
        size: N; blocks of more features are the whole of them.

    Returns:
        ("block", B), ("diagonal", 0), or FILTER for all functions of G.

    >>> family(BlockDiagonal(64), 50)
    ('block', 50)
    """
    if isinstance(rule, BlockDiagonal):
        return ("block", min(rule.size, size))
    return ("diagonal", 0) if isinstance(rule, Diagonal) else FILTER


def families(rules: Sequence[Optimizer], size: int) -> list[tuple[str, int]]:
    """The factorisations that linear optimizers need, and one-pass methods, whose coordinates G gives.

    Args:
        rules: Optimizers; what is stepped needs none.
        size: N.

    Returns:
        Each `family` once, in the order of the optimizers.
    """
    return list(dict.fromkeys(family(rule, size) for rule in rules if is_linear(rule) or isinstance(rule, OnePass)))


def left_over(
    rule: Optimizer, values: np.ndarray, steps: np.ndarray, eta: float, samples: float, largest: float | None = None
) -> np.ndarray:
    """h_T, the share of each eigenvector that is not yet learned after T steps; for descent (1 - eta x/x_max)^T.

    Args:
        rule: A linear optimizer; momentum is exact at any T (`residual` of theory.dynamics).
        values: Positive eigenvalues x of P G, or of G for filters, shape (r,).
        steps: T, shape (T,).
        eta: Step size in units of 1/x_max.
        samples: n, on which a ridge may depend; infinite on a population.
        largest: x_max where it is not among `values`.

    Returns:
        h_T, shape (r, T).

    Raises:
        InputError: Momentum is not stable at eta.
    """
    largest = float(values.max()) if largest is None else largest
    if isinstance(rule, _Memory):
        check_step(rule, eta)
        return residual(rule, eta * values / largest, steps).T
    x = (values / largest)[:, None]
    if isinstance(rule, NaturalGradient):
        left = rule.residual(x, steps, eta, rule.delta(samples, largest))
    elif isinstance(rule, Filter):
        left = rule.residual(x, steps, eta)
    else:
        left = GradientDescent().residual(x, steps, eta)
    return np.broadcast_to(left, (len(values), len(steps)))


@dataclass(frozen=True)
class Factor:
    """P G = S diag(values) S^(-1) as far as it is not zero: P = S S' there, and S' G S = diag(values).

    Attributes:
        values: Eigenvalues of P G, positive, shape (r,).
        basis: S, shape (N, r).
    """

    values: np.ndarray
    basis: np.ndarray

    @property
    def largest(self) -> float:
        """The largest eigenvalue of P G."""
        return float(self.values.max())

    def weights(self, rule: Optimizer, moment: np.ndarray, steps: np.ndarray, eta: float, samples: float) -> np.ndarray:
        """a_T = S diag((1 - h_T(x))/x) S'b, shape (N, T); what has a zero eigenvalue stays unlearned.

        moment: b, shape (N,). With m outputs b has shape (N, m), and a_T (N, m, T): each is learned by itself.
        """
        learned = 1 - left_over(rule, self.values, steps, eta, samples, self.largest)
        seen = ((self.basis.T @ moment).T / self.values).T
        moved = np.einsum("i...,it->i...t", seen, learned)
        return (self.basis @ moved.reshape(len(moved), -1)).reshape(*moment.shape, len(steps))

    def error(self, rule: Optimizer, steps: np.ndarray) -> np.ndarray:
        """A bound on the root mean square, over fresh inputs, of what the weights' predictions miss; shape (T,)."""
        return np.zeros(len(steps))


def factorise(kind: tuple[str, int], gram: Gram, device: Device) -> Factor:
    """Factorise for one family, densely. Eigenvalues below N eps times the largest count as zero.

    Cost: about 9 N^3.

    Args:
        kind: The family, see `family`.
        gram: G, wherever it is held.
        device: What decomposes matrices, and what memory allows.

    Returns:
        The factorisation, of the numerical rank.

    Raises:
        InputError: Memory has no room for it.
    """
    if not (device.room.dense and gram.fits_host):
        raise InputError(
            f"{gram.size} features need a dense factorisation here, as too few Lanczos vectors fit into the memory "
            "allowed or would not do; allow more memory, or take fewer steps or a larger ridge."
        )
    whitening = root(kind, gram, device)
    values, vectors = positive(whitening.whole(gram.whole()), device)
    return Factor(values, whitening.times(vectors))


@dataclass(frozen=True)
class PopulationFactor:
    """A P A' = U diag(values) U', for a population with features A and preconditioner P.

    Singular values of A are twice as accurate, in digits, as eigenvalues of A'A.

    Attributes:
        values: Positive, shape (r,).
        vectors: U, shape (dim, r).
    """

    values: np.ndarray
    vectors: np.ndarray

    def floor(self, target: np.ndarray) -> float:
        """|t - U U't|^2, what no weights can learn. target: shape (dim,), or (dim, m) for m outputs."""
        left = target - self.vectors @ (self.vectors.T @ target)
        return float(np.vdot(left, left))

    def risk(self, rule: Optimizer, target: np.ndarray, steps: np.ndarray, eta: float) -> np.ndarray:
        """floor + sum_i h_T(x_i)^2 (U't)_i^2, shape (T,)."""
        seen = np.sum((self.vectors.T @ target).reshape(len(self.values), -1) ** 2, axis=1)
        residual = left_over(rule, self.values, steps, eta, np.inf)
        return self.floor(target) + seen @ residual**2


def factorise_population(kind: tuple[str, int], matrix: np.ndarray, device: Device) -> PopulationFactor:
    """Factorise for one family from the features themselves, by singular values of A W with P = W W'.

    Args:
        kind: The family, see `family`.
        matrix: A, shape (dim, N).
        device: What decomposes matrices.

    Returns:
        The factorisation, of the numerical rank.
    """
    if kind[0] == "diagonal":
        length = np.sqrt(np.einsum("ij,ij->j", matrix, matrix))
        root = np.zeros(len(length))
        np.power(length, -0.5, out=root, where=length > 0)
        matrix = matrix * root
    elif kind[0] == "block":
        starts = range(0, matrix.shape[1], kind[1])
        matrix = np.concatenate([_range(matrix[:, i : i + kind[1]], device)[1] for i in starts], axis=1)
    singular, vectors = _range(matrix, device)
    return PopulationFactor(singular**2, vectors)


def _range(matrix: np.ndarray, device: Device) -> tuple[np.ndarray, np.ndarray]:
    """Singular values that are not zero within rounding, and their left vectors."""
    vectors, values = device.left(matrix)
    kept = values > rounding(max(matrix.shape)) * values[0]
    return values[kept], vectors[:, kept]
