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
    """What makes normal numbers of a block Student-t: sqrt((nu - 2)/chi^2_nu), so that their variance stays 1.

    Args:
        cell: The seed of the cell.
        stream: What the numbers are for.
        rows: Rows of the block.
        dim: Columns of the inputs.
        block: Which block.
        law: nu, and whether a row shares one scale.

    Returns:
        Shape (rows, 1) where a row shares its scale, (rows, dim) where coordinates are independent.
    """
    source = cell.bits(stream, block)
    squares = np.random.Generator(source.jumped()).chisquare(law.nu, (rows, 1 if law.elliptical else dim))
    return np.sqrt((law.nu - 2) / squares)
