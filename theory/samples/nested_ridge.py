"""The scale kappa of N random features nested in n samples, and the edges of the spectrum that it gives.

    zeta = kappa (1 - df_1(kappa)/N) (1 - df_1(kappa)/n)

maps kappa to minus the argument of the resolvent of the sample Gram matrix F'F/n, zeta = -x (features of variance
1/N; N or n may be infinite). On the axis below zero, kappa = -xi, its slope is positive exactly in the gaps of the
spectrum: x(xi) = -zeta(-xi) rises through each gap from the edge below it to the edge above it.
Source: the two-point deterministic equivalent of ridge resolvents (e.g. Atanasov, Zavatone-Veth and Pehlevan 2024),
nested over N and n.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from ..gram import degrees_of_freedom, follow, outlier_push, resolved_scale
from ..problems import Modes

_SAME = 1e-7  # scales this close, relatively, are one
_FAR = 0.1  # relative distance of scales from which differences must keep their digits
_KEPT = 1e-9  # relative error that a difference may have


@dataclass(frozen=True)
class _Functions:
    """Functions of one scale that pairs are made of: x, omega, g, omega df_1/n, and both pairs where scales are one.

    Each of shape (m,).
    """

    x: np.ndarray
    omega: np.ndarray
    g: np.ndarray
    learned: np.ndarray
    signal: np.ndarray
    fitted: np.ndarray


@dataclass(frozen=True)
class NestedScale:
    """The scale of N = features nested in that of n = samples.

    Attributes:
        modes: accurate for sizes up to min(N, n).
        features: N, which may be infinite.
        samples: n, which may be infinite.
    """

    modes: Modes
    features: float
    samples: float

    def zeta(self, kappa: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """zeta/kappa and d zeta/d kappa, each of kappa's shape (m,)."""
        one, two = degrees_of_freedom(kappa, self.modes)
        (left, bend), right = self.through(one), 1 - one / self.samples
        return left * right, left * right + (one - two) * (bend * right / self.features + left / self.samples)

    def through(self, one: np.ndarray) -> tuple[np.ndarray, np.ndarray | float]:
        """omega/kappa, 1 - p at p = df_1/N, and minus its derivative in p; `one` is df_1, shape (m,)."""
        return 1 - one / self.features, 1.0

    def equation(self, log_kappa: np.ndarray, zeta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """zeta(kappa) - zeta and its derivative in log kappa."""
        kappa = np.exp(log_kappa)
        ratio, slope = self.zeta(kappa)
        return kappa * ratio - zeta, kappa * slope

    def at(self, x: np.ndarray) -> np.ndarray:
        """kappa at zeta = -x for x in the upper half plane, shape (m,)."""
        trace = np.sum(self.modes.weights * self.modes.eigenvalues)
        return follow(self.equation, x, np.log(np.abs(x) + trace / min(self.features, self.samples)))

    def gap(self, kappa_0: float, more: float) -> float:
        """The smallest nonzero eigenvalue in the limit: the largest -zeta below kappa_0, where d zeta/d kappa = 0.

        kappa_0: df_1 = min(N, n) there, 0 where both exceed the rank; more: max(N, n), not equal to min(N, n).
        """
        if kappa_0 == 0:  # the gap lies beyond kappa = 0, before -kappa reaches the smallest eigenvalue
            smallest = float(self.modes.eigenvalues[self.modes.eigenvalues > 0].min())
            end = self._exhausted(0.0, smallest)
            return self.position(float(brentq(self.slope, 0.0, end, xtol=1e-12 * end)))

        def slope(log_kappa: float) -> float:
            return self.slope(-math.exp(log_kappa))

        low = resolved_scale(self.modes, more) if more < self.modes.rank else kappa_0 / 4
        while slope(math.log(low)) > 0:
            low /= 4
        kappa = math.exp(brentq(slope, math.log(low), math.log(kappa_0), xtol=1e-12))
        return self.position(-kappa)

    def position(self, xi: float) -> float:
        """x(xi) = -zeta(-xi)."""
        return xi * float(self.zeta(np.array([-xi]))[0][0])

    def slope(self, xi: float) -> float:
        """dx/d xi: positive in the gaps of the spectrum."""
        return float(self.zeta(np.array([-xi]))[1][0])

    def top(self) -> tuple[float, float, bool]:
        """Right end for a contour around the bulk, largest eigenvalue, and whether a gap lies between it and the rest.

        Where a gap does, the end lies in it, and the largest eigenvalue is lambda_1 pushed up by all others,
        lambda_1 (1 + push/N) (1 + push/n), push = sum_{k>1} lambda_k/(lambda_1 - lambda_k): x(lambda_1) without it.
        """
        values = self.modes.eigenvalues
        first, second = float(values[0]), float(values[1]) if len(values) > 1 else 0.0
        if second < first * (1 - 1e-9):
            span = first - second
            best = minimize_scalar(
                lambda xi: -self.slope(xi),
                bounds=(second + 1e-6 * span, self._exhausted(second + 1e-6 * span, first)),
                method="bounded",
                options={"xatol": 1e-6 * span},
            )
            if best.fun < 0:
                push = outlier_push(self.modes)
                through = float(self.through(np.array([-push]))[0][0])
                largest = first * through * (1 + push / self.samples)
                return self.position(float(best.x)), largest, True
        high = 2 * first
        while self.slope(high) < 0:
            high *= 2
        largest = self.position(float(brentq(self.slope, first * (1 + 1e-12), high)))
        return 1.01 * largest, largest, False

    def _exhausted(self, low: float, high: float) -> float:
        """xi between low and the eigenvalue `high` where df_1(-xi) = min(N, n): x(xi) means nothing between the two."""
        fewer = min(self.features, self.samples)

        def excess(xi: float) -> float:
            return float(degrees_of_freedom(np.array([-xi]), self.modes)[0][0]) - fewer

        return float(brentq(excess, low, high * (1 - 1e-12), xtol=1e-14 * high))

    def beyond(self) -> float:
        """A point above the spectrum: x(xi) = -zeta(-xi) is convex there, so a rising one will do."""
        xi = 2 * float(self.modes.eigenvalues[0])
        while self.slope(xi) <= 0:
            xi *= 2
        return self.position(xi)

    def pairs(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P/(1 - D/n) and (D/n)/(1 - D/n) at every pair of scales, shape (m, m).

        Divided differences of functions of one scale, at x = -zeta(kappa): with omega = kappa (1 - df_1/N) and
        g = kappa sum E/(lambda + kappa),

            (omega_2 g_1 - omega_1 g_2)/(x_1 - x_2)   and   -(omega_1 df_1(1) - omega_2 df_1(2))/(n (x_1 - x_2)),

        and derivatives where the two are one. Cost O(m modes + m^2); by `pairs_by_sums` where the differences cancel
        (targets of r > 1 + s at large sizes). Source: derived here from the sums, which are such differences.
        """
        one, two = self._functions(first), self._functions(second)
        apart = one.x[:, None] - two.x
        same = np.abs(apart) < _SAME * (np.abs(one.x)[:, None] + np.abs(two.x)) + np.finfo(float).tiny
        far = np.abs(apart) > _FAR * (np.abs(one.x)[:, None] + np.abs(two.x))
        apart = np.where(same, 1.0, apart)
        terms = np.outer(one.g, two.omega), np.outer(one.omega, two.g)
        signal = terms[0] - terms[1]
        if np.any(_KEPT * np.abs(signal[far]) < np.finfo(float).eps * np.abs(terms[0][far])):
            return self.pairs_by_sums(first, second)
        signal /= apart
        learned = (two.learned - one.learned[:, None]) / apart
        signal = np.where(same, one.signal[:, None], signal)
        return signal, np.where(same, one.fitted[:, None], learned)

    def _functions(self, kappa: np.ndarray) -> _Functions:
        """The functions at kappa, shape (m,)."""
        modes = self.modes
        left = 1 / (modes.eigenvalues + kappa[:, None])
        share = modes.eigenvalues * left
        one, two = share @ modes.weights, (share * share) @ modes.weights
        resolvent, slope = left @ (modes.weights * modes.energies), (share * left) @ (modes.weights * modes.energies)
        (spare, bend), rest = self.through(one), 1 - one / self.samples
        omega, g = kappa * spare, kappa * resolvent
        turn = spare * rest + (one - two) * (bend * rest / self.features + spare / self.samples)  # -dx/dkappa
        change = spare + (one - two) * bend / self.features  # d omega/dkappa
        falls = (change * one - spare * (one - two)) / self.samples  # d (omega df_1/n)/dkappa
        return _Functions(
            -omega * rest, omega, g, omega * one / self.samples, (change * g - omega * slope) / turn, falls / turn
        )

    def pairs_by_sums(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What `pairs` gives, by sums over modes in which nothing cancels. Cost O(m^2 modes)."""
        weights, values, energies = self.modes.weights, self.modes.eigenvalues, self.modes.energies
        one = 1 / (values + first[:, None])
        two = (1 / (values + second[:, None])).T
        shared = (one * (weights * values**2)) @ two
        signal = (one * (weights * energies)) @ two
        learned = shared
        if math.isfinite(self.features):
            cross = (one * (weights * values)) @ two
            through, learned = self.through_features(first, second, cross, shared)
            signal += (one * (weights * energies * values)) @ two * through
        rest = 1 - learned / self.samples
        return np.outer(first, second) * signal / rest, learned / self.samples / rest

    def through_features(
        self, first: np.ndarray, second: np.ndarray, cross: np.ndarray, shared: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What finitely many features add per unit of sum E lambda R_1 R_2, and D, shape (m, m) each.

        cross, shared: sums of lambda R_1 R_2 and lambda^2 R_1 R_2, R = 1/(lambda + kappa), shape (m, m).
        """
        left, right = degrees_of_freedom(first, self.modes)[0], degrees_of_freedom(second, self.modes)[0]
        learned = shared * (1 - right / self.features) + (first * left)[:, None] * cross / self.features
        return cross / (self.features - shared), learned / (1 - shared / self.features)
