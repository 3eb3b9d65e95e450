"""The spectrum that a data set shows: eigenvalues, a target's energies on them, and their exponents with intervals.

`data_spectrum.py` is the call, `row_moments.py` what it needs of the rows, a block at a time. `spectral_exponents.py`
fits s and r over ranks, `regimes.py` finds where a spectrum is several power laws. No optimizer is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .data_spectrum import DataSpectrum as DataSpectrum
    from .data_spectrum import bare_spectrum as bare_spectrum
    from .data_spectrum import spectrum_of as spectrum_of
    from .regimes import Regime as Regime
    from .spectral_exponents import SlopeFit as SlopeFit
    from .spectral_exponents import fit_source as fit_source
    from .spectral_exponents import fit_spectral as fit_spectral
    from .spectral_exponents import tail_shift as tail_shift
    from .spectral_exponents import trusted_ranks as trusted_ranks

_HOMES = {
    "DataSpectrum": "data_spectrum",
    "Regime": "regimes",
    "SlopeFit": "spectral_exponents",
    "bare_spectrum": "data_spectrum",
    "fit_source": "spectral_exponents",
    "fit_spectral": "spectral_exponents",
    "spectrum_of": "data_spectrum",
    "tail_shift": "spectral_exponents",
    "trusted_ranks": "spectral_exponents",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
