"""What a step of an optimizer costs on this machine, in steps of gradient descent, by a layer that is trained here.

The layer is W, WIDTH x WIDTH, with a batch of BATCH rows, in float32 on one thread: every optimizer makes the same
gradient and then its own step. The ratio falls with the batch for Muon, whose products do not depend on it, as
1 + c WIDTH/BATCH; who trains otherwise gives the cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from threadpoolctl import threadpool_limits

WIDTH, BATCH = 256, 4096
_REPEATS = 5
_LEAST_SPREAD = 0.02  # of the logarithm: clocks are no better
_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # of Muon (Jordan et al. 2024)


@dataclass(frozen=True)
class Timing:
    """A measured cost.

    Attributes:
        value: Median time over that of a step of gradient descent beside it.
        spread: Standard deviation of its logarithm.
        width: Of the layer.
    """

    value: float
    spread: float
    width: int = WIDTH


@lru_cache(maxsize=1)
def measured_steps() -> dict[str, Timing]:
    """The costs of Adam (`diagonal`), Muon (`matrix-sign`), sign descent, and one ridge solve (`natural-gradient`).

    Measured once in a process; it takes about half a second.
    """
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, WIDTH)).astype(np.float32)
    y = rng.standard_normal((BATCH, WIDTH)).astype(np.float32)
    weights = np.zeros((WIDTH, WIDTH), dtype=np.float32)
    state: list[np.ndarray] = [np.zeros_like(weights), np.zeros_like(weights)]

    def gradient() -> np.ndarray:
        return np.asarray(x.T @ (x @ weights - y)) / np.float32(BATCH)

    def plain() -> None:
        np.subtract(weights, np.float32(0.01) * gradient(), out=weights)

    def sign() -> None:
        np.subtract(weights, np.float32(1e-4) * np.sign(gradient()), out=weights)

    def adam() -> None:
        g = gradient()
        state[0] = np.float32(0.9) * state[0] + np.float32(0.1) * g
        state[1] = np.float32(0.999) * state[1] + np.float32(0.001) * g * g
        np.subtract(weights, np.float32(1e-4) * state[0] / (np.sqrt(state[1]) + np.float32(1e-8)), out=weights)

    def muon() -> None:
        state[0] = np.float32(0.95) * state[0] + gradient()
        np.subtract(weights, np.float32(1e-4) * _orthogonal(state[0]), out=weights)

    def solve() -> None:
        gram = x.T @ x + np.float32(1e-3) * np.eye(WIDTH, dtype=np.float32)
        np.linalg.solve(gram, x.T @ y[:, :1])

    def one_output() -> None:  # the solve is for one target, so it is held against a step with one
        x.T @ (x @ weights[:, 0] - y[:, 0])

    with threadpool_limits(1):
        return {
            "diagonal": _ratio(adam, plain),
            "matrix-sign": _ratio(muon, plain),
            "sign": _ratio(sign, plain),
            "natural-gradient": _ratio(solve, one_output),
        }


def _orthogonal(gradient: np.ndarray) -> np.ndarray:
    """U V' of a matrix U S V', roughly: five steps of a quintic Newton-Schulz iteration."""
    a, b, c = (np.float32(value) for value in _NEWTON_SCHULZ)
    z = gradient / (np.linalg.norm(gradient) + np.float32(1e-7))
    for _ in range(5):
        square = z @ z.T
        z = a * z + (b * square + c * (square @ square)) @ z
    return np.asarray(z)


def _ratio(step: Callable[[], None], base: Callable[[], None]) -> Timing:
    """Step and base in turn, so that another load on the machine meets both; 1 at least."""
    step()
    base()
    logs = []
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        step()
        between = time.perf_counter()
        base()
        logs.append(np.log((between - begun) / max(time.perf_counter() - between, 1e-9)))
    # every step holds one of gd, so that a ratio below 1 is the clock's
    return Timing(max(float(np.exp(np.median(logs))), 1.0), max(float(np.std(logs, ddof=1)), _LEAST_SPREAD))
