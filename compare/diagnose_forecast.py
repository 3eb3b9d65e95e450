"""Predicted risk on a measured spectrum, with its dependence on every mode, so that resampling costs nothing.

At fixed eigenvalues the risk is linear in the target's energies, risk(T) = sum_k E_k phi_k(T), where phi_k is the
share of mode k that is left after T steps. In the eigenvalues it is smooth: groups of them are moved together and
the change of log risk taken as linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from threadpoolctl import threadpool_limits

from ..theory.measure import SpectralMeasure, spectral_measure
from ..theory.modes import Modes
from ..theory.optimizers import Diagonal, Filter, GradientDescent, NaturalGradient, Power
from ..theory.scale import resolved_scale, scale_on
from ..theory.surrogates import surrogate

OPTIMIZERS = ("gd", "diagonal", "matrix-sign", "natural-gradient")
_DIAGONAL = OPTIMIZERS.index("diagonal")
# in the order of OPTIMIZERS; `diagonal` moves with the spectrum as gradient descent does
_FILTERS: tuple[Filter, ...] = (GradientDescent(), GradientDescent(), Power(Fraction(1, 2)), NaturalGradient())
_GROUPS = 8  # groups of neighbouring modes moved together
_STEP = 0.05  # of log lambda, in the differences


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predicted log risk by optimizer and size, and how it moves with the spectrum.

    log_risk: shape (o, s). left: phi, shape (o, s, m). tilt: d log risk / d log lambda of each group, shape (o, s, g).
    member: the group of each mode, shape (m,). largest: lambda_max(G) at each size. modes: what was used.
    """

    modes: Modes
    sizes: tuple[int, ...]
    log_risk: np.ndarray
    left: np.ndarray
    tilt: np.ndarray
    member: np.ndarray
    largest: np.ndarray

    def resampled(self, log_eigenvalues: np.ndarray, energies: np.ndarray) -> np.ndarray:
        """log risk, shape (draws, o, s), for other spectra: each argument has shape (draws, m)."""
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


def forecast(modes: Modes, sizes: Sequence[int], steps: int, eta: float) -> Forecast:
    """Predict the risk of each of OPTIMIZERS after `steps` steps at each size. Cost: about 11 measures a size.

    The sums are far too small for a threaded BLAS, which on busy cores is many times slower than one thread.
    """
    with threadpool_limits(1):
        return _forecast(modes, sizes, steps, eta)


def _forecast(modes: Modes, sizes: Sequence[int], steps: int, eta: float) -> Forecast:
    member = _grouped(modes)
    groups = int(member.max()) + 1
    shape = (len(OPTIMIZERS), len(sizes))
    log_risk, left = np.empty(shape), np.empty((*shape, len(member)))
    tilt, largest = np.empty((*shape, groups)), np.empty(len(sizes))
    moved = [_moved(modes, member == g) for g in range(groups)]
    for j, size in enumerate(sizes):
        measure = spectral_measure(modes, size)
        base = _risks(modes, size, measure, steps, eta)
        log_risk[:, j] = np.log(base)
        largest[j] = measure.largest
        for g, each in enumerate(moved):
            tilt[:, j, g] = (
                np.log(_risks(each, size, spectral_measure(each, size), steps, eta)) - log_risk[:, j]
            ) / _STEP
        acting = surrogate(Diagonal(), modes, size, measure)
        assert acting is not None
        log_risk[_DIAGONAL, j] = np.log(acting.measure.risk(acting.filter, np.array([steps]), eta)[0])
        left[:, j] = _left(modes, size, measure, steps, eta)
    return Forecast(modes, tuple(sizes), log_risk, left, tilt, member, largest)


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


def _risks(modes: Modes, size: int, measure: SpectralMeasure, steps: int, eta: float) -> np.ndarray:
    """Risk by optimizer, shape (o,); `diagonal` as gradient descent."""
    at = np.array([steps])
    return np.array([max(float(measure.risk(rule, at, eta)[0]), 1e-300) for rule in _FILTERS])


def _left(modes: Modes, size: int, measure: SpectralMeasure, steps: int, eta: float) -> np.ndarray:
    """phi by optimizer and mode, shape (o, m); `diagonal` as gradient descent."""
    scale = resolved_scale(modes, size)
    floor = scale / (modes.eigenvalues + scale)
    kappa = scale_on(measure.nodes * measure.largest, modes, size)
    share = 1 / (modes.eigenvalues + kappa[:, None])
    nodes = (measure.weights / (share @ (modes.weights * modes.energies)))[:, None] * share
    top = 1 - floor - np.imag(nodes.sum(axis=0)) if measure.top_mass > 0 else np.zeros(len(floor))
    found = np.empty((len(_FILTERS), len(floor)))
    for i, rule in enumerate(_FILTERS):
        if isinstance(rule, NaturalGradient):
            found[i] = floor
            continue
        squared = rule.residual(np.append(measure.nodes, 1.0), steps, eta) ** 2
        found[i] = floor + np.imag(squared[:-1] @ nodes) + top * np.real(squared[-1])
    return found
