"""95 % intervals of the terms of a joint law: t, profile likelihood, and bootstraps on the fixed design."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..loss_laws import Interval, profile_bounds, t_quantile
from .joint_fit import JointFit, term_values
from .refit import refit_all
from .rho_form import rho_form
from .simulated_data import Noise, drawn_losses
from .terms import EXPONENT_TERMS, columns

Kind = Literal["t", "profile", "residual", "wild", "block"]


def term_intervals(
    fit: JointFit, term: str, kind: Kind = "profile", *, draws: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """The interval of one term's value for each optimizer besides the baseline; NaN ends are open.

    t: value -/+ t SE, exact where the law is linear over the interval. profile: the likelihood ratio, calibrated by F.
    residual, wild, block: percentiles of refits (`drawn_losses`), centred on the estimate.
    """
    names = fit.data.names[1:]
    if kind == "t":
        reach = t_quantile(fit.dof)
        return {o: (e.value - reach * e.stderr, e.value + reach * e.stderr) for o, e in fit.term(term).items()}
    if kind == "profile":
        return {name: _profile(fit, term, k) for k, name in enumerate(names)}
    noise: Noise = kind
    theta, _ = refit_all(fit.form, drawn_losses(fit, draws, seed, noise), fit.theta)
    values = term_values(theta, fit.data, fit.terms, term)[0]
    ends = np.quantile(values, [0.025, 0.975], axis=0)
    return {name: (float(ends[0, k]), float(ends[1, k])) for k, name in enumerate(names)}


def _profile(fit: JointFit, term: str, optimizer: int) -> Interval:
    index = columns(fit.data, fit.terms, term).start + optimizer
    y = fit.data.y[None]
    if term in EXPONENT_TERMS or term not in ("rho_N", "rho_D"):
        low, high = profile_bounds(fit.form, fit.theta[None], y, index)[0]
    else:
        form = rho_form(fit)
        low, high = profile_bounds(form, form.from_inner(fit.theta[None]), y, index)[0]
    if term in EXPONENT_TERMS:
        return float(low), float(high)
    return float(np.exp(low)), float(np.exp(high))
