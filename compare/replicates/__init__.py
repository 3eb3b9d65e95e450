"""Entries with several seeds each: who is ahead, by how much, and which order holds.

`entries.py` compares steps at a target, or mean losses at one length, with several comparisons allowed for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .entries import Replicates as Replicates
    from .entries import compare_replicates as compare_replicates

_HOMES = {
    "Replicates": "entries",
    "compare_replicates": "entries",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
