"""Block-diagonal preconditioning (K-FAC, Shampoo) on the population: its spectral measure, derived here.

P = the inverse of the diagonal blocks of G turns each block of B features into an orthonormal basis of its span,
so P G has the nonzero spectrum of R = Pi_1 + ... + Pi_K, a sum of K = N/B independent random projections in mode
space. The scales of `block_scale` give its mean resolvent,

    E (zeta + R)^-1 = 1/(zeta + K d),   d = lambda/(lambda + kappa),
    risk = floor + integral of h^2 against t'(zeta + R)^-1 t around R's nonzero spectrum.

So a mode learns at the rate K lambda/(lambda + kappa(zeta)): damping, but by a scale that moves from kappa(B) for
the leading modes (zeta -> infinity) to that of all N features, kappa = K kappa_0/zeta, as zeta -> 0. Keeping
kappa(B) throughout is `damped` with eps = kappa(B). K = 1 is a projection and B = N the stepped natural gradient. The
equivalent is exact as B grows; it errs by about 1/B (`benchmarks/blocks.py` measures it).
"""

from __future__ import annotations

import numpy as np

from ...errors import CheckError, InputError
from ..gram import STEP, SpectralMeasure, lens, resolved_scale
from ..problems import Modes
from .block_ridges import BlockScale, levelled

_MASS_ERROR = 1e-8  # of the target's variance: what the quadrature may miss of it


def block_measure(modes: Modes, size: int, block: int, step: float = STEP) -> SpectralMeasure:
    """The measure for N = size features in blocks of `block`, block below size and the rank.

    A smaller last block is taken with the others as equal ones. step: of the trapezoid rule on the contour. Cost: about
    30 sums over modes at 400 nodes. The quadrature's error comes with `risk_and_error`; that of the equivalent, about
    1/B, does not. Raises InputError for other blocks, CheckError where the mass does not add up.
    """
    if not 1 <= block < min(size, modes.rank):
        raise InputError(
            f"A block has {block} features of {size}; take at least one, fewer than all and than the rank."
        )
    kappa_0 = resolved_scale(modes, size)
    energies = modes.weights * modes.energies
    unseen = energies[modes.eigenvalues == 0]
    floor = float(np.sum(energies * (kappa_0 / (modes.eigenvalues + kappa_0))) if kappa_0 else np.sum(unseen))
    scale = BlockScale(modes, size, levelled(size, block), np.inf)
    largest = scale.upper_edge()
    x, dx = lens(scale.lower_edge() / 2, 1.01 * largest, step)
    k, q = scale.at(x)
    # a pole of the whole variance at the largest eigenvalue is taken off and put back as a point mass, as modes
    # learned at nearly that rate would else hide smaller risks behind the error of the rule
    slow = scale.blocks * q[:, None] / (modes.eigenvalues + q[:, None])
    rate = scale.blocks * modes.eigenvalues / (modes.eigenvalues + q[:, None])
    energy = ((slow - (scale.blocks - largest)) / (rate - x[:, None])) @ energies
    weights = energy / (largest - x) * dx / np.pi
    missed = (floor + float(np.imag(np.sum(weights)))) / modes.total
    if not abs(missed) < _MASS_ERROR:
        raise CheckError(f"The spectral measure for blocks of {block} misses {missed:.1e} of the target.")
    # sum_i 1/(x_i + zeta) over the nonzero spectrum: the trace over modes less its part at 0
    share = modes.eigenvalues / (modes.eigenvalues + k[:, None])
    trace = (share @ modes.weights) * scale.blocks / (scale.blocks - x)
    counts = ((size - trace) / (-x) - 1 / (largest - x)) * dx / np.pi
    return SpectralMeasure(
        floor,
        largest,
        modes.total,
        modes.total,
        x / largest,
        weights,
        counts,
        step,
        finer=lambda: block_measure(modes, size, block, step / 2),
    )
