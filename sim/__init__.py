"""Simulation: what alpha is, measured. Linear optimizers by factorisation, the others by compiled steps.

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .progress import Progress
    from .run import open_run
    from .sweep import simulate

__all__ = ["Progress", "open_run", "simulate"]

_HOME = {"Progress": "progress", "open_run": "run", "simulate": "sweep"}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
