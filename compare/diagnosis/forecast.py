"""Predicted risk on a measured spectrum, with its dependence on every mode, so that resampling costs nothing.

At fixed eigenvalues the risk is linear in the target's energies, risk(T) = sum_k E_k phi_k(T), where phi_k is the
share of mode k that is left after T steps. In the eigenvalues it is smooth: groups of them are moved together and
the change of log risk taken as linear. On n samples log risk is taken to move as on infinitely many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from threadpoolctl import threadpool_limits

from ...theory.gram import SpectralMeasure, resolved_scale, scale_on, spectral_measure
from ...theory.optimizers import Filter, GradientDescent, NaturalGradient, Power
from ...theory.problems import Modes
from .costs import Price
from .risk_at_size import AtSize, Training

OPTIMIZERS = ("gd", "diagonal", "matrix-sign", "natural-gradient", "sign")
# in the order of OPTIMIZERS; `diagonal` and `sign` move with the spectrum as gradient descent does
_FILTERS: tuple[Filter, ...] = (
    GradientDescent(),
    GradientDescent(),
    Power(Fraction(1, 2)),
    NaturalGradient(),
    GradientDescent(),
)
_GROUPS = 8  # groups of neighbouring modes moved together
_STEP = 0.05  # of log lambda, in the differences
_LATEST = 1e12  # T of gd at equal compute, at most


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predicted log risk by optimizer and size, and how it moves with the spectrum.

    log_risk: shape (o + o - 1, s): the optimizers, then gd with the compute of each optimizer but gd. left: phi, shape
    (2 o - 1, s, m). tilt: d log risk / d log lambda of each group, shape (2 o - 1, s, g). noisy: share of the risk that
    label noise makes on n samples, shape (2 o - 1, s). own_error: of log risk, beyond what all share, shape
    (2 o - 1, s). member: the group of each mode, shape (m,). largest: lambda_max(G) at each size. modes: what was used.
    last: the largest size. overfit: risk of the natural gradient on n samples over that on infinitely many, shape (s,).
    """

    modes: Modes
    sizes: tuple[int, ...]
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
        """log risk, shape (draws, 2 o - 1, s), for other spectra: each argument has shape (draws, m)."""
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


def forecast(modes: Modes, sizes: Sequence[int], training: Training, costs: Mapping[str, Price]) -> Forecast:
    """Predict the risk of each of OPTIMIZERS at each size. Cost: about 11 measures a size, and 0.1 s for sign descent.

    The sums are far too small for a threaded BLAS, which on busy cores is many times slower than one thread.
    """
    with threadpool_limits(1):
        return _forecast(modes, sizes, training, costs)


def _forecast(modes: Modes, sizes: Sequence[int], training: Training, costs: Mapping[str, Price]) -> Forecast:
    member = _grouped(modes)
    groups = int(member.max()) + 1
    shape = (2 * len(OPTIMIZERS) - 1, len(sizes))
    log_risk, left = np.empty(shape), np.empty((*shape, len(member)))
    tilt, largest, overfit = np.empty((*shape, groups)), np.empty(len(sizes)), np.ones(len(sizes))
    noisy, own_error = np.zeros(shape), np.zeros(shape)
    moved = [_moved(modes, member == g) for g in range(groups)]
    finite = math.isfinite(training.samples)
    for j, size in enumerate(sizes):
        last = AtSize(modes, size, training)
        largest[j] = last.measure.largest
        runs = _runs(size, training.steps, costs)
        base = _log_risks(runs, last.measure, training.eta)
        for g, each in enumerate(moved):
            tilt[:, j, g] = (_log_risks(runs, spectral_measure(each, size), training.eta) - base) / _STEP
        left[:, j] = _left(modes, size, last.measure, runs, training.eta)
        for i, (name, steps) in enumerate(_named(runs)):
            at = np.array([steps])
            if name == "sign":
                found = last.sign(at)
                log_risk[i, j], own_error[i, j] = math.log(float(found.risk[0])), float(found.error[0])
                continue
            if finite:
                risk, share = last.parts(name, at)
                noisy[i, j] = float(share[0])
            else:
                risk = last.population(name, at)
            log_risk[i, j] = math.log(float(risk[0]))
        if finite:
            one = np.array([1.0])
            overfit[j] = float(last.risk("natural-gradient", one)[0] / last.population("natural-gradient", one)[0])
    return Forecast(modes, tuple(sizes), log_risk, left, tilt, noisy, own_error, member, largest, last, overfit)


def _runs(size: int, steps: int, costs: Mapping[str, Price]) -> list[tuple[Filter, float]]:
    """Filters and their T, shape (2 o - 1): the optimizers at T, then gd for the compute of each."""
    matched = [min(max(costs[name].in_gd_steps(size, steps), 1.0), _LATEST) for name in OPTIMIZERS[1:]]
    return [*((rule, float(steps)) for rule in _FILTERS), *((_FILTERS[0], count) for count in matched)]


def _named(runs: list[tuple[Filter, float]]) -> list[tuple[str, float]]:
    names = [*OPTIMIZERS, *["gd"] * (len(OPTIMIZERS) - 1)]
    return [(name, steps) for name, (_, steps) in zip(names, runs, strict=True)]


def _grouped(modes: Modes) -> np.ndarray:
    """A group for each mode: neighbours in log k, every mode its own where there are few."""
    rank = np.cumsum(modes.weights)
    if len(rank) <= _GROUPS + 4:
        return np.arange(len(rank))
    edges = np.geomspace(1.5, rank[-1] * 1.0001, _GROUPS + 1)[1:]
    found = np.unique(np.searchsorted(edges, rank), return_inverse=True)[1]
    return np.asarray(found)


def _moved(modes: Modes, chosen: np.ndarray) -> Modes:
    values = modes.eigenvalues * np.where(chosen, np.exp(_STEP), 1.0)
    order = np.argsort(-values, kind="stable")
    return Modes(values[order], modes.energies[order], modes.weights[order])


def _log_risks(runs: list[tuple[Filter, float]], measure: SpectralMeasure, eta: float) -> np.ndarray:
    """Log risk of each run on the population, shape (2 o - 1,)."""
    found = [float(measure.risk(rule, np.array([steps]), eta)[0]) for rule, steps in runs]
    return np.log(np.maximum(found, 1e-300))


def _left(
    modes: Modes, size: int, measure: SpectralMeasure, runs: list[tuple[Filter, float]], eta: float
) -> np.ndarray:
    """phi by run and mode, shape (2 o - 1, m)."""
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
        squared = rule.residual(np.append(measure.nodes, 1.0), steps, eta) ** 2
        found[i] = floor + np.imag(squared[:-1] @ nodes) + top * np.real(squared[-1])
    return found
