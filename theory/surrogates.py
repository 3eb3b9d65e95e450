"""Optimizers that are no filters of G, as filters on a measure of their own: block-diagonal and diagonal ones.

Both are gradient descent on other features. What is approximate is noted in every prediction that uses them
(measured errors: `benchmarks/population.py`, `benchmarks/blocks.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from .block import block_measure
from .measure import SpectralMeasure, spectral_measure
from .modes import Modes
from .optimizers import BlockDiagonal, Diagonal, Filter, GradientDescent, Optimizer, Power

NORM_ERROR = 0.25  # relative error of risk per unit of `norm_scatter`, measured (benchmarks/blocks.py): -9 % at s = 2
_UNEQUAL = 0.1  # of the clock, where the last block is smaller: measured, least where it is half of the others or more


@dataclass(frozen=True)
class Surrogate:
    """A filter and the measure it acts on; `note` says how it was approximated (None where it is not).

    error: relative, one standard deviation, of the clock that the approximation gives the optimizer.
    """

    filter: Filter
    measure: SpectralMeasure
    note: str | None
    error: float = 0.0


def surrogate(
    optimizer: Optimizer, modes: Modes, size: int, measure: SpectralMeasure, divided: Modes | None = None
) -> Surrogate | None:
    """The filter that predicts `optimizer` at N = size, or None where there is none.

    measure: `spectral_measure(modes, size)`, which every filter of G shares. divided: modes of the features over the
    root of their norm; worked out for Gaussian features where left out.
    """
    match optimizer:
        case BlockDiagonal(size=block) if block >= size:
            return Surrogate(Power(Fraction(1)), measure, None)
        case BlockDiagonal(size=block):
            if block >= modes.rank:  # every block resolves every mode
                return Surrogate(Power(Fraction(1)), measure, None)
            note = "block-diagonal preconditioning by its deterministic equivalent, which errs by about 1/B"
            return Surrogate(GradientDescent(), block_measure(modes, size, block), note, block_error(size, block))
        case Diagonal():
            note = "diagonal preconditioning approximated by gradient descent on features over the root of their norm"
            scaled = spectral_measure(divided or norm_divided(modes), size)
            error = 0.0 if divided else NORM_ERROR * norm_scatter(modes)
            return Surrogate(GradientDescent(), _on_floor(scaled, measure), note, error)
        case Filter():
            return Surrogate(optimizer, measure, None)
    return None


def _on_floor(scaled: SpectralMeasure, plain: SpectralMeasure) -> SpectralMeasure:
    """The measure of scaled features with the floor of the features themselves: scaling leaves their span alone.

    What is above the floor is scaled so that all of it adds up to the target's variance again.
    """
    floor = plain.floor / plain.total * scaled.total
    factor = (scaled.total - floor) / (scaled.total - scaled.floor)
    return replace(scaled, floor=floor, top_mass=factor * scaled.top_mass, weights=factor * scaled.weights)


def block_error(size: int, block: int) -> float:
    """Relative error of the clock that the block equivalent gives, 1/(2B); more where B does not divide N."""
    return 0.5 / block + (_UNEQUAL if size % block else 0.0)


def norm_scatter(modes: Modes) -> float:
    """Relative variance of q^(-1/2), q = sum_k lambda_k z_k^2 the norm^2 of a Gaussian feature, z_k standard normal.

    The weight that a divided feature has in the Gram matrix: 0.01 at s = 0, 0.15 at s = 1, 0.37 at s = 2.
    E q^(-p) = (1/Gamma(p)) integral of t^(p-1) prod_j (1 + 2 t lambda_j)^(-1/2) dt.
    """
    unit = modes.eigenvalues / modes.eigenvalues[0]
    u, step = np.linspace(-60.0, 60.0, 1201, retstep=True)
    log_density = -0.5 * np.array([np.sum(modes.weights * np.log1p(2 * v * unit)) for v in np.exp(u)])
    mean = float(np.sum(np.exp(log_density + u / 2))) * step / math.sqrt(math.pi)
    return float(np.sum(np.exp(log_density + u))) * step / mean**2 - 1


def norm_divided(modes: Modes) -> Modes:
    """The spectrum of Gaussian features divided by the square root of their norm.

    A feature f = sum_k sqrt(lambda_k) z_k u_k, z_k standard normal, has norm^2 q = sum_k lambda_k z_k^2. The kernel of
    f / q^(1/4) is diagonal in the same modes by symmetry, with eigenvalues lambda_k E[z_k^2 / sqrt(q)]. With
    1/sqrt(q) = (1/sqrt(pi)) integral of t^(-1/2) exp(-q t) dt,

        E[z_k^2 / sqrt(q)] = (1/sqrt(pi)) integral t^(-1/2) (1 + 2 t lambda_k)^-1 prod_j (1 + 2 t lambda_j)^(-1/2) dt.

    The mean kernel is exact; that the features are no longer Gaussian is left out.
    """
    unit = modes.eigenvalues / modes.eigenvalues[0]
    u = np.linspace(-60.0, 60.0, 1201)  # t = e^u: the integrand is smooth, and decays as e^(-|u|/2) at the ends
    t = np.exp(u)
    log_density = 0.5 * u - 0.5 * np.array([np.sum(modes.weights * np.log1p(2 * v * unit)) for v in t])
    density = np.exp(log_density - log_density.max())
    factor = np.array([np.sum(density / (1 + 2 * t * v)) for v in unit])
    eigenvalues = modes.eigenvalues * factor / factor[-1]
    order = np.argsort(-eigenvalues, kind="stable")
    return replace(modes, eigenvalues=eigenvalues[order], energies=modes.energies[order], weights=modes.weights[order])
