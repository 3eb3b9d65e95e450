"""The two-point function: the risk of N random features trained on n samples.

`nested_ridge.py` has the scale of features nested in samples, `sizes.py` checks N and n. `sample_measure.py` is the
measure that serves filters, with `quadratic_form.py`; `sample_bins.py` serves any residual that is known on the real
axis, through `bands.py` and `band_nodes.py`. Preconditioners and dynamics are built on this package and must not be
imported.
"""
