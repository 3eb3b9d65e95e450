"""A one-sided term for imperfect tuning: log L = law + u + noise, u >= 0 half normal.

The best of a finite sweep lies above the optimum, never below, so the deviations are a normal one plus a half-normal
one, as in the stochastic frontier of Aigner, Lovell and Schmidt (1977): with s^2 = s_v^2 + s_u^2 and k = s_u/s_v,

    log p(r) = log(2/s) + log phi(r/s) + log Phi(k r/s).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import erfcx, log_ndtr

from .joint_fit import JointFit

_LEAST = 1e-3  # of a scale, in units of the residual standard deviation, that stands for none
_FLOOR = 0.5  # of s_v, in the same units, where no noise between seeds is given
_FARTHEST = 100.0  # of the law's parameters from where they start, in standard errors


@dataclass(frozen=True, eq=False)
class TunedFit:
    """A law with a tuning gap.

    fit: the law of perfect tuning. gap: mean of u, the log loss that tuning costs on average. noise: s_v.
    """

    fit: JointFit
    gap: float
    noise: float


def with_tuning_gap(fit: JointFit, noise_floor: float | None = None) -> TunedFit:
    """Maximum likelihood of the law of `fit` with a half-normal tuning gap of one size.

    Without noise the likelihood rewards a frontier that touches as many runs as it has parameters, which is no
    evidence, so s_v does not fall below `noise_floor`: the deviation of log L between seeds, or half of the residual
    deviation where it is not given.

    Solved over theta in the eigenbasis of its covariance, where the likelihood is nearly round, and both scales.
    Standard errors follow from the observed information of theta.
    """
    y, scale = fit.data.y, max(fit.sigma, 1e-12)
    values, vectors = np.linalg.eigh(fit.covariance)
    basis = vectors * np.sqrt(np.maximum(values, 0.0))
    count = basis.shape[1]

    def parts(v: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        theta = fit.theta + basis @ v[:count]
        noise, gap = scale * np.exp(v[count:])
        level, slope = fit.form.evaluate(theta[None])
        r = y - level[0]
        s, k = math.hypot(noise, gap), gap / noise
        q = k * r / s
        mills = math.sqrt(2 / math.pi) / erfcx(-q / math.sqrt(2))  # density over distribution of a normal number
        value = -np.sum(math.log(2 / s) - (r / s) ** 2 / 2 - math.log(2 * math.pi) / 2 + log_ndtr(q))
        pull = r / s**2 - mills * k / s  # of -log p, by r
        in_s = np.sum(1 / s - r**2 / s**3 + mills * q / s)
        in_k = -np.sum(mills * r / s)
        by_noise = in_s * noise / s - in_k * gap / noise**2
        by_gap = in_s * gap / s + in_k / noise
        gradient = np.concatenate([-(slope[0] @ basis).T @ pull, [by_noise * noise, by_gap * gap]])
        return float(value), gradient, 1 / s**2 + (k / s) ** 2 * mills * (q + mills)

    floor = _FLOOR if noise_floor is None else min(noise_floor / scale, 1.0)
    limits = [(-_FARTHEST, _FARTHEST)] * count + [(math.log(floor), 3.0), (math.log(_LEAST), 3.0)]
    found = [
        minimize(lambda v: parts(v)[:2], [*np.zeros(count), *start], jac=True, method="L-BFGS-B", bounds=limits,
                 options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-7})
        for start in ((math.log(floor), 0.1), (-0.1, -1.0), (0.0, -4.0))
    ]  # fmt: skip
    best = min(found, key=lambda each: each.fun)
    theta = fit.theta + basis @ best.x[:count]
    weight = parts(best.x)[2]
    jacobian = fit.form.evaluate(theta[None])[1][0]
    unit = np.sqrt(np.maximum(np.sum(jacobian**2, axis=0), 1e-300))
    information = (jacobian / unit).T @ (weight[:, None] * (jacobian / unit))
    covariance = np.linalg.pinv(information, rcond=1e-15, hermitian=True) / np.outer(unit, unit)
    noise, width = scale * np.exp(best.x[count:])
    return TunedFit(
        replace(fit, theta=theta, covariance=covariance),
        float(width * math.sqrt(2 / math.pi)),
        float(noise),
    )
