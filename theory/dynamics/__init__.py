"""Optimizers that are no filters: momentum, one-pass methods and sign descent, at finite size.

`momentum_schedules.py` tells the momentum methods apart, `momentum_residual.py` is exact for a mode,
`momentum_on_population.py` and `momentum_risk_on_samples.py` sum it. One-pass methods are second moments:
`one_pass_rules.py` has the updates, `second_moment_risk.py`, `second_moment_march.py` and `sgd_second_moments.py` the
recursion, `one_pass_on_population.py` what an experiment asks for. `sign_descent.py` and `sign_descent_locking.py` are
sign descent, `sign_descent_on_samples.py` the same on n samples, `risk_curve.py` a risk against T. Preconditioning and
experiments must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .momentum_on_population import bins_risk as bins_risk
    from .momentum_on_population import checked_steps as checked_steps
    from .momentum_on_population import momentum_risk as momentum_risk
    from .momentum_residual import residual as residual
    from .momentum_risk_on_samples import momentum_on_samples as momentum_on_samples
    from .momentum_schedules import Momentum as Momentum
    from .momentum_schedules import check_step as check_step
    from .one_pass_on_population import batch_of as batch_of
    from .one_pass_on_population import one_pass_risk as one_pass_risk
    from .one_pass_rules import Rule as Rule
    from .one_pass_rules import power_of as power_of
    from .one_pass_rules import rule_of as rule_of
    from .risk_curve import Curve as Curve
    from .second_moment_march import march as march
    from .second_moment_risk import kernel_norm as kernel_norm
    from .sign_descent import axis_aligned_sign_risk as axis_aligned_sign_risk
    from .sign_descent import rotated_sign_risk as rotated_sign_risk
    from .sign_descent_locking import SignPrediction as SignPrediction
    from .sign_descent_locking import sign_risk_on_samples as sign_risk_on_samples
    from .sign_descent_locking import sign_risk_prediction as sign_risk_prediction
    from .sign_descent_on_samples import sign_on_samples as sign_on_samples

_HOMES = {
    "Curve": "risk_curve",
    "Momentum": "momentum_schedules",
    "Rule": "one_pass_rules",
    "SignPrediction": "sign_descent_locking",
    "axis_aligned_sign_risk": "sign_descent",
    "batch_of": "one_pass_on_population",
    "bins_risk": "momentum_on_population",
    "check_step": "momentum_schedules",
    "checked_steps": "momentum_on_population",
    "kernel_norm": "second_moment_risk",
    "march": "second_moment_march",
    "momentum_on_samples": "momentum_risk_on_samples",
    "momentum_risk": "momentum_on_population",
    "one_pass_risk": "one_pass_on_population",
    "power_of": "one_pass_rules",
    "residual": "momentum_residual",
    "rotated_sign_risk": "sign_descent",
    "rule_of": "one_pass_rules",
    "sign_on_samples": "sign_descent_on_samples",
    "sign_risk_on_samples": "sign_descent_locking",
    "sign_risk_prediction": "sign_descent_locking",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
