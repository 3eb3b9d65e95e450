"""The report: one HTML page with everything in it, for a reader who has never seen the project.

`page.py` writes it from its template, `budget_views.py` has what moves with the training budget. It is the top floor
of compare: nothing else in it may import this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .page import write_report as write_report

_HOMES = {
    "write_report": "page",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
