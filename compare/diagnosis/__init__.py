"""Whether the optimizer will change alpha on a user's data set, and how sure that is.

`diagnose.py` is the call, `result.py` the answer, `status.py` what it says of itself. `data_spectrum.py`,
`spectral_exponents.py` and `regimes.py` read the data; `binned_modes.py` and `prepared_modes.py` make modes of them;
`forecast.py`, `risk_at_size.py` and `theory_error.py` predict risks with errors. `costs.py` and `verdict.py` decide.
Neither runs nor loss laws may be imported.
"""
