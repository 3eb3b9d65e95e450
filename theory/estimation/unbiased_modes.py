"""From sampled rows to the modes of their population: eigenvalues, energies and label noise, without sampling bias.

The eigenvalues x_j of K/m and the target's energies e_j on its eigenvectors are biased: small eigenvalues fall too
fast, and energy leaks between eigenvectors. The leading modes are corrected one by one, to first order in 1/m,

    x_j = lambda_j (1 + (1/m) sum_{k!=j} lambda_k/(lambda_j - lambda_k)),
    e_j = E_j dz/dkappa(-lambda_j) + (1/m) (sigma^2 + sum_{k!=j} E_k lambda_j^2/(lambda_j - lambda_k)^2),

the poles smeared over the width sqrt(2/m) of a sampled eigenvalue. The rest is fitted to the population's sums
(`sampled_rows`) as power laws with as few breaks as agree with them (`spectral_tail`), the last slope extrapolated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ...errors import InputError
from ..problems import Modes
from .sampled_rows import PopulationSums, SampledRows
from .tail_fit import PRIOR, Line, Ranks, fit_line, simplest, whitening

Tail = Literal["power", "end"]

_SEEN = 0.7  # of the rows: ranks that the sums still see
_FARTHEST = 10.0  # sizes over ranks seen, at most, for an extrapolated tail
_WIDTH = 16.0  # times (1/m) x_j x_k: square of the width over which the poles of first order are smeared
_TRUST = 3.0  # the factor by which the head's energies may change to make up the target's variance
_BEYOND = 1e4  # an extrapolated tail ends at BEYOND times the largest size or sample


@dataclass(frozen=True, eq=False)
class PopulationModes:
    """Population modes as m rows tell them.

    Attributes:
        modes: the estimate.
        noise: label-noise variance, in the units of the energies.
        window: first and last rank of the fitted tail that the rows see, None where every mode was taken one by one.
        status: how far the modes can be trusted.
        s: exponent of the extrapolated tail of eigenvalues, None where the spectrum ends.
        r: the same of energies.
        replicates: modes that each differ from the estimate by one independent error: along directions of sampling
            error, and by another choice of tail. The variance of anything worked out from modes is the sum over
            replicates of its squared change.
        noises: the label-noise variance of each replicate.
    """

    modes: Modes
    noise: float
    window: tuple[int, int] | None
    status: str
    s: float | None = None
    r: float | None = None
    replicates: tuple[Modes, ...] = ()
    noises: tuple[float, ...] = field(default=())


def population_modes(
    rows: SampledRows,
    largest_size: int,
    *,
    noise: float | None = 0.0,
    tail: Tail = "power",
    replicates: bool = True,
    directions: np.ndarray | None = None,
) -> PopulationModes:
    """The modes of the population that rows were drawn from.

    Cost: a few fits of 2 to 6 numbers, 10 ms each, and for replicates about 10 products of (m, m) by (m, t).

    Args:
        rows: the sampled spectrum.
        largest_size: N, or n, up to which the modes serve.
        noise: label-noise variance in the units of the energies; None estimates it.
        tail: power extrapolates, end takes no mode beyond the ranks seen (the spectrum of features fewer than rows ends
            either way).
        replicates: whether to work out sampling errors.
        directions: row weightings to make replicates along, shape (c, m), so that two kernels on the same rows share
            them.

    Returns:
        The modes, their replicates and what is known of the tail.

    Raises:
        InputError: where `largest_size` is beyond what the rows support.
    """
    ranks, seen = _ranks(rows, largest_size, tail)
    # a mean over many targets is smooth: the shape of its sums is known better than the jackknife of each tells
    errors = (None, None) if rows.many else rows.covariances
    found = _estimate(rows, rows.sums, ranks, errors, noise, None)
    made: list[tuple[Modes, float]] = []
    if replicates:
        along = rows.directions if directions is None else directions
        again = [_estimate(rows, rows.moved(each), ranks, errors, noise, found) for each in along]
        if ranks is not None:
            again.append(_estimate(rows, rows.sums, ranks, errors, noise, found, alternative=True))
            if noise is None:
                again.append(_estimate(rows, rows.sums, ranks, errors, noise, found, tilt=PRIOR))
        made = [(each.modes, each.noise) for each in again]
    return PopulationModes(
        found.modes,
        found.noise,
        None if ranks is None else (rows.leading + 1, round(seen)),
        _status(rows, found, ranks, largest_size, rows.ends, tail),
        None if rows.ends else found.exponent(found.values, ranks),
        None if rows.ends else found.exponent(found.energies, ranks),
        tuple(each for each, _ in made),
        tuple(each for _, each in made),
    )


def _ranks(rows: SampledRows, largest_size: int, tail: Tail) -> tuple[Ranks | None, float]:
    """The ranks that a tail is fitted to, None where every mode is taken one by one, and how many modes are seen.

    Raises InputError where `largest_size` is beyond what the rows support, or they leave too few modes for a tail.
    """
    count, m = rows.leading, rows.rows
    if rows.ends:
        seen, last = float(rows.rank), rows.rank + 0.5
        if rows.rank == count:
            return None, seen
    else:
        seen = _SEEN * min(m, rows.rank)
        last = max(largest_size, m) * _BEYOND if tail == "power" else seen
        limit = _FARTHEST * seen if tail == "power" else seen / 2
        if largest_size > limit:
            cure = "more rows" if tail == "power" else 'more rows, or tail = "power"'
            raise InputError(
                f"{m} rows show about {seen:.0f} modes, which is too few for a size of {largest_size}; take sizes up "
                f"to {limit:.0f}, or {cure}."
            )
    if seen < 3 * count:
        raise InputError(
            f"{m} rows show about {seen:.0f} modes, {count} of them taken one by one, which leaves too few for a fit "
            "of the tail; give more rows."
        )
    return Ranks.of(count, seen, last), seen


@dataclass(frozen=True, eq=False)
class _Estimate:
    modes: Modes
    noise: float
    values: Line | None
    energies: Line | None

    def exponent(self, line: Line | None, ranks: Ranks | None) -> float | None:
        """e in k^-(1+e) of the extrapolated tail."""
        return None if line is None or ranks is None else -line.slope(ranks) - 1


def _estimate(
    rows: SampledRows,
    sums: PopulationSums,
    ranks: Ranks | None,
    errors: tuple[np.ndarray | None, np.ndarray | None],
    noise: float | None,
    like: _Estimate | None,
    alternative: bool = False,
    tilt: float = 0.0,
) -> _Estimate:
    """Modes from the sums; with the tail of `like` (segments, whether noise is fitted) where given.

    alternative: with another number of segments, and energies that follow the sums as closely as sampling allows, for
    the error of a smooth tail. tilt: of the slope that a noisy target's
    tail is expected to have beside that of the eigenvalues, likewise.
    """
    values, energy = _head(rows, sums)
    known_degrees = np.sum(values / (values + sums.kappa[:, None]), axis=1)
    known_energy = np.sum(energy * sums.kappa[:, None] / (values + sums.kappa[:, None]), axis=1)
    if ranks is None:
        constant = max(float((sums.energy - known_energy)[-1]), 0.0) if noise is None else noise
        order = np.argsort(-values, kind="stable")
        return _Estimate(Modes(values[order], energy[order], np.ones(len(values))), constant, None, None)
    start = np.interp(ranks.log_k, np.log(np.arange(1, rows.rank + 1)), np.log(rows.eigenvalues[: rows.rank]))
    error = whitening(errors[0], np.zeros(len(sums.kappa)))

    def value_line(segments: int, _: float | None) -> Line:
        kappa = sums.kappa[:, None]
        return fit_line(ranks, kappa, known_degrees, sums.degrees, error, start, segments, 0.0, own=True)

    lines = simplest(value_line, 0.0, like.values if like else None, alternative)
    tail = lines.on(ranks)
    share = sums.kappa[:, None] / (tail + sums.kappa[:, None])
    energy_error = whitening(errors[1], np.zeros_like(rows.roughness) if alternative else rows.roughness)
    smooth = _smooth(rows.energies[: rows.rank])
    begin = np.log(np.maximum(smooth, smooth.max() * 1e-14))
    first = np.interp(ranks.log_k, np.log(np.arange(1, rows.rank + 1)), begin)

    def energy_line(segments: int, constant: float | None) -> Line:
        guess = lines.slope(ranks) + tilt if constant is None else None
        return fit_line(ranks, share, known_energy, sums.energy, energy_error, first, segments, constant, guess)

    energies = simplest(energy_line, noise, like.energies if like else None, alternative)
    # the target's variance is known better than each energy: the head makes up for the difference
    outside = energies.constant + float(energies.on(ranks) @ ranks.weights)
    energy *= np.clip((sums.total - outside) / max(float(energy.sum()), 1e-300), 1 / _TRUST, _TRUST)
    order = np.argsort(-values, kind="stable")
    modes = Modes(
        np.concatenate([values[order], tail]),
        np.concatenate([energy[order], energies.on(ranks)]),
        np.concatenate([np.ones(len(values)), ranks.weights]),
    )
    return _Estimate(modes, energies.constant, lines, energies)


def _head(rows: SampledRows, sums: PopulationSums) -> tuple[np.ndarray, np.ndarray]:
    """The leading eigenvalues and energies without their sampling bias, shape (h,)."""
    count, m = len(sums.head), rows.rows
    x, e = rows.eigenvalues, rows.energies
    top = x[:count, None]
    apart = top - x
    smeared = apart**2 + _WIDTH / m * top * x  # 0 at a sampled eigenvalue itself but for the smearing, taken out below
    own = np.arange(count)
    push = x * apart / smeared  # 0 on the diagonal
    lost, gained = x**2 / smeared, e * top**2 / smeared
    lost[own, own] = gained[own, own] = 0.0
    values = x[:count] / (1 + push.sum(axis=1) / m)
    energy = e[:count] * (1 + lost.sum(axis=1) / m) - (rows.rest + gained.sum(axis=1)) / m
    total = max(float(energy.sum()), 0.0)
    energy = np.maximum(energy, 0.0)
    energy *= total / max(float(energy.sum()), 1e-300)
    # a replicate's head moves by the same factors as its sampled modes do
    return values * sums.head / x[:count], energy * sums.head_energy / np.maximum(e[:count], 1e-300)


def _status(
    rows: SampledRows, found: _Estimate, ranks: Ranks | None, largest_size: int, complete: bool, tail: Tail
) -> str:
    m = rows.rows
    if complete or ranks is None or found.values is None or found.energies is None:
        return f"The spectrum ends at rank {rows.rank}, which {m} rows resolve."
    seen = round(float(np.exp(ranks.high)))
    text = f"{m} rows show ranks up to {seen}"
    if tail == "end":
        return f"{text}; nothing beyond was taken."
    text += "; sizes beyond use the extrapolated power law" if largest_size > seen else ""
    bad = max(found.values.misfit, found.energies.misfit)
    if bad > 2:
        text += (
            f"; the tail misses the sums by {bad:.1f} of their errors, so it follows no power law with a few breaks: "
            "give more rows, or trust sizes below them only"
        )
    return text + "."


def _smooth(energies: np.ndarray) -> np.ndarray:
    """Means over 31 neighbours, fewer at the ends: where a fit starts, no more."""
    window = np.ones(min(31, len(energies)))
    return np.convolve(energies, window, mode="same") / np.convolve(np.ones(len(energies)), window, mode="same")
