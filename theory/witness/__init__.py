"""Numbers against exponents: the slope of a risk computed along the path, beside the alpha that is derived.

`witness.py` fits the slope and judges it, `routes.py` finds a way to the risk of each optimizer that uses no law of
level 1. `accelerated.py`, `ridge.py` and `flow_on_samples.py` are risks that only this needs. Experiments and
prediction must not be imported, so that the witness stays independent of them.
"""
