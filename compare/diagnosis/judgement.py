"""From predicted risks to verdicts: each optimizer against gd, after the same steps and for the same compute."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..exponent_fit import slope_weights
from .break_even import at_steps, break_even, break_even_steps
from .costs import Price
from .forecast import OPTIMIZERS, Forecast
from .verdict import Comparison, Gain, Reach, Verdict, compare_runs, judge


def judged(
    predicted: Forecast, again: np.ndarray, costs: Mapping[str, Price], reach: Reach, seed: int
) -> tuple[Verdict, ...]:
    """A verdict on each optimizer but gd.

    Args:
        predicted: Risks, by optimizer, and of gd along a grid of steps.
        again: Log risks on resampled spectra, with the errors of theory, shape (draws, o + g, s).
        costs: By optimizer.
        reach: What explains the verdicts.
        seed: Of the deviations of measured costs.
    """
    return tuple(_judged(i, predicted, again, costs[name], reach, seed) for i, name in enumerate(OPTIMIZERS) if i)


def _judged(i: int, predicted: Forecast, again: np.ndarray, price: Price, reach: Reach, seed: int) -> Verdict:
    """The verdict on OPTIMIZERS[i]."""
    count, grid, slope = len(OPTIMIZERS), predicted.grid, slope_weights(predicted.sizes)
    own, curves = predicted.log_risk[i], predicted.log_risk[count:]
    draws, drawn_curves = again[:, i], again[:, count:]
    spread = np.random.default_rng((seed, 3, i)).standard_normal(len(again))
    compute = price.in_gd_steps(reach.size, reach.steps)
    paid = compute * np.exp(price.spread * spread)
    if price.is_solve:  # who can pay for T steps of gd is not served by fewer, however cheap the solve
        compute, paid = max(compute, float(reach.steps)), np.maximum(paid, float(reach.steps))
        seen = grid >= reach.steps * (1 - 1e-9)
        grid, curves, drawn_curves = grid[seen], curves[seen], drawn_curves[:, seen]
    same_steps = compare_runs((predicted.log_risk[0], own), (again[:, 0], draws), slope)
    matched = at_steps(curves[None], grid, np.array([compute]))[0]
    same_compute = compare_runs((matched, own), (at_steps(drawn_curves, grid, paid), draws), slope)
    middle = float(break_even_steps(own[None], curves[None], grid, slope)[0])
    even = break_even(middle, break_even_steps(draws, drawn_curves, grid, slope), price, float(reach.steps), grid)
    gains = _gains(OPTIMIZERS[i], predicted, same_steps, price, reach)
    return judge(price, (same_steps, same_compute), even, gains, reach)


def _gains(name: str, predicted: Forecast, found: Comparison, price: Price, reach: Reach) -> tuple[Gain, Gain]:
    """In steps and in compute, until the optimizer has the risk of gd after T steps; none for sign descent.

    The step of sign descent is chosen anew for every T, so that each T would be another run.
    """
    nothing = Gain(None, None)
    if name == "sign":
        return nothing, nothing
    total = float(reach.steps)
    needed = predicted.last.steps_to_match(name)
    # the curve of the optimizer as a whole lies higher or lower by what its risk at T does
    low, high, middle = (needed(end / found.ratio) for end in (*found.ratio_interval, found.ratio))
    if middle is None:
        return nothing, nothing

    def steps(count: float | None) -> float | None:
        return None if count is None else total / count

    def compute(count: float | None) -> float | None:
        return None if count is None else total / price.in_gd_steps(reach.size, count)

    return (
        Gain(steps(middle), (steps(low), steps(high))),
        Gain(compute(middle), (compute(low), compute(high))),
    )
