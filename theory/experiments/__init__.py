"""Experiments: what to predict or to measure, read from a file and checked.

`experiment.py` is the object, `spec.py` what its table may hold, `parse.py` and `checks.py` the way from text to
values with a sentence for whatever is wrong, `load.py` finds a file or one of the presets in `presets/`. No theory of
the risk is imported here: simulation reads the same experiments.
"""
