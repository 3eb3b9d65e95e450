"""The modes a diagnosis predicts with: measured ones, and the fitted laws where they end or drown in noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...errors import CheckError, InputError
from ..spectra import DataSpectrum, SlopeFit, fit_source, fit_spectral, tail_shift, trusted_ranks
from .binned_modes import Bins, law_tail
from .settings import SETTINGS

DRAWS = SETTINGS.draws


@dataclass(frozen=True, eq=False)
class Fitted:
    """Exponents, with the spectrum on resampled rows.

    Attributes:
        s: Of the eigenvalues.
        r: Of the target's energies, None where they follow no law with r > 0.
        values: Eigenvalues, shape (draws, m); None without rows.
        energies: Energies, shape (draws, m); None without rows.
        refused: Why there is no r, where energies are known.
    """

    s: SlopeFit
    r: SlopeFit | None
    values: np.ndarray | None
    energies: np.ndarray | None
    refused: str | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """Weighted modes, largest eigenvalue first, and resamples of them.

    Attributes:
        ranks: Shape (b,).
        counts: Modes in each bin, shape (b,).
        eigenvalues: Shape (b,).
        energies: Shape (b,).
        log_resampled: Of the eigenvalues, shape (draws, b).
        energies_resampled: Shape (draws, b).
        notes: Sentences on how they were made.
        doubt: An assumption too weak to promise a gain on.
    """

    ranks: np.ndarray
    counts: np.ndarray
    eigenvalues: np.ndarray
    energies: np.ndarray
    log_resampled: np.ndarray
    energies_resampled: np.ndarray
    notes: tuple[str, ...] = ()
    doubt: str | None = None


def fitted_laws(spectrum: DataSpectrum, seed: int) -> Fitted:
    """s and r over the ranks that can be trusted.

    Args:
        spectrum: Of the data.
        seed: Of the resampling.
    """
    modes = len(spectrum.eigenvalues)
    if spectrum.half_shift is None:
        # a measured spectrum bends down at its end; half of the ranks cost a third of a decade
        high = modes // 2 if modes >= 32 else modes
        window = (_head(high), high)
        fit = fit_spectral(spectrum.eigenvalues, window)
        if spectrum.energies is None:
            return Fitted(fit, None, None, None)
        found = fit_source(spectrum.energies, window, np.repeat(spectrum.energies[None], 2, axis=0))[0]
        r, refused = _source(found)
        return Fitted(fit, r, None, None, refused)
    high = min(modes, max(trusted_ranks(spectrum.half_shift), min(modes, len(spectrum.half_shift), 6)))
    window = (_head(high), high)
    values, energies = spectrum.resampled(DRAWS, seed)
    shift = tail_shift(spectrum.half_shift, window)
    if spectrum.energies is None:
        raise CheckError("Rows were measured, but no energies of a target came with them.")
    r, refused = _source(fit_source(spectrum.energies, window, energies)[0])
    return Fitted(fit_spectral(spectrum.eigenvalues, window, values, shift), r, values, energies, refused)


def _source(fit: SlopeFit | None) -> tuple[SlopeFit | None, str | None]:
    """r where it is positive, its interval cut at 0: a target's variance is finite. Else why there is none."""
    if fit is None:
        return None, "the target's energies are too few or too noisy for an exponent; more rows would help"
    if fit.value <= 0:
        low, high = fit.window
        return None, (
            f"the target's energies do not fall faster than 1/k over ranks {low} to {high}, so no law with r > 0 is "
            "given; predictions use the energies themselves"
        )
    if fit.interval is not None and fit.interval[0] < 0:
        return replace(fit, interval=(0.0, fit.interval[1])), None
    return fit, None


def _head(high: int) -> int:
    """The first rank of a window: the few largest eigenvalues follow no law."""
    return 1 if high < 16 else max(2, round(high**0.25))


def check_reach(spectrum: DataSpectrum, fitted: Fitted, largest_size: int) -> None:
    """Refuse sizes that the data say nothing about.

    Args:
        spectrum: Of the data.
        fitted: Its laws.
        largest_size: The largest N.

    Raises:
        InputError: For a size far beyond the modes that the data resolve.
    """
    seen = len(spectrum.eigenvalues) if spectrum.rows is None else fitted.s.window[1]
    limit = int(SETTINGS.farthest * seen)
    if not spectrum.complete and largest_size > limit:
        raise InputError(
            f"N = {largest_size} is {largest_size / seen:.0f} times the {seen} modes that the data resolve, and a law "
            f"fitted to these is followed to {SETTINGS.farthest:g} times at most; give sizes up to {limit}, or more "
            "rows."
        )


def prepared_modes(spectrum: DataSpectrum, fitted: Fitted, largest_size: int, seed: int) -> Prepared:
    """The modes to predict with: measured ones, and the fitted laws where they end or drown in noise.

    Args:
        spectrum: Of the data.
        fitted: Its laws.
        largest_size: The largest N.
        seed: Of the deviations of the laws.
    """
    rng = np.random.default_rng((seed, 1))
    tilt = _normal(fitted.s, rng)
    # the tail of a sample is that of n rows, not of the population: the law goes on where ranks are not trusted
    beyond = not spectrum.complete and largest_size > len(spectrum.eigenvalues) / 2
    length = fitted.s.window[1] if beyond else len(spectrum.eigenvalues)
    bins = Bins.of(length)
    made = _measured(spectrum, fitted, bins, tilt, rng)
    if not beyond:
        return made
    notes = [
        f"Sizes up to {largest_size} need more than the {len(spectrum.eigenvalues)} modes of the file: from rank "
        f"{fitted.s.window[1] + 1} on the fitted power laws were used, which is an extrapolation."
    ]
    if fitted.s.last <= 0:
        notes.append("With s <= 0 the tail sum has no limit, so the result depends on where the tail was cut.")
    if len(fitted.s.pieces) > 1:
        notes.append(
            f"The law that goes on is that of the last ranks (s = {fitted.s.last:.2f}), as the spectrum is no single "
            "power law."
        )
    return replace(_with_tail(made, spectrum, fitted, length, largest_size, (tilt, rng)), notes=(*notes, *made.notes))


def _measured(
    spectrum: DataSpectrum, fitted: Fitted, bins: Bins, tilt: np.ndarray, rng: np.random.Generator
) -> Prepared:
    """The first `bins.length` modes, binned."""
    length = bins.length
    ranks = np.exp(bins.mean(np.log(np.arange(1, length + 1))))
    binned = bins.mean(spectrum.eigenvalues[:length])
    if fitted.values is None or fitted.energies is None or spectrum.energies is None:
        log_again = np.log(binned) - tilt[:, None] * np.log(ranks)
        if spectrum.energies is None:
            return Prepared(ranks, bins.counts, binned, binned.copy(), log_again, np.exp(log_again))
        energies = bins.mean(spectrum.energies[:length])
        lean = tilt if fitted.r is None else _normal(fitted.r, rng)
        return Prepared(ranks, bins.counts, binned, energies, log_again, energies * ranks ** -lean[:, None])
    made = Prepared(
        ranks,
        bins.counts,
        binned,
        np.maximum(bins.mean(spectrum.energies[:length]), 0),
        np.log(bins.mean(fitted.values[:, :length])),
        np.maximum(bins.mean(fitted.energies[:, :length]), 0),
    )
    return _unhidden(made, spectrum, fitted, rng) if spectrum.noise > 0 and not spectrum.complete else made


def _unhidden(made: Prepared, spectrum: DataSpectrum, fitted: Fitted, rng: np.random.Generator) -> Prepared:
    """Energies that noise hides, by the fitted law, or in proportion to the eigenvalues where there is none."""
    last = max(fitted.r.window[1] if fitted.r is not None else 0, 4)
    hidden = made.ranks > last
    if not hidden.any():
        return made
    energies, again = made.energies.copy(), made.energies_resampled.copy()
    counts = made.counts[hidden]
    if fitted.r is not None:
        energies[hidden] = fitted.r.line(made.ranks[hidden])
        again[:, hidden] = energies[hidden]
        again[:, hidden] *= np.exp(-_normal(fitted.r, rng)[:, None] * np.log(made.ranks[hidden] / last))
        note = f"Beyond rank {last} the target's energies drown in label noise; the fitted law r was used there."
        return replace(made, energies=energies, energies_resampled=again, notes=(note,))
    if spectrum.energies is None:
        raise CheckError("Modes hide in noise, but there are no energies of a target.")
    seen = float(np.maximum(spectrum.energies[: int(np.argmax(hidden))], 0).sum())
    shape = made.eigenvalues[hidden]
    energies[hidden] = shape * max(1 - seen, 0.0) / max(float(shape @ counts), 1e-300)
    again[:, hidden] = energies[hidden]
    doubt = f"beyond rank {last} the target's energies drown in label noise and were taken as isotropic"
    note = f"{doubt[0].upper()}{doubt[1:]}."
    return replace(made, energies=energies, energies_resampled=again, notes=(note,), doubt=doubt)


def _with_tail(
    made: Prepared,
    spectrum: DataSpectrum,
    fitted: Fitted,
    length: int,
    largest_size: int,
    deviations: tuple[np.ndarray, np.random.Generator],
) -> Prepared:
    """The modes and the fitted laws beyond rank `length`. deviations: of s, and where those of r are drawn from."""
    tilt, rng = deviations
    tail, more = law_tail(length + 1, largest_size)
    law = fitted.s.beyond(tail)
    away = np.log(tail / length)
    moved = np.log(law) - tilt[:, None] * away
    ranks, counts = np.concatenate([made.ranks, tail]), np.concatenate([made.counts, more])
    if spectrum.energies is None:  # isotropic
        moved = np.log(law) - tilt[:, None] * np.log(tail)
        energies, again = law, np.exp(moved)
    else:
        r = fitted.r if fitted.r is not None else fitted.s
        energies = (tail / made.ranks[-1]) ** -(1 + r.last)
        # the target's variance is known: what is not on the modes kept is beyond them
        left = max(float(spectrum.energies.sum() - made.energies @ made.counts), 0.0)
        energies *= left / float(energies @ more)
        again = energies * np.exp(-_normal(r, rng)[:, None] * away)
    return replace(
        made,
        ranks=ranks,
        counts=counts,
        eigenvalues=np.concatenate([made.eigenvalues, law]),
        energies=np.concatenate([made.energies, energies]),
        log_resampled=np.concatenate([made.log_resampled, moved], axis=1),
        energies_resampled=np.concatenate([made.energies_resampled, again], axis=1),
    )


def _normal(fit: SlopeFit, rng: np.random.Generator) -> np.ndarray:
    """Deviations of an exponent, shape (draws,), as wide as its interval; zero where it has none."""
    half = 0.0 if fit.interval is None else fit.interval[1] - fit.value
    return np.asarray(rng.standard_normal(DRAWS) * half / 1.96)
