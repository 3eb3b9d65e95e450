"""A power law of infinitely many modes, N and dim without limit, as bins: the spectrum that exponents are about."""

from __future__ import annotations

from functools import lru_cache

from ..gram import Bins, spectral_bins


@lru_cache(maxsize=16)
def power_law_bins(s: float, r: float, width: float = 0.1) -> Bins:
    """lambda_k = k^-(1+s) and E_k = k^-(1+r), k = 1, 2, ... without end, in bins `width` wide in log k beyond k = 24.

    The sums of eigenvalues and of energies are exact.

    Args:
        s: Spectral exponent, > 0.
        r: Source exponent, > 0.
        width: Of a bin, in log k.

    Returns:
        The bins.

    Raises:
        InputError: s, r or width is not positive.
    """
    return spectral_bins(s, r, width=width)
