"""Precision: in which floating-point format F'F is summed, and what its rounding does to a risk.

    float64   features and sums
    mixed     features and products of blocks of rows in float32, sums over blocks in float64
    float32   features and sums in float32; F'F is widened once it is whole

All that follows F'F, tests on fresh rows included, is float64 in each. Normal numbers are drawn as float64 and cast, so
a seed is the same draw in all three.

Rounding leaves G + E and b + e instead of G and b, with entries of E near u sqrt(G_ii G_jj). The largest eigenvalue of
such noise is near 2 u tr(G)/sqrt(N), and what an optimizer learns from smaller eigenvalues of G is lost: the natural
gradient and `power:p` with p near 1 go there at once, gradient descent once eta T exceeds lambda_1 over that.

Rules that follow signs change by jumps. Rounding turns a sign with a probability in proportion to u, and after that the
weights are on another path, as far away whatever u is. A perturbation that turned none says little: where l are to be
expected that has the probability e^-l. One that is JUMPS times as large turns none with e^(-JUMPS l), so a jump that
rounding makes is missed with a probability of l e^(-JUMPS l), at most 1/(e JUMPS).
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Literal, get_args

import numpy as np
import xarray as xr

from ...errors import InputError

Precision = Literal["float64", "mixed", "float32"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

JUMPS = 30.0  # times rounding, where weights that rounding does not move at all are asked for their jumps

_UNIT = 2.0**-23  # twice float32's rounding, relative
_ROWS = 20_000  # rows after which running sums in float32 lose more than their products do, see `unit`


def check_precision(name: str) -> Precision:
    """The precision of a name.

    Args:
        name: float64, mixed (products in float32, sums in float64) or float32.

    Returns:
        The same name, known to be a precision.

    Raises:
        InputError: The name is not known; the sentence has the closest one that is.
    """
    if name in PRECISIONS:
        return name
    close = get_close_matches(str(name)[:40], PRECISIONS, n=1, cutoff=0.3)
    told = f"did you mean {close[0]}?" if close else f"try {PRECISIONS[0]}."
    raise InputError(f"Precision {name!r} is not known; expected {', '.join(PRECISIONS)}: {told}")


def unit(precision: Precision, rows: int) -> float:
    """u, at least the root mean square of E_ij/sqrt(G_ii G_jj), where E is what rounding adds to G.

    mixed: 2^-23, for blocks' own roundings average out. float32: a running sum is rounded at every block, a random
    walk: 2^-23 sqrt(1 + rows/20000). Measured with the host's BLAS, ReLU and tanh features, s = 0.25 and 2, N = 500 and
    1000, 2,000 to 100,000 rows: 0.06 to 0.43 times 2^-23 for mixed, 0.25 to 1.1 times for float32; F'labels has up to
    0.53 times 2^-23 in mixed (N = 150). An accelerator adds in an order of its own, and was not measured.

    Args:
        precision: That of the sums over rows.
        rows: Rows summed.

    Returns:
        u, relative; 0 for float64.
    """
    if precision == "float64":
        return 0.0
    return _UNIT * (math.sqrt(1 + rows / _ROWS) if precision == "float32" else 1.0)


def risk_error(risk: np.ndarray, mean_square: np.ndarray) -> np.ndarray:
    """The most a risk can differ where predictions differ by a mean square d^2: 2 d/sqrt(risk) + d^2/risk, relative.

    It is Minkowski's inequality for the root mean squares of errors.

    Args:
        risk: Mean square errors, any shape.
        mean_square: d^2, in the units of the risk, of a shape that broadcasts with it.

    Returns:
        Relative errors, NaN where they are not finite.
    """
    with np.errstate(all="ignore"):
        apart = np.sqrt(mean_square / risk)
        error = 2 * apart + apart**2
    return np.where(np.isfinite(error), error, np.nan)


def precision_status(precision: Precision, errors: xr.DataArray, risks: xr.DataArray) -> str:
    """A sentence on the largest errors of each optimizer.

    Args:
        precision: That of the sums over rows.
        errors: Relative errors of risks, with a coordinate "optimizer", NaN where not known.
        risks: The same shape; NaN where there is none, and so no error to be known.

    Returns:
        The sentence, empty for float64.
    """
    if precision == "float64":
        return ""
    largest = []
    for name in errors.optimizer.values:
        error, risk = errors.sel(optimizer=name), risks.sel(optimizer=name)
        known = f"{float(error.max()):.0e}" if bool(error.notnull().any()) else "unknown"
        lost = known != "unknown" and bool((error.isnull() & risk.notnull()).any())
        largest.append(f"{name} {known}" + (" and in places unknown" if lost else ""))
    return f"Summed in {precision}: relative errors of risks by rounding are at most about {', '.join(largest)}."
