"""A run against theory and published values: exponents, their gaps, thresholds and orderings.

`measurement.py` is what was measured, `compare.py` holds it against theory and makes a `comparison.py` of `cell.py`s.
`predicted_exponent.py`, `paired_gap.py`, `ridge_gap.py`, `measured_threshold.py`, `ordering.py` and
`expected_misses.py` each answer one question, `published.py` reads the tables in `published/`, and `headline.py`,
`table.py` and `rows.py` say the result. Loss laws, diagnosis and figures must not be imported.
"""
