"""Least-squares refits of one law to many data sets that lie close to its fit: Levenberg-Marquardt, all at once.

Near a solution with small residuals the Jacobian alone gives the Hessian to a few per cent, so that each step gains a
digit or more. What has not converged after that goes to the damped Newton solver.
"""

from __future__ import annotations

import math

import numpy as np

from ..loss_laws import LawForm, minimise

_ROUNDS = 40
_GAIN = 1e-9  # of the objective, still to be had, at which a refit is done
_CHUNK = 1_000_000  # numbers of one Jacobian


def refit_all(
    form: LawForm, losses: np.ndarray, start: np.ndarray, *, held: tuple[int, ...] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares refits of one law.

    Args:
        form: the law.
        losses: log losses of each data set, shape (B, n).
        start: theta close to the solutions, shape (p,) or (B, p).
        held: indices of parameters that stay.

    Returns:
        Theta, shape (B, p), and sum of squares, shape (B,).
    """
    theta = np.array(np.broadcast_to(start, (len(losses), np.shape(start)[-1])))
    value = np.empty(len(losses))
    rows = max(1, _CHUNK // (losses.shape[1] * theta.shape[1]))
    for first in range(0, len(losses), rows):
        part = slice(first, first + rows)
        theta[part], value[part] = _refit(form, losses[part], theta[part], held)
    return theta, value


def _refit(form: LawForm, y: np.ndarray, theta: np.ndarray, held: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    free = np.setdiff1d(np.arange(theta.shape[1]), held)
    theta = np.clip(theta, form.low, form.high)
    level, slope = form.evaluate(theta)
    residual = y - level
    value = np.einsum("bn,bn->b", residual, residual)
    normal, gradient, scale = _system(slope, residual, free)
    damping = np.zeros(len(y))
    live = np.arange(len(y))
    for _ in range(_ROUNDS):
        matrix = normal[live] + (damping[live] + 1e-13)[:, None, None] * np.eye(free.size)
        move = np.linalg.solve(matrix, gradient[live][..., None])[..., 0]
        going = np.sum(move * gradient[live], axis=1) > _GAIN * value[live] + 1e-28
        live, move = live[going], move[going]
        if not live.size:
            return theta, value
        trial = theta[live]
        trial[:, free] += move / scale[live]
        trial = np.clip(trial, form.low, form.high)
        level, slope = form.evaluate(trial)
        residual = y[live] - level
        new = np.einsum("bn,bn->b", residual, residual)
        better = new < value[live]
        took, missed = live[better], live[~better]
        theta[took], value[took] = trial[better], new[better]
        normal[took], gradient[took], scale[took] = _system(slope[better], residual[better], free)
        damping[took] = np.where(damping[took] < 1e-7, 0.0, damping[took] / 10)
        damping[missed] = np.maximum(10 * damping[missed], 1e-6)
    solved, half, _ = minimise(form, y[live], np.ones(y.shape[1]), theta[live], math.inf, held=held)
    theta[live], value[live] = solved, 2 * half
    return theta, value


def _system(slope: np.ndarray, residual: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normal equations in parameters scaled to columns of length 1: matrix, right side, scale."""
    jacobian = slope[..., free]
    normal = np.swapaxes(jacobian, 1, 2) @ jacobian
    scale = np.sqrt(np.einsum("bkk->bk", normal)) + 1e-150
    gradient = (np.swapaxes(jacobian, 1, 2) @ residual[..., None])[..., 0] / scale
    return normal / (scale[:, :, None] * scale[:, None, :]), gradient, scale
