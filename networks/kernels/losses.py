"""Losses, as what a kernel needs of them: a residual z and a root S of the Hessian in the outputs of each row.

Near its outputs f a loss is L(f + d) = const + |S'd + z|^2/2 for one row, exactly for half the squared error (S = 1,
z = f - y) and to second order for the cross-entropy, where the Hessian is diag(p) - p p' = S S' with

    S = diag(sqrt(p)) - p sqrt(p)',   z = (p - y)/sqrt(p),   S z = p - y.

Gradient descent in the parameters then moves z by z <- (1 - eta K) z, K = S'J J'S/n: the Gauss-Newton kernel.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from scipy.special import log_softmax

from ...errors import InputError

LOSSES = ("mse", "cross-entropy")


class Loss(Protocol):
    """A loss at the outputs f of n rows. residual: z, shape (n, m)."""

    name: str
    residual: np.ndarray

    def root(self, right: np.ndarray) -> np.ndarray:
        """S v, shape (n, m)."""
        ...

    def root_adjoint(self, right: np.ndarray) -> np.ndarray:
        """S'v, shape (n, m)."""
        ...

    def value(self, outputs: np.ndarray) -> float:
        """The loss itself at other outputs: the mean over rows of |f - y|^2, or of -log p_y."""
        ...


class SquaredError:
    """|f - y|^2, summed over outputs. The residual is f - y."""

    name = "mse"

    def __init__(self, outputs: np.ndarray, targets: np.ndarray) -> None:
        """outputs: f, shape (n, m). targets: y, shape (n, m)."""
        self._targets = targets
        self.residual = outputs - targets

    def root(self, right: np.ndarray) -> np.ndarray:
        """See Loss."""
        return right

    def root_adjoint(self, right: np.ndarray) -> np.ndarray:
        """See Loss."""
        return right

    def value(self, outputs: np.ndarray) -> float:
        """See Loss."""
        return float(np.mean(np.sum((outputs - self._targets) ** 2, axis=1)))


class CrossEntropy:
    """-sum_k y_k log p_k with p = softmax(f)."""

    name = "cross-entropy"

    def __init__(self, outputs: np.ndarray, targets: np.ndarray) -> None:
        """outputs: f, shape (n, m). targets: y, shape (n, m), each row of it adds up to 1."""
        self._targets = targets
        self._p = np.exp(log_softmax(outputs, axis=1))
        self._root_p = np.sqrt(self._p)
        if not (self._root_p > 0).all():
            raise InputError(
                "The network gives some class a probability of 0 within rounding, so the quadratic model of the "
                "cross-entropy does not exist there; measure at earlier parameters, or with loss='mse'."
            )
        self.residual = (self._p - targets) / self._root_p

    def root(self, right: np.ndarray) -> np.ndarray:
        """See Loss."""
        return self._root_p * right - self._p * np.sum(self._root_p * right, axis=1, keepdims=True)

    def root_adjoint(self, right: np.ndarray) -> np.ndarray:
        """See Loss."""
        return self._root_p * (right - np.sum(self._p * right, axis=1, keepdims=True))

    def value(self, outputs: np.ndarray) -> float:
        """See Loss."""
        return float(-np.mean(np.sum(self._targets * log_softmax(outputs, axis=1), axis=1)))


def loss_of(name: str, outputs: np.ndarray, y: Any) -> Loss:
    """A loss at a network's outputs.

    Args:
        name: "mse" or "cross-entropy".
        outputs: f, shape (n, m).
        y: targets: shape (n,) or (n, m); for the cross-entropy also whole numbers of shape (n,), the classes.

    Returns:
        The loss, with its residual at these outputs.

    Raises:
        InputError: For another name, targets of another shape, or classes that are not among the outputs.
    """
    if name not in LOSSES:
        raise InputError(f"loss is {name!r}; expected one of {', '.join(LOSSES)}.")
    targets = np.asarray(y)
    rows, count = outputs.shape
    if len(targets) != rows:
        raise InputError(f"y has {len(targets)} rows, but X has {rows}; give one target for each row.")
    if name == "mse":
        shaped = targets.reshape(rows, -1).astype(float)
        if shaped.shape != outputs.shape:
            raise InputError(
                f"y has shape {targets.shape}, but the network has {count} outputs; expected shape ({rows}, {count}). "
                "Class labels belong to loss='cross-entropy', or become one-hot columns."
            )
        _check_finite(shaped)
        return SquaredError(outputs, shaped)
    if count < 2:
        raise InputError("The cross-entropy needs two outputs or more, one for each class; the network has one.")
    return CrossEntropy(outputs, _probabilities(targets, rows, count))


def _probabilities(targets: np.ndarray, rows: int, count: int) -> np.ndarray:
    if targets.shape == (rows, count):
        shares = targets.astype(float)
        _check_finite(shares)
        if (shares < 0).any() or not np.allclose(shares.sum(axis=1), 1, atol=1e-6):
            raise InputError("Rows of y do not add up to 1; expected probabilities, or the classes as whole numbers.")
        return shares
    labels = targets.reshape(-1)
    if labels.shape != (rows,) or not np.array_equal(labels, labels.astype(int)):
        raise InputError(
            f"y has shape {targets.shape} and type {targets.dtype}; expected {rows} whole numbers, classes."
        )
    labels = labels.astype(int)
    if labels.min() < 0 or labels.max() >= count:
        raise InputError(
            f"y has classes {labels.min()} to {labels.max()}, but the network has {count} outputs; expected 0 to "
            f"{count - 1}."
        )
    return np.eye(count)[labels]


def _check_finite(values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise InputError("y has values that are not finite; leave those rows out.")
