"""What m sampled rows say of their population: sums over its modes, and how far each row moves them.

Rows obey the same scale relation as features. With G = (K/m + z)^-1 and a target y on the rows, for every z > 0

    kappa = m / tr G,   df_1(kappa) = m - z tr G = sum_k lambda_k/(lambda_k + kappa),
    kappa y'G y/m = sum_k E_k kappa/(lambda_k + kappa) + sigma^2

without bias to leading order: label noise, and whatever no mode explains, is energy at eigenvalue zero. Row i left out,

    tr G -> tr G - (G^2)_ii/G_ii,   y'G y -> y'G y - (G y)_i^2/G_ii,

so the jackknife over all rows is a closed form. Its leading directions, weightings of the rows that move the sums by
one standard error each, stand for the sampling error: the variance of anything is the sum of its squared changes.
Source of the relation: generalised cross-validation for kernels (e.g. Jacot et al. 2020, Wei et al. 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq

from ...errors import InputError

FEWEST = 100  # rows
HEAD = 40  # one in HEAD of the sampled modes is taken one by one
_SCALES = 24
_RESOLVED = 0.85  # of m: beyond it the smallest eigenvalues decide df_1, and rounding with them
_ROUNDING = 1e-12  # eigenvalues below this share of the largest are rounding
_DIRECTIONS = 8  # at most
_SHARE = 0.98  # of the jackknife variance that they hold


@dataclass(frozen=True)
class PopulationSums:
    """The population's sums at the scales kappa, shape (z,), and its head.

    degrees: df_1. energy: sum_k E_k kappa/(lambda_k + kappa) + sigma^2; total: its limit at large kappa. head,
    head_energy: sampled eigenvalues and energies of the leading modes, biased as they are, shape (h,).
    """

    kappa: np.ndarray
    degrees: np.ndarray
    energy: np.ndarray
    total: float
    head: np.ndarray
    head_energy: np.ndarray


@dataclass(frozen=True, eq=False)
class SampledRows:
    """Spectrum of a kernel matrix K (m, m), and a target's energies on its eigenvectors. Several targets add up.

    Args:
        eigenvalues: of K/m, falling, the p <= m positive ones, shape (p,).
        energies: (v_j . y)^2/m, shape (p,), or their mean over targets.
        rows: m, at least 100.
        rest: energy on no eigenvector, |y|^2/m - sum energies.
        vectors: v_j, shape (m, p), with which the sampling error is worked out; None where they are not known.
        targets: y, shape (m, t), for the same.
        many: whether energies are a mean over so many targets that they follow a smooth law.
        variance: the targets', where it is known better than from these rows.
        matched: functions on the rows, shape (m, k), whose population averages are known from elsewhere, so that
            sampling errors leave out what they explain; None where there are none.

    Raises:
        InputError: for m < 100.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray
    rows: int
    rest: float = 0.0
    vectors: np.ndarray | None = None
    targets: np.ndarray | None = None
    many: bool = False
    variance: float | None = None
    matched: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.rows < FEWEST:
            raise InputError(f"{self.rows} rows are too few to tell a spectrum's population; give at least {FEWEST}.")
        if self.eigenvalues.shape != self.energies.shape or len(self.eigenvalues) > self.rows:
            raise InputError(
                f"There are {len(self.eigenvalues)} eigenvalues, {len(self.energies)} energies and {self.rows} rows; "
                "give one energy for each eigenvalue, and no more eigenvalues than rows."
            )

    @property
    def rank(self) -> int:
        """Eigenvalues above rounding."""
        return int(np.sum(self.eigenvalues > _ROUNDING * self.eigenvalues[0]))

    @property
    def ends(self) -> bool:
        """Whether the spectrum ends within what the rows resolve: the features are fewer than the rows."""
        return self.rank < _RESOLVED * self.rows

    @property
    def leading(self) -> int:
        """Modes taken one by one, all of them where a short spectrum ends."""
        few = max(self.rows // HEAD, 2)
        return self.rank if self.ends and self.rank <= 3 * few else few

    @cached_property
    def scales(self) -> np.ndarray:
        """z, shape (z,), falling: from the head to the smallest scale that the rows resolve."""
        x = self.eigenvalues
        top = x[min(self.leading // 2, len(x) - 1)]
        low = np.log(x[self.rank - 1] * (1e-3 if self.ends else 1e-6))
        excess = self._degrees(np.array([np.exp(low)]))[0] - _RESOLVED * self.rows
        if excess > 0:
            low = brentq(
                lambda log_z: self._degrees(np.array([np.exp(log_z)]))[0] - _RESOLVED * self.rows, low, np.log(x[0])
            )
        return np.geomspace(top, min(np.exp(low), top / 10), _SCALES)

    def _degrees(self, z: np.ndarray) -> np.ndarray:
        x = self.eigenvalues
        return np.sum(x / (x + z[:, None]), axis=1)

    @cached_property
    def sums(self) -> PopulationSums:
        """The sums of all rows."""
        z, count = self.scales, self.leading
        degrees = self._degrees(z)
        quadratic = np.sum(self.energies / (self.eigenvalues + z[:, None]), axis=1) + self.rest / z
        kappa = z * self.rows / (self.rows - degrees)
        total = float(np.sum(self.energies)) + self.rest if self.variance is None else self.variance
        head = self.eigenvalues[:count].copy(), self.energies[:count].copy()
        return PopulationSums(kappa, degrees, kappa * quadratic, total, *head)

    @property
    def _known(self) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and targets. Raises InputError where they are not known."""
        if self.vectors is None or self.targets is None:
            raise InputError("Eigenvalues alone do not tell their sampling error; give the kernel matrix or the data.")
        return self.vectors, self.targets

    @cached_property
    def _left_out(self) -> tuple[np.ndarray, np.ndarray]:
        """Changes of log kappa and of log(kappa y'Gy) with row i left out (z as it is), each of shape (m, z)."""
        v, y = self._known
        z, m = self.scales, self.rows
        inner = v.T @ y
        filled = self.eigenvalues / (self.eigenvalues + z[:, None])
        # energies that these targets leave out count as diagonal in the eigenvectors, as those of many targets do
        spare = np.maximum(self.energies - np.sum(inner**2, axis=1) / m, 0.0)
        diagonals = (filled.T, (filled * (2 - filled)).T, spare[:, None] / (self.eigenvalues[:, None] + z) ** 2)
        in_one, in_two, beside = np.hsplit((v * v) @ np.hstack(diagonals), 3)
        one, two = (1 - in_one) / z, (1 - in_two) / z**2  # G_ii and (G^2)_ii
        trace = np.sum(one, axis=0)
        # one product for all z at once: narrow ones are many times slower
        solved = (v @ (filled.T[:, :, None] * inner[:, None, :]).reshape(len(inner), -1)).reshape(m, len(z), -1)
        lost = np.sum((y[:, None, :] - solved) ** 2, axis=2) / z**2 + m * beside
        total = m * self.sums.energy / self.sums.kappa
        log_kappa = -np.log1p(-two / one / trace)
        return log_kappa, log_kappa + np.log1p(-np.minimum(lost / one / total, 0.5))

    @cached_property
    def directions(self) -> np.ndarray:
        """Weightings of the rows, shape (c, m): each moves the sums by one of the jackknife's leading errors.

        Raises InputError where vectors or targets are not known.
        """
        top = self.rows * self._known[0][:, :2] ** 2 - 1
        observed = np.hstack([*self._at_fixed_scale, self._lost_total[:, None], -top / self.rows])
        observed = self._unmatched(observed)
        left, singular, _ = np.linalg.svd(observed, full_matrices=False)
        held = np.cumsum(singular**2) / np.sum(singular**2)
        count = min(_DIRECTIONS, int(np.searchsorted(held, _SHARE)) + 1)
        # jackknife variance (m-1)/m sum_i d_i d_i'; the few directions left out are made up for by the others
        return left[:, :count].T * np.sqrt((self.rows - 1) / self.rows / held[count - 1])

    @cached_property
    def _at_fixed_scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Changes of log df_1 and of the log energy sum at fixed kappa with row i left out, each of shape (m, z).

        What moves the scale of a grid point is no error of the spectrum.
        """
        log_kappa, log_energy = self._left_out
        log_k = np.log(self.sums.kappa)
        if self.matched is not None:
            log_kappa, log_energy = self._unmatched(log_kappa), self._unmatched(log_energy)
        slopes = (np.gradient(np.log(each), log_k) for each in (self.sums.degrees, self.sums.energy))
        moved = (self._moved_degrees(log_kappa), log_energy)
        degrees, energy = (each - slope * log_kappa for each, slope in zip(moved, slopes, strict=True))
        return degrees, energy

    def _unmatched(self, influence: np.ndarray) -> np.ndarray:
        """Influences of rows, shape (m, k), without their means and without what the matched functions explain."""
        known = np.ones((self.rows, 1)) if self.matched is None else np.column_stack([np.ones(self.rows), self.matched])
        basis = np.linalg.qr(known)[0]
        return np.asarray(influence - basis @ (basis.T @ influence))

    @cached_property
    def covariances(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Jackknife covariances of log df_1 and of the log energy sum at fixed kappa, where known, shape (z, z)."""
        if self.vectors is None or self.targets is None:
            return None, None
        scale = (self.rows - 1) / self.rows
        degrees, energy = ((each - each.mean(axis=0)) for each in self._at_fixed_scale)
        return scale * degrees.T @ degrees, scale * energy.T @ energy

    @cached_property
    def roughness(self) -> np.ndarray:
        """Relative deviation of the energy sums from a smooth law, shape (z,), if energies scatter about it.

        One target's energies are a smooth law times squares of normal numbers, of several targets that add up less so.
        """
        if self.many:
            return np.zeros(_SCALES)
        z, count = self.scales[:, None], self.leading
        kappa = self.sums.kappa[:, None]
        x, e = self.eigenvalues[count:], self.energies[count:]
        share = e * kappa / (x + z) / self.sums.energy[:, None]
        gram = np.ones((1, 1)) if self.targets is None else self.targets.T @ self.targets
        targets = float(np.trace(gram)) ** 2 / float(np.sum(gram**2))
        return np.sqrt(np.sum(share**2, axis=1) * 2 / (2 + targets))

    @cached_property
    def _lost_total(self) -> np.ndarray:
        """Change of the log total with row i left out, shape (m,)."""
        if self.variance is not None:
            return np.zeros(self.rows)
        squares = np.sum(self._known[1] ** 2, axis=1)
        return np.asarray(1 / self.rows - squares / np.sum(squares))

    def _moved_degrees(self, log_kappa: np.ndarray) -> np.ndarray:
        """Change of log df_1 (m-1 rows, z as it is): df_1 = m (1 - z/kappa)."""
        ratio = self.scales / self.sums.kappa
        return ratio / (1 - ratio) * log_kappa

    def moved(self, direction: np.ndarray) -> PopulationSums:
        """The sums with rows weighted by `direction`, shape (m,): sampling error along it, of first order in the sums.

        The head is solved again in the span of four times as many sampled modes.
        """
        vectors, targets = self._known
        log_kappa, log_energy = self._left_out
        base, count = self.sums, self.leading
        kappa = base.kappa * np.exp(direction @ log_kappa)
        degrees = base.degrees * np.exp(direction @ self._moved_degrees(log_kappa))
        energy = base.energy * np.exp(direction @ log_energy)
        # row i left out has weight 0 instead of 1 (and the others 1 + 1/m): d_i = -1 up to 1/m
        weight = np.maximum(1 - (direction - direction.mean()), 0.0)
        kept = min(4 * count, self.rank)
        root, v = np.sqrt(self.eigenvalues[:kept]), vectors[:, :kept]
        weighted = weight[:, None] * v
        gram, old = (v.T @ weighted), v.T @ targets
        new = weighted.T @ targets
        values, turned = eigh(root[:, None] * gram * root)
        values, turned = values[::-1][:count], turned[:, ::-1][:, :count]
        # energies (u . b)^2/x with b = sqrt(x) V' D y/sqrt(m): only their change is used, as targets may be few of many
        now = np.sum((turned.T @ (root[:, None] * new)) ** 2, axis=1) / values
        before = np.sum(old[:count] ** 2, axis=1)
        change = np.clip(now / np.maximum(before, 1e-300), 0.2, 5.0)
        total = base.total * float(np.exp(direction @ self._lost_total))
        return PopulationSums(kappa, degrees, energy, total, values, base.head_energy * change)


def rows_of_kernel(kernel: np.ndarray, targets: np.ndarray, energies: np.ndarray | None = None) -> SampledRows:
    """Rows of a kernel matrix and targets. Cost: one eigendecomposition.

    Args:
        kernel: shape (m, m).
        targets: shape (m,) or (m, t).
        energies: on the eigenvectors, shape (p,), where they are known better than from `targets`.

    Returns:
        The sampled spectrum.
    """
    m = len(kernel)
    columns = targets[:, None] if targets.ndim == 1 else targets
    values, vectors = eigh(kernel / m, overwrite_a=True, check_finite=False)
    kept = values[::-1] > _ROUNDING * values[-1]
    values, vectors = values[::-1][kept], vectors[:, ::-1][:, kept]
    found = np.sum((vectors.T @ columns) ** 2, axis=1) / m
    rest = max(float(np.sum(columns**2)) / m - float(np.sum(found)), 0.0)
    return SampledRows(values, found if energies is None else energies, m, rest, vectors, columns)


def rows_of_features(features: np.ndarray, targets: np.ndarray) -> SampledRows:
    """Rows of features and targets. Cost: one singular value decomposition.

    Args:
        features: shape (m, d).
        targets: shape (m,) or (m, t).

    Returns:
        The sampled spectrum of the linear kernel.
    """
    m = len(features)
    columns = targets[:, None] if targets.ndim == 1 else targets
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    kept = singular**2 > _ROUNDING * singular[0] ** 2
    left, values = left[:, kept], singular[kept] ** 2 / m
    found = np.sum((left.T @ columns) ** 2, axis=1) / m
    rest = max(float(np.sum(columns**2)) / m - float(np.sum(found)), 0.0)
    return SampledRows(values, found, m, rest, left, columns)
