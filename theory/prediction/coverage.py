"""Which optimizers a problem's prediction does not cover, and why."""

from __future__ import annotations

from ..experiments import Experiment
from ..optimizers import OnePass, Optimizer, Sign


def unserved(optimizer: Optimizer, experiment: Experiment) -> str | None:
    """Why there is no prediction of `optimizer` on this experiment's problem, None where there is.

    Several outputs: linear rules move each column of weights by itself, and risk is quadratic in the target, so with
    E[t_k t_l] = delta_kl E_k the expected risk is that of one output; sign descent is not linear. Student-t inputs:
    linear features see the population through its covariance alone. On finite samples iid coordinates are universal
    where nu > 4 (measured: within Monte Carlo error of 2 % at nu = 5, N = 200, n = 2N), but a scale for a whole sample
    is not, at any N: there the Gaussian prediction is about 15, 8 and 4 % too low at nu = 3, 5 and 10 (gd,
    matrix-sign and natural gradient, N = 200, n = 2N). Nonlinear features have another kernel.
    """
    spec = experiment.problem
    if spec.outputs > 1 and isinstance(optimizer, Sign):
        return f"no prediction: sign descent is not linear in its target, which has {spec.outputs} outputs"
    if spec.inputs is None:
        return None
    name = spec.inputs.name
    if spec.kind == "relu":
        return f"no prediction: with {name} inputs nonlinear features have another kernel, and sums over them are heavy"
    if isinstance(optimizer, OnePass):
        return f"no prediction: gradient noise depends on the fourth moments of {name} inputs"
    if not experiment.samples.infinite and (spec.inputs.elliptical or spec.inputs.nu <= 4):
        return f"no prediction: {name} inputs on finite samples do not act as Gaussian ones"
    return None
