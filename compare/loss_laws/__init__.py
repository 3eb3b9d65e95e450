"""Scaling laws of measured losses: forms, robust fits, intervals, and what differs between optimizers.

`loss_table.py`, `columns.py` and `caveats.py` read a table; `forms.py`, `solver.py`, `law_fit.py`, `window.py` and
`intervals.py` fit a law to one series. `paired_difference.py`, `speedup.py` and `exponent_choice.py` compare series,
`fit_losses.py` does all of it, `result.py` holds it. No theory is imported, and neither runs nor diagnosis.
"""
