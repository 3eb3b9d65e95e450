"""1/sqrt(g(q)) as a sum of exponentials of q = sum_i b_i z_i^2, z ~ N(0, I), over the values that q takes.

An average E_w[F(w) exp(-t q(w))] over Gaussian w is an average of F with smaller variances, so a weight that is a
sum of exponentials turns every average that can be done into one that can be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import CheckError, InputError

_TOLERANCE = 1e-5  # relative, where q may be
_RARE = 1e-7  # share of E sqrt(g(q)) in the values of q that are left out on either side
_MOST = 60


@dataclass(frozen=True)
class ExponentialSum:
    """sum_k weight_k exp(-rate_k q), close to 1/sqrt(g(q)) for low <= q <= high.

    error: largest relative error on [low, high]; of averages E[F exp(...)] with F >= 0 too, but for rare values of q.
    """

    rate: np.ndarray
    weight: np.ndarray
    low: float
    high: float
    error: float

    def __call__(self, q: np.ndarray) -> np.ndarray:
        """Its value at q, shape of q."""
        return np.exp(-np.multiply.outer(q, self.rate)) @ self.weight


def inverse_root(second_moment: Callable[[np.ndarray], np.ndarray], share: np.ndarray) -> ExponentialSum:
    """Exponentials for 1/sqrt(g(q)), q = sum_i share_i z_i^2, by least squares on the relative error.

    second_moment: g. share: b, shape (d,), not negative. Few exponentials that reach 1e-5: 3 to 5 for q that hardly
    varies, about 20 where one b_i outweighs the rest, up to 50 in one dimension. Cost: under a second.
    Raises InputError where every b_i is 0, CheckError where 60 exponentials are not enough.
    """
    if not (np.all(share >= 0) and np.any(share > 0)):
        raise InputError("Every feature is 0 for these inputs (their second moments are 0); give inputs that vary.")
    low, high = _range(second_moment, share)
    q = np.geomspace(low, high, 500)
    value = 1 / np.sqrt(second_moment(q))
    best: ExponentialSum | None = None
    count = 2
    while count <= _MOST:
        for first in (0.01, 0.03, 0.1, 0.3, 1.0):
            for last in (0.5, 1.0, 2.0, 4.0, 8.0):
                if last / low <= first / high:
                    continue
                rate = np.concatenate([[0.0], np.geomspace(first / high, last / low, count - 1)])
                basis = np.exp(-np.multiply.outer(q, rate)) / value[:, None]
                weight = np.linalg.lstsq(basis, np.ones(len(q)), rcond=1e-13)[0]
                error = float(np.abs(basis @ weight - 1).max())
                if best is None or error < best.error:
                    best = ExponentialSum(rate, weight, low, high, error)
        if best is not None and best.error <= _TOLERANCE:
            return best
        count += max(1, count // 6)
    reached = best.error if best else np.inf
    raise CheckError(f"1/sqrt(second moment) is a sum of {_MOST} exponentials only within {reached:.1e}.")


def _range(second_moment: Callable[[np.ndarray], np.ndarray], share: np.ndarray) -> tuple[float, float]:
    """Values between which q lies but for a share of about _RARE of E sqrt(g(q)), by Chernoff bounds on both sides."""
    mean, top = float(share.sum()), float(share.max())
    wanted = -np.log(_RARE)
    t = np.geomspace(1e-3, 0.499, 200) / top
    high = np.min((wanted - 0.5 * np.log1p(-2 * np.multiply.outer(t, share)).sum(1)) / t)
    t = np.geomspace(1e-2 / mean, 1e15 / mean, 400)
    laplace = -0.5 * np.log1p(2 * np.multiply.outer(t, share)).sum(1)
    q = mean * np.geomspace(1e-13, 1, 400)
    size = second_moment(q)
    bound = 0.5 * np.log(size / size[-1]) + np.min(np.multiply.outer(q, t) + laplace, axis=1)
    rare = np.flatnonzero(bound <= -wanted)
    return float(q[rare[-1]] if len(rare) else q[0]), float(high)
