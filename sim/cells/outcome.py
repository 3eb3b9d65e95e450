"""What one cell measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Cell:
    """What one cell measured; NaN where a quantity has no meaning for the experiment.

    risk: shape (optimizer, T). largest, rank: largest eigenvalue of G and the number that are not zero within
    rounding, where some optimizer is a filter. floor: the risk no weights can go below (populations only).
    sign_step, chosen: see `stepping.Stepping`. unreachable: see TabularProblem. samples: n. seconds, cpu_seconds, peak:
    see `resources`. flops: the least arithmetic, see `cost.necessary`. precision_error: shape (optimizer, T), by how
    much rounding in float32 may change the risk, relative; NaN where not known, None where nothing is in float32.
    processor: what it ran on. threads: of the BLAS in its factorisations.
    """

    risk: np.ndarray
    largest: float = math.nan
    rank: float = math.nan
    floor: float = math.nan
    sign_step: float = math.nan
    unreachable: float = math.nan
    samples: float = math.nan
    seconds: float = math.nan
    cpu_seconds: float = math.nan
    peak: float = math.nan
    flops: float = math.nan
    precision_error: np.ndarray | None = None
    chosen: dict[str, str] = field(default_factory=dict)
    processor: str = ""
    threads: float = math.nan
