"""Spectral integrals as objects, each with its closed form, its asymptotic series and its quadrature.

`integral.py` is the object, `catalogue.py` finds one by method and name. `signals.py`, `momentum.py`,
`capacity.py` and `bigram.py` hold the integrals of each kind, in the symbols of `symbols.py`; `quadrature.py`
evaluates them with a stated error. Derivations show them; they know nothing of thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .catalogue import spectral_integral as spectral_integral
    from .integral import SpectralIntegral as SpectralIntegral
    from .signals import signal_flow as signal_flow
    from .signals import signal_steps as signal_steps

_HOMES = {
    "SpectralIntegral": "integral",
    "signal_flow": "signals",
    "signal_steps": "signals",
    "spectral_integral": "catalogue",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
