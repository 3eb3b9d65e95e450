"""One call for every law that a table of training runs can be fitted with.

`fit_runs.py` reads the table and hands it to the laws of single series, to joint laws of several optimizers, or to the
law of whole loss curves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .fit_runs import FORMS as FORMS
    from .fit_runs import fit as fit

_HOMES = {"FORMS": "fit_runs", "fit": "fit_runs"}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
