"""Integrals and sums over a power-law spectrum as numbers, with a stated error, at any digits and late times.

Every range is cut into panels of the logarithm of its variable, widening away from the scale at which the integrand
bends, and each panel is halved until Gauss-Legendre on it and on its halves agree. (A quadrature rule stretched over
(0, 1) sees nothing of what happens at x ~ 1/T, and reports no error.)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
from mpmath import mpf

from ...errors import CheckError

Function = Callable[[Any], Any]
Number = Any  # mpmath.mpf or mpc: mpmath ships no types

_DEEPEST = 12
_ENDLESS = 80


@dataclass(frozen=True)
class Estimate:
    """A number and a bound on how far it may be off, both mpmath.mpf."""

    value: Number
    error: Number

    def __str__(self) -> str:
        return f"{mpmath.nstr(self.value, 15)} +- {mpmath.nstr(self.error, 2)}"

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(self.value + other.value, self.error + other.error)

    def agrees(self, other: Estimate) -> bool:
        """Whether the two lie within the sum of their errors."""
        return bool(abs(self.value - other.value) <= self.error + other.error)


@lru_cache(maxsize=32)
def _legendre(count: int, precision: int) -> tuple[tuple[Number, Number], ...]:
    """Nodes and weights of Gauss-Legendre on (-1, 1): float64 roots, sharpened by Newton at `precision` bits."""
    from numpy.polynomial.legendre import leggauss  # here, so that derivations print without numpy

    found = []
    with mpmath.workprec(precision + 20):
        for guess in leggauss(count)[0]:
            node = mpf(float(guess))
            settled = False
            while True:
                before, here = mpf(1), node
                for n in range(1, count):
                    before, here = here, ((2 * n + 1) * node * here - n * before) / (n + 1)
                slope = count * (before - node * here) / (1 - node * node)
                if settled:
                    break
                step = here / slope
                node -= step
                settled = abs(step) < mpf(2) ** -(precision // 2 + 10)  # the next step would be its square
            found.append((node, 2 / ((1 - node * node) * slope * slope)))
    return tuple(found)


def _gauss(function: Function, left: Number, right: Number) -> Number:
    middle, half = (left + right) / 2, (right - left) / 2
    rule = _legendre(10 + mpmath.mp.dps // 3, mpmath.mp.prec)
    return half * mpmath.fsum(weight * function(middle + half * node) for node, weight in rule)


def _halved(function: Function, left: Number, right: Number, whole: Number, wanted: Number, depth: int) -> Estimate:
    """The panel in two halves; each is halved on until the halves agree with their whole."""
    middle = (left + right) / 2
    parts = [(left, middle), (middle, right)]
    values = [_gauss(function, *part) for part in parts]
    change = abs(values[0] + values[1] - whole)
    if change <= wanted or depth == 0:
        return Estimate(values[0] + values[1], change)
    first, second = (
        _halved(function, *part, value, wanted, depth - 1) for part, value in zip(parts, values, strict=True)
    )
    return first + second


def panels(function: Function, edges: list[Number], tolerance: Number) -> Estimate:
    """integral of function from the first to the last edge, each panel to `tolerance` of their absolute sum."""
    pairs = list(itertools.pairwise(edges))
    first = [_gauss(function, *pair) for pair in pairs]
    wanted = sum(abs(value) for value in first) * tolerance / max(len(pairs), 1)
    total = Estimate(mpf(0), mpf(0))
    for pair, whole in zip(pairs, first, strict=True):
        total += _halved(function, *pair, whole, wanted, _DEEPEST)
    return total


def _widening(start: Number, end: Number) -> list[Number]:
    """Edges from start to end, the panels 1, 2, 4, ... wide."""
    edges, width, sign = [start], mpf(1), 1 if end > start else -1
    while abs(end - edges[-1]) > width:
        edges.append(edges[-1] + sign * width)
        width *= 2
    return [*edges, end] if end != edges[-1] else edges


def logarithmic(
    function: Function, start: Number, bend: Number, tolerance: Number, end: Number | None = None
) -> Estimate:
    """integral of function(v) over (start, end), v a logarithm; without an end it must fall exponentially.

    bend: where the function changes its behaviour; beyond it, it is taken to fall for good. An open range is cut
    where what is left, |f|/rate of decay, is below `tolerance`; that is part of the error.
    """
    bend = max(bend, start)
    if end is not None:
        bend = min(bend, end)
        early = _widening(bend, start)[::-1]
        return panels(function, early + _widening(bend, end)[1:], tolerance)
    edges = _widening(bend, start)[::-1]
    width = mpf(1)
    seen = sum(abs(_gauss(function, *pair)) for pair in itertools.pairwise(edges))
    for _ in range(_ENDLESS):
        edges.append(edges[-1] + width)
        seen += abs(_gauss(function, edges[-2], edges[-1]))
        last, before = abs(function(edges[-1])), abs(function(edges[-1] - width / 4))
        if last == 0 and before == 0:
            left = mpf(0)
        else:
            left = last * width / 4 / mpmath.log(before / last) if before > last > 0 else mpmath.inf
        if left <= seen * tolerance:
            inner = panels(function, edges, tolerance)
            return Estimate(inner.value, inner.error + 2 * left)
        width *= 2
    raise CheckError("An integral over an unbounded range does not settle; its integrand must fall as a power.")


def on_unit_interval(function: Function, scale: Number, tolerance: Number) -> Estimate:
    """integral of function(x) over (0, 1); below x = scale it must be close to a power of x."""

    def transformed(v: Number) -> Number:
        x = mpmath.exp(-v)
        return function(x) * x

    return logarithmic(transformed, mpf(0), -mpmath.log(scale), tolerance)


def over_modes(function: Function, scale: Number, tolerance: Number, last: Number | None = None) -> Estimate:
    """sum of function(k) over k = 1, 2, ... up to last (or without end), by Euler-Maclaurin.

    function: analytic about the positive axis, smooth in log k. scale: the k at which it bends.
    """
    first = 20 + 5 * mpmath.mp.dps
    if last is not None and last <= 4 * first:
        return Estimate(mpmath.fsum(function(mpf(k)) for k in range(1, int(last) + 1)), mpf(0))
    head = mpmath.fsum(function(mpf(k)) for k in range(1, first))

    def transformed(v: Number) -> Number:
        k = mpmath.exp(v)
        return function(k) * k

    end = None if last is None else mpmath.log(last)
    body = logarithmic(transformed, mpmath.log(mpf(first)), mpmath.log(scale), tolerance, end)
    total = Estimate(head, mpf(0)) + body + _end_of_sum(function, mpf(first), -1)
    return total if last is None else total + _end_of_sum(function, mpf(last), 1)


def _end_of_sum(function: Function, k: Number, side: int) -> Estimate:
    """f(k)/2 + side sum_j B_2j/(2j)! f^(2j-1)(k), with the derivatives from values on a circle around k."""
    radius, count = k / 6, 4 * (mpmath.mp.dps // 2)
    roots = [mpmath.expjpi(mpf(2 * m) / count) for m in range(count)]
    values = [function(k + radius * root) for root in roots]
    terms = [
        mpmath.bernoulli(n + 1)
        / (n + 1)
        * mpmath.re(mpmath.fsum(values[m] * mpmath.conj(roots[m * n % count]) for m in range(count)))
        / count
        / radius**n
        for n in range(1, count // 2, 2)
    ]
    # the values alias at radius^count; singularities are no closer than 0, so they are down by 6^-count
    alias = max(abs(value) for value in values) * mpf(6) ** -(count // 2)
    return Estimate(mpmath.re(function(k)) / 2 + side * mpmath.fsum(terms), 2 * max(map(abs, terms[-2:])) + alias)


def _hankel(order: Number, least: Number) -> Function:
    """H(w) sqrt(pi w/2) exp(-i (w - order pi/2 - pi/4)) for |w| >= least, a few tens, by its asymptotic series."""
    terms = [mpf(1)]
    while abs(terms[-1]) > mpmath.eps * least ** (len(terms) - 1):
        n = len(terms)
        terms.append(terms[-1] * (4 * order * order - (2 * n - 1) ** 2) / (8 * n))
    terms.reverse()
    return lambda w: mpmath.polyval(terms, mpmath.j / w)


def ringing(envelope: Function, order: Number, end: Number | None, scale: Number, tolerance: Number) -> Estimate:
    """integral of envelope(w) J_order(w)^2 over (0, end), or (0, oo), however often it oscillates.

    Beyond a few tens the square is (|H|^2 + Re H^2)/2 with the Hankel function H: the first part does not oscillate,
    and the path of the second turns by 45 degrees into the upper half plane, where it falls as exp(-sqrt(2) |w|).
    envelope: analytic for Re w > 0, a power of w times at most exp(-w^2/scale^2).
    """
    turn = 10 + order * order + mpf(4) / 3 * mpmath.mp.dps  # from here on the series of H has full precision

    def direct(v: Number) -> Number:
        w = mpmath.exp(-v)
        return envelope(w) * mpmath.besselj(order, w) ** 2 * w

    if end is not None and end <= 2 * turn:
        return logarithmic(direct, -mpmath.log(end), mpf(0), tolerance)
    head = logarithmic(direct, -mpmath.log(turn), mpf(0), tolerance)

    modulus = _hankel(order, turn)

    def smooth(v: Number) -> Number:
        w = mpmath.exp(v)
        return envelope(w) * abs(modulus(w)) ** 2 / mpmath.pi

    last = None if end is None else mpmath.log(end)
    body = logarithmic(smooth, mpmath.log(turn), mpmath.log(scale), tolerance, last)
    total = head + body + _turned(envelope, order, turn, tolerance)
    if end is None:
        return total
    far = _turned(envelope, order, end, tolerance)
    return total + Estimate(-far.value, far.error)


def _turned(envelope: Function, order: Number, start: Number, tolerance: Number) -> Estimate:
    """Re integral of envelope H^2/2 from start to infinity, along start + rho exp(i pi/4)."""
    direction = mpmath.expjpi(mpf(1) / 4)
    with mpmath.extradps(int(mpmath.log10(start)) + 1):
        phase = mpmath.exp(2j * start) * mpmath.expjpi(-order - mpf(1) / 2)

    shape = _hankel(order, start)

    def falling(rho: Number) -> Number:
        w = start + rho * direction
        return envelope(w) / (mpmath.pi * w) * shape(w) ** 2 * mpmath.exp(2j * rho * direction)

    reach = int(-mpmath.log(tolerance) / mpmath.sqrt(2)) + 2
    found = panels(falling, [mpf(rho) for rho in range(0, reach + 4, 4)], tolerance)
    return Estimate(mpmath.re(phase * direction * found.value), found.error + abs(falling(mpf(reach))))
