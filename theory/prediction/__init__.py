"""Level 2: the risks of an experiment at finite size, each with an error and a note of what is approximate.

`predict.py` goes through an experiment, `risk_at_size.py` chooses the theory that serves an optimizer (`routes.py`
for linear ones, `sign_at_size.py` for sign descent), and `model_at_size.py` holds what optimizers share at one size.
`experiment_modes.py`, `feature_modes.py`, `kernel_modes.py` and `data_modes.py` find the modes of each kind of
problem; `coverage.py` says which pairs are not covered, and why. Exponents and their witness are another road to the
same numbers and must not be imported.
"""
