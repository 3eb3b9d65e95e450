"""The symbols that spectral integrals need beside those of `symbols`."""

from __future__ import annotations

import sympy

K = sympy.Symbol("k", positive=True)  # index of a mode
J = sympy.Symbol("j", integer=True, nonnegative=True)  # index of a series
ORDER = sympy.Symbol("q", positive=True)  # rate ~ c x^q
CONSTANT = sympy.Symbol("c", positive=True)
KAPPA = sympy.Symbol("kappa", positive=True)  # spectral scale of N features
EPS = sympy.Symbol("eps", positive=True)  # damping, in units of the largest eigenvalue
BETA = sympy.Symbol("beta", nonnegative=True)  # constant momentum
A = sympy.Symbol("a", positive=True)  # lambda_k = E_k = k^-a, a = 1 + s
DIM = sympy.Symbol("d", positive=True)  # number of modes
U = sympy.Symbol("u", positive=True)  # rescaled steps 2T/d^a
