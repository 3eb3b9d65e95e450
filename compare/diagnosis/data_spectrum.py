"""From a data file to its spectrum: eigenvalues, the target's energy on each mode, and both on resampled rows.

Rows are the population they were drawn from, up to sampling error. With scores z_ik (unit variance, uncorrelated)
and a standardised target y,

    lambda_k = mean_i x_ik^2 = lambda_k mean_i z_ik^2,   c_k = mean_i z_ik y_i,   E_k = c_k^2 - sigma^2/n.

Resampling the rows moves lambda_k and c_k at first order in the eigenbasis of all rows. Eigenvectors of a bootstrap
sample are not needed, and repeated rows do not lower the rank of a kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...theory.estimation import MeasuredProblem, measured_features, measured_kernel
from ...theory.problems import activation, feature_kernel
from .spectral_exponents import noise_floor

KERNEL_ROWS = 2000  # rows of a kernel matrix at most
_PLAIN_RANK = 3000  # columns and rows of a covariance at most
_GROUPS = 1000  # groups of rows that are resampled as one
_ROUNDING = 1e-12  # eigenvalues below this share of the largest are rounding
_SPARE = 0.1  # share of the rows that must be left to estimate noise from residuals
_SPARE_RANKS = 0.85  # of the rows: a kernel of lower rank ends there (`theory.sampled_rows`)
_NEGATIVE = 1e-6  # of the largest eigenvalue: rounding of a matrix saved in float32
_NOISE_ROWS = 1000  # rows from which noise is estimated at most: 10 products of that square
_UNSEEN = 0.005  # of the target's variance: less noise than that is not told from the fit's own error
_NOISE_SIZE = 10  # the estimate of noise does not depend on the largest size, which only checks the rows
_LARGEST_SHIFT = 0.5  # of log lambda: a larger bias is not of first order, and those ranks are not trusted


@dataclass(frozen=True, eq=False)
class DataSpectrum:
    """A spectrum as far as the data give it.

    eigenvalues: shape (m,), positive, over the first, their bias of first order in 1/n taken out. energies: shape (m,),
    over the variance of the target that can be learned, de-biased (so some can be negative); None for bare eigenvalues.
    raw: the same before anything is subtracted, over the target's whole variance.
    rows: n, None for bare eigenvalues. complete: whether there are no more modes than these.
    noise: what is subtracted, sigma^2 over the variance of the target, with its standard error. unreachable: share of
    the target's variance that no weights on these features reach (with label noise in it). half_shift: shape (h,),
    h <= m, by how much log lambda_k moves when half of the rows are left out. squares: group means of z^2 - 1, shape
    (groups, m). learnable: the factor energies were divided by. scale: the factor eigenvalues were divided by. notes:
    sentences on how it was made.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray | None = None
    raw: np.ndarray | None = None
    rows: int | None = None
    complete: bool = False
    noise: float = 0.0
    noise_error: float = 0.0
    unreachable: float = 0.0
    half_shift: np.ndarray | None = None
    squares: np.ndarray | None = None
    learnable: float = 1.0
    scale: float = 1.0
    notes: tuple[str, ...] = ()

    def resampled(self, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues and energies on resampled rows, each of shape (draws, m).

        The target's weight on a mode is a property of the target, so its coefficient moves with the score's
        variance, and by the label noise: sigma^2/n, once in the data and once more in the resample.
        """
        if self.squares is None or self.raw is None or self.rows is None:
            raise TypeError("bare eigenvalues have no rows to resample")
        groups = len(self.squares)
        rng = np.random.default_rng(seed)
        picks = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws) / groups
        factor = np.maximum(1 + picks @ self.squares, 0.05)
        # the noise level is one unknown for all modes, and it is never negative
        level = self.noise / self.rows
        unknown = self.noise_error / self.rows * rng.standard_normal((draws, 1))
        error = np.sqrt(level) * rng.standard_normal(factor.shape)
        energies = (np.sqrt(self.raw * factor) + error) ** 2 - 2 * level - unknown
        return self.eigenvalues * factor, energies / self.learnable


def bare_spectrum(values: np.ndarray) -> DataSpectrum:
    """Eigenvalues alone, shape (k,), positive, largest first."""
    kept = values[values > _ROUNDING * values[0]]
    notes: tuple[str, ...] = ()
    if len(kept) < len(values):
        notes = (f"{len(values) - len(kept)} eigenvalues below 1e-12 of the largest were left out as rounding.",)
    if len(kept) < 3:
        raise InputError(
            f"Only {len(kept)} eigenvalues are above 1e-12 of the largest, but at least 3 are needed; give more."
        )
    return DataSpectrum(kept / kept[0], notes=notes)


def data_spectrum(
    inputs: np.ndarray, target: np.ndarray, features: str, noise: float | None, seed: int
) -> DataSpectrum:
    """The spectrum that random features of these inputs see, shape (n, d), with their target, shape (n,).

    Inputs are centred and divided by one scale, the root of the mean column variance, as in the simulated `data`
    problem. features: an activation (`theory.activation`); linear: eigenvalues of the covariance; others: of their
    kernel on at most KERNEL_ROWS rows. noise: label-noise variance over the variance of the noise-free target; None
    estimates it. Raises InputError.
    """
    rule = activation(features)
    linear = rule.name == "linear"
    rng = np.random.default_rng(seed)
    total = len(target)
    limit = total if linear and min(inputs.shape) <= _PLAIN_RANK else _PLAIN_RANK if linear else KERNEL_ROWS
    chosen, notes = _some_rows(total, limit, rng)
    inputs, target = inputs[chosen], target[chosen]
    centred = inputs - inputs.mean(axis=0)
    centred /= np.sqrt(np.mean(centred**2))
    if not linear:
        kernel = feature_kernel(rule, centred)
        return _of_kernel(kernel, target, noise, rng, notes, f"{rule.name} function of the inputs")
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    n = len(target)
    order = rng.permutation(n)
    values = singular**2 / n
    halves = [np.linalg.svd(centred[rows], compute_uv=False) ** 2 / len(rows) for rows in _halves(order)]
    y = (target - target.mean()) / target.std()
    few = np.sort(order[:_NOISE_ROWS])

    def estimate() -> MeasuredProblem:
        return measured_features(centred[few], y[few], _NOISE_SIZE)

    return _assembled(values, left, halves, y, noise, estimate, order, notes, "linear function of the inputs", True)


def kernel_spectrum(kernel: np.ndarray, target: np.ndarray, noise: float | None, seed: int) -> DataSpectrum:
    """The same from a kernel matrix, shape (n, n), taken as it is, and the target on its rows, shape (n,).

    Raises InputError, also for negative eigenvalues beyond rounding.
    """
    rng = np.random.default_rng(seed)
    chosen, notes = _some_rows(len(target), KERNEL_ROWS, rng)
    return _of_kernel(kernel[np.ix_(chosen, chosen)], target[chosen], noise, rng, notes, "function of the kernel")


def _some_rows(total: int, limit: int, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """At most `limit` rows, and what to say of that."""
    if total <= limit:
        return np.arange(total), []
    return np.sort(rng.choice(total, limit, replace=False)), [
        f"{limit} of the {total} rows were used, chosen at random."
    ]


def _of_kernel(
    kernel: np.ndarray, target: np.ndarray, noise: float | None, rng: np.random.Generator, notes: list[str], what: str
) -> DataSpectrum:
    n = len(target)
    if np.ptp(target) == 0:
        raise InputError("The target is the same in every row that was used; shuffle or balance the file.")
    values, vectors = np.linalg.eigh(kernel / n)
    if values[0] < -_NEGATIVE * values[-1]:
        raise InputError(
            f"The kernel matrix has a negative eigenvalue ({values[0] / values[-1]:.1e} of the largest), so it is no "
            "kernel; check what was saved."
        )
    order = rng.permutation(n)
    halves = [np.linalg.eigvalsh(kernel[np.ix_(rows, rows)] / len(rows))[::-1] for rows in _halves(order)]
    y = (target - target.mean()) / target.std()
    few = np.sort(order[:_NOISE_ROWS])

    def estimate() -> MeasuredProblem:
        return measured_kernel(kernel[np.ix_(few, few)], y[few], _NOISE_SIZE)

    return _assembled(values[::-1], vectors[:, ::-1], halves, y, noise, estimate, order, notes, what, False)


def _halves(order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cut = len(order) // 2
    return order[:cut], order[cut:]


def _assembled(
    values: np.ndarray,
    vectors: np.ndarray,
    halves: list[np.ndarray],
    y: np.ndarray,
    noise: float | None,
    estimate: Callable[[], MeasuredProblem],
    order: np.ndarray,
    notes: list[str],
    what: str,
    linear: bool,
) -> DataSpectrum:
    """From eigenvalues, falling, and eigenvectors of K/n, those of its halves, and the standardised target."""
    n = len(y)
    kept = values > _ROUNDING * values[0]
    values, scores = values[kept], vectors[:, kept] * np.sqrt(n)
    raw = (scores.T @ y / n) ** 2
    rank = len(values)
    complete = rank < (n - 1 if linear else _SPARE_RANKS * n)
    spare = n - rank - 1
    doubt = 0.0
    if noise is not None:
        level = noise / (1 + noise)
        notes.append(f"Label noise was given as {noise:g} of the target's variance.")
    elif complete and spare >= max(3, _SPARE * n):
        level = max(0.0, 1 - float(raw.sum())) * n / spare
        doubt = level * np.sqrt(2 / spare)
        notes.append(f"Noise in the energies was estimated from the residuals ({spare} degrees of freedom).")
    else:
        level, doubt = _noise_by_sums(estimate, raw, n)
        notes.append(
            f"Label noise was estimated as {100 * level:.0f} +- {100 * doubt:.0f} % of the target's variance, and its "
            "share of the energies was subtracted."
            if level > 0
            else "No label noise is visible in the energies, so none was subtracted."
        )
    energies = raw - level / n
    learnable = float(energies.sum())
    # the sum over modes that hold noise alone scatters by about sqrt(2 m) sigma^2/n
    if learnable <= 2 * np.sqrt(2 * rank) * level / n or learnable < 1e-9:
        other = "features = 'relu' (random ReLU features)" if what.startswith("linear") else "more rows"
        raise InputError(f"No {what} explains the target beyond chance; try {other}.")
    unreachable = max(0.0, 1 - learnable)
    if unreachable > 0.005:
        cause = "nonlinear in the inputs, or noise" if linear else "label noise"
        notes.append(f"{100 * unreachable:.0f} % of the target's variance is out of reach of these features ({cause}).")
    cuts = np.linspace(0, n, min(n, _GROUPS) + 1).astype(int)[:-1]
    size = np.diff(np.append(cuts, n))[:, None]
    shift = _half_shift(halves, values)
    corrected = values.copy()
    corrected[: len(shift)] *= np.exp(-np.clip(shift, -_LARGEST_SHIFT, _LARGEST_SHIFT))
    return DataSpectrum(
        eigenvalues=corrected / corrected[0],
        energies=energies / learnable,
        raw=raw,
        rows=n,
        complete=complete,
        noise=level,
        noise_error=float(doubt),
        unreachable=unreachable,
        half_shift=shift,
        squares=np.add.reduceat(scores[order] ** 2 - 1, cuts, axis=0) / size,
        learnable=learnable,
        scale=float(corrected[0]),
        notes=tuple(notes),
    )


def _noise_by_sums(estimate: Callable[[], MeasuredProblem], raw: np.ndarray, n: int) -> tuple[float, float]:
    """Label-noise variance over the target's and its standard error: from energy sums, else from a flat tail."""
    try:
        found = estimate()
    except InputError:  # fewer than 100 rows, or too few for a tail
        return min(1.0, noise_floor(raw, max(1, round(len(raw) ** 0.25))) * n), 0.0
    spread = float(np.sqrt(sum((noise - found.noise) ** 2 for _, noise in found.replicates)))
    level = float(np.clip(found.noise, 0.0, 1.0))
    return (level, spread) if level > _UNSEEN else (0.0, 0.0)


def _half_shift(halves: list[np.ndarray], values: np.ndarray) -> np.ndarray:
    """Mean of log lambda over the two halves of the rows, minus that of all rows; shape (h,).

    To first order in 1/n it is the bias of log lambda itself: taking it off is the jackknife.
    """
    length = min(len(values), *(len(p) for p in halves))
    floor = _ROUNDING * values[0]
    logs = [np.log(np.maximum(p[:length], floor)) for p in halves]
    return np.asarray((logs[0] + logs[1]) / 2 - np.log(values[:length]))
