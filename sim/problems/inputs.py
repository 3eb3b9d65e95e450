"""Training and test inputs in units of their standard deviations, for each input law."""

from __future__ import annotations

import numpy as np

from ...theory.problems import StudentT
from .random_streams import CellSeed, Stream


def draw_inputs(cell: CellSeed, stream: Stream, rows: int, dim: int, block: int, law: StudentT | None) -> np.ndarray:
    """z of shape (rows, dim), unit variance in each coordinate: normal, or Student-t (see `theory.inputs`).

    The normal numbers are those of Gaussian inputs, so that experiments differ in the scales alone; the scales come
    from the same stream jumped once, 2^127 numbers ahead (PCG64), so that longer training sets extend shorter ones.
    """
    drawn = cell.normal(stream, rows, dim, block)
    if law is not None:
        drawn *= scales(cell, stream, rows, dim, block, law)
    return drawn


def scales(cell: CellSeed, stream: Stream, rows: int, dim: int, block: int, law: StudentT) -> np.ndarray:
    """What makes normal numbers of a block Student-t: shape (rows, 1), or (rows, dim) where coordinates are iid."""
    source = cell.bits(stream, block)
    squares = np.random.Generator(source.jumped()).chisquare(law.nu, (rows, 1 if law.elliptical else dim))
    return np.sqrt((law.nu - 2) / squares)
