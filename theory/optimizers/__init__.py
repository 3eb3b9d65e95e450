"""Optimizers as declared objects: their filters, names, parameters and limits of the step.

`base.py` says what all of them share, and each family has a file: `filters.py`, `preconditioners.py`, `growing.py`
(parameters that grow with N), `momentum.py`, `one_pass.py`, `sign.py` and `stepped.py` (run step by step, optax's
among them); `averaged.py` averages the iterates of gradient descent. `registry.py` turns a name of the command line
into an object, `decay.py` takes (1 - u)^T without losing digits. No spectrum is known here; sympy is never imported,
and numpy only when a filter meets an array.
"""
