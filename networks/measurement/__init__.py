"""What a network's kernel says: its spectrum, the target on it, forecasts of training, and whether they can hold.

`measuring.py` is the call and `network_spectrum.py` its result. `target_space.py` has functions of the kernel on the
residual, with a bound; `eigenmodes.py` eigenvalues, energies and traces from random vectors; `stability.py` largest
stable steps; `drift.py` how far the kernel moves, `readout.py` what a refit of the last layer would win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .drift import Drift as Drift
    from .measuring import Wanted as Wanted
    from .measuring import measure as measure
    from .measuring import measure_linearised as measure_linearised
    from .network_spectrum import NetworkForecast as NetworkForecast
    from .network_spectrum import NetworkSpectrum as NetworkSpectrum
    from .readout import Readout as Readout

_HOMES = {
    "Drift": "drift",
    "NetworkForecast": "network_spectrum",
    "NetworkSpectrum": "network_spectrum",
    "Readout": "readout",
    "Wanted": "measuring",
    "measure": "measuring",
    "measure_linearised": "measuring",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
