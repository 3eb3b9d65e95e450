"""The spectrum of N random features: what they resolve of a problem, as scales, measures and densities.

`effective_ridge.py` has the scale kappa. `spectral_measure.py` is the quadrature that serves every filter, on the
contours of `contour.py`; `bins.py` and `spectral_density.py` work on the real axis, with `support.py` (bands and
outlier), `axis_scale.py` and `grouped_modes.py`. The population only: no finite samples n, and no experiments.
"""
