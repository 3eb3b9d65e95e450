"""Activations f of random features f(w.x), by name: the function, and what Gaussian averages of it are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from ...errors import InputError
from .gaussian_pairs import erf_pair, gelu_mean, gelu_pair, linear_pair, odd_mean, relu_mean, relu_pair
from .gaussian_pairs_tanh import tanh_pair


@dataclass(frozen=True)
class Activation:
    """f, elementwise, with its averages over centred Gaussian variables.

    Attributes:
        name: as files write it.
        formula: f(x) as text.
        function: f(x, out=None), in place where out is x.
        pair: pair(q, q', c) is E f(u) f(v), (u, v) ~ N(0, [[q, c], [c, q']]), |c| <= sqrt(q q'); the three broadcast.
        mean: mean(q) is E f(u), u ~ N(0, q).
    """

    name: str
    formula: str
    function: Callable[..., np.ndarray]
    pair: Callable[[Any, Any, Any], np.ndarray]
    mean: Callable[[Any], np.ndarray]

    def second_moment(self, variance: np.ndarray) -> np.ndarray:
        """E f(u)^2, u ~ N(0, variance), shape of `variance`."""
        return self.pair(variance, variance, variance)


def _relu(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    return np.maximum(x, 0, out=out)


def _erf(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    from scipy.special import erf  # half a second, which reading an experiment must not cost

    return erf(x, out=out)


def _gelu(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """x Phi(x), Phi the normal distribution function: the exact form, not its tanh approximation."""
    from scipy.special import ndtr

    return np.multiply(x, ndtr(x), out=out)


ACTIVATIONS: dict[str, Activation] = {
    each.name: each
    for each in (
        Activation("linear", "x", np.positive, linear_pair, odd_mean),
        Activation("relu", "max(x, 0)", _relu, relu_pair, relu_mean),
        Activation("erf", "erf(x)", _erf, erf_pair, odd_mean),
        Activation("tanh", "tanh(x)", np.tanh, tanh_pair, odd_mean),
        Activation("gelu", "x Phi(x), Phi the normal distribution function", _gelu, gelu_pair, gelu_mean),
    )
}


def activation(name: str, what: str = "Features") -> Activation:
    """The activation of that name.

    Args:
        name: such as relu.
        what: what a sentence on an unknown name calls it.

    Returns:
        The activation.

    Raises:
        InputError: for a name that is not known.

    >>> activation("erf").function(np.array([0.0, 9.0]))
    array([0., 1.])
    """
    if not isinstance(name, str) or name not in ACTIVATIONS:
        close = get_close_matches(str(name)[:40], ACTIVATIONS, n=1, cutoff=0.5)
        told = f"did you mean {close[0]}?" if close else "take one of these."
        raise InputError(f"{what}: {name!r} is not known; expected {', '.join(ACTIVATIONS)}: {told}")
    return ACTIVATIONS[name]
