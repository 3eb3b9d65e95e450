"""Numbers against exponents: the slope of a risk computed along the path, beside the alpha that is derived.

`slope.py` fits the slope and judges it, `routes.py` finds a way to the risk of each optimizer that uses no law of
level 1. `accelerated.py`, `ridge.py` and `flow_on_samples.py` are risks that only this needs. Experiments and
prediction must not be imported, so that the witness stays independent of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .slope import Witness as Witness
    from .slope import witness as witness

_HOMES = {
    "Witness": "slope",
    "witness": "slope",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
