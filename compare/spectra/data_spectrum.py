"""From data to a spectrum: eigenvalues, the target's energy on each mode, and both on resampled rows.

Rows are the population they were drawn from, up to sampling error. With scores z_ik (unit variance, uncorrelated)
and standardised targets of k columns,

    lambda_k = mean_i x_ik^2 = lambda_k mean_i z_ik^2,   E_k = sum_j (mean_i z_ik y_ij)^2 - sigma^2/n.

Resampling the rows moves lambda_k and c_k at first order in the eigenbasis of all rows. Eigenvectors of a bootstrap
sample are not needed, and repeated rows do not lower the rank of a kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...errors import InputError
from ...theory.arrays import Eigenvalues, Features, Kernel, Rows, check_fits
from ...theory.estimation import MeasuredProblem, measured_features, measured_kernel
from ...theory.problems import activation, feature_kernel
from .row_moments import Centre, Moments, Tell, centre_of, covariance_moments, kernel_moments, standardised
from .settings import SETTINGS
from .spectral_exponents import noise_floor


@dataclass(frozen=True, eq=False)
class DataSpectrum:
    """A spectrum as far as the data give it.

    Attributes:
        eigenvalues: Shape (m,), positive, over the first, their bias of first order in 1/n taken out.
        energies: Shape (m,), over the variance of the target that can be learned, de-biased (so some can be negative);
            None for bare eigenvalues.
        raw: The same before anything is subtracted, over the target's whole variance; None without rows.
        rows: n, None without rows.
        complete: Whether there are no more modes than these.
        noise: What is subtracted, sigma^2 over the variance of the target.
        noise_error: Its standard error.
        unreachable: Share of the target's variance that no weights on these features reach, label noise included.
        half_shift: Shape (h,), h <= m, by how much log lambda_k moves when half of the rows are left out.
        squares: Group means of z^2 - 1, shape (groups, m).
        outputs: How many targets of equal variance there are.
        learnable: The factor that energies were divided by.
        scale: The factor that eigenvalues were divided by.
        doubt: Why nothing is known of the target although there is one.
        notes: Sentences on how it was made.
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
    outputs: float = 1.0
    learnable: float = 1.0
    scale: float = 1.0
    doubt: str | None = None
    notes: tuple[str, ...] = ()

    def resampled(self, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues and energies on resampled rows.

        The target's weight on a mode is a property of the target, so its coefficient moves with the score's
        variance, and by the label noise: sigma^2/n, once in the data and once more in the resample. Of several
        outputs the noise across the coefficients' direction adds a chi-squared part.

        Args:
            draws: How many.
            seed: Of the draws.

        Returns:
            Two arrays of shape (draws, m).

        Raises:
            TypeError: Where there are no rows.
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
        error = np.sqrt(level / self.outputs) * rng.standard_normal(factor.shape)
        energies = (np.sqrt(self.raw * factor) + error) ** 2 - 2 * level - unknown
        if self.outputs > 1 + 1e-9 and level > 0:
            energies += level / self.outputs * rng.chisquare(self.outputs - 1, factor.shape)
        return self.eigenvalues * factor, energies / self.learnable


def spectrum_of(
    data: Eigenvalues | Features | Kernel, features: str, noise: float | None, seed: int, tell: Tell
) -> DataSpectrum:
    """The spectrum of what was read.

    Args:
        data: Eigenvalues, features or a kernel.
        features: Which random features see the inputs, an activation of `theory.problems`; of features alone.
        noise: Label-noise variance over the variance of the noise-free target; None estimates it.
        seed: Of the choice of rows.
        tell: Called with the share that is done.

    Returns:
        Eigenvalues and the target's energies, with what is known of their bias and spread.

    Raises:
        InputError: For data that explain nothing, have one mode, or cannot fit the memory.
    """
    if isinstance(data, Eigenvalues):
        return bare_spectrum(data.values, data.energies)
    if isinstance(data, Kernel):
        return kernel_spectrum(data, noise, seed)
    return data_spectrum(data.rows, data.targets, features, noise, seed, tell)


def bare_spectrum(values: np.ndarray, energies: np.ndarray | None = None) -> DataSpectrum:
    """The spectrum that is known by its eigenvalues alone, without rows.

    Args:
        values: Shape (k,), positive, largest first.
        energies: The target's on the same modes, shape (k,).

    Returns:
        Eigenvalues over the largest and, where energies were given, their shares; modes below rounding are left out and
        counted in a note.

    Raises:
        InputError: Fewer than 3 are above rounding, or the target has no energy on any of those.
    """
    kept = values > SETTINGS.rounding * values[0]
    notes: tuple[str, ...] = ()
    if not kept.all():
        lost = int(np.sum(~kept))
        notes = (f"{lost} eigenvalues below {SETTINGS.rounding:g} of the largest were left out as rounding.",)
    if kept.sum() < 3:
        raise InputError(
            f"Only {kept.sum()} eigenvalues are above {SETTINGS.rounding:g} of the largest, but at least 3 are needed; "
            "give more."
        )
    if energies is not None and not np.any(energies[kept] > 0):
        raise InputError("The target has no energy on any mode above rounding; check the energies.")
    shares = None if energies is None else energies[kept] / energies[kept].sum()
    return DataSpectrum(values[kept] / values[0], shares, notes=notes)


def data_spectrum(
    rows: Rows, targets: np.ndarray, features: str, noise: float | None, seed: int, tell: Tell = lambda _: None
) -> DataSpectrum:
    """The spectrum that random features of these inputs see.

    Inputs are centred and divided by one scale, the root of the mean column variance, as in the simulated `data`
    problem.

    Args:
        rows: Inputs, shape (n, d).
        targets: Shape (n, k).
        features: An activation of `theory.problems`; linear: eigenvalues of the covariance, others: of their kernel
            on some of the rows.
        noise: Label-noise variance over the variance of the noise-free target; None estimates it.
        seed: Of the choice of rows.
        tell: Called with the share that is done.

    Raises:
        InputError: For one linear feature, inputs that explain nothing, or what cannot fit the memory.
    """
    rule = activation(features)
    linear = rule.name == "linear"
    rng = np.random.default_rng(seed)
    total, width = rows.shape
    if linear and width == 1:
        raise InputError(
            f"There is one feature ({rows.names[0]}) beside the target: one linear feature has one mode, whatever the "
            "optimizer, and no exponent; give two features or more, or features = 'relu' (random ReLU features of it)."
        )
    by_covariance = linear and width <= min(total, SETTINGS.plain_rank)
    limit = SETTINGS.kernel_rows if not linear else total if by_covariance else SETTINGS.plain_rank
    chosen, notes = _some_rows(total, limit, rng)
    y, outputs = standardised(targets[chosen])
    order = rng.permutation(len(chosen))
    few = np.sort(order[: SETTINGS.noise_rows])
    estimation = _Estimation(noise, linear, "linear function of the inputs" if linear else "", notes)
    if by_covariance:
        check_fits(40.0 * width**2 + 4e8, "The covariance", "give fewer columns")
        centre = centre_of(rows)
        moments = covariance_moments(rows, y, outputs, centre, order, tell)
        some = centre.of(rows.take(few))
        return _assembled(moments, estimation, lambda: measured_features(some, y[few], SETTINGS.noise_size))
    check_fits(24.0 * len(chosen) * width + 60.0 * len(chosen) ** 2, "A kernel of the rows", "give fewer columns")
    inputs = rows.take(chosen)
    centred = Centre(inputs.mean(axis=0), float(np.sqrt(inputs.var(axis=0).mean()))).of(inputs)
    tell(0.2)
    if linear:
        moments = kernel_moments(centred @ centred.T, y, outputs, order, 1e-14)
        return _assembled(moments, estimation, lambda: measured_features(centred[few], y[few], SETTINGS.noise_size))
    kernel = feature_kernel(rule, centred)
    tell(0.5)
    estimation = replace(estimation, what=f"{rule.name} function of the inputs")
    return _of_kernel(kernel, y, outputs, order, SETTINGS.rounding, estimation)


def kernel_spectrum(data: Kernel, noise: float | None, seed: int) -> DataSpectrum:
    """The spectrum of a kernel matrix, taken as it is, and the targets on its rows.

    Args:
        data: The kernel.
        noise: As for `data_spectrum`.
        seed: Of the choice of rows.

    Raises:
        InputError: For negative eigenvalues beyond rounding, or a kernel that explains nothing.
    """
    rng = np.random.default_rng(seed)
    chosen, notes = _some_rows(len(data.targets), SETTINGS.kernel_rows, rng)
    y, outputs = standardised(data.targets[chosen])
    kernel = np.asarray(data.matrix[np.ix_(chosen, chosen)], dtype=np.float64)
    rounding = data.precision / 2 if data.precision > 1e-12 else SETTINGS.rounding
    estimation = _Estimation(noise, False, "function of the kernel", notes, True)
    return _of_kernel((kernel + kernel.T) / 2, y, outputs, rng.permutation(len(chosen)), rounding, estimation)


@dataclass(frozen=True)
class _Estimation:
    """noise: as given. linear: whether the modes are those of inputs. what: could explain the target. notes: so far.

    of_kernel: whether a kernel was given, whose spectrum tells something without a target as well.
    """

    noise: float | None
    linear: bool
    what: str
    notes: list[str]
    of_kernel: bool = False


def _some_rows(total: int, limit: int, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """At most `limit` rows, and what to say of that."""
    if total <= limit:
        return np.arange(total), []
    return np.sort(rng.choice(total, limit, replace=False)), [
        f"{limit} of the {total} rows were used, chosen at random."
    ]


def _of_kernel(
    kernel: np.ndarray, y: np.ndarray, outputs: float, order: np.ndarray, rounding: float, estimation: _Estimation
) -> DataSpectrum:
    few = np.sort(order[: SETTINGS.noise_rows])
    moments = kernel_moments(kernel, y, outputs, order, rounding)
    part = kernel[np.ix_(few, few)]
    return _assembled(moments, estimation, lambda: measured_kernel(part, y[few], SETTINGS.noise_size))


def _assembled(moments: Moments, estimation: _Estimation, problem: Callable[[], MeasuredProblem]) -> DataSpectrum:
    """Noise taken out of the energies, and the bias of first order out of the eigenvalues."""
    n, rank, linear = moments.rows, len(moments.values), estimation.linear
    complete = rank < (n - 1 if linear else SETTINGS.spare_ranks * n)
    level, doubt, said = _noise(moments, estimation, problem, complete)
    notes = [*estimation.notes, said]
    energies = moments.raw - level / n
    learnable = float(energies.sum())
    # the sum over modes that hold noise alone scatters by about sqrt(2 m/outputs) sigma^2/n
    if learnable <= 2 * np.sqrt(2 * rank / moments.outputs) * level / n or learnable < 1e-9:
        if estimation.of_kernel:
            lost = "no function of the kernel explains the target beyond chance"
            note = f"{lost[0].upper()}{lost[1:]}: nothing is said of r, and the risks are those of a target with r = s."
            return replace(bare_spectrum(moments.values), notes=(*notes, note), doubt=lost)
        other = "features = 'relu' (random ReLU features)" if linear else "more rows"
        raise InputError(f"No {estimation.what} explains the target beyond chance; try {other}.")
    unreachable = max(0.0, 1 - learnable)
    if unreachable > 0.005:
        cause = "nonlinear in the inputs, or noise" if linear else "label noise"
        notes.append(f"{100 * unreachable:.0f} % of the target's variance is out of reach of these features ({cause}).")
    shift = _half_shift(moments.halves, moments.values)
    corrected = moments.values.copy()
    corrected[: len(shift)] *= np.exp(-np.clip(shift, -SETTINGS.largest_shift, SETTINGS.largest_shift))
    return DataSpectrum(
        eigenvalues=corrected / corrected[0],
        energies=energies / learnable,
        raw=moments.raw,
        rows=n,
        complete=complete,
        noise=level,
        noise_error=float(doubt),
        unreachable=unreachable,
        half_shift=shift,
        squares=moments.squares,
        outputs=moments.outputs,
        learnable=learnable,
        scale=float(corrected[0]),
        notes=tuple(notes),
    )


def _noise(
    moments: Moments, estimation: _Estimation, problem: Callable[[], MeasuredProblem], complete: bool
) -> tuple[float, float, str]:
    """Label noise over the target's variance, its standard error, and a sentence on where it is from."""
    n, rank = moments.rows, len(moments.values)
    spare = n - rank - 1
    if estimation.noise is not None:
        level = estimation.noise / (1 + estimation.noise)
        return level, 0.0, f"Label noise was given as {estimation.noise:g} of the target's variance."
    if complete and spare >= max(3, SETTINGS.spare * n):
        level = max(0.0, 1 - float(moments.raw.sum())) * n / spare
        told = f"Noise in the energies was estimated from the residuals ({spare} degrees of freedom)."
        return level, float(level * np.sqrt(2 / (spare * moments.outputs))), told
    level, doubt = _noise_by_sums(problem, moments.raw, n)
    if level > 0:
        told = (
            f"Label noise was estimated as {100 * level:.0f} +- {100 * doubt:.0f} % of the target's variance, and its "
            "share of the energies was subtracted."
        )
        return level, doubt, told
    return level, doubt, "No label noise is visible in the energies, so none was subtracted."


def _noise_by_sums(estimate: Callable[[], MeasuredProblem], raw: np.ndarray, n: int) -> tuple[float, float]:
    """Label-noise variance over the target's and its standard error: from energy sums, else from a flat tail."""
    try:
        found = estimate()
    except InputError:  # fewer than 100 rows, or too few for a tail
        return min(1.0, noise_floor(raw, max(1, round(len(raw) ** 0.25))) * n), 0.0
    spread = float(np.sqrt(sum((noise - found.noise) ** 2 for _, noise in found.replicates)))
    level = float(np.clip(found.noise, 0.0, 1.0))
    return (level, spread) if level > SETTINGS.unseen_noise else (0.0, 0.0)


def _half_shift(halves: tuple[np.ndarray, np.ndarray], values: np.ndarray) -> np.ndarray:
    """Mean of log lambda over the two halves of the rows, minus that of all rows; shape (h,).

    To first order in 1/n it is the bias of log lambda itself: taking it off is the jackknife.
    """
    length = min(len(values), *(len(p) for p in halves))
    floor = SETTINGS.rounding * values[0]
    logs = [np.log(np.maximum(p[:length], floor)) for p in halves]
    return np.asarray((logs[0] + logs[1]) / 2 - np.log(values[:length]))
