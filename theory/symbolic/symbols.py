"""The symbols of every formula of level 1. Substitute with these: a bare Symbol("s") is another one."""

from __future__ import annotations

import sympy

S = sympy.Symbol("s", real=True)  # spectral exponent, > -1
R = sympy.Symbol("r", positive=True)  # source exponent
TAU = sympy.Symbol("tau", nonnegative=True)  # T = N^tau
NU = sympy.Symbol("nu", positive=True)  # n = N^nu
P = sympy.Symbol("p", positive=True)  # power of the preconditioner, < 1 where it is a symbol
DELTA = sympy.Symbol("delta", positive=True)  # momentum 1 - delta/t
DAMPING = sympy.Symbol("d", positive=True)  # damping N^-d
BLOCK = sympy.Symbol("b", positive=True)  # blocks of N^b features
RIDGE = sympy.Symbol("l", positive=True)  # ridge n^-l against eigenvalues of order one
X = sympy.Symbol("x", positive=True)  # eigenvalue over the largest
N = sympy.Symbol("N", positive=True)
T = sympy.Symbol("T", positive=True)
SAMPLES = sympy.Symbol("n", positive=True)
BATCH = sympy.Symbol("B", positive=True)
ETA = sympy.Symbol("eta", positive=True)
