"""Level 1: the asymptotic risk as a sum of power laws, and alpha, its smallest exponent along a path.

`learning_law.py` says what level 1 needs to know of an optimizer and `laws_of_optimizers.py` finds it for each one,
with `spectral_rate.py` where its filter alone decides. `term.py`, `terms.py` and `noise_terms.py` are the terms of
the risk, `regions.py` where each stands, `scaling_point.py` where an exponent is asked for, `cost.py` what a run
costs, and `exponent.py` the answer. It is exact: no numpy, and nothing of thresholds.
"""
