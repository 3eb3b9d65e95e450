"""Exact algebra of level 1: symbols, rationals, monomials and partitions of a parameter plane.

`symbols.py` has the symbols of every formula, `rationals.py` reads numbers exactly, `monomial.py` has the powers that
terms are made of. `linear_program.py` solves programs with symbolic coefficients, `cell_decomposition.py` cuts a
plane into the parts on which one formula holds. `formatting.py` prints, `references.py` names the papers. Nothing
here knows of an optimizer, and nothing uses numpy, scipy or jax.
"""
