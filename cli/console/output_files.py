"""Files to write: looked at before the work, so that a path which cannot be written costs nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_writable(path: Path) -> None:
    """Refuse a path at which no file can be made, before anything is computed.

    Args:
        path: Where a file will be written; folders that are missing are made then.

    Raises:
        InputError: It is a directory, a file stands where a folder is needed, or permission is denied.
    """
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
    """Refuse a figure that could not be saved, before anything is computed.

    Args:
        path: Where it will be written; None is no figure.

    Raises:
        InputError: Its ending is none that figures have, or no file can be made there.
    """
    if path is None:
        return
    from ...compare.figures import figure_kind

    figure_kind(path)
    check_writable(path)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure whose path `check_figure` let pass, whole or not at all.

    Args:
        figure: A matplotlib figure.
        path: Where; the ending says the format.

    Raises:
        InputError: It cannot be written.
    """
    from ...compare.figures import save_figure as save

    save(figure, path)
