"""The spectral integrals of each method, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ...errors import InputError
from . import bigram as integral_bigram
from . import capacity as integral_capacity
from . import momentum as integral_momentum
from . import signals as integral_signals
from .integral import SpectralIntegral

CATALOGUE: dict[str, Callable[[], SpectralIntegral]] = {
    "signal-flow": integral_signals.signal_flow,
    "signal-steps": integral_signals.signal_steps,
    "signal-sum": integral_signals.signal_sum,
    "damped-flow": integral_signals.damped_flow,
    "distortion-flow": integral_signals.distortion_flow,
    "noise-kernel": integral_signals.noise_kernel,
    "noise-sum": integral_signals.noise_sum,
    "capacity-sum": integral_capacity.capacity_sum,
    "floor-sum-rough": integral_capacity.floor_sum_rough,
    "floor-sum-log": integral_capacity.floor_sum_log,
    "floor-sum-smooth": integral_capacity.floor_sum_smooth,
    "heavy-ball-constant": integral_signals.heavy_ball_constant,
    "heavy-ball": integral_momentum.heavy_ball,
    "heavy-ball-saturated": integral_momentum.heavy_ball_saturated,
    "nesterov": integral_momentum.nesterov,
    "nesterov-saturated": integral_momentum.nesterov_saturated,
    "bigram": integral_bigram.bigram,
    "bigram-finite": integral_bigram.bigram_finite,
    "bigram-limit": integral_bigram.bigram_limit,
}


@cache
def spectral_integral(name: str) -> SpectralIntegral:
    """An integral of the catalogue, built on first use.

    Args:
        name: One of `CATALOGUE`, such as signal-flow.

    Returns:
        The integral, the same object at every call.

    Raises:
        InputError: There is none of that name.
    """
    if name not in CATALOGUE:
        raise InputError(f"'{name}' is no integral of the catalogue; choose one of {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]()
