"""How an exponent comes about, step by step, as text and as LaTeX.

`derivation.py` puts a derivation together: `steps_of_filters.py` for optimizers that their filter describes,
`steps_of_terms.py` for the others and for each kind of term. `steps_per_data.py` is about exponents in the
data. `document.py` holds formulas and steps and shows them.
Every formula is the one that the exponents use; nothing is evaluated, so numpy is not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .derivation import derive as derive
    from .document import Derivation as Derivation
    from .steps_per_data import derive_per_data as derive_per_data

_HOMES = {
    "Derivation": "document",
    "derive": "derivation",
    "derive_per_data": "steps_per_data",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
