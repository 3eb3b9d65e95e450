"""The diagonal preconditioner: features over the root of their norm, and what taking them for that leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..gram import SpectralMeasure
from ..problems import Modes
from .feature_weights import FeatureWeights

DIAGONAL_NOTE = "diagonal preconditioning by gradient descent on features over the root of their norm, norms scattered"
MEAN_NOTE = "diagonal preconditioning by gradient descent on features over the root of their norm, in the mean"
_DEPENDENT = 6.0  # over N, per unit of E[a^2] - 1, measured (benchmarks/diagonal.py): 2 % at s = 2 and N = 128
_EQUAL_WEIGHTS, _USUAL = 0.25, 0.15  # per unit of E[a^2] - 1, measured: -9 % at s = 2; E[a^2] - 1 at s = 1
STEEP = 0.1  # of the floor: what a scattered one may miss before weights count as equal


def with_floor_of(scaled: SpectralMeasure, plain: SpectralMeasure) -> SpectralMeasure:
    """The measure of scaled features with the floor of the features themselves: scaling leaves their span alone.

    What is above the floor is scaled so that all of it adds up to the target's variance again. With scattered norms the
    floor comes out by itself but for 1.6/N of it (s = 2): weights count as independent of a feature's direction.
    """
    floor = plain.floor / plain.total * scaled.total
    factor = (scaled.total - floor) / (scaled.total - scaled.floor)
    finer = scaled.finer
    return replace(
        scaled,
        floor=floor,
        top_mass=factor * scaled.top_mass,
        weights=factor * scaled.weights,
        top_error=factor * scaled.top_error,
        finer=None if finer is None else lambda: with_floor_of(finer(), plain),
    )


def floor_missed(scaled: SpectralMeasure, plain: SpectralMeasure) -> float:
    """How far the floor of features of scattered norms is from that of the features themselves, relatively.

    It should be the same, and is but for what weights and directions have to do with each other. With a target on the
    leading modes (r > 1 + s) that is much: 0.33 at s = 1, r = 3. There the risk in between is off by as much, and by
    half of it where weights count as equal (measured: s = 1/2, 1, 2 and r = 1.5 to 3, N = 64 to 256).
    """
    if plain.floor <= 0:
        return 0.0
    return abs(scaled.floor / scaled.total * plain.total / plain.floor - 1)


def diagonal_error(weights: FeatureWeights, size: int) -> float:
    """Relative error of the clock where weights and directions of divided features count as independent."""
    return min(_DEPENDENT * (weights.second_moment - 1) / size, 1.0)


def mean_error(weights: FeatureWeights | None) -> float:
    """Relative error of the clock where the weights count as equal; that of s = 1 where they are not known."""
    scatter = weights.second_moment - 1 if weights else _USUAL
    return min(_EQUAL_WEIGHTS * scatter, 1.0)


def norm_divided(modes: Modes) -> Modes:
    """The spectrum of Gaussian features divided by the square root of their norm.

    A feature f = sum_k sqrt(lambda_k) z_k u_k, z_k standard normal, has norm^2 q = sum_k lambda_k z_k^2. The kernel of
    f / q^(1/4) is diagonal in the same modes by symmetry, with eigenvalues lambda_k E[z_k^2 / sqrt(q)]. With
    1/sqrt(q) = (1/sqrt(pi)) integral of t^(-1/2) exp(-q t) dt,

        E[z_k^2 / sqrt(q)] = (1/sqrt(pi)) integral t^(-1/2) (1 + 2 t lambda_k)^-1 prod_j (1 + 2 t lambda_j)^(-1/2) dt.

    The mean kernel is exact; how norms scatter around it is `feature_weights.norm_weights`.
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
