"""Files to write: looked at before the work, so that a path which cannot be written costs nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_writable(path: Path) -> None:
    """Raise InputError where a file cannot be made at `path`."""
    reason = None
    if path.is_dir():
        reason = "it is a directory"
    else:
        above = next(folder for folder in path.absolute().parents if folder.exists())
        if not above.is_dir():
            reason = f"{above.name} is a file, not a folder"
        elif not os.access(above, os.W_OK):
            reason = "permission denied"
    if reason is not None:
        raise InputError(f"'{path}' cannot be written ({reason}); give a path in a folder you may write to.")


def check_figure(path: Path | None) -> None:
    """Raise InputError where a figure cannot be saved at `path`; None is no figure."""
    if path is None:
        return
    from ...compare.figures import figure_kind

    figure_kind(path)
    check_writable(path)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure whose path `check_figure` let pass, whole or not at all. Raises InputError."""
    from ...compare.figures import save_figure as save

    save(figure, path)
