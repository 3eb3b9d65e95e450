"""Published laws against their own data.

`audit_law.py` holds a law's objective at its printed parameters against that at the minimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .audit_law import Audit as Audit
    from .audit_law import audit as audit

_HOMES = {
    "Audit": "audit_law",
    "audit": "audit_law",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
