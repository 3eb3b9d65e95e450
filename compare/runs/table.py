"""The comparison as rows: numbers for programs, short strings for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .scaling_point import ScalingPoint

HEADINGS = (
    "optimizer",
    "s",
    "T",
    "measured",
    "line 95 %",
    "seeds 95 %",
    "predicted",
    "published",
    "inside",
    "agrees",
)


def _half(interval: tuple[float, float] | None) -> float | None:
    return None if interval is None else (interval[1] - interval[0]) / 2


@dataclass(frozen=True)
class Row:
    """One row: the cell it shows and its half-widths at 95 %.

    line_half: of the t interval (distance from one straight line). seeds_half: of the interval over seeds.
    """

    cell: ScalingPoint

    @property
    def line_half(self) -> float | None:
        """Half the t interval."""
        return _half(self.cell.measured.interval)

    @property
    def seeds_half(self) -> float | None:
        """Half the interval over seeds."""
        return _half(self.cell.measured.bootstrap)

    def texts(self) -> tuple[str, ...]:
        """The row as strings, one for each of HEADINGS; '-' where there is nothing."""

        def number(value: float | None) -> str:
            return "-" if value is None else f"{value:.3f}"

        def half(value: float | None) -> str:
            return "-" if value is None else f"± {value:.3f}"

        cell = self.cell
        predicted = published = "-"
        if cell.predicted is not None and cell.predicted.value is not None:
            predicted = number(cell.predicted.value)
            width = _half(cell.predicted.interval)
            predicted += "" if width is None else f" ± {width:.3f}"
        if cell.published is not None:
            published = f"{cell.published.value:.3f} ± {_half(cell.published.interval):.3f}"
        return (
            cell.optimizer,
            "-" if cell.s is None else f"{cell.s:g}",
            f"{cell.steps}",
            number(cell.measured.value),
            half(self.line_half),
            half(self.seeds_half),
            predicted,
            published,
            cell.inside or "-",
            {True: "yes", False: "no", None: "-"}[cell.agrees],
        )
