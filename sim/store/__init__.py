"""A run on disk: one file a cell, so that a sweep which was stopped goes on where it was.

`run_directory.py` is the store, `manifest.py` says what is measured in it, `cell_record.py` is one cell as a file, and
`risk_file.py` the whole as netCDF. `stored_json.py` is the border that all JSON comes through, `run_lock.py` keeps
writers apart. Sweeps must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .cell_record import Key as Key
    from .cell_record import label as label
    from .manifest import Manifest as Manifest
    from .manifest import manifest_for as manifest_for
    from .manifest import read_manifest as read_manifest
    from .risk_file import open_run as open_run
    from .run_directory import Run as Run
    from .run_lock import Claim as Claim
    from .stored_json import Unreadable as Unreadable

_HOMES = {
    "Claim": "run_lock",
    "Key": "cell_record",
    "Manifest": "manifest",
    "Run": "run_directory",
    "Unreadable": "stored_json",
    "label": "cell_record",
    "manifest_for": "manifest",
    "open_run": "risk_file",
    "read_manifest": "manifest",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
