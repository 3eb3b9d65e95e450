"""Predicted risk on a measured spectrum, with its dependence on every mode, so that resampling costs nothing.

At fixed eigenvalues the risk is linear in the target's energies, risk(T) = sum_k E_k phi_k(T), where phi_k is the
share of mode k that is left after T steps. In the eigenvalues it is smooth: groups of them are moved together and
the change of log risk taken as linear. On n samples log risk is taken to move as on infinitely many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from threadpoolctl import threadpool_limits

from ...theory.gram import SpectralMeasure, resolved_scale, scale_on, spectral_measure
from ...theory.optimizers import Filter, GradientDescent, NaturalGradient, Power
from ...theory.problems import Modes
from .risk_at_size import AtSize, Training
from .settings import SETTINGS

OPTIMIZERS = ("gd", "diagonal", "matrix-sign", "natural-gradient", "sign")
# in the order of OPTIMIZERS; `diagonal` and `sign` move with the spectrum as gradient descent does
_FILTERS: tuple[Filter, ...] = (
    GradientDescent(),
    GradientDescent(),
    Power(Fraction(1, 2)),
    NaturalGradient(),
    GradientDescent(),
)
_LATEST = 1e12  # T of gd, at most


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predicted log risk by optimizer and size, and how it moves with the spectrum.

    Attributes:
        modes: What was used.
        sizes: N, s of them.
        grid: Steps of gd that were predicted beside the optimizers, shape (g,), rising, T among them.
        log_risk: Shape (o + g, s): the optimizers after T steps, then gd after each of `grid`.
        left: phi, shape (o + g, s, m).
        tilt: d log risk / d log lambda of each group of modes, shape (o + g, s, groups).
        noisy: Share of the risk that label noise makes on n samples, shape (o + g, s).
        own_error: Of log risk, beyond what all share, shape (o + g, s).
        member: The group of each mode, shape (m,).
        largest: lambda_max(G) at each size.
        last: The largest size.
        overfit: Risk of the natural gradient on n samples over that on infinitely many, shape (s,).
    """

    modes: Modes
    sizes: tuple[int, ...]
    grid: np.ndarray
    log_risk: np.ndarray
    left: np.ndarray
    tilt: np.ndarray
    noisy: np.ndarray
    own_error: np.ndarray
    member: np.ndarray
    largest: np.ndarray
    last: AtSize
    overfit: np.ndarray

    def resampled(self, log_eigenvalues: np.ndarray, energies: np.ndarray) -> np.ndarray:
        """Log risk for other spectra, shape (draws, o + g, s).

        Args:
            log_eigenvalues: Shape (draws, m).
            energies: Shape (draws, m).
        """
        shift = log_eigenvalues - np.log(self.modes.eigenvalues)
        groups = self.tilt.shape[-1]
        count = self.modes.weights
        moved = np.stack(
            [
                shift[:, self.member == g] @ count[self.member == g] / count[self.member == g].sum()
                for g in range(groups)
            ],
            axis=1,
        )
        held = energies * count
        risk = np.einsum("osm,dm->dos", self.left, held) / held.sum(axis=1)[:, None, None]
        own = self.modes.energies * count
        change = np.log(risk) - np.log(self.left @ own / own.sum())
        return np.asarray(self.log_risk + change + np.einsum("osg,dg->dos", self.tilt, moved))


def forecast(modes: Modes, sizes: Sequence[int], training: Training, farthest: float) -> Forecast:
    """Predict the risk of each of OPTIMIZERS at each size, and that of gd for other numbers of steps.

    The sums are far too small for a threaded BLAS, which on busy cores is many times slower than one thread. Cost:
    about 11 measures a size, and 0.1 s for sign descent.

    Args:
        modes: Of the data.
        sizes: N.
        training: What a run is given.
        farthest: The most steps of gd that will be asked for.
    """
    with threadpool_limits(1):
        return _forecast(modes, sizes, training, _grid(training.steps, farthest))


def _forecast(modes: Modes, sizes: Sequence[int], training: Training, grid: np.ndarray) -> Forecast:
    member = _grouped(modes)
    groups, count = int(member.max()) + 1, len(OPTIMIZERS)
    shape = (count + len(grid), len(sizes))
    log_risk, left = np.empty(shape), np.empty((*shape, len(member)))
    tilt, largest, overfit = np.empty((*shape, groups)), np.empty(len(sizes)), np.ones(len(sizes))
    noisy, own_error = np.zeros(shape), np.zeros(shape)
    moved = [_moved(modes, member == g) for g in range(groups)]
    for j, size in enumerate(sizes):
        last = AtSize(modes, size, training)
        largest[j] = last.measure.largest
        base = _log_risks(last.measure, training, grid)
        for g, each in enumerate(moved):
            tilt[:, j, g] = (_log_risks(spectral_measure(each, size), training, grid) - base) / SETTINGS.mode_step
        left[:, j] = _left(modes, size, last.measure, training, grid)
        for i, (name, rows, steps) in enumerate(_runs(training, grid)):
            if name == "sign":
                found = last.sign(steps)
                log_risk[i, j], own_error[i, j] = math.log(float(found.risk[0])), float(found.error[0])
                noisy[i, j] = float(found.noisy[0])
            elif math.isfinite(training.samples):
                risk, noisy[rows, j] = last.parts(name, steps)
                log_risk[rows, j] = np.log(risk)
            else:
                log_risk[rows, j] = np.log(last.population(name, steps))
        if math.isfinite(training.samples):
            one = np.array([1.0])
            overfit[j] = float(last.risk("natural-gradient", one)[0] / last.population("natural-gradient", one)[0])
    return Forecast(modes, tuple(sizes), grid, log_risk, left, tilt, noisy, own_error, member, largest, last, overfit)


def _grid(steps: int, farthest: float) -> np.ndarray:
    """Steps of gd: T times powers of 10^(1/per_decade), from 1 to what will be asked for."""
    top = min(max(farthest * 1.2, SETTINGS.reach * steps), max(_LATEST, steps))
    below = math.floor(SETTINGS.per_decade * math.log10(steps) + 1e-9)
    above = math.ceil(SETTINGS.per_decade * math.log10(top / steps))
    made = steps * 10.0 ** (np.arange(-below, above + 1) / SETTINGS.per_decade)
    return made if made[0] < 1.001 else np.append(1.0, made)


def _runs(training: Training, grid: np.ndarray) -> list[tuple[str, slice, np.ndarray]]:
    """Name, rows of the results, and steps: each optimizer after T, and gd along the grid."""
    count, end = len(OPTIMIZERS), np.array([float(training.steps)])
    own = [(name, slice(i, i + 1), end) for i, name in enumerate(OPTIMIZERS)]
    return [*own, ("gd", slice(count, count + len(grid)), grid)]


def _grouped(modes: Modes) -> np.ndarray:
    """A group for each mode: neighbours in log k, every mode its own where there are few."""
    rank = np.cumsum(modes.weights)
    if len(rank) <= SETTINGS.mode_groups + 4:
        return np.arange(len(rank))
    edges = np.geomspace(1.5, rank[-1] * 1.0001, SETTINGS.mode_groups + 1)[1:]
    found = np.unique(np.searchsorted(edges, rank), return_inverse=True)[1]
    return np.asarray(found)


def _moved(modes: Modes, chosen: np.ndarray) -> Modes:
    values = modes.eigenvalues * np.where(chosen, np.exp(SETTINGS.mode_step), 1.0)
    order = np.argsort(-values, kind="stable")
    return Modes(values[order], modes.energies[order], modes.weights[order])


def _log_risks(measure: SpectralMeasure, training: Training, grid: np.ndarray) -> np.ndarray:
    """Log risk of each run on the population, shape (o + g,)."""
    end = np.array([float(training.steps)])
    parts = [measure.risk(rule, end, training.eta) for rule in _FILTERS]
    parts.append(measure.risk(_FILTERS[0], grid, training.eta))
    return np.log(np.maximum(np.concatenate(parts), 1e-300))


def _left(modes: Modes, size: int, measure: SpectralMeasure, training: Training, grid: np.ndarray) -> np.ndarray:
    """phi by run and mode, shape (o + g, m)."""
    runs = [*((rule, float(training.steps)) for rule in _FILTERS), *((_FILTERS[0], float(steps)) for steps in grid)]
    scale = resolved_scale(modes, size)
    floor = scale / (modes.eigenvalues + scale)
    kappa = scale_on(measure.nodes * measure.largest, modes, size)
    share = 1 / (modes.eigenvalues + kappa[:, None])
    nodes = (measure.weights / (share @ (modes.weights * modes.energies)))[:, None] * share
    top = 1 - floor - np.imag(nodes.sum(axis=0)) if measure.top_mass > 0 else np.zeros(len(floor))
    found = np.empty((len(runs), len(floor)))
    for i, (rule, steps) in enumerate(runs):
        if isinstance(rule, NaturalGradient):
            found[i] = floor
            continue
        squared = rule.residual(np.append(measure.nodes, 1.0), steps, training.eta) ** 2
        found[i] = floor + np.imag(squared[:-1] @ nodes) + top * np.real(squared[-1])
    return found
