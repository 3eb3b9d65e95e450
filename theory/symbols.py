"""The symbols of every formula of level 1. Substitute with these: a bare Symbol("s") is another one."""

import sympy

S = sympy.Symbol("s", real=True)  # spectral exponent, > -1
R = sympy.Symbol("r", positive=True)  # source exponent
TAU = sympy.Symbol("tau", nonnegative=True)  # T = N^tau
P = sympy.Symbol("p", positive=True)  # power of the preconditioner, < 1 where it is a symbol
X = sympy.Symbol("x", positive=True)  # eigenvalue over the largest
N = sympy.Symbol("N", positive=True)
T = sympy.Symbol("T", positive=True)
ETA = sympy.Symbol("eta", positive=True)
