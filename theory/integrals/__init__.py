"""Spectral integrals as objects, each with its closed form, its asymptotic series and its quadrature.

`spectral_integral.py` is the object, `catalogue.py` finds one by method and name. `signals.py`, `momentum.py`,
`capacity.py` and `bigram.py` hold the integrals of each kind, in the symbols of `symbols.py`; `quadrature.py`
evaluates them with a stated error. They check level 1 and know nothing of thresholds.
"""
