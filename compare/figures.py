"""The figures of a comparison, drawn together and saved as PNG and SVG."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.figure import Figure

from .agreement import Comparison
from .atomic import write_atomically
from .figure_alpha import plot_alpha
from .figure_gaps import plot_gaps
from .figure_loss import loss_panels
from .figure_steps import steps_panels


def draw_figures(comparison: Comparison) -> dict[str, Figure]:
    """Every figure by name; alpha against T only where the run has several T."""
    top = plot_alpha(comparison).figure
    assert isinstance(top, Figure)
    made = {"alpha-against-s": top, "risk-against-size": loss_panels(comparison)}
    if any(gap.value is not None and gap.s is not None for gap in comparison.threshold.gaps):
        gaps = plot_gaps(comparison).figure
        assert isinstance(gaps, Figure)
        made["gap-against-s"] = gaps
    if len(comparison.measurement.steps) > 1:
        made["alpha-against-steps"] = steps_panels(comparison)
    return made


def rendered(figure: Figure, kind: Literal["png", "svg"], *, name: str = "", clear: bool = False) -> bytes:
    """A figure as bytes: the same figure gives the same bytes. clear: no background."""
    buffer = BytesIO()
    salt = f"optscaling-{name}"
    with matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}):
        figure.savefig(
            buffer,
            format=kind,
            dpi=160,
            facecolor="none" if clear else "white",
            metadata={"Date": None} if kind == "svg" else None,
        )
    return buffer.getvalue()


def save_figures(comparison: Comparison, folder: str | Path) -> list[Path]:
    """Write each figure to `folder` as PNG and SVG; returns the paths. Raises InputError."""
    written = []
    for name, figure in draw_figures(comparison).items():
        for kind in ("png", "svg"):
            content = rendered(figure, kind, name=name)
            written.append(write_atomically(Path(folder) / f"{name}.{kind}", content))
    return written
