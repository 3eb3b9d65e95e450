"""Who is ahead where: pairs of optimizers at equal steps, at the best stop, or at equal compute.

`threshold.py` is the question and `result.py` its answer; `closed_form.py` solves for s where a formula exists,
`exact_ranges.py` compares any pair, `fixed_steps.py` takes a number of steps in place of a power of N. `best_stop.py`
finds the steps of least risk; `compute_optimal.py` and `phase_diagram.py` the best path at equal compute. Derivations
are built on this package, so it must not import them, nor numpy.
"""
