"""Optimizers that are no filters: momentum, one-pass methods and sign descent, at finite size.

`momentum_residual.py` is exact for a mode, `momentum_risk.py` and `momentum_risk_on_samples.py` sum it. One-pass
methods are second moments: `one_pass_rules.py` has the updates, `second_moment_risk.py`, `second_moment_march.py` and
`sgd_second_moments.py` the recursion, `one_pass_risk.py` what an experiment asks for. `sign_descent.py` and
`sign_descent_locking.py` are sign descent, `sign_descent_on_samples.py` the same on n samples, `risk_curve.py` a risk
against T. Preconditioning and experiments must not be imported.
"""
