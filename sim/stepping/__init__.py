"""Optimizers that must be stepped: sign descent, optax's transformations, one-pass methods.

`step_rules.py` leads a cell to `sign.py`, `full_batch.py` or `mini_batch.py`; `optax_rules.py` finds transformations
and `shampoo.py` adds the one optax lacks. `one_pass_in_law.py` follows one-pass methods on Gaussian problems without
drawing inputs. Cells and runs must not be imported.
"""
