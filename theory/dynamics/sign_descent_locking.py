"""Sign descent as an experiment runs it: three steps tried, the one with the lowest final training loss kept.

An approximation, in two parts. Until coordinates lock it is the mean field of `sign_risk`. Then they lock: at the
edge of stability every coordinate of the gradient swings between two values, by +-o_i, o of length u/2 where
u = eta sqrt(2 N lambda_max/pi). A coordinate whose smooth part is smaller than its swing changes sign at every step and
moves no more; the few that are left push until they are locked too, and the run ends in a cycle of two steps with the
risk it has. That is taken to happen when

    |g| <= (u/2) min(0.36, 5 Q),   Q = (1/N) integral of sum_i x_i exp(-2 x_i theta) dt,

where Q, the trace still to be learned times the time spent, is how far a coordinate has pushed itself, in units of its
swing, since |g| fell below u/2. The form is an argument; the two numbers were fitted to simulated plateaus (N = 64 and
256, s in -1/4..2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ...errors import InputError
from ..gram import SpectralMeasure
from ..optimizers import Sign
from .sign_descent import SignDescent
from .sign_descent_on_samples import SignOnSamples

_LOCKED = 0.36  # |g| over u/2 below which coordinates lock, where there is time to
_PUSH = 5.0  # |g| over u/2, per Q
# relative errors of the risk above the floor, one standard deviation, in the mean over draws; see `SignPrediction`
_MEAN_FIELD = 0.02  # of the mean field: signs of Gaussians, all coordinates alike,
_NOISE = 0.2  # of the share that is the sign's own noise, whose correlation in time is that of the mean field,
_PLATEAU = 0.15  # of what is left after locking,
_TIMING = 0.03  # and of the time at which a risk is reached, as positions of eigenvalues err,
_ONE_DRAW = 3.0  # times these errors is what losses err by on the one draw whose steps are compared
_EARLIER = 0.8  # seen by what an earlier time gives
NOTE = "sign descent by a mean field with locking, an approximation"


@dataclass(frozen=True)
class SignPrediction:
    """Predicted risk of sign descent over the target's variance.

    The error adds up, in squares: (1/N + 1/n) of what large N and n leave out; of the risk above the floor 2 % for the
    mean field, 20 % of the share that is the sign's noise, 15 % after locking, and what 3 % of T change; and the spread
    of risks over the steps that may be chosen. It is that of the mean over draws: single draws scatter more, so the
    losses that one draw compares to choose a step err by three times as much.

    These numbers were set on simulations of 312 cells (Gaussian, dim 400, s in -1/4..2, N = 64 and 128, T = 10 to 1e4,
    population and n/N in 1/2..10, noise 0, .1 and .3, 12 draws each); the factor of three was chosen after risks of the
    next lines had been seen, so these check the other numbers and not that one. On 350 risks of other settings (s in
    -1/5..3, r from 1/2 to 3 or isotropic, dim 250 to 1500, N = 48, 96 and 160, n/N from .4 to 20, noise 0 to .6, T = 1
    to 2e4, also several T of one run) log(predicted/simulated) has a root mean square of .11 on samples and .05 on the
    population, of which the draws are .057 and .045, and the rest is mostly where steps compete. In units of the stated
    error with that of the draws it is 0.75 and 0.56, beyond 2 in 2 % of them, the worst 2.6.

    Attributes:
        steps: T, shape (t,).
        risk: shape (t,), the mean over draws, which need not all choose the same step.
        error: shape (t,), one standard deviation of log risk.
        step: the likeliest choice.
        chances: of each step tried, by the errors of their losses at the last T.
        note: that it is an approximation, and what is doubtful.
        noisy: share of the risk that label noise makes, shape (t,); 0 on the population.
    """

    steps: np.ndarray
    risk: np.ndarray
    error: np.ndarray
    step: float
    chances: dict[float, float]
    note: str
    noisy: np.ndarray


def sign_risk_prediction(
    rule: Sign,
    measure: SpectralMeasure,
    size: int,
    steps: np.ndarray,
    *,
    largest: float | None = None,
    target_variance: float = 1.0,
    chosen_at: float | None = None,
) -> SignPrediction:
    """Risk of a <- a - eta sign(G a - b), eta from rule.steps_tried by the loss at the last of `steps`.

    Population gradients: training loss and risk choose alike. For finite samples see `sign_risk_on_samples`.

    Before coordinates lock and where one step is clearly best it is within a few per cent of simulations; what else it
    errs is in `SignPrediction`. Where two steps end within their errors of each other draws differ or the choice is
    wrong, and risks at early T, mixed over both, can be far off: the error says so. Features of variance 1 and a mean
    (ReLU, N = 128, n = 5000, s = 1/2 and 1): within 8 %, draws leave 9 %, although the mean, a direction all
    coordinates share, is left out. Cost: 40 ms a T and step tried.

    Args:
        rule: sign descent, with the steps it tries.
        measure: `spectral_measure(modes, size)`.
        size: N.
        steps: T, shape (t,), positive.
        largest: eigenvalue of G itself, as its scale sets what a step of eta does: None is measure.largest (features of
            variance 1/N); for features of variance 1 it is N measure.largest.
        target_variance: of the targets trained on.
        chosen_at: the one of `steps` at whose end the step is chosen, where the run ends there and the prediction goes
            on.

    Returns:
        Risk over the target's variance, its error, and the step.

    Raises:
        InputError: for T, sizes and variances that are not positive.
    """
    count = _checked(steps, size, target_variance)
    scale = measure.largest if largest is None else largest
    floor = measure.floor / measure.total
    descent = SignDescent.of(measure, size, float(count.max()))
    flow = _Flow(descent, descent, floor, floor, 1 / size, np.zeros(len(descent.clock)))
    return _predicted(rule, flow, count, 2 * size * scale / (np.pi * target_variance), chosen_at, NOTE)


def sign_risk_on_samples(
    rule: Sign,
    flow: SignOnSamples,
    steps: np.ndarray,
    *,
    scale: float = 1.0,
    target_variance: float = 1.0,
    chosen_at: float | None = None,
) -> SignPrediction:
    """Risk on n samples: clock, locking and the choice of a step by the training loss, the risk by the test.

    What `sign_risk_prediction` gives on the population, with the same constants: none was fitted to runs on samples.

    n next to N (60, 65 and 70 at N = 64) is no worse, as steps of a given length never fit in full.
    ReLU features, s = 1/2 and 1, N = 64 and 128, n = 192 to 640: within 6 %, as far as 8 draws tell.

    Args:
        rule: sign descent, with the steps it tries.
        flow: `sign_on_samples(modes, measure, size, samples, ...)`, up to the largest of `steps`.
        steps: T, shape (t,), positive.
        scale: the Gram matrix over that of features of variance 1/N.
        target_variance: of the part of the targets that modes explain, which risks are over.
        chosen_at: the one of `steps` at whose end the step is chosen; None is the last.

    Returns:
        Risk over the variance that modes explain, its error, and the step.

    Raises:
        InputError: for T that are not positive.
    """
    size = flow.training.size
    count = _checked(steps, size, target_variance)
    pair = _Flow(flow.training, flow.test, flow.unfitted, flow.floor, 1 / size + 1 / flow.samples, flow.label_noise)
    squared = 2 * size * flow.largest * scale / (np.pi * target_variance)
    return _predicted(rule, pair, count, squared, chosen_at, NOTE)


@dataclass(frozen=True)
class _Flow:
    """The flow that sign descent goes along: what it trains on, what it is tested on, and what stays of either.

    left_out: relative error of the risk by what the theory of large N and n leaves out. label_noise: risk by it at each
    clock reading, shape (m,).
    """

    training: SignDescent
    test: SignDescent
    unfitted: float
    floor: float
    left_out: float
    label_noise: np.ndarray


def _predicted(
    rule: Sign, flow: _Flow, count: np.ndarray, squared: float, chosen_at: float | None, note: str
) -> SignPrediction:
    """The mean over the steps tried, each as likely as the errors of their losses say. squared: u^2/eta^2."""
    last = int(np.argmax(count if chosen_at is None else count == chosen_at))
    same = flow.training is flow.test
    risks, errors, noises, locked, losses, loss_doubts = [], [], [], [], [], []
    for eta in rule.steps_tried:
        u = eta * np.sqrt(squared)
        stop = locking_time(flow.training, u)
        risk, doubt = _risk_and_doubt(flow.test, flow.floor, u, count, stop)
        risks.append(risk)
        clock = np.interp(np.minimum(count, stop), flow.test.times(u), flow.test.clock)
        noises.append(np.interp(clock, flow.test.clock, flow.label_noise))
        errors.append(np.hypot(doubt, flow.left_out))
        locked.append(stop)
        if same:
            loss, loss_doubt = risk[last], doubt[last]
        else:
            ends = _risk_and_doubt(flow.training, flow.unfitted, u, count[[last]], stop)
            loss, loss_doubt = ends[0][0], ends[1][0]
        losses.append(loss)
        loss_doubts.append(loss_doubt)
    # what is left out, mostly the floor, is the same for all steps on one draw
    chance = _chances(np.log(losses), _ONE_DRAW * np.array(loss_doubts))
    risk, error = np.array(risks), np.array(errors)
    mean = chance @ risk
    # what the choice leaves open, beside each choice's own error
    logs = np.log(risk / mean)
    spread = np.sqrt(chance @ logs**2)
    own_error = np.sqrt(chance @ error**2)
    best = int(np.argmax(chance))
    if count[last] > locked[best]:
        note += f"; coordinates lock near T = {locked[best]:.3g}, and the plateau after is uncertain"
    if chance[best] < 0.9:
        note += "; draws may differ in the step they choose"
    chances = {eta: float(c) for eta, c in zip(rule.steps_tried, chance, strict=True)}
    noisy = chance @ np.array(noises) / mean
    return SignPrediction(count, mean, np.hypot(own_error, spread), rule.steps_tried[best], chances, note, noisy)


def _risk_and_doubt(
    descent: SignDescent, floor: float, u: float, count: np.ndarray, stop: float
) -> tuple[np.ndarray, np.ndarray]:
    """Risk, or training loss, at each of `count`, and its relative error by the mean field, shape (t,) each.

    stop: T at which coordinates lock.
    """
    until = np.minimum(count, stop)
    excess, noise = descent.above_floor(u, until)
    earlier, _ = descent.above_floor(u, _EARLIER * until)
    timing = _TIMING * np.abs(np.log(earlier / excess)) / -np.log(_EARLIER)
    doubt = np.hypot(np.hypot(_MEAN_FIELD, _NOISE * noise / excess), timing)
    # locking sets in over a factor of about two in time
    after = np.clip(1 + np.log2(count / np.minimum(stop, 4 * count)), 0, 1)
    return floor + excess, np.hypot(doubt, _PLATEAU * after) * excess / (floor + excess)


def _checked(steps: np.ndarray, size: int, target_variance: float) -> np.ndarray:
    count = np.asarray(steps, dtype=float)
    if count.ndim != 1 or not count.size or not np.all(count > 0):
        raise InputError("Sign descent is predicted for a list of positive T; try steps = [10, 100, 1000].")
    if size < 1 or not target_variance > 0:
        raise InputError(
            f"N is {size} and the target's variance {target_variance:g}, but both must be positive; try N = 64, 1."
        )
    return count


def locking_time(descent: SignDescent, u: float) -> float:
    """T at which coordinates lock, infinite where they do not before the clock ends. u: eta sqrt(2 N lambda_max/pi)."""
    time = descent.times(u)
    edge = descent.trace * (descent.gradient < u**2 / 4)  # before, nothing swings
    pushed = np.append(0.0, np.cumsum((edge[1:] + edge[:-1]) / 2 * np.diff(time))) / descent.size
    ratio = np.sqrt(descent.gradient) / (u / 2) / np.minimum(_LOCKED, np.maximum(_PUSH * pushed, 1e-300))
    at = np.flatnonzero(ratio <= 1)
    if not len(at):
        return float("inf")
    if at[0] == 0:
        return float(time[1])
    near = slice(at[0] - 1, at[0] + 1)
    return float(np.exp(np.interp(0.0, -np.log(ratio[near]), np.log(np.maximum(time[near], 1e-3)))))


def _chances(logs: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Probability that each is the lowest, from pairwise normal comparisons, shape (e,)."""
    wins = np.ones(len(logs))
    for i in range(len(logs)):
        for j in range(len(logs)):
            if i != j:
                wins[i] *= ndtr((logs[j] - logs[i]) / max(float(np.hypot(errors[i], errors[j])), 1e-12))
    return wins / wins.sum()
