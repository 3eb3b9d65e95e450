"""Figures as files: which kinds there are, and a file written whole or not at all."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.figure import Figure

from ...atomic_file import write_atomically
from ...errors import InputError

Kind = Literal["png", "svg", "pdf"]
KINDS: tuple[Kind, ...] = ("png", "svg", "pdf")


def figure_kind(path: Path) -> Kind:
    """What the end of a file's name asks for.

    Args:
        path: of the file.

    Returns:
        "png", "svg" or "pdf".

    Raises:
        InputError: for another end.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise InputError(
            f"The figure '{path}' ends in '{path.suffix}', but .png, .svg or .pdf is expected; rename it, "
            "say to figure.pdf."
        )
    return kind


def rendered(figure: Figure, kind: Kind, *, name: str = "", clear: bool = False) -> bytes:
    """A figure as bytes: the same figure gives the same bytes.

    Args:
        figure: to draw.
        kind: of file.
        name: from which an SVG's ids are made.
        clear: leave out the background.

    Returns:
        What the file holds.
    """
    buffer = BytesIO()
    undated = {"png": None, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    # text stays text in a PDF, as journals ask for; in an SVG it is outlines, because fonts differ from place to place
    with matplotlib.rc_context({"svg.hashsalt": f"optscaling-{name}", "svg.fonttype": "path", "pdf.fonttype": 42}):
        figure.savefig(buffer, format=kind, dpi=160, facecolor="none" if clear else "white", metadata=undated)
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure, whole or not at all.

    Args:
        figure: to draw.
        path: its end says the kind: .png, .svg or .pdf.

    Returns:
        The path.

    Raises:
        InputError: for another kind, or where the file cannot be written.
    """
    file = Path(path)
    return write_atomically(file, rendered(figure, figure_kind(file), name=file.stem))
