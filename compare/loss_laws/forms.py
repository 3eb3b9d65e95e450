"""Forms of a scaling law: log L as a function of its parameters, with first and second derivatives.

    power        L = A N^-alpha
    offset       L = E + A N^-alpha
    shared       L = A_g N^-alpha             one alpha, one A for each group g
    chinchilla   L = E + A N^-alpha + B D^-beta
    broken       L = A N^-a (1 + (N/N_break)^(1/w))^(-(alpha - a) w)
    broken-offset  the same above a floor E; any form also above a floor that is given (`Floored`)

The first four are sums of powers, so log L is a log-sum-exp of linear functions of theta = (log E, log A, alpha, ...):
smooth, with E and A positive by construction. Broken laws are those of Caballero et al. (2023) with one break; alpha
is the exponent above it, a the one below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ...errors import InputError

EXPONENTS = (0.0, 6.0)  # range of an exponent beside an offset; a power law alone may also rise
WIDTH = 0.25  # of a break, in units of log N: from 10 to 90 % of the change within a factor 3


class LawForm(Protocol):
    """What the solver needs to know of a form for given points."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of theta."""
        ...

    @property
    def logarithmic(self) -> tuple[bool, ...]:
        """Whether theta holds the parameter's logarithm."""
        ...

    @property
    def main(self) -> int:
        """Index of alpha."""
        ...

    @property
    def low(self) -> np.ndarray:
        """Lower bounds of theta, shape (p,)."""
        ...

    @property
    def high(self) -> np.ndarray:
        """Upper bounds of theta, shape (p,)."""
        ...

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log L, shape (B, n), and its gradient, shape (B, n, p), at theta of shape (B, p)."""
        ...

    def curvature(self, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """sum_i weights_i Hessian(log L_i), shape (B, p, p), for weights of shape (B, n)."""
        ...

    def starts(self, y: np.ndarray) -> np.ndarray:
        """Cold starts for log losses y, shape (S, p)."""
        ...


@dataclass(frozen=True, eq=False)
class SumOfPowers:
    """log L = log sum_j exp(design_j theta).

    Attributes:
        names: of theta.
        logarithmic: whether theta holds the parameter's logarithm.
        main: index of alpha.
        low, high: bounds of theta, shape (p,).
        design: shape (terms, n, p).
        grid: starting exponents and shares of the offset, shape (S, 1 + powers): the prefactors that go with them are
            found from the data.
    """

    names: tuple[str, ...]
    logarithmic: tuple[bool, ...]
    main: int
    low: np.ndarray
    high: np.ndarray
    design: np.ndarray
    grid: np.ndarray

    def _shares(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log L, shape (B, n), and each term's share of L, shape (terms, B, n)."""
        terms = np.stack([theta @ block.T for block in self.design])
        top = terms.max(axis=0)
        powers = np.exp(terms - top)
        total = powers.sum(axis=0)
        return top + np.log(total), powers / total

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As in LawForm."""
        value, shares = self._shares(theta)
        if len(shares) == 1:
            return value, np.broadcast_to(self.design[0], (*value.shape, theta.shape[1]))
        slope = np.zeros((*value.shape, theta.shape[1]))
        for share, block in zip(shares, self.design, strict=True):
            for k in np.flatnonzero(np.any(block != 0, axis=0)):
                slope[..., k] += share * block[:, k]
        return value, slope

    def curvature(self, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """sum_i c_i (sum_j share_ij u_j u_j' - g g'), which is positive for positive weights: log L is convex."""
        count = theta.shape[1]
        if len(self.design) == 1:
            return np.zeros((len(theta), count, count))
        _, shares = self._shares(theta)
        slope = self.evaluate(theta)[1]
        total = -np.matmul(np.swapaxes(slope * weights[..., None], 1, 2), slope)
        for share, block in zip(shares, self.design, strict=True):
            outer = (block[:, :, None] * block[:, None, :]).reshape(len(block), -1)
            total += ((weights * share) @ outer).reshape(-1, count, count)
        return total

    def starts(self, y: np.ndarray) -> np.ndarray:
        """Each start has the grid's exponents and shares of L at the middle point; the prefactors follow."""
        count = self.design.shape[2]
        exponent = [k for k, log in enumerate(self.logarithmic) if not log]
        prefactor = [k for k, log in enumerate(self.logarithmic) if log]
        made = np.zeros((len(self.grid), count))
        made[:, exponent] = self.grid[:, : len(exponent)]
        shares = self.grid[:, len(exponent) :]
        for j, block in enumerate(self.design):
            part = y + np.log(shares[:, j, None]) - made @ block.T
            for k in prefactor:
                rows = block[:, k] != 0
                if rows.any():
                    made[:, k] = np.median(part[:, rows], axis=1)
        return np.clip(made, self.low, self.high)


@dataclass(frozen=True, eq=False)
class BrokenPower:
    """log L = log A - a x - (alpha - a) h, h = w log(1 + exp((x - b)/w)), x = log N, b = log N_break, w fixed.

    Attributes:
        x: log N, shape (n,).
        low, high: bounds of theta, shape (4,).
        width: w.
        names: of theta.
        logarithmic: whether theta holds the parameter's logarithm.
        main: index of alpha.
    """

    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    width: float = WIDTH
    names: tuple[str, ...] = ("A", "alpha_below", "alpha", "N_break")
    logarithmic: tuple[bool, ...] = (True, False, False, True)
    main: int = 2

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As in LawForm."""
        h, past = self._ramp(theta)
        prefactor, below, above = theta[:, :1], theta[:, 1:2], theta[:, 2:3]
        value = prefactor - below * self.x - (above - below) * h
        return value, np.stack([np.ones_like(h), h - self.x, -h, (above - below) * past], axis=-1)

    def curvature(self, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """As in LawForm; only the break enters beyond first order."""
        _, past = self._ramp(theta)
        total = np.zeros((len(theta), 4, 4))
        mixed = np.sum(weights * past, axis=1)
        total[:, 1, 3] = total[:, 3, 1] = -mixed
        total[:, 2, 3] = total[:, 3, 2] = mixed
        total[:, 3, 3] = -(theta[:, 2] - theta[:, 1]) / self.width * np.sum(weights * past * (1 - past), axis=1)
        return total

    def starts(self, y: np.ndarray) -> np.ndarray:
        """A break at each of 12 places, with the two slopes that least squares gives it."""
        made = []
        for place in np.linspace(self.low[3], self.high[3], 12):
            bare = np.array([[0.0, 0.0, 0.0, place]])
            h = self._ramp(bare)[0][0]
            basis = np.stack([np.ones_like(h), h - self.x, -h], axis=1)
            made.append([*np.linalg.lstsq(basis, y, rcond=None)[0], place])
        return np.array(made)

    def _ramp(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """h and dh/dx, shape (B, n)."""
        u = (self.x - theta[:, 3:4]) / self.width
        h = self.width * np.logaddexp(0.0, u)
        return h, 0.5 * (1 + np.tanh(u / 2))


@dataclass(frozen=True, eq=False)
class Floored:
    """log L = log(E + exp(base)): any law above a floor. theta: log E, then the base's; or the base's with E given.

    pinned: log E where it is known, else None.
    """

    base: LawForm
    least: float
    most: float
    pinned: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """As in LawForm."""
        return self.base.names if self.pinned is not None else ("E", *self.base.names)

    @property
    def logarithmic(self) -> tuple[bool, ...]:
        """As in LawForm."""
        return self.base.logarithmic if self.pinned is not None else (True, *self.base.logarithmic)

    @property
    def main(self) -> int:
        """As in LawForm."""
        return self.base.main + (self.pinned is None)

    @property
    def low(self) -> np.ndarray:
        """As in LawForm."""
        return self.base.low if self.pinned is not None else np.concatenate([[self.least], self.base.low])

    @property
    def high(self) -> np.ndarray:
        """As in LawForm."""
        return self.base.high if self.pinned is not None else np.concatenate([[self.most], self.base.high])

    def _parts(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Theta of the base, log L, the base's share of L, and the base's gradient."""
        inner = theta if self.pinned is not None else theta[:, 1:]
        level, slope = self.base.evaluate(inner)
        floor = np.full((len(theta), 1), self.pinned) if self.pinned is not None else theta[:, :1]
        value = np.logaddexp(floor, level)
        return inner, value, np.exp(level - value), slope

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As in LawForm."""
        _, value, share, slope = self._parts(theta)
        inner = share[..., None] * slope
        if self.pinned is not None:
            return value, inner
        return value, np.concatenate([(1 - share)[..., None], inner], axis=-1)

    def curvature(self, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """As in LawForm: share times the base's, and share (1 - share) u u' with u the difference of slopes."""
        inner, _, share, slope = self._parts(theta)
        bend = self.base.curvature(inner, weights * share)
        apart = slope
        if self.pinned is None:
            apart = np.concatenate([np.full((*share.shape, 1), -1.0), slope], axis=-1)
            bend = np.pad(bend, ((0, 0), (1, 0), (1, 0)))
        mixed = (weights * share * (1 - share))[..., None] * apart
        return np.asarray(bend + np.matmul(np.swapaxes(mixed, 1, 2), apart))

    def starts(self, y: np.ndarray) -> np.ndarray:
        """The base's starts for the losses above floors at several shares of the smallest loss."""
        least = float(y.min())
        levels = [least + np.log(share) for share in (0.01, 0.5, 0.8, 0.95)] if self.pinned is None else [self.pinned]
        made = []
        for level in levels:
            above = np.log(np.maximum(np.exp(y) - np.exp(level), 1e-3 * np.exp(least)))
            inner = self.base.starts(above)
            made.append(inner if self.pinned is not None else np.column_stack([np.full(len(inner), level), inner]))
        return np.clip(np.concatenate(made), self.low, self.high)


def broken_floor_law(x: np.ndarray, y: np.ndarray) -> Floored:
    """One break above a floor E."""
    return Floored(broken_law(x), float(y.min()) - 20.0, float(y.max()))


def pinned_law(base: LawForm, floor: float) -> Floored:
    """A law above a floor that is known."""
    return Floored(base, 0.0, 0.0, float(np.log(floor)))


def moved(law: LawForm, x: np.ndarray) -> LawForm:
    """A law in size alone at other points; its parameters mean the same.

    Args:
        law: of some points.
        x: log N of the others, shape (n,).

    Returns:
        The law at x.

    Raises:
        InputError: for a law in size and tokens.
    """
    if isinstance(law, Floored):
        return replace(law, base=moved(law.base, x))
    if isinstance(law, BrokenPower):
        return replace(law, x=x)
    if isinstance(law, SumOfPowers) and law.names in (("A", "alpha"), ("E", "A", "alpha")):
        zeros, ones = np.zeros_like(x), np.ones_like(x)
        if len(law.names) == 2:
            return replace(law, design=np.stack([ones, -x], 1)[None])
        return replace(law, design=np.stack([np.stack([ones, zeros, zeros], 1), np.stack([zeros, ones, -x], 1)]))
    raise InputError("A law in size and tokens is no curve in size alone; give tokens as well.")


def power_law(x: np.ndarray) -> SumOfPowers:
    """L = A N^-alpha.

    Args:
        x: log N, shape (n,).

    Returns:
        The form at these points.
    """
    return shared_law(x, np.zeros(len(x), int), ("A",))


def shared_law(x: np.ndarray, group: np.ndarray, names: tuple[str, ...]) -> SumOfPowers:
    """L = A_g N^-alpha; group: index of each point's prefactor, names: of the prefactors."""
    count = len(names)
    block = np.zeros((len(x), count + 1))
    block[np.arange(len(x)), group] = 1.0
    block[:, count] = -x
    return SumOfPowers(
        names=(*names, "alpha"),
        logarithmic=(True,) * count + (False,),
        main=count,
        low=np.full(count + 1, -np.inf),
        high=np.full(count + 1, np.inf),
        design=block[None],
        grid=np.array([[0.0, 1.0]]),
    )


def offset_law(x: np.ndarray, y: np.ndarray) -> SumOfPowers:
    """L = E + A N^-alpha; E is at least e^-20 of the smallest loss, which stands for none.

    Args:
        x: log N, shape (n,).
        y: log L, shape (n,), which bounds E.

    Returns:
        The form at these points.
    """
    zeros, ones = np.zeros_like(x), np.ones_like(x)
    least = float(y.min())
    grid = [(a, e, 1 - e) for a in (0.05, 0.15, 0.3, 0.5, 0.8, 1.3, 2.5) for e in (0.01, 0.3, 0.7, 0.95)]
    return SumOfPowers(
        names=("E", "A", "alpha"),
        logarithmic=(True, True, False),
        main=2,
        low=np.array([least - 20.0, -np.inf, EXPONENTS[0]]),
        high=np.array([float(y.max()), np.inf, EXPONENTS[1]]),
        design=np.stack([np.stack([ones, zeros, zeros], 1), np.stack([zeros, ones, -x], 1)]),
        grid=np.array(grid),
    )


def chinchilla_law(x: np.ndarray, tokens: np.ndarray, y: np.ndarray) -> SumOfPowers:
    """L = E + A N^-alpha + B D^-beta, x = log N, tokens = log D."""
    zeros, ones = np.zeros_like(x), np.ones_like(x)
    exponents = (0.1, 0.3, 0.5, 0.9)
    shares = ((0.1, 0.45, 0.45), (0.6, 0.2, 0.2), (0.8, 0.05, 0.15))
    grid = [(a, b, *share) for a in exponents for b in exponents for share in shares]
    low, high = float(y.min()) - 20.0, float(y.max())
    return SumOfPowers(
        names=("E", "A", "alpha", "B", "beta"),
        logarithmic=(True, True, False, True, False),
        main=2,
        low=np.array([low, -np.inf, EXPONENTS[0], -np.inf, EXPONENTS[0]]),
        high=np.array([high, np.inf, EXPONENTS[1], np.inf, EXPONENTS[1]]),
        design=np.stack(
            [
                np.stack([ones, zeros, zeros, zeros, zeros], 1),
                np.stack([zeros, ones, -x, zeros, zeros], 1),
                np.stack([zeros, zeros, zeros, ones, -tokens], 1),
            ]
        ),
        grid=np.array(grid),
    )


def broken_law(x: np.ndarray, width: float = WIDTH) -> BrokenPower:
    """One break, between the second smallest and the second largest size, so that both sides hold points."""
    inside = np.unique(x)
    free = np.inf
    return BrokenPower(
        x, np.array([-free, -free, -free, inside[1]]), np.array([free, free, free, inside[-2]]), width=width
    )
