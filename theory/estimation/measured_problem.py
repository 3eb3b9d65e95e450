"""A measured problem: the modes of a population from a kernel matrix, a data set, or eigenvalues, with their errors.

    eigenvalues, energies  ->  measured_eigenvalues        K, y  ->  measured_kernel        X, y  ->  measured_features

What comes out are modes for `spectral_measure` and `sample_measure`, the label noise, and replicates of both, from
which any number that is worked out from them gets its sampling error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..optimizers import Filter
from ..problems import Modes
from ..samples import sample_measure, separated_sizes
from ..symbolic import block
from .sampled_rows import SampledRows, rows_of_features, rows_of_kernel
from .unbiased_modes import PopulationModes, Tail, population_modes

_FEWEST = 3  # eigenvalues
_ASYMMETRY = 1e-6  # of a kernel matrix, over its largest entry
_NEGATIVE = 1e-6  # an eigenvalue of a kernel matrix, over its largest


@dataclass(frozen=True, eq=False)
class MeasuredProblem:
    """Population modes as far as the data tell them; energies and noise in the units of the target's square.

    Attributes:
        modes: the estimate.
        noise: variance of what no mode explains.
        rows: m, None for eigenvalues of a population.
        window: first and last rank that the fit of the tail sees, None where there is no fit.
        s: exponent of the extrapolated tail of eigenvalues, None where there is none.
        r: the same of energies.
        status: a sentence on how far the modes can be trusted.
        replicates: modes and noise that each differ by one independent error (`PopulationModes`).
    """

    modes: Modes
    noise: float
    rows: int | None
    window: tuple[int, int] | None
    s: float | None
    r: float | None
    status: str
    replicates: tuple[tuple[Modes, float], ...] = ()

    @property
    def variance(self) -> float:
        """The target's variance, explained and not."""
        return self.modes.total + self.noise

    def with_error(self, number: Callable[[Modes, float], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """number(modes, noise) and its standard error from sampling, 0 where there are no replicates."""
        value = np.asarray(number(self.modes, self.noise), dtype=float)
        moved = [np.asarray(number(*each)) - value for each in self.replicates]
        return value, np.sqrt(np.sum(np.square(moved), axis=0)) if moved else np.zeros_like(value)

    def risk(
        self, optimizer: Filter, features: int, samples: int, steps: np.ndarray, eta: float, noise: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Risk on held-out rows at each of `steps`, shape (t,), over the target's variance V, and its standard error.

            (bias + (sigma^2 + noise V) variance + sigma^2)/V,

        bias and variance of `sample_measure` for N = features and n = samples. sigma^2, what no mode explains, is in
        the targets of held-out rows too; `noise`, label noise added to training targets, over V, is not. Raises
        InputError.
        """

        def at(modes: Modes, own: float) -> np.ndarray:
            measure, total = sample_measure(modes, *separated_sizes(features, samples, modes.rank)), modes.total + own
            bias, variance = measure.risk(optimizer, steps, eta, optimizer.delta(samples, measure.largest))
            return np.asarray((bias * modes.total + (own + noise * total) * variance + own) / total)

        return self.with_error(at)

    def __str__(self) -> str:
        """An aligned block."""
        noise, error = self.with_error(lambda modes, own: np.array(own / (modes.total + own)))
        window = (
            "none: every mode was taken one by one" if self.window is None else "ranks {} to {}".format(*self.window)
        )
        tail = "none" if self.s is None else f"s = {self.s:.3g}, r = {self.r:.3g}"
        rows = [
            ("rows", (str(self.rows) if self.rows is not None else "a population",)),
            ("fit", (window,)),
            ("tail", (tail,)),
            ("noise", (f"{float(noise):.3g} +- {float(error):.2g} of the target's variance",)),
            ("status", (self.status,)),
        ]
        return block(rows)


def measured_eigenvalues(
    eigenvalues: np.ndarray,
    energies: np.ndarray,
    largest_size: int,
    *,
    rows: int | None = None,
    noise: float | None = 0.0,
    tail: Tail = "power",
) -> MeasuredProblem:
    """A problem from eigenvalues and a target's energies on their modes.

    Args:
        eigenvalues: shape (p,), in any order.
        energies: shape (p,), in the same order.
        largest_size: N, or n, up to which the modes serve.
        rows: m, where they are those of K/m on m sampled rows; None where they are the population's, which are taken as
            they are.
        noise: label-noise variance in the energies' units, None estimates it.
        tail: power to extrapolate, end for no mode beyond those seen.

    Returns:
        The modes with their noise, errors and status.

    Raises:
        InputError: for lists that are no spectrum, noise to be estimated from a population, and sizes beyond what the
            rows support.
    """
    values, squares = _checked(eigenvalues, energies)
    if rows is None:
        if noise is None:
            raise InputError("Noise cannot be told from a population's energies; give it, or the number of rows.")
        modes = Modes.of(values, squares)
        return MeasuredProblem(modes, noise, None, None, None, None, f"{len(values)} modes, taken as they are.")
    sampled = SampledRows(values, squares, rows)
    return _problem(population_modes(sampled, largest_size, noise=noise, tail=tail, replicates=False), rows)


def measured_kernel(
    kernel: np.ndarray,
    target: np.ndarray,
    largest_size: int,
    *,
    noise: float | None = None,
    tail: Tail = "power",
) -> MeasuredProblem:
    """A problem from a kernel matrix on sampled rows and their target. Cost: one eigendecomposition of the kernel.

    Args:
        kernel: K with K[i, j] = k(x_i, x_j), shape (m, m).
        target: shape (m,), or (m, t) for targets that add up.
        largest_size: N, or n, up to which the modes serve.
        noise: label-noise variance in the units of the target's square, None estimates it.
        tail: power to extrapolate, end for no mode beyond those seen.

    Returns:
        The modes with their noise, errors and status.

    Raises:
        InputError: for a matrix that is no kernel, a target of other rows, and sizes beyond what the rows support.
    """
    kernel, target = np.asarray(kernel, dtype=float), np.asarray(target, dtype=float)
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1]:
        raise InputError(f"The kernel matrix has shape {kernel.shape}, but (m, m) is expected.")
    _rows_match(kernel, target)
    if np.max(np.abs(kernel - kernel.T)) > _ASYMMETRY * np.max(np.abs(kernel)):
        raise InputError("The kernel matrix is not symmetric; give K with K[i, j] = k(x_i, x_j).")
    rows = rows_of_kernel(kernel.copy(), target)
    explained = float(np.sum(rows.eigenvalues)) * len(kernel)
    if explained - float(np.trace(kernel)) > _NEGATIVE * explained:
        raise InputError("The kernel matrix has negative eigenvalues beyond rounding, so it is no kernel; check it.")
    return _problem(population_modes(rows, largest_size, noise=noise, tail=tail), rows.rows)


def measured_features(
    features: np.ndarray,
    target: np.ndarray,
    largest_size: int,
    *,
    noise: float | None = None,
    tail: Tail = "power",
) -> MeasuredProblem:
    """A problem from features on sampled rows and their target: the linear kernel X X'.

    Neither is centred here. Cost: one singular value decomposition of X.

    Args:
        features: X, shape (m, d).
        target: shape (m,).
        largest_size: N, or n, up to which the modes serve.
        noise: label-noise variance in the units of the target's square, None estimates it.
        tail: power to extrapolate, end for no mode beyond those seen.

    Returns:
        The modes with their noise, errors and status.

    Raises:
        InputError: for arrays that do not match, and sizes beyond what the rows support.
    """
    features, target = np.asarray(features, dtype=float), np.asarray(target, dtype=float)
    if features.ndim != 2:
        raise InputError(f"The features have shape {features.shape}, but (m, d) is expected.")
    _rows_match(features, target)
    rows = rows_of_features(features, target)
    return _problem(population_modes(rows, largest_size, noise=noise, tail=tail), rows.rows)


def _problem(found: PopulationModes, rows: int) -> MeasuredProblem:
    again = tuple(zip(found.replicates, found.noises, strict=True))
    return MeasuredProblem(found.modes, found.noise, rows, found.window, found.s, found.r, found.status, again)


def _checked(eigenvalues: np.ndarray, energies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, squares = np.asarray(eigenvalues, dtype=float), np.asarray(energies, dtype=float)
    if values.ndim != 1 or values.shape != squares.shape or len(values) < _FEWEST:
        raise InputError(
            f"Eigenvalues have shape {values.shape} and energies {squares.shape}; give at least {_FEWEST} of each, "
            "one energy for each eigenvalue."
        )
    if not (np.all(np.isfinite(values)) and np.all(np.isfinite(squares))):
        raise InputError("Eigenvalues or energies are NaN or infinite; remove them first.")
    if values.min() < 0 or squares.min() < 0 or values.max() <= 0:
        raise InputError("Eigenvalues and energies are not negative, and some eigenvalue is positive; check them.")
    order = np.argsort(-values, kind="stable")
    return values[order], squares[order]


def _rows_match(rows: np.ndarray, target: np.ndarray) -> None:
    if target.ndim not in (1, 2) or len(target) != len(rows):
        raise InputError(f"There are {len(rows)} rows, but the target has shape {target.shape}; give one value a row.")
    if not (np.all(np.isfinite(rows)) and np.all(np.isfinite(target))):
        raise InputError("The data hold NaN or infinite values; remove or fill them first.")
    if not np.any(target):
        raise InputError("The target is 0 in every row, so there is nothing to learn.")
