"""Ridge regression on N random features and n samples: its deterministic equivalent at any size.

One scale kappa answers both finite numbers. With df_1 = sum lambda/(lambda + kappa) and
df_2 = sum (lambda/(lambda + kappa))^2,

    zeta = kappa (1 - df_1/N) (1 - df_1/n),   zeta the ridge on F'F/n,
    B_2 = sum E (kappa/(lambda + kappa))^2,   B_11 = sum E lambda kappa/(lambda + kappa)^2,
    bias     = (B_2 + B_11 (df_1 - df_2)/(N - df_2)) / (1 - D/n),
    variance = (D/n) / (1 - D/n)  per unit of label noise,
    D = (df_2 (1 - df_1/N) + df_1 (df_1 - df_2)/N) / (1 - df_2/N).

Follows from the scale of N features nested in that of n samples: bias (1 - D/n) is -kappa_F^2 m'(kappa_F) and D is
d(kappa_F df_1)/d kappa_F, with kappa_F = kappa (1 - df_1/N) and m(kappa_F) = (kappa/kappa_F) sum E/(lambda + kappa).
Every difference is rewritten as a sum of positive terms, so nothing cancels at any size.
Compare Defilippis, Loureiro and Misiakiewicz (2024), "Dimension-free deterministic equivalents and scaling laws for
random feature regression".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ...errors import InputError
from ..gram import degrees_of_freedom, resolved_scale
from ..problems import Modes


@dataclass(frozen=True)
class FeatureRidge:
    """Risk of ridge regression: bias + variance * (label-noise variance). Energies as given (not divided by `total`).

    bias: mean squared error on fresh inputs without label noise. variance: per unit of label-noise variance.
    scale: kappa, in units of the eigenvalues. degrees: df_1(kappa), the number of modes resolved.
    residual: what is left of the fixed point, over min(N, n). scale_error: relative error of kappa that it entails;
    bias and variance move by at most a few times that.
    """

    bias: float
    variance: float
    scale: float
    degrees_of_freedom: float
    residual: float
    scale_error: float


def feature_ridge(modes: Modes, features: float, samples: float, ridge: float) -> FeatureRidge:
    """Bias and variance for N = features of variance 1/N, n = samples (either may be infinite).

    modes: accurate for sizes up to min(N, n). ridge: added to the Gram matrix F'F/n (a ridge on the un-normalised F'F,
    over n), in units of the eigenvalues; 0 is the least-norm solution. Cost: about 60 sums over modes.
    Raises InputError for sizes below 1, a negative ridge, and no ridge where N = n (the risk diverges) or where
    neither is below the rank.
    """
    if not (features >= 1 and samples >= 1):
        raise InputError(
            f"N is {features:g} and n is {samples:g}, but a model has at least one feature and one sample; try N = 64."
        )
    if not 0 <= ridge < math.inf:
        raise InputError(f"The ridge is {ridge:g}, but it must be finite and not negative; try 1e-6.")
    fewer, more = min(features, samples), max(features, samples)
    if ridge == 0 and (fewer == more or fewer >= modes.rank):
        raise InputError(
            f"There is no ridge at N = {features:g}, n = {samples:g} and rank {modes.rank:g}, but the least-norm "
            "solution is covered only for N and n different and one of them below the rank; try ridge = 1e-6."
        )
    kappa = _scale(modes, fewer, more, ridge)
    spare_fewer = _spare(ridge / kappa, fewer, more)
    spare_more = ridge / kappa / spare_fewer if spare_fewer > 0 else _gap(fewer, more)
    share = modes.eigenvalues / (modes.eigenvalues + kappa)
    left = kappa / (modes.eigenvalues + kappa)
    energy = modes.weights * modes.energies
    one, two, between = (float(modes.weights @ f) for f in (share, share**2, share * left))
    below, across = float(energy @ left**2), float(energy @ (share * left))
    spare_features, spare_samples = (spare_fewer, spare_more) if features <= samples else (spare_more, spare_fewer)
    # 1 - df_2/N = (1 - df_1/N) + (df_1 - df_2)/N, and 1 - D/n likewise
    slack = spare_features + between / features
    rest = spare_samples + spare_features / slack * between / samples
    learned = (two * spare_features + one * between / features) / slack
    mismatch = abs(one / fewer - (1 - spare_fewer)) if math.isfinite(fewer) else 0.0
    steep = 0.0 if ridge == 0 else ridge / kappa / (_gap(fewer, more) + 2 * fewer / more * spare_fewer)
    return FeatureRidge(
        bias=(below + across * between / features / slack) / rest,
        variance=learned / samples / rest,
        scale=kappa,
        degrees_of_freedom=one,
        residual=mismatch,
        scale_error=mismatch / (between / fewer + steep) if mismatch > 0 else 0.0,  # over the slope in log kappa
    )


def _gap(fewer: float, more: float) -> float:
    """1 - M/L."""
    return (more - fewer) / more if math.isfinite(more) else 1.0


def _spare(ratio: float, fewer: float, more: float) -> float:
    """a = 1 - df_1/M, M = min(N, n), from a (1 - M/L + (M/L) a) = zeta/kappa, L = max(N, n)."""
    if math.isinf(fewer):
        return 1.0
    if ratio == 0:
        return 0.0
    gap = _gap(fewer, more)
    return 2 * ratio / (gap + math.sqrt(gap**2 + 4 * fewer / more * ratio))


def _scale(modes: Modes, fewer: float, more: float, zeta: float) -> float:
    """kappa: df_1(kappa) = M (1 - a(zeta/kappa)), whose left side falls and right side rises with kappa."""
    if math.isinf(fewer):
        return zeta
    if zeta == 0:
        return resolved_scale(modes, fewer)
    trace = float(modes.weights @ modes.eigenvalues)

    def excess(log_kappa: float) -> float:
        kappa = math.exp(log_kappa)
        return float(degrees_of_freedom(np.array([kappa]), modes)[0][0]) / fewer - 1 + _spare(zeta / kappa, fewer, more)

    # a = 1 at kappa = zeta, more below; df_1 < M/2 and a < 1/2 at the upper end
    high = math.log(2.1 * trace / fewer + 4.1 * zeta)
    return math.exp(brentq(excess, math.log(zeta) - 1, high, xtol=1e-14, rtol=8.9e-16))
