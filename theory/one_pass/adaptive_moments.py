"""Second moments of Adam, Adagrad and sign descent in one pass, on axis-aligned spectra, with a step that changes.

d_k is the error of weight k, S_k = lambda_k d_k the mean of its gradient and, for B fresh Gaussian samples with labels
of noise sigma^2, L = floor + sum_k lambda_k d_k^2,

    Q_k = S_k^2 + N_k,   N_k = (lambda_k (L + sigma^2) + S_k^2)/B

the mean of its square. With rates eta_t = eta phi_t

    d_k^2 <- d_k^2 - 2 eta_t S_k d_k/sqrt(V_k) + eta_t^2 Q_k/V_k     Adam:    V <- b2 V + (1 - b2) Q, over 1 - b2^t
                                                                      Adagrad: V <- V + Q
    d_k^2 <- d_k^2 - 2 eta_t d_k erf(S_k/sqrt(2 N_k)) + eta_t^2       sign

Mean field: V is replaced by its mean, d_k by the root of d_k^2. Every step is taken, as V has a memory of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from ...errors import InputError
from ..gram import Bins
from ..optimizers import Adagrad, Adam, Adaptive, StochasticSign
from ..schedules import Schedule
from .step_search import BestStep, tuned

_BLOWN = 1e12  # a risk that has grown by this factor is not coming back
_LARGEST_STEP = 4.0  # in units of the first weight: a step beyond loses what the first one gained

Move = Callable[[np.ndarray, np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class AdaptiveProblem:
    """What one pass of an adaptive method meets.

    Args:
        bins: Eigenvalues and energies of the coordinates, in groups.
        batch: B >= 1, fresh samples at each step.
        noise: Label-noise variance over the target's variance.

    Raises:
        InputError: batch < 1 or noise < 0.
    """

    bins: Bins
    batch: float = 1.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not (self.batch >= 1 and self.noise >= 0):
            raise InputError(
                f"batch is {self.batch:g} and noise {self.noise:g}, but batch >= 1 and noise >= 0 are needed; try "
                "batch = 1."
            )


@singledispatch
def mover(optimizer: Adaptive) -> Callable[[tuple[int, ...]], Move]:
    """How an optimizer moves: a registry, with a function for each kind.

    Args:
        optimizer: Adam, Adagrad or sign descent.

    Returns:
        A function of the state's shape that starts a run; what it returns gives, from S, Q, N and the step's number,
        the drift and the squared length per unit of eta and eta^2.

    Raises:
        InputError: No recursion is derived for it.
    """
    raise InputError(
        f"{optimizer.name} has no recursion in one pass: its signs are correlated from step to step; try sign or adam."
    )


@mover.register
def _adam(optimizer: Adam) -> Callable[[tuple[int, ...]], Move]:
    memory = float(optimizer.memory)

    def start(shape: tuple[int, ...]) -> Move:
        second = np.zeros(shape)

        def move(mean: np.ndarray, square: np.ndarray, spread: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray]:
            second[...] = memory * second + (1 - memory) * square
            size = second / (1 - memory ** (t + 1))
            return mean / np.sqrt(size), square / size

        return move

    return start


@mover.register
def _adagrad(optimizer: Adagrad) -> Callable[[tuple[int, ...]], Move]:
    def start(shape: tuple[int, ...]) -> Move:
        second = np.zeros(shape)

        def move(mean: np.ndarray, square: np.ndarray, spread: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray]:
            second[...] += square
            return mean / np.sqrt(second), square / second

        return move

    return start


@mover.register
def _sign(optimizer: StochasticSign) -> Callable[[tuple[int, ...]], Move]:
    from scipy.special import erf

    def start(shape: tuple[int, ...]) -> Move:
        def move(mean: np.ndarray, square: np.ndarray, spread: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray]:
            return erf(mean / np.sqrt(2 * spread)), np.ones_like(mean)

        return move

    return start


def adaptive_risk(
    optimizer: Adaptive, schedule: Schedule, problem: AdaptiveProblem, steps: int, eta: np.ndarray | float
) -> np.ndarray:
    """Risk over the target's variance after T = `steps` steps with rates eta phi, for each eta.

    Cost: O(bins c T); 1 s for 300 bins, 16 steps eta and T = 10^4.

    Args:
        optimizer: Adam, Adagrad or sign descent.
        schedule: phi over the run.
        problem: Spectrum, batch and noise.
        steps: T.
        eta: Largest rates, in the units of the weights (the first one is 1 on a power law), shape (c,) or a number.

    Returns:
        Risks, shape (c,); infinite where the risk grows without bound.

    Raises:
        InputError: steps < 1, a step size that is not positive, or a method without a recursion.
    """
    rates = np.atleast_1d(np.asarray(eta, dtype=float))
    if not np.all(rates > 0):
        raise InputError(f"The least eta is {np.min(rates):g}, but step sizes are positive; try eta = 0.01.")
    bins = problem.bins
    x, counts = bins.x, bins.counts
    sigma = problem.noise * bins.total
    squares = np.tile(bins.energies / (counts * x), (len(rates), 1))  # d_k^2
    move = mover(optimizer)(squares.shape)
    risk = np.full(len(rates), bins.total)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for t, phi in enumerate(schedule.rates(steps)):
            error = np.sqrt(squares)
            mean = x * error
            spread = (x * (risk + sigma)[:, None] + mean * mean) / problem.batch
            drift, length = move(mean, mean * mean + spread, spread, t)
            step = rates[:, None] * phi
            squares = np.maximum(squares - 2 * step * drift * error + step * step * length, 0.0)
            risk = bins.floor + (squares * x) @ counts
            risk = np.where(risk < _BLOWN * (bins.total + sigma), risk, np.inf)
    return risk / bins.total


def best_adaptive_step(optimizer: Adaptive, schedule: Schedule, problem: AdaptiveProblem, steps: int) -> BestStep:
    """The eta with the smallest risk after T = `steps` steps, to 2 %; arguments as in `adaptive_risk`.

    Args:
        optimizer: Adam, Adagrad or sign descent.
        schedule: phi over the run.
        problem: Spectrum, batch and noise.
        steps: T.

    Returns:
        The step, in the units of the weights, and the risk with it.

    Raises:
        InputError: As in `adaptive_risk`.
    """
    return tuned(lambda eta: adaptive_risk(optimizer, schedule, problem, steps, eta), _LARGEST_STEP, steps)
