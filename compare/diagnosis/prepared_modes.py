"""The modes a diagnosis predicts with: measured ones, and the fitted laws where they end or drown in noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import CheckError
from .binned_modes import Bins, law_tail
from .data_spectrum import DataSpectrum
from .spectral_exponents import SlopeFit, fit_source, fit_spectral, tail_shift, trusted_ranks

DRAWS = 1000  # resamples


@dataclass(frozen=True, eq=False)
class Fitted:
    """Exponents, with eigenvalues and energies on resampled rows, shape (draws, m), for data."""

    s: SlopeFit
    r: SlopeFit | None
    values: np.ndarray | None
    energies: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Prepared:
    """Weighted modes, shape (b,), largest eigenvalue first, and resamples of them, shape (draws, b)."""

    ranks: np.ndarray
    counts: np.ndarray
    eigenvalues: np.ndarray
    energies: np.ndarray
    log_resampled: np.ndarray
    energies_resampled: np.ndarray
    notes: tuple[str, ...]
    doubt: str | None = None


def fitted_laws(spectrum: DataSpectrum, seed: int) -> Fitted:
    """s and r over the ranks that can be trusted."""
    modes = len(spectrum.eigenvalues)
    if spectrum.half_shift is None:
        # a measured spectrum bends down at its end; half of the ranks cost a third of a decade
        high = modes // 2 if modes >= 32 else modes
        return Fitted(fit_spectral(spectrum.eigenvalues, (_head(high), high)), None, None, None)
    high = min(modes, max(trusted_ranks(spectrum.half_shift), min(modes, len(spectrum.half_shift), 6)))
    window = (_head(high), high)
    values, energies = spectrum.resampled(DRAWS, seed)
    shift = tail_shift(spectrum.half_shift, window)
    if spectrum.energies is None:
        raise CheckError("Rows were measured, but no energies of a target came with them.")
    r = fit_source(spectrum.energies, window, energies)[0]
    return Fitted(fit_spectral(spectrum.eigenvalues, window, values, shift), r, values, energies)


def _head(high: int) -> int:
    """The first rank of a window: the few largest eigenvalues follow no law."""
    return 1 if high < 16 else max(2, round(high**0.25))


def prepared_modes(spectrum: DataSpectrum, fitted: Fitted, largest_size: int, seed: int) -> Prepared:
    """The modes to predict with: measured ones, and the fitted laws where they end or drown in noise."""
    notes: list[str] = []
    doubt: str | None = None
    values = spectrum.eigenvalues
    length, high = len(values), fitted.s.window[1]
    # the tail of a sample is that of n rows, not of the population: the law goes on where ranks are not trusted
    beyond = not spectrum.complete and largest_size > length / 2
    if beyond:
        notes.append(
            f"Sizes up to {largest_size} need more than the {length} modes of the file: from rank {high + 1} on the "
            "fitted power laws were used, which is an extrapolation."
        )
        length = high
        if fitted.s.last <= 0:
            notes.append("With s <= 0 the tail sum has no limit, so the result depends on where the tail was cut.")
    bins = Bins.of(length)
    middle = np.exp(bins.mean(np.log(np.arange(1, length + 1))))
    ranks, counts, binned = middle, bins.counts, bins.mean(values[:length])
    rng = np.random.default_rng((seed, 1))
    tilt = _normal(fitted.s, rng)
    if beyond:
        tail, more = law_tail(length + 1, largest_size)
        law = fitted.s.beyond(tail)
        ranks, counts, binned = (np.concatenate(p) for p in ((ranks, tail), (counts, more), (binned, law)))
    if fitted.values is None or fitted.energies is None or spectrum.energies is None:
        log_again = np.log(binned) - tilt[:, None] * np.log(ranks)
        return Prepared(ranks, counts, binned, binned.copy(), log_again, np.exp(log_again), tuple(notes))
    log_again = np.log(bins.mean(fitted.values[:, :length]))
    energies = np.maximum(bins.mean(spectrum.energies[:length]), 0)
    energies_again = np.maximum(bins.mean(fitted.energies[:, :length]), 0)
    if spectrum.noise > 0 and not spectrum.complete:
        last = max(fitted.r.window[1] if fitted.r is not None else 0, 4)
        hidden = middle > last
        energies[hidden] = _hidden(spectrum, fitted, middle[hidden], counts[: len(middle)][hidden], binned, hidden)
        energies_again[:, hidden] = energies[hidden]
        if fitted.r is not None and hidden.any():
            energies_again[:, hidden] *= np.exp(-_normal(fitted.r, rng)[:, None] * np.log(middle[hidden] / last))
            notes.append(
                f"Beyond rank {last} the target's energies drown in label noise; the fitted law r was used there."
            )
        elif hidden.any():
            doubt = f"beyond rank {last} the target's energies drown in label noise and were taken as isotropic"
            notes.append(f"{doubt[0].upper()}{doubt[1:]}.")
    if beyond:
        r = fitted.r if fitted.r is not None else fitted.s
        law = (ranks[len(middle) :] / ranks[len(middle) - 1]) ** -(1 + r.last)
        # the target's variance is known: what is not on the modes kept is beyond them
        left = max(float(spectrum.energies.sum() - energies @ bins.counts), 0.0)
        law *= left / float(law @ counts[len(middle) :])
        drift = _normal(r, rng)[:, None] * np.log(ranks[len(middle) :] / length)
        energies = np.concatenate([energies, law])
        energies_again = np.concatenate([energies_again, law * np.exp(-drift)], axis=1)
        moved = np.log(binned[len(middle) :]) - tilt[:, None] * np.log(ranks[len(middle) :] / length)
        log_again = np.concatenate([log_again, moved], axis=1)
    return Prepared(ranks, counts, binned, energies, log_again, energies_again, tuple(notes), doubt)


def _hidden(
    spectrum: DataSpectrum,
    fitted: Fitted,
    ranks: np.ndarray,
    counts: np.ndarray,
    eigenvalues: np.ndarray,
    where: np.ndarray,
) -> np.ndarray:
    """Energies of modes that noise hides: the fitted law, or what is left of the total, in proportion to lambda."""
    if fitted.r is not None:
        return fitted.r.line(ranks)
    if spectrum.energies is None:
        raise CheckError("Modes hide in noise, but there are no energies of a target.")
    first = int(np.argmax(where))
    seen = float(np.maximum(spectrum.energies[:first], 0).sum())
    shape = eigenvalues[: len(where)][where]
    return np.asarray(shape * max(1 - seen, 0.0) / max(float(shape @ counts), 1e-300))


def _normal(fit: SlopeFit, rng: np.random.Generator) -> np.ndarray:
    """Deviations of an exponent, shape (draws,), as wide as its interval; zero where it has none."""
    half = 0.0 if fit.interval is None else (fit.interval[1] - fit.interval[0]) / 2
    return np.asarray(rng.standard_normal(DRAWS) * half / 1.96)
