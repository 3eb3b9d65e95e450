"""From rows to moments: eigenvalues, energies, halves and groups of rows, a block at a time where rows are many.

With the centred inputs over one common scale, scores z_ik = v_k.x_i/sqrt(lambda_k) and standardised targets y_ij,

    lambda_k = mean_i (v_k.x_i)^2,   c_kj = mean_i z_ik y_ij,   raw_k = sum_j c_kj^2.

Where columns are fewer than rows, three passes over the rows make these of the covariance; no copy of the rows is held.
Otherwise the kernel matrix of the rows gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...theory.arrays import Rows
from .settings import SETTINGS

Tell = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Moments:
    """What a diagnosis needs of n rows.

    Attributes:
        values: Eigenvalues, shape (m,), falling, those of rounding left out.
        raw: The targets' energies on their modes, over the targets' whole variance, shape (m,), biased by noise.
        halves: Eigenvalues of either half of the rows, falling.
        squares: Means over groups of rows of z^2 - 1, shape (groups, m).
        rows: n.
        outputs: How many targets of equal variance those are that were given.
    """

    values: np.ndarray
    raw: np.ndarray
    halves: tuple[np.ndarray, np.ndarray]
    squares: np.ndarray
    rows: int
    outputs: float


@dataclass(frozen=True, eq=False)
class Centre:
    """Column means, shape (d,), and the root of the mean column variance."""

    mean: np.ndarray
    scale: float

    def of(self, block: np.ndarray) -> np.ndarray:
        """A block of rows, centred and divided by the scale; in place."""
        block = block - self.mean
        block /= self.scale
        return block


def standardised(targets: np.ndarray) -> tuple[np.ndarray, float]:
    """Targets, centred and over the root of their whole variance, and how many of equal variance they amount to.

    Args:
        targets: Shape (n, k).

    Returns:
        Shape (n, k), and (tr C)^2/tr C^2 of their covariance C: 1 for one, k for k independent ones of one variance.
    """
    centred = targets - targets.mean(axis=0)
    if not np.any(centred):
        raise InputError("The target is the same in every row that was used; shuffle or balance the file.")
    centred /= np.sqrt(np.mean(np.sum(centred**2, axis=1)))
    covariance = centred.T @ centred / len(centred)
    return centred, float(np.trace(covariance) ** 2 / np.sum(covariance**2))


def centre_of(rows: Rows) -> Centre:
    """One pass: the means, and the scale about them."""
    count, width = rows.shape
    first = rows.take(slice(0, 1))[0]
    sums, squares = np.zeros(width), np.zeros(width)
    for _, block in rows.blocks():
        moved = block - first
        sums += moved.sum(axis=0)
        squares += np.einsum("ij,ij->j", moved, moved)
    variance = np.maximum(squares / count - (sums / count) ** 2, 0.0)
    return Centre(first + sums / count, float(np.sqrt(variance.mean())))


def covariance_moments(
    rows: Rows, y: np.ndarray, outputs: float, centre: Centre, order: np.ndarray, tell: Tell
) -> Moments:
    """The moments of rows with fewer columns than rows, by their covariance; two passes.

    Args:
        rows: Shape (n, d), d <= n.
        y: Standardised targets, shape (n, k).
        outputs: How many of equal variance these are.
        centre: Of the rows.
        order: A permutation of the rows, by which they are put into halves and groups.
        tell: Called with the share that is done.
    """
    count, width = rows.shape
    groups = min(count, SETTINGS.row_groups)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    first_half, group = place < count // 2, place * groups // count
    grams, crossed = np.zeros((2, width, width)), np.zeros((width, y.shape[1]))
    for where, block in rows.blocks():
        x, chosen = centre.of(block), first_half[where]
        for half, members in enumerate((chosen, ~chosen)):
            part = x[members]
            grams[half] += part.T @ part
        crossed += x.T @ y[where]
        tell(0.5 * where.stop / count)
    values, vectors = np.linalg.eigh((grams[0] + grams[1]) / count)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > SETTINGS.rounding * values[0]
    values, vectors = values[kept], vectors[:, kept] / np.sqrt(values[kept])
    raw = np.sum((vectors.T @ crossed / count) ** 2, axis=1)
    sizes = (count // 2, count - count // 2)
    halves = tuple(np.linalg.eigvalsh(gram / size)[::-1] for gram, size in zip(grams, sizes, strict=True))
    squares, counts = np.zeros((groups, len(values))), np.bincount(group, minlength=groups)[:, None]
    for where, block in rows.blocks():
        scores = centre.of(block) @ vectors
        scores *= scores
        by_group = np.argsort(group[where], kind="stable")
        labels, starts = np.unique(group[where][by_group], return_index=True)
        squares[labels] += np.add.reduceat(scores[by_group], starts, axis=0)
        tell(0.5 + 0.5 * where.stop / count)
    return Moments(values, raw, (halves[0], halves[1]), squares / counts - 1, count, outputs)


def kernel_moments(kernel: np.ndarray, y: np.ndarray, outputs: float, order: np.ndarray, rounding: float) -> Moments:
    """The moments of n rows by their kernel matrix.

    Args:
        kernel: Shape (n, n).
        y: Standardised targets, shape (n, k).
        outputs: How many of equal variance these are.
        order: A permutation of the rows, by which they are put into halves and groups.
        rounding: Eigenvalues below this share of the largest are left out.

    Raises:
        InputError: For negative eigenvalues beyond rounding.
    """
    n = len(y)
    values, vectors = np.linalg.eigh(np.asarray(kernel, dtype=np.float64) / n)
    if values[0] < -max(SETTINGS.negative, 8 * rounding) * values[-1]:
        raise InputError(
            f"The kernel matrix has a negative eigenvalue ({values[0] / values[-1]:.1e} of the largest), so it is no "
            "kernel; check what was saved."
        )
    halves = tuple(
        np.linalg.eigvalsh(np.asarray(kernel[np.ix_(part, part)], dtype=np.float64) / len(part))[::-1]
        for part in (order[: n // 2], order[n // 2 :])
    )
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > max(rounding, SETTINGS.rounding, 3 * max(-values[-1], 0.0) / values[0]) * values[0]
    scores = vectors[:, kept] * np.sqrt(n)
    raw = np.sum((scores.T @ y / n) ** 2, axis=1)
    cuts = np.linspace(0, n, min(n, SETTINGS.row_groups) + 1).astype(int)[:-1]
    size = np.diff(np.append(cuts, n))[:, None]
    squares = np.add.reduceat(scores[order] ** 2 - 1, cuts, axis=0) / size
    return Moments(values[kept], raw, (halves[0], halves[1]), squares, n, outputs)
