"""Block-diagonal preconditioning from the samples' own Gram matrix: risk at finite n, with label noise. Derived here.

On n > B samples a block of whitened features spans a random B-dimensional subspace of R^n. Given the inputs the
features are Gaussian, so training is the population's block problem on the samples' kernel matrix C = XX'. With the
scales k (gamma) and q (kappa) of `block_scale` and w = K/(zeta + K), the mean predictor at zeta is w times kernel ridge
regression at gamma. Around it the features scatter; the free sum on pairs of resolvents gives, S being the inputs' X'X,

    C(zeta_1, zeta_2) = E[e_1 . e_2] = (t - w_1 theta_1) . (t - w_2 theta_2) + w_1 w_2 V Y/J,
    V = tr Lambda gamma_1 gamma_2/((S + gamma_1)(S + gamma_2)),   Y = y' C/((C + gamma_1)(C + gamma_2)) y,
    J = N - (K - 1) tr C^2/((C + kappa_1)(C + kappa_2)) - tr C^2/((C + gamma_1)(C + gamma_2)),

theta being the ridge solutions. The samples are then averaged over by the two-point equivalents of ridge regression.
K = 1 is the least-norm solution with N features, n = infinity the population (`block`). For n <= B every block fits
the samples: R = K, the predictor is (1 - h(1)) times the mean of K least-norm solutions on B features each, and
J = K (B - n). The filter goes around R's spectrum as in `sample_measure`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..gram import STEP, degrees_of_freedom, lens, resolved_scale
from ..problems import Modes
from ..samples import Form, SampleMeasure
from .block_ridges import BlockScale, levelled


@dataclass(frozen=True)
class Scales:
    """What C depends on at each zeta: the scales k and q and the weight w = K/(zeta + K), each of shape (m,)."""

    k: np.ndarray
    q: np.ndarray
    weight: np.ndarray

    def conj(self) -> Scales:
        """The scales at the conjugate zeta."""
        return Scales(np.conj(self.k), np.conj(self.q), np.conj(self.weight))


def block_sample_measure(modes: Modes, features: int, block: int, samples: int, step: float = STEP) -> SampleMeasure:
    """Prepare N = features in blocks of `block` (a smaller last one and the others as equal ones), and n = samples.

    modes: accurate for sizes up to min(N, n). step: of the trapezoid rule on the contour. Cost: some 30 sums over modes
    and 14 products of (m, modes) by (modes, m), m = 300 to 500. Raises InputError for N = n (the spectrum reaches 0),
    for n = B (the same in each block), for min(N, n) equal to the rank, and for a block not below N and the rank.
    """
    _refuse(modes, features, block, samples)
    block_size = levelled(features, block)
    if samples < block_size:
        return _all_fitted(modes, features, block_size, samples)
    scale = BlockScale(modes, features, block_size, samples)
    largest = scale.upper_edge()
    x, dx = lens(scale.lower_edge() / 2, 1.01 * largest, step)
    (k_0, q_0), (k, q) = scale.least_norm, scale.at(x)
    weight = scale.blocks / (scale.blocks - x)
    at = Scales(np.append(k_0, k), np.append(q_0, q), np.append(1.0, weight))
    on = Scales(k, q, weight)
    measure = dx / x
    signal, noise = pairs(scale, at, at)
    least_norm = float(np.real(signal[0, 0]))
    edge = -2 / np.pi * signal[0, 1:] * measure
    product, across = np.outer(measure, measure), np.outer(measure, np.conj(measure))
    crossed = pairs(scale, on, on.conj())
    target, labels = (
        _form(same[1:, 1:] * product, mixed * across) for same, mixed in zip((signal, noise), crossed, strict=True)
    )
    return SampleMeasure(
        largest,
        modes.total,
        x / largest,
        least_norm,
        (edge, 0.0),
        target,
        labels,
        step,
        lambda: block_sample_measure(modes, features, block, samples, step / 2),
    )


def pairs(scale: BlockScale, first: Scales, second: Scales) -> tuple[np.ndarray, np.ndarray]:
    """C per target and per unit of label noise at every pair of zeta, shape (m, m) each. Needs n > B."""
    modes, samples, outer = scale.modes, scale.samples, scale.blocks - 1
    energies = modes.weights * modes.energies
    known = [np.outer(a, b) for a, b in ((first.weight, second.weight), (1 - first.weight, 1 - second.weight))]
    kernel, fitted, spread = _ridge_pairs(modes, samples, first.k, second.k)
    spare = scale.features - outer * _overlap(modes, samples, first.q, second.q)
    spare -= _overlap(modes, samples, first.k, second.k)
    alone = [at.k * ((1 / (modes.eigenvalues + at.k[:, None])) @ energies) for at in (first, second)]
    signal = known[0] * (kernel[0] + spread * fitted[0] / spare) + known[1] * modes.total
    signal += np.outer(first.weight * alone[0], 1 - second.weight)
    signal += np.outer(1 - first.weight, second.weight * alone[1])
    return signal, known[0] * (kernel[1] + spread * fitted[1] / spare)


def _ridge_pairs(
    modes: Modes, samples: float, first: np.ndarray, second: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray], np.ndarray]:
    """For ridges with scales `first` and `second`: (e_1 . e_2 of kernel ridge regression), Y and V.

    The first two have a part per target and one per unit of label noise. Shapes (m, m).
    """
    values, weights = modes.eigenvalues, modes.weights
    one, two = 1 / (values + first[:, None]), (1 / (values + second[:, None])).T
    scales = np.outer(first, second)
    cross = (one * (weights * values)) @ two
    shared = (one * (weights * values**2)) @ two
    energy = (one * (weights * modes.energies)) @ two
    fitted = (one * (weights * modes.energies * values)) @ two
    left = 1 - shared / samples
    per_sample = cross / samples / left
    return (
        (scales * energy / left, shared / samples / left),
        (fitted + scales * energy * per_sample, per_sample),
        scales * cross / left,
    )


def _overlap(modes: Modes, samples: float, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """tr C^2/((C + a_1)(C + a_2)) on the samples, a the ridges of scales `first` and `second`, shape (m, m)."""
    values, weights = modes.eigenvalues, modes.weights
    one, two = 1 / (values + first[:, None]), (1 / (values + second[:, None])).T
    cross = (one * (weights * values)) @ two
    shared = (one * (weights * values**2)) @ two
    here, there = degrees_of_freedom(first, modes)[0][:, None], degrees_of_freedom(second, modes)[0]
    return (shared * (1 - here / samples) + cross * (second * there) / samples) / (1 - shared / samples)


def _form(same: np.ndarray, across: np.ndarray) -> Form:
    """The form in f on the bulk alone, no outlier being split off."""
    return Form(same / (2 * np.pi**2), across / (2 * np.pi**2), np.zeros(len(same), dtype=complex), 0.0)


def _all_fitted(modes: Modes, features: int, block: float, samples: int) -> SampleMeasure:
    """n < B: everything sits at x = 1, R = K."""
    scale = np.array([resolved_scale(modes, samples)])
    kernel, fitted, spread = _ridge_pairs(modes, samples, scale, scale)
    spare = features / block * (block - samples)
    solved, noise = (float((part + spread * other / spare)[0, 0]) for part, other in zip(kernel, fitted, strict=True))
    unseen = float(np.sum(modes.weights * modes.energies * scale / (modes.eigenvalues + scale)))
    # |(1 - h) e + h t|^2 with e . t = unseen and |t|^2 = total
    nothing = np.zeros((0, 0), dtype=complex), np.zeros((0, 0), dtype=complex), np.zeros(0, dtype=complex)
    signal = Form(*nothing, solved - 2 * unseen + modes.total)
    edge = np.zeros(0, dtype=complex), 2 * (unseen - solved)
    return SampleMeasure(
        features / block, modes.total, np.zeros(0, dtype=complex), solved, edge, signal, Form(*nothing, noise)
    )


def _refuse(modes: Modes, features: int, block: int, samples: int) -> None:
    if not 1 <= block < min(features, modes.rank):
        raise InputError(
            f"A block has {block} features of {features}; take at least one, fewer than all and than the rank."
        )
    if not samples >= 1:
        raise InputError(f"n is {samples}, but training needs one sample at least; try n = {2 * features}.")
    if samples in (features, block, levelled(features, block)) or min(features, samples) == modes.rank:
        raise InputError(
            f"N is {features}, n is {samples}, blocks have {block} features and the rank is {modes.rank:g}, but the "
            "spectrum reaches 0 where n is one of the others; take one sample more."
        )
