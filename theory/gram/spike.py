"""A spike over a bulk: whether one strong eigenvalue of the inputs stays visible in N features, where, and how well.

With bulk eigenvalues lambda_j of the input covariance and a spike theta, the Gram matrix of N features has, in the
limit of large N,

    psi(theta) = theta (1 + (1/N) sum_j lambda_j/(theta - lambda_j)),
    psi'(theta) = 1 - (1/N) sum_j lambda_j^2/(theta - lambda_j)^2,

an eigenvalue of its own at psi(theta) where psi'(theta) > 0, whose eigenvector, taken back to the inputs, has the
squared overlap theta psi'(theta)/psi(theta) with the spike's direction. Where psi' <= 0 it is lost in the bulk, with
overlap 0. The critical strength is the root of psi' above the bulk, and psi there is the bulk's upper edge.

Sources: Baik, Ben Arous and Peche (2005) for the transition, Bai and Yao (2008) for the place, Paul (2007) for the
overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from ...errors import InputError
from ..problems import PowerLaw

# standard deviations between the spike's eigenvalue and the edge, below which single draws reach it: from 2 on, means
# over 200 draws were within 1 % (positions) and 6 % (overlaps), and between .7 and 2 overlaps were up to 14 % off
# (benchmarks/spikes.py, N = 150 to 600, seeds 0 to 5)
_NEAR = 2.0
# within these no square or quotient of two numbers leaves the range of doubles
_SMALLEST, _LARGEST, _LARGEST_SIZE = 1e-100, 1e100, 10**9


@dataclass(frozen=True)
class Spike:
    """What N features show of a spike; positions in the units of the eigenvalues as given.

    Args:
        strength: theta.
        size: N.
        escapes: Whether it has an eigenvalue of its own.
        position: Of that eigenvalue, or the bulk's edge.
        overlap: The squared overlap of its eigenvector with the spike, 0 in the bulk.
        critical: The strength above the bulk at which it escapes.
        edge: Where the bulk ends.
        deviation: Standard deviation of one draw's eigenvalue, for Gaussian features; NaN in the bulk.
        alone: Whether the bulk's own largest eigenvalue has no band of its own (see `status`).
    """

    strength: float
    size: int
    escapes: bool
    position: float
    overlap: float
    critical: float
    edge: float
    deviation: float
    alone: bool

    @property
    def near_edge(self) -> bool:
        """Whether draws of this N scatter across the edge, so that the limit's formulas are not to be relied on."""
        if self.escapes:
            return abs(self.position - self.edge) < _NEAR * self.deviation
        return self.strength > self.critical * (1 - self.size ** (-1 / 3))

    @property
    def status(self) -> str:
        """What was found, with the warnings it needs."""
        if self.escapes and self.strength < self.critical:
            told = (
                f"The spike lies between eigenvalues of the bulk, in a band of its own; above the bulk it would escape "
                f"from {self.critical:.4g} on"
            )
        elif self.escapes:
            told = "The spike escapes"
        else:
            told = f"The spike is lost in the bulk: it escapes beyond a strength of {self.critical:.4g}"
        if self.near_edge:
            told += (
                "; it is near the edge, where single draws of this N scatter across it (the transition is about "
                "N^(-1/3) wide): the overlap can be 15 % off, and further at the edge itself"
            )
        if not self.alone:
            told += (
                "; the bulk's own largest eigenvalue stands apart as well, as in a power law, so that the edge is that "
                "of a single eigenvalue's band"
            )
        return told + "."

    def __str__(self) -> str:
        spread = f" ± {self.deviation:.2g} from draw to draw" if self.escapes else ""
        rows = [
            ("strength", f"{self.strength:g}, N = {self.size}"),
            ("escapes", "yes" if self.escapes else "no"),
            ("position", f"{self.position:.5g}{spread}"),
            ("overlap", f"{self.overlap:.4g} (squared, of eigenvector and spike)"),
            ("critical", f"{self.critical:.5g}"),
            ("edge", f"{self.edge:.5g}"),
            ("status", self.status),
        ]
        return "\n".join(f"{name:10s}{value}" for name, value in rows)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "strength": self.strength,
            "size": self.size,
            "escapes": self.escapes,
            "position": self.position,
            "overlap": self.overlap,
            "critical": self.critical,
            "edge": self.edge,
            "deviation": self.deviation,
            "near_edge": self.near_edge,
            "status": self.status,
        }


def find_spike(bulk: np.ndarray, size: int, strength: float) -> Spike:
    """A spike over a bulk, seen through N features of variance 1/N, in the limit of large N.

    Against 200 draws at N = 300 over 600 eigenvalues in [.5, 1]: positions within 1 %, overlaps within 4 %.

    Args:
        bulk: Eigenvalues of the input covariance without the spike, shape (m,).
        size: N.
        strength: theta, in the units of the bulk.

    Returns:
        Whether the spike escapes, where it is, and its overlap.

    Raises:
        InputError: An eigenvalue or the strength is not between 1e-100 and 1e100, N is not from 1 to 10^9, or the
            strength is an eigenvalue of the bulk.

    >>> found = find_spike(np.linspace(0.5, 1, 600), 300, 3.0)
    >>> found.escapes, round(found.position, 3), round(found.overlap, 3)
    (True, 5.033, 0.45)
    """
    return follow_spike(bulk, size, [strength])[0]


def follow_spike(bulk: np.ndarray, size: int, strengths: Sequence[float]) -> list[Spike]:
    """Spikes of several strengths over one bulk, whose edge is worked out once; as `find_spike` otherwise.

    Args:
        bulk: Eigenvalues of the input covariance without the spike, shape (m,).
        size: N.
        strengths: Each theta, in the units of the bulk.

    Returns:
        A spike for each strength.

    Raises:
        InputError: As in `find_spike`.
    """
    values = _checked(bulk, size, strengths)
    top = float(values.max())
    critical = _critical(values, size, top)
    edge = psi(values, size, critical)
    # whether the bulk's largest eigenvalue, taken out of it, would itself be a spike over the rest
    rest = np.delete(values, int(np.argmax(values)))
    alone = not (rest.size and rest.max() < top and psi_slope(rest, size, top) > 0)
    found = []
    for strength in map(float, strengths):
        slope = psi_slope(values, size, strength)
        escapes = slope > 0
        position = psi(values, size, strength) if escapes else edge
        overlap = strength * slope / position if escapes else 0.0
        deviation = strength * (2 * slope / size) ** 0.5 if escapes else float("nan")
        found.append(Spike(strength, size, escapes, position, overlap, critical, edge, deviation, alone))
    return found


def _checked(bulk: np.ndarray, size: int, strengths: Sequence[float]) -> np.ndarray:
    """The bulk as an array, once everything is in range."""
    values = np.asarray(bulk, dtype=float)
    if not (values.ndim == 1 and values.size and np.all((values >= _SMALLEST) & (values <= _LARGEST))):
        raise InputError(
            "The bulk must be a list of eigenvalues between 1e-100 and 1e100; try np.linspace(0.5, 1, 600)."
        )
    if not 1 <= size <= _LARGEST_SIZE:
        raise InputError(f"N is {str(size)[:20]}, but a whole number from 1 to 10^9 is expected; try --size 300.")
    for strength in strengths:
        if not _SMALLEST <= strength <= _LARGEST:
            raise InputError(
                f"The strength is {strength:g}, but a number between 1e-100 and 1e100 is expected; try --strength 3."
            )
        if np.any(values == strength):
            raise InputError(
                f"The strength {strength:g} is an eigenvalue of the bulk, so that the two are one; try another "
                "strength."
            )
    return values


def psi(bulk: np.ndarray, size: int, strength: float) -> float:
    """Where an eigenvalue of its own would be: theta (1 + (1/N) sum_j lambda_j/(theta - lambda_j)), named psi.

    Args:
        bulk: Eigenvalues lambda, shape (m,).
        size: N.
        strength: theta, no eigenvalue of the bulk.

    Returns:
        Where an eigenvalue of its own would be.
    """
    return float(strength * (1 + np.sum(bulk / (strength - bulk)) / size))


def psi_slope(bulk: np.ndarray, size: int, strength: float) -> float:
    """psi'(theta) = 1 - (1/N) sum_j lambda_j^2/(theta - lambda_j)^2; arguments as in `psi`.

    Args:
        bulk: Eigenvalues lambda, shape (m,).
        size: N.
        strength: theta, no eigenvalue of the bulk.

    Returns:
        Above 0 where the spike escapes.
    """
    return float(1 - np.sum((bulk / (strength - bulk)) ** 2) / size)


def _critical(bulk: np.ndarray, size: int, top: float) -> float:
    """The root of psi' above the bulk, where psi' rises from minus infinity to 1."""
    low, high = top * (1 + 0.5 / size**0.5 * 1e-3), top * 2
    while psi_slope(bulk, size, low) > 0:
        low = top + (low - top) / 4
    while psi_slope(bulk, size, high) <= 0:
        high *= 2
    return float(brentq(lambda theta: psi_slope(bulk, size, theta), low, high, xtol=1e-14 * top, rtol=1e-13))


def spike_bulk(dim: int, s: float | None = None, bounds: str | None = None) -> np.ndarray:
    """The eigenvalues of a bulk: k^-(1+s), or evenly between two numbers.

    Args:
        dim: How many, 1 to 10^7.
        s: Spectral exponent; None is 1.
        bounds: "LOW:HIGH" for an even bulk, which s has no part in.

    Returns:
        Eigenvalues, shape (dim,).

    Raises:
        InputError: dim, s or the bounds are out of range.

    >>> spike_bulk(3, bounds="0.5:1")
    array([0.5 , 0.75, 1.  ])
    """
    if not 1 <= dim <= 10_000_000:
        raise InputError(f"dim is {dim}, but 1 to 10^7 eigenvalues are expected; try --dim 1000.")
    if bounds is None:
        return np.arange(1, dim + 1.0) ** -(1 + PowerLaw(1.0 if s is None else s, dim).s)
    try:
        low, high = (float(part) for part in bounds.split(":"))
    except ValueError:
        low, high = 0.0, 0.0
    if not 0 < low <= high < np.inf:
        raise InputError(f"The bulk is '{bounds[:40]}', but LOW:HIGH with 0 < LOW <= HIGH is expected; try 0.5:1.")
    return np.linspace(low, high, dim)
