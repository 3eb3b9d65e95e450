"""Rows of a problem in blocks, so that features never have to be in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


def pieces(rows: Iterator[Rows], most: int) -> Iterator[Rows]:
    """The same rows, in blocks of at most `most`."""
    for block in rows:
        for start in range(0, len(block.labels), most):
            yield Rows(block.inputs[start : start + most], block.labels[start : start + most])


class Rows(NamedTuple):
    """A block of rows.

    Attributes:
        inputs: Shape (rows, dim).
        labels: Shape (rows, 2 m + 1): m columns of clean targets, ones, and m of unit label noise (or zeros); m
            outputs, most often 1.
    """

    inputs: np.ndarray
    labels: np.ndarray


BLOCK_ROWS = 1024


def blocks(rows: int) -> list[slice]:
    """Rows cut into blocks, in order; the blocks' own random streams are numbered by them.

    Args:
        rows: How many there are, 0 or more.

    Returns:
        Slices of BLOCK_ROWS rows, the last one of what is left.

    >>> blocks(1500)
    [slice(0, 1024, None), slice(1024, 1500, None)]
    """
    return [slice(start, min(start + BLOCK_ROWS, rows)) for start in range(0, rows, BLOCK_ROWS)]
