"""Dense or Krylov: the cheaper factorisation of a family, by a model of what each costs.

In units of N^3 at the speed of products of matrices, a dense factorisation costs 9, and m Lanczos vectors cost
m/N times _PRODUCT + m/N times _ORTHOGONAL: both read from memory what they multiply, once for every vector.
`benchmarks/krylov.py` measures the constants.
"""

from __future__ import annotations

import math

import numpy as np

from ..devices import Device, Gram
from .factor import Factor, factorise
from .krylov import Wanted, krylov
from .preconditioner_root import root

_SMALL = 400  # sizes up to which a dense factorisation takes milliseconds
_BLOCKS = 4000  # and with blocks, which leave a spectrum that hardly decays: a tie at N = 5000 (B = 64, T = 2,000)
_DENSE = 9.0  # N^3
_PRODUCT = 9.0  # m N^2
_ORTHOGONAL = 40.0  # m^2 N
_STAKE = 0.5  # the share of a dense factorisation that may be lost where Krylov vectors turn out too many


def most_vectors(size: int) -> int:
    """Lanczos vectors m that cost half of a dense factorisation: 9 m N^2 + 40 m^2 N = 4.5 N^3.

    Args:
        size: N.

    Returns:
        m, 0 for the small N at which none are worth a try.

    >>> most_vectors(400), most_vectors(1000)
    (0, 241)
    """
    if size <= _SMALL:
        return 0
    half = _PRODUCT / (2 * _ORTHOGONAL)
    return math.floor(size * (math.sqrt(half**2 + _STAKE * _DENSE / _ORTHOGONAL) - half))


def vectors_for(kind: tuple[str, int], size: int, rows: float, outputs: int) -> int:
    """Lanczos vectors that are worth a try for a family, see `most_vectors`.

    Args:
        kind: The family, see `family`.
        size: N.
        rows: n, rows that G is a mean over.
        outputs: m.

    Returns:
        0 for several outputs, and for blocks where they are wide or N is not large.
    """
    if outputs > 1:
        return 0  # Krylov vectors serve one b only
    if kind[0] == "block" and (size <= _BLOCKS or kind[1] > min(size, rows) / 4):
        return 0  # wide blocks cost as much as the whole, and have too few rows for the bound
    return most_vectors(size)


def factor_for(
    kind: tuple[str, int],
    gram: Gram,
    moment: np.ndarray,
    wanted: Wanted,
    device: Device,
) -> Factor:
    """The factorisation of one family: Krylov where it can be had within TOLERANCE for less, otherwise dense.

    Args:
        kind: The family, see `family`.
        gram: G, wherever it is held.
        moment: b, shape (N,), or (N, m) for m outputs.
        wanted: What the weights are for: optimizers, T and step size.
        device: What decomposes matrices, and what memory allows.

    Returns:
        The factorisation; the bounds of a Krylov one hold for what is wanted only.

    Raises:
        InputError: Memory has no room for a dense one where that is needed, or momentum is not stable at eta.
    """
    size = gram.size
    most = vectors_for(kind, size, wanted.rows, 1 if moment.ndim == 1 else moment.shape[1])
    if device.room.vectors is not None:
        most = min(most, device.room.vectors)
    if most:
        whitening = root(kind, gram, device)
        found = krylov(gram.times, whitening, whitening.trace(gram), moment, wanted, most, gram.basis)
        if found is not None:
            return found
    return factorise(kind, gram, device)
