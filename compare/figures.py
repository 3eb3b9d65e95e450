"""The figures of a comparison, drawn together and saved: PNG to look at, SVG and PDF for papers."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.figure import Figure

from ..theory.errors import InputError
from .agreement import Comparison
from .atomic import write_atomically
from .column import Column, fit_column
from .figure_alpha import plot_alpha
from .figure_gaps import plot_gaps
from .figure_loss import loss_panels
from .figure_steps import steps_panels

Kind = Literal["png", "svg", "pdf"]
KINDS: tuple[Kind, ...] = ("png", "svg", "pdf")


def draw_figures(comparison: Comparison, *, width: Column | None = None) -> dict[str, Figure]:
    """Every figure by name; alpha against T only where the run has several T. width: of a paper's column."""
    top = plot_alpha(comparison).figure
    assert isinstance(top, Figure)
    made = {"alpha-against-s": top, "risk-against-size": loss_panels(comparison, width=width)}
    if any(gap.value is not None and gap.s is not None for gap in comparison.threshold.gaps):
        gaps = plot_gaps(comparison).figure
        assert isinstance(gaps, Figure)
        made["gap-against-s"] = gaps
    if len(comparison.measurement.steps) > 1:
        made["alpha-against-steps"] = steps_panels(comparison, width=width)
    if width is not None:
        for figure in made.values():
            fit_column(figure, width)
    return made


def figure_kind(path: Path) -> Kind:
    """What the end of a file's name asks for. Raises InputError."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise InputError(
            f"The figure '{path}' ends in '{path.suffix}', but .png, .svg or .pdf is expected; rename it, "
            "say to figure.pdf."
        )
    return kind


def rendered(figure: Figure, kind: Kind, *, name: str = "", clear: bool = False) -> bytes:
    """A figure as bytes: the same figure gives the same bytes. clear: no background."""
    buffer = BytesIO()
    undated = {"png": None, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    # text stays text in a PDF, as journals ask for; in an SVG it is outlines, because fonts differ from place to place
    with matplotlib.rc_context({"svg.hashsalt": f"optscaling-{name}", "svg.fonttype": "path", "pdf.fonttype": 42}):
        figure.savefig(buffer, format=kind, dpi=160, facecolor="none" if clear else "white", metadata=undated)
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure, its kind by the end of `path`, whole or not at all. Raises InputError."""
    file = Path(path)
    return write_atomically(file, rendered(figure, figure_kind(file), name=file.stem))


def save_figures(
    comparison: Comparison, folder: str | Path, *, kinds: tuple[Kind, ...] = ("png", "svg"), width: Column | None = None
) -> list[Path]:
    """Write each figure to `folder` in each kind; returns the paths. width: "single" or "double". Raises InputError."""
    written = []
    for name, figure in draw_figures(comparison, width=width).items():
        for kind in kinds:
            written.append(save_figure(figure, Path(folder) / f"{name}.{kind}"))
    return written
