"""Sign descent at one size, on infinitely many samples or on n of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..dynamics import SignPrediction, sign_on_samples, sign_risk_on_samples, sign_risk_prediction
from ..optimizers import Sign
from .model_at_size import Setting


def sign_at(rule: Sign, setting: Setting) -> SignPrediction:
    """Risk of sign descent at `setting.steps`, over the variance that modes explain, with its error.

    On samples the flow's clock is that of the training gradient, its risk is bias and variance of the two-point
    formula, see `sign_on_samples`; so what it overfits is in. Inputs of excess kurtosis k err by (k/2)/n more.

    Args:
        rule: sign descent, with the steps it tries.
        setting: the problem at one size.

    Returns:
        Risk, error, step and the share of label noise at each of `setting.steps`.

    Raises:
        InputError: for T that are not positive, and for sizes that the theory on samples refuses.
    """
    measure = setting.measure
    steps, chosen_at = np.asarray(setting.steps, dtype=float), setting.last
    variance = setting.explained if setting.variance is None else setting.variance
    if math.isinf(setting.samples):
        return sign_risk_prediction(
            rule,
            measure,
            setting.size,
            steps,
            largest=measure.largest * setting.scale,
            target_variance=variance,
            chosen_at=chosen_at,
        )
    features, rows = setting.separated_sizes
    floor = measure.floor / measure.total
    flow = sign_on_samples(
        setting.features.plain, setting.on_samples, features, rows, setting.unexplained_noise, floor, float(steps.max())
    )
    found = sign_risk_on_samples(rule, flow, steps, scale=setting.scale, target_variance=variance, chosen_at=chosen_at)
    return replace(found, error=np.hypot(found.error, setting.kurtosis / 2 / setting.samples))
