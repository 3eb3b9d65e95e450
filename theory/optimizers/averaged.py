"""Polyak averaging: the mean of the iterates of gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .base import Filter

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Averaged(Filter):
    """The mean (a_0 + ... + a_T)/(T + 1) of gradient descent's iterates.

    h_T(x) = (1 - (1 - eta x)^(T+1)) / ((T+1) eta x), the mean of (1 - eta x)^t over t = 0..T. It falls as a power,
    1/(eta x T), however large x is, so that the risk falls no faster than T^-2; and it is stable up to eta = 2, where
    the iterates no longer converge but their mean does. Source: Polyak and Juditsky (1992) for the method.

    >>> Averaged().residual(1.0, 3, 0.5)
    0.46875
    """

    keyword: ClassVar[str] = "averaged"
    summary: ClassVar[str] = "mean of gradient descent's iterates, (1 - (1 - eta x)^(T+1))/((T+1) eta x)"

    def rate(self, x: Any) -> Any:
        """x, the rate of the iterates that are averaged."""
        return x

    def residual(self, x: Any, steps: Any, eta: Any) -> Any:
        """(1 - (1 - eta x)^(T+1)) / ((T+1) eta x); 1 at x = 0."""
        u, count = eta * self.rate(x), steps + 1
        if type(u).__module__.partition(".")[0] != "numpy":
            return (1 - (1 - u) ** count) / (count * u)
        import numpy as np

        from .decay import learned

        return np.where(u == 0, 1.0, learned(u, count) / (count * np.where(u == 0, 1.0, u)))

    def flow(self, x: np.ndarray, time: float) -> np.ndarray:
        """(1 - exp(-time x)) / (time x) with time = eta T; 1 at x = 0."""
        import numpy as np

        from .decay import learned_in_flow

        return learned_in_flow(np.asarray(time * x))

    def stable(self, eta: float) -> bool:
        """eta <= 2."""
        return eta <= 2
