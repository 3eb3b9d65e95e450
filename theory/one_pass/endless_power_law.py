"""A power law of infinitely many modes, N and dim without limit, as bins: the spectrum that exponents are about."""

from __future__ import annotations

from functools import lru_cache

from ..gram import Bins, spectral_bins


@lru_cache(maxsize=16)
def power_law_bins(s: float, r: float, width: float = 0.1) -> Bins:
    """lambda_k = k^-(1+s) and E_k = k^-(1+r), k = 1, 2, ... without end, in bins `width` wide in log k beyond k = 24.

    s > 0, r > 0; the sums of eigenvalues and of energies are exact. Raises InputError.
    """
    return spectral_bins(s, r, width=width)
