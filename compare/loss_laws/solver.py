"""Many robust fits at once: damped Newton on sum_i w_i rho(y_i - log L_i), all resamples and starts in one batch.

    rho(r) = r^2/2 for |r| <= delta, delta (|r| - delta/2) beyond     (Huber; delta = infinity is least squares)

summed, not averaged: with delta near 1e-3 an average is so small that solvers stop at their tolerance. Least absolute
error is the limit delta -> 0, approached by continuation; at delta = 1e-10 the sum is within n delta/2 of the least.

The metric is M = sum w min(1, delta/|r|) g g', the majoriser of iteratively reweighted least squares. In its
eigenbasis the Newton step is -1/(|ev| + damping): large damping is a small reweighted step, which descends.
"""

from __future__ import annotations

import math

import numpy as np

from .forms import LawForm

ABSOLUTE = 1e-10
_LARGEST = 4.0  # change of a parameter in one step, log units
_DONE = 1e-14  # predicted gain, as a share of the objective, that ends a fit
_CHUNK = 400_000  # numbers of one array (B, n) in memory


def rho(residual: np.ndarray, delta: float) -> np.ndarray:
    """Huber's function of each residual."""
    if math.isinf(delta):
        return residual**2 / 2
    size = np.abs(residual)
    return np.where(size <= delta, residual**2 / 2, delta * (size - delta / 2))


def objective(form: LawForm, theta: np.ndarray, y: np.ndarray, weights: np.ndarray, delta: float) -> np.ndarray:
    """sum_i w_i rho(y_i - log L_i), shape (B,)."""
    return np.asarray(np.sum(weights * rho(y - form.evaluate(theta)[0], delta), axis=1))


def minimise(
    form: LawForm,
    y: np.ndarray,
    weights: np.ndarray,
    start: np.ndarray,
    delta: float,
    *,
    held: tuple[int, ...] = (),
    most: int = 200,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local minima near `start`.

    Args:
        form: of the law, at its points.
        y: log losses, shape (B, n) or (n,).
        weights: of the points, of the same shape.
        start: theta, shape (B, p).
        delta: of Huber's function; infinite for least squares.
        held: indices of parameters that stay as they are.
        most: steps.

    Returns:
        theta (B, p), the objective (B,) and whether each converged (B,).
    """
    count, points = len(start), np.shape(y)[-1]
    theta, value, good = start.astype(float).copy(), np.empty(count), np.empty(count, bool)
    rows = max(1, _CHUNK // points)
    for first in range(0, count, rows):
        part = slice(first, first + rows)
        size = len(theta[part])
        data = [np.broadcast_to(a if np.ndim(a) == 1 else a[part], (size, points)) for a in (y, weights)]
        theta[part], value[part], good[part] = _descend(form, data[0], data[1], theta[part], delta, held, most)
    return theta, value, good


def _descend(
    form: LawForm,
    y: np.ndarray,
    weights: np.ndarray,
    theta: np.ndarray,
    delta: float,
    held: tuple[int, ...],
    most: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    theta = np.clip(theta, form.low, form.high)
    value = objective(form, theta, y, weights, delta)
    damping = np.full(len(theta), 1e-2)
    done = np.zeros(len(theta), bool)
    for _ in range(most):
        live = np.flatnonzero(~done)
        if not live.size:
            break
        at, data, w = theta[live], y[live], weights[live]
        step, small = _step(form, data, w, at, delta, held, damping[live])
        trial = np.clip(at + step, form.low, form.high)
        new = objective(form, trial, data, w, delta)
        better = new < value[live]
        done[live] = small | (damping[live] > 1e14)
        took = live[better]
        theta[took], value[took] = trial[better], new[better]
        damping[took] = np.where(damping[took] < 1e-9, 0.0, damping[took] / 10)
        missed = live[~better]
        damping[missed] = np.maximum(8 * damping[missed], 1e-4)
    return theta, value, done


def _step(
    form: LawForm,
    y: np.ndarray,
    weights: np.ndarray,
    theta: np.ndarray,
    delta: float,
    held: tuple[int, ...],
    damping: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The damped Newton step, shape (B, p), and whether it is too small to go on."""
    count = theta.shape[1]
    level, slope = form.evaluate(theta)
    residual = y - level
    size = np.abs(residual)
    majorised = weights * np.minimum(1.0, delta / np.maximum(size, 1e-300))
    pull = majorised * residual
    gradient = -np.einsum("bn,bnk->bk", pull, slope)
    metric = np.matmul(np.swapaxes(slope * majorised[..., None], 1, 2), slope)
    inner = (
        metric
        if math.isinf(delta)
        else np.matmul(np.swapaxes(slope * (weights * (size <= delta))[..., None], 1, 2), slope)
    )
    hessian = inner - form.curvature(theta, pull)
    fixed = ((theta <= form.low) & (gradient > 0)) | ((theta >= form.high) & (gradient < 0))
    fixed[:, list(held)] = True
    scale = np.sqrt(np.maximum(np.einsum("bkk->bk", metric), 1e-300))
    free = ~fixed
    both = free[:, :, None] & free[:, None, :]
    outer = scale[:, :, None] * scale[:, None, :]
    unit = np.eye(count)
    metric = np.where(both, metric / outer, 0.0) + unit * (fixed[:, :, None] + 1e-13)
    hessian = np.where(both, hessian / outer, 0.0) + unit * fixed[:, :, None]
    gradient = np.where(free, gradient / scale, 0.0)
    root = np.linalg.cholesky(metric)
    inverse = np.linalg.inv(root)
    values, vectors = np.linalg.eigh(inverse @ hessian @ np.swapaxes(inverse, 1, 2))
    along = np.einsum("bkj,bk->bj", vectors, np.einsum("bkj,bj->bk", inverse, gradient))
    move = -along / (np.maximum(np.abs(values), 1e-12) + damping[:, None])
    gain = np.sum(along * -move, axis=1)
    whole = np.einsum("bjk,bj->bk", inverse, np.einsum("bkj,bj->bk", vectors, move)) / scale
    largest = np.max(np.abs(whole), axis=1, initial=0.0)
    whole *= np.minimum(1.0, _LARGEST / np.maximum(largest, 1e-300))[:, None]
    total = np.sum(weights * rho(residual, delta), axis=1)
    return whole, (gain <= _DONE * total) | (total <= 1e-26)


def fit_all(
    form: LawForm, y: np.ndarray, weights: np.ndarray, deltas: tuple[float, ...], starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each start followed through `deltas` from the first to the last.

    Args:
        form: of the law, at its points.
        y: log losses, shape (S, n) or (n,).
        weights: of the points, of the same shape.
        deltas: of Huber's function, in turn.
        starts: theta, shape (S, p).

    Returns:
        theta (S, p), the objective (S,) and whether each converged (S,).
    """
    theta = starts
    for delta in deltas:
        theta, value, good = minimise(form, y, weights, theta, delta)
    return theta, value, good


def continuation(delta: float) -> tuple[float, ...]:
    """Least squares first, then Huber with delta falling by tens to the one wanted.

    Args:
        delta: the one wanted; infinite for least squares.

    Returns:
        The deltas, for `fit_all`.
    """
    if math.isinf(delta):
        return (math.inf,)
    first = max(0.1, delta)
    steps = max(0, round(math.log10(first / delta)))
    return (math.inf, *(first * (delta / first) ** (k / max(steps, 1)) for k in range(steps + 1)))
