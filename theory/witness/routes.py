"""Witness risk: the numeric route to the risk of each optimizer at the sizes where exponents show.

Every route is a deterministic equivalent or an exact second-moment recursion, none of them uses a law of level 1:
spectral bins for filters and for methods with a memory, spectral measures for what is no filter of G, and the
one-point and two-point formulas of n samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, singledispatch

import mpmath
import numpy as np

from ...errors import InputError
from ..dynamics import axis_aligned_sign_risk, kernel_norm, march, rotated_sign_risk, rule_of
from ..gram import Bins, grouped_modes, spectral_bins, spectral_measure
from ..optimizers import (
    AxisSign,
    BlockDiagonal,
    ConjugateGradients,
    DanaConstant,
    DanaDecaying,
    DataPower,
    DataPowerSGD,
    Diagonal,
    FeaturePowerSGD,
    Filter,
    GradientDescent,
    GrowingBlocks,
    GrowingDamping,
    HeavyBall,
    NaturalGradient,
    Nesterov,
    OnePass,
    Optimizer,
    Ridge,
    ScheduledHeavyBall,
    Sign,
    whitened_exponent,
)
from ..preconditioning import surrogate
from ..problems import Modes
from .accelerated import accelerated_bins_risk, conjugate_bins_risk
from .flow_on_samples import SampleRisk, sample_risk
from .ridge import feature_ridge

_ETA = 0.5  # of full-batch steps, over the largest eigenvalue
_NORM = 0.2  # of the memory kernel: how near to instability one-pass steps are taken
_DIGITS = 60  # of filters: 1 - eta x keeps x down to 1e-40
_CG_DIGITS = 120
_WIDTHS = (0.1, 0.2)  # of bins in log k, the second to see what the first may miss
_CG_WIDTHS = (0.04, 0.08)
_CONTOUR = 2.5e-3  # what the contour of n samples may miss: half its nodes miss less than 5 %, all of them the square
_COARSE = (0.2, 0.4)  # where many spectra have to be followed


@dataclass(frozen=True)
class Setting:
    """The problem: eigenvalues k^-(1+s), energies k^-(1+r), T = N^tau, n = N^samples, labels with noise or not.

    decay: one-pass steps fall as N^-decay; growth: B = N^growth where the batch is not a number.
    """

    s: float
    r: float
    tau: float
    samples: float | None = None
    noise: bool = False
    decay: float = 0.0
    growth: float = 0.0

    def whitened(self, p: float) -> Setting:
        """The same on inputs whitened by Sigma^(-p/2)."""
        return replace(self, s=whitened_exponent(self.s, p))

    def dim(self, size: float, multiple: int) -> int | None:
        """The input dimension: infinite where the trace is finite, else in proportion to N."""
        return None if self.s > 0 else round(multiple * size)


@dataclass(frozen=True)
class Route:
    """How a risk is found.

    referee: what computes it. risk: of N, T and the width of bins, over the target's variance. first, largest: the
    sizes that it covers; last: the most steps. least: the smallest risk that it resolves. whole: T is a whole number.
    ratio: between successive sizes; count: of sizes. widths: two, where a coarser one tells the error. spread: log of
    the factor by which each risk may be off on its own.
    """

    referee: str
    risk: Callable[[float, float, float], float]
    first: float = 1e2
    largest: float = 1e12
    last: float = math.inf
    least: float = 0.0
    whole: bool = False
    ratio: float = 10.0
    count: int = 5
    widths: tuple[float, ...] = _WIDTHS
    spread: float = 0.0


def route(optimizer: Optimizer, at: Setting) -> Route:
    """The route for an optimizer.

    Args:
        optimizer: The optimizer, its parameters numbers.
        at: The problem.

    Returns:
        How its risk is found, and where.

    Raises:
        InputError: No numeric route computes its risk.
    """
    return population_route(optimizer, at) if at.samples is None else sampled_route(optimizer, at, at.samples)


@singledispatch
def population_route(optimizer: Optimizer, at: Setting) -> Route:
    """The route on the population's gradient, or on fresh samples: a registry, with a function for each kind."""
    raise InputError(f"No numeric route computes the risk of {optimizer.name}; try one of `optscaling list`.")


@singledispatch
def sampled_route(optimizer: Optimizer, at: Setting, nu: float) -> Route:
    """The route on n = N^nu samples: a registry, with a function for each kind."""
    raise InputError(f"No numeric route computes the risk of {optimizer.name} on n samples; leave out samples.")


def _filter_at(optimizer: Optimizer, size: float) -> Filter:
    """The filter that an optimizer is at N = size. Raises InputError where it is none."""
    chosen = optimizer.at(round(size))
    if not isinstance(chosen, Filter):
        raise InputError(f"{optimizer.name} is no filter at N = {round(size)}; try one of `optscaling list`.")
    return chosen


@population_route.register
def _data_power(optimizer: DataPower, at: Setting) -> Route:
    return route(GradientDescent(), at.whitened(float(optimizer.p)))


@population_route.register
def _ridge_needs_samples(optimizer: Ridge, at: Setting) -> Route:
    raise InputError(f"{optimizer.name} needs a number of samples for a witness; give nu, such as samples 1/2.")


@lru_cache(maxsize=64)
def _bins(s: float, r: float, size: float, dim: int | None, width: float) -> Bins:
    return spectral_bins(s, r, size, dim, width)


def _bins_at(at: Setting, size: float, width: float) -> Bins:
    return _bins(at.s, at.r, size, at.dim(size, 2), width)


def _modes(at: Setting, size: float, resolved: float, width: float) -> Modes:
    """Modes in groups `width` wide in log k, for sizes up to `resolved`; dim = 4 N where it is finite."""
    return grouped_modes(at.s, at.r, at.dim(size, 4), resolved, width)[0]


@population_route.register
def _filter(optimizer: Filter | GrowingDamping, at: Setting) -> Route:
    _filter_at(optimizer, 2)

    def risk(size: float, steps: float, width: float) -> float:
        chosen = _filter_at(optimizer, size)
        bins = _bins_at(at, size, width)
        with mpmath.workdps(_DIGITS):
            eta, count = mpmath.mpf(_ETA), mpmath.mpf(steps)
            largest = max(1.0, float(bins.x[0]))
            squares = [float(abs(chosen.residual(mpmath.mpf(x) / largest, count, eta)) ** 2) for x in bins.x]
        return (bins.floor + float(bins.energies @ np.array(squares))) / bins.total

    return Route("the filter summed over spectral bins of the deterministic equivalent", risk)


@population_route.register
def _accelerated(optimizer: HeavyBall | ScheduledHeavyBall | Nesterov, at: Setting) -> Route:
    def risk(size: float, steps: float, width: float) -> float:
        return float(accelerated_bins_risk(optimizer, np.array([steps]), _bins_at(at, size, width), _ETA)[0])

    # constant momentum is gradient descent only once its own memory, 1/(1 - beta) steps, is long past
    memory = 300 / (1 - float(optimizer.beta)) if isinstance(optimizer, HeavyBall) else 1.0
    first = max(1e2, memory ** (1 / at.tau)) if at.tau > 0 else 1e2
    return Route("its recursion and late form over spectral bins", risk, first=first, last=1e15, whole=True)


@population_route.register
def _conjugate(optimizer: ConjugateGradients, at: Setting) -> Route:
    def risk(size: float, steps: float, width: float) -> float:
        return float(conjugate_bins_risk(_bins_at(at, size, width), round(steps), _CG_DIGITS)[-1])

    ratio = 10.0 if at.tau == 0 else min(10.0, 2 ** (0.5 / at.tau))
    told = "its recursion in 120 digits over spectral bins"
    return Route(told, risk, 2.0, 1e9, last=28, whole=True, ratio=ratio, count=4, widths=_CG_WIDTHS)


@population_route.register
def _data_power_sgd(optimizer: DataPowerSGD, at: Setting) -> Route:
    return _one_pass(optimizer, at.whitened(float(optimizer.p)))


@population_route.register
def _one_pass(optimizer: OnePass, at: Setting) -> Route:
    power = float(optimizer.p) if isinstance(optimizer, FeaturePowerSGD) else 0.0
    noise = 1.0 if at.noise else 0.0

    def batch(size: float) -> float:
        return float(optimizer.batch) if optimizer.batch is not None else max(1.0, size**at.growth)

    def norm(step: float, size: float) -> float:
        return kernel_norm(_bins_at(at, size, _WIDTHS[1]), step * size**-at.decay, batch(size), power)

    step = _NORM
    while max(norm(step, size) for size in (1e4, 1e8, 1e12)) > _NORM:
        step /= 1.5

    def risk(size: float, steps: float, width: float) -> float:
        bins = _bins_at(at, size, width)
        rule = rule_of(optimizer, step * size**-at.decay, at.s, size)
        times, risks = march(rule, bins, steps, batch(size), noise * bins.total, power, round(3.2 / width))
        return float(np.exp(np.interp(np.log1p(steps), np.log1p(times), np.log(risks)))) / bins.total

    told = "the recursion of its second moments over spectral bins"
    changing = isinstance(optimizer, DanaConstant | DanaDecaying)
    if changing:
        return Route(told, risk, last=1e16, count=4, widths=_COARSE)
    return Route(told, risk, last=1e30)


@population_route.register
def _surrogate(optimizer: BlockDiagonal | GrowingBlocks | Diagonal, at: Setting) -> Route:
    def risk(size: float, steps: float, width: float) -> float:
        count = round(size)
        modes = _modes(at, size, size, width)
        found = surrogate(optimizer.at(count), modes, count, spectral_measure(modes, count))
        if found is None:
            raise InputError(f"{optimizer.name} has no equivalent filter at N = {count}; try a larger N.")
        return float(found.measure.risk(found.filter, np.array([steps]), _ETA)[0])

    told = "gradient descent on its own spectral measure"
    # past k* = N growing blocks keep an excess over the floor that fades slowly: 24, 14 and 7 % at N = 144, 3e3 and 6e4
    # (s = 7/4, b = 3/5, T = N^(9/5)); beyond, the lower end of the block spectrum is no longer resolved
    past = isinstance(optimizer, GrowingBlocks) and float(optimizer.b or 0) + at.tau / (1 + at.s) > 1
    least, spread = (1e-8, math.log(1.07)) if past else (1e-10, 0.0)
    return Route(told, risk, largest=1e8, last=1e12, least=least, ratio=20.0, count=4, widths=_COARSE, spread=spread)


@population_route.register
def _sign(optimizer: Sign, at: Setting) -> Route:
    def risk(size: float, steps: float, width: float) -> float:
        measure = spectral_measure(_modes(at, size, size, width), round(size))
        return float(rotated_sign_risk(measure, round(size), np.array([steps]))[0])

    # steps tried are 2^(1/4) apart, so that risks come out up to 7 % above the best
    told = "the mean field of normalised gradients, the best of a grid of steps"
    return Route(
        told, risk, largest=1e9, last=1e9, least=1e-9, ratio=100.0, count=3, widths=_COARSE, spread=math.log(1.07)
    )


@population_route.register
def _axis_sign(optimizer: AxisSign, at: Setting) -> Route:
    def risk(size: float, steps: float, width: float) -> float:
        return float(axis_aligned_sign_risk(at.s, at.r, round(size), np.array([steps]))[0])

    # an oscillation's mean square lies between eta^2/4 and eta^2/2
    told = "the closed form of every coordinate, the best of a grid of steps"
    return Route(told, risk, first=10, largest=1e6, ratio=100.0, count=3, widths=(0.0,), spread=math.log(2))


def _first(nu: float) -> float:
    """The smallest N whose samples resolve thirty modes."""
    return 30 ** (1 / min(1.0, nu))


@sampled_route.register
def _sampled_data_power(optimizer: DataPower, at: Setting, nu: float) -> Route:
    return route(GradientDescent(), at.whitened(float(optimizer.p)))


@sampled_route.register
def _sampled_ridge(optimizer: Ridge, at: Setting, nu: float) -> Route:
    if optimizer.decay is None:
        raise InputError(f"{optimizer.name} has no number for l; try ridge:n^-1.")
    return _ridge(at, nu, float(optimizer.decay))


@sampled_route.register
def _least_norm(optimizer: NaturalGradient, at: Setting, nu: float) -> Route:
    return _ridge(at, nu, None)


@sampled_route.register
def _sampled_filter(optimizer: Filter | GrowingDamping, at: Setting, nu: float) -> Route:
    _filter_at(optimizer, 2)
    _distinct(nu)

    def risk(size: float, steps: float, width: float) -> float:
        prepared, total, largest = _two_point(at.s, at.r, size, size**nu, width)
        chosen = _filter_at(optimizer, size)

        def residual(x: np.ndarray) -> np.ndarray:
            return chosen.flow(x / largest, _ETA * steps)

        found = prepared.bias(residual)
        return found / total + (prepared.variance(residual) if at.noise else 0.0)

    told = "the two-point formula of n samples, in gradient flow"
    largest = 1e8 if nu < 1 else 1e10 ** (1 / nu)
    return Route(told, risk, first=_first(nu), largest=largest, least=1e-10, widths=_COARSE, spread=_CONTOUR)


def _distinct(nu: float) -> None:
    if nu == 1:
        raise InputError("nu is 1, but n = N has no numeric route, the risk peaks there; try nu = 1.1.")


@lru_cache(maxsize=16)
def _two_point(s: float, r: float, size: float, samples: float, width: float) -> tuple[SampleRisk, float, float]:
    modes = _modes(Setting(s, r, 0.0), size, min(size, samples), width)
    return sample_risk(modes, size, samples), modes.total, float(modes.eigenvalues[0])


def _ridge(at: Setting, nu: float, decay: float | None) -> Route:
    """decay None: the least-norm solution."""
    if decay is None:
        _distinct(nu)

    def risk(size: float, steps: float, width: float) -> float:
        samples = size**nu
        modes = _modes(at, size, min(size, samples), width)
        found = feature_ridge(modes, size, samples, 0.0 if decay is None else samples**-decay)
        return found.bias / modes.total + (found.variance if at.noise else 0.0)

    largest = 1e14 ** (1 / max(1.0, nu))
    return Route("the deterministic equivalent of ridge regression", risk, first=_first(nu), largest=largest)
