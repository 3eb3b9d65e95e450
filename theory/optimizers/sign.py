"""Sign descent, on rotated features and on eigen-coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Optimizer


@dataclass(frozen=True)
class AxisSign(Optimizer):
    """Sign descent on N eigen-coordinates (axis-aligned features), the best constant step for the final T."""

    keyword: ClassVar[str] = "sign-axis"
    summary: ClassVar[str] = "sign descent where the coordinates are the eigenvectors, best constant step"


@dataclass(frozen=True)
class Sign(Optimizer):
    """a <- a - eta sign(gradient), the step chosen among `steps_tried` by the lowest final training residual.

    Not a filter: its prediction is an approximation. Source: Ramani and Jain (2026), section 3.
    """

    keyword: ClassVar[str] = "sign"
    summary: ClassVar[str] = "sign descent, step from {1e-4, 1e-3, 1e-2} by lowest residual (predicted roughly)"
    steps_tried: ClassVar[tuple[float, ...]] = (1e-4, 1e-3, 1e-2)
