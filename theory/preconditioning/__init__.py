"""Block-diagonal and diagonal preconditioners: no filters of G, but filters on measures of their own.

`equivalent_filters.py` and `equivalent_filters_on_samples.py` give that measure for an optimizer. Behind them are
`block_ridges.py`, `block_measure.py` and `block_sample_measure.py` for blocks; `diagonal.py`, `feature_weights.py`
and `weighted_ridge.py` for the diagonal. Dynamics and experiments must not be imported.
"""
