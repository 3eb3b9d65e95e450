"""Real networks: the spectrum of a network's own kernel, what theory may say of it, and when it may not.

`kernels` multiplies with the kernel J J' without ever holding it, whatever framework the network is written in;
`measurement` finds spectra, forecasts and the reasons to distrust them; `frameworks` are its faces for Flax, Equinox
and PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .measurement import NetworkSpectrum as NetworkSpectrum
    from .measurement import measure as measure
    from .measurement import measure_linearised as measure_linearised

_HOMES = {
    "NetworkSpectrum": "measurement",
    "measure": "measurement",
    "measure_linearised": "measurement",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
