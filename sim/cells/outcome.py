"""What one cell measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Cell:
    """What one cell measured; NaN where a quantity has no meaning for the experiment.

    Attributes:
        risk: Over the target's variance, shape (optimizer, T).
        largest: The largest eigenvalue of G, where some optimizer is a filter.
        rank: Eigenvalues of G that are not zero within rounding, there as well.
        floor: The risk no weights can go below, of populations only.
        sign_step: The step that sign descent chose, see `Stepping`.
        unreachable: Share of the target's variance that no linear features reach, see `TabularProblem`.
        samples: n.
        seconds: On the clock.
        cpu_seconds: Of processor time.
        peak: Memory of the process at its most, bytes.
        flops: The least arithmetic that would do, operations.
        precision_error: By how much rounding in float32 may change the risk, relative, shape (optimizer, T); NaN where
            not known, None where nothing is in float32.
        chosen: By an optimizer's name, the candidate it took, see `Stepping`.
        processor: What it ran on.
        threads: Of the BLAS in its factorisations.
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
