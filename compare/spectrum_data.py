"""From a data file to its spectrum: eigenvalues, the target's energy on each mode, and both on resampled rows.

Rows are the population they were drawn from, up to sampling error. With scores z_ik (unit variance, uncorrelated)
and a standardised target y,

    lambda_k = mean_i x_ik^2 = lambda_k mean_i z_ik^2,   c_k = mean_i z_ik y_i,   E_k = c_k^2 - sigma^2/n.

Resampling the rows moves lambda_k and c_k at first order in the eigenbasis of all rows. Eigenvectors of a bootstrap
sample are not needed, and repeated rows do not lower the rank of a kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..theory.activation import activation
from ..theory.errors import InputError
from ..theory.kernel import feature_kernel
from .spectrum_fit import noise_floor

KERNEL_ROWS = 2000  # rows of a kernel matrix at most
_PLAIN_RANK = 3000  # columns and rows of a covariance at most
_GROUPS = 1000  # groups of rows that are resampled as one
_ROUNDING = 1e-12  # eigenvalues below this share of the largest are rounding
_SPARE = 0.1  # share of the rows that must be left to estimate noise from residuals


@dataclass(frozen=True, eq=False)
class DataSpectrum:
    """A spectrum as far as the data give it.

    eigenvalues: shape (m,), positive, largest first, over the largest. energies: shape (m,), over the variance of the
    target that can be learned, de-biased (so some can be negative); None for bare eigenvalues.
    raw: the same before anything is subtracted, over the target's whole variance.
    rows: n, None for bare eigenvalues. complete: whether there are no more modes than these.
    noise: what is subtracted, sigma^2 over the variance of the target. unreachable: share of the target's variance
    that no weights on these features reach (with label noise in it). half_shift: shape (h,), h <= m, by how much
    log lambda_k moves when half of the rows are left out. squares: group means of z^2 - 1, shape (groups, m).
    learnable: the factor energies were divided by. notes: sentences on how it was made.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray | None = None
    raw: np.ndarray | None = None
    rows: int | None = None
    complete: bool = False
    noise: float = 0.0
    unreachable: float = 0.0
    half_shift: np.ndarray | None = None
    squares: np.ndarray | None = None
    learnable: float = 1.0
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
        level = self.noise / self.rows
        error = np.sqrt(level) * rng.standard_normal(factor.shape)
        energies = (np.sqrt(self.raw * factor) + error) ** 2 - 2 * level
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
    inputs: np.ndarray, target: np.ndarray, features: Literal["linear", "relu"], noise: float | None, seed: int
) -> DataSpectrum:
    """The spectrum that random features of these inputs see, shape (n, d), with their target, shape (n,).

    Inputs are centred and divided by one scale, the root of the mean column variance, as in the simulated `data`
    problem. linear: eigenvalues of the covariance. relu: of the kernel of ReLU features on at most KERNEL_ROWS rows.
    noise: label-noise variance over the variance of the noise-free target; None estimates it. Raises InputError.
    """
    rng = np.random.default_rng(seed)
    notes: list[str] = []
    total = len(target)
    limit = KERNEL_ROWS if features == "relu" else total
    if features == "linear" and min(inputs.shape) > _PLAIN_RANK:
        limit = _PLAIN_RANK
    if total > limit:
        chosen = np.sort(rng.choice(total, limit, replace=False))
        inputs, target = inputs[chosen], target[chosen]
        notes.append(f"{limit} of the {total} rows were used, chosen at random.")
        if np.ptp(target) == 0:
            raise InputError("The target is the same in every row that was used; shuffle or balance the file.")
    n = len(target)
    centred = inputs - inputs.mean(axis=0)
    centred /= np.sqrt(np.mean(centred**2))
    y = (target - target.mean()) / target.std()
    values, scores = _scores(centred, features)
    raw = (scores.T @ y / n) ** 2
    rank = len(values)
    wide = features == "linear" and rank >= n - 1
    complete = features == "linear" and not wide
    spare = n - rank - 1
    if noise is not None:
        level = noise / (1 + noise)
        notes.append(f"Label noise was given as {noise:g} of the target's variance.")
    elif complete and spare >= max(3, _SPARE * n):
        level = max(0.0, 1 - float(raw.sum())) * n / spare
        notes.append(f"Noise in the energies was estimated from the residuals ({spare} degrees of freedom).")
    else:
        level = min(1.0, noise_floor(raw, max(1, round(rank**0.25))) * n)
        notes.append(
            f"The energies level off, as with label noise of {100 * level:.0f} % of the target's variance, which was "
            "subtracted."
            if level > 0
            else "No flat tail of label noise is visible in the energies, so none was subtracted."
        )
    energies = raw - level / n
    learnable = float(energies.sum())
    # the sum over modes that hold noise alone scatters by about sqrt(2 m) sigma^2/n
    if learnable <= 2 * np.sqrt(2 * rank) * level / n or learnable < 1e-9:
        other = "features = 'relu' (random ReLU features)" if features == "linear" else "more rows"
        raise InputError(f"No {features} function of the inputs explains the target beyond chance; try {other}.")
    unreachable = max(0.0, 1 - learnable)
    if unreachable > 0.005:
        cause = "nonlinear in the inputs, or noise" if features == "linear" else "label noise"
        notes.append(f"{100 * unreachable:.0f} % of the target's variance is out of reach of these features ({cause}).")
    order = rng.permutation(n)
    cuts = np.linspace(0, n, min(n, _GROUPS) + 1).astype(int)[:-1]
    size = np.diff(np.append(cuts, n))[:, None]
    shift = _half_shift(centred[order], features, values)
    return DataSpectrum(
        eigenvalues=values / values[0],
        energies=energies / learnable,
        raw=raw,
        rows=n,
        complete=complete,
        noise=level,
        unreachable=unreachable,
        half_shift=shift,
        squares=np.add.reduceat(scores[order] ** 2 - 1, cuts, axis=0) / size,
        learnable=learnable,
        notes=tuple(notes),
    )


def _scores(centred: np.ndarray, features: Literal["linear", "relu"]) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues, shape (m,), largest first, and scores of unit mean square, shape (n, m)."""
    n = len(centred)
    if features == "linear":
        left, singular, _ = np.linalg.svd(centred, full_matrices=False)
        values, vectors = singular**2 / n, left
    else:
        values, vectors = np.linalg.eigh(feature_kernel(activation("relu"), centred) / n)
        values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > _ROUNDING * values[0]
    return values[kept], vectors[:, kept] * np.sqrt(n)


def _half_shift(centred: np.ndarray, features: Literal["linear", "relu"], values: np.ndarray) -> np.ndarray:
    """Mean of log lambda over the two halves of the rows, minus that of all rows; shape (h,)."""
    cut = len(centred) // 2
    parts = []
    for rows in (centred[:cut], centred[cut:]):
        if features == "relu":
            found = np.linalg.eigvalsh(feature_kernel(activation("relu"), rows) / len(rows))[::-1]
        else:
            found = np.linalg.svd(rows, compute_uv=False) ** 2 / len(rows)
        parts.append(found[: len(values)])
    length = min(len(p) for p in parts)
    floor = _ROUNDING * values[0]
    logs = [np.log(np.maximum(p[:length], floor)) for p in parts]
    return np.asarray((logs[0] + logs[1]) / 2 - np.log(values[:length]))
