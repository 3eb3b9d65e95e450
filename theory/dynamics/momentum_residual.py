"""What momentum leaves of a mode: h_T at eigenvalue x, exactly, for any number of steps.

    heavy ball   h_{t+1} = h_t - eta x h_t + m (h_t - h_{t-1})                     m = beta, or 1 - delta/t scheduled
    Nesterov     h_{t+1} = (1 - eta x) (h_t + (1 - delta/t) (h_t - h_{t-1}))

Scheduled momentum is max(0, 1 - delta/t), t = 1, 2, .... Once it is positive, n h_n is linear in h_{n-1} and h_{n-2}
with coefficients linear in n, so contour integrals of F(z) z^(-n-1) solve it, F = (1 - mu z)^-e (1 - nu z)^-e', with
mu and nu the roots of the recursion at n = infinity, and e + e' = 2 - delta:

    heavy ball   mu + nu = 2 - eta x, mu nu = 1,     e = 1 - delta (1 - nu)/(mu - nu)
    Nesterov     mu + nu = 2 mu nu = 2 (1 - eta x),  e = e' = 1 - delta/2

From 1/mu to infinity the integral is mu^n V(n), V(n) = int_0^inf e^(-n u) (e^u - 1)^-e (1 - (nu/mu) e^u)^-e' du;
from 1/mu to 1/nu it is the solution that is regular where n |mu - nu| is small, mu^(n+1) 2F1(n+1, 1-e; delta; 1-mu/nu).
The first steps are taken one by one, and what follows is the combination that continues them. So any T costs the same.
Sources: Darboux (1878) for coefficients of such F; the recursion for the residual is that of Su, Boyd and Candes (2014)
and Velikanov and Yarotsky (2024), whose Bessel function is the limit of small eta x.
"""

from __future__ import annotations

import numpy as np
from scipy.special import bernoulli, loggamma

from ...errors import InputError
from .momentum_schedules import Momentum, Schedule, schedule_of

_FIRST = 64  # steps taken one by one, more where delta is large
_TERMS = 18  # of the series of V in 1/n
_FAR = 30.0  # w = n |log(mu/nu)|/2 from which that series is used; its last term is then 1e-15
_NEAR = 4.0  # w up to which the series of 2F1 is used; it loses e^w
_WAVES = 8.0  # w, less the order (delta - 1)/2 of the Bessel function, from which |A| is an envelope
_STEP = 0.25  # trapezoid step in log u: exp(-2 pi (pi/2)/0.25) of the integrand on a strip nearly pi wide
_SLOWEST = 1e-12  # eta x times steps taken one by one below which the singular solution is left out
_FASTEST = 12.0  # largest |Im e|: V loses the factor exp(pi |Im e|/2) in digits


def recursion(method: Momentum, rate: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """h step by step.

    Args:
        method: the momentum method.
        rate: eta x, shape (m,).
        steps: T, whole numbers, shape (t,).

    Returns:
        h at each of `steps`, shape (t, m).

    Raises:
        InputError: where delta has no number.
    """
    return _recursion(schedule_of(method), rate, steps)


def _recursion(schedule: Schedule, rate: np.ndarray, steps: np.ndarray) -> np.ndarray:
    wanted = np.asarray(steps, dtype=int)
    result = np.empty((len(wanted), len(rate)))
    now = before = np.ones_like(rate)
    for t in range(int(np.max(wanted, initial=0)) + 1):
        result[wanted == t] = now
        move = schedule.momentum(t) * (now - before)
        at = now + move if schedule.extrapolated else now
        now, before = now + move - rate * at, now
    return result


def residual(method: Momentum, rate: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """h at each of `steps`.

    Absolute error about 1e-10 plus rounding of the phase, 1e-16 T sqrt(rate) (tests compare with multiprecision steps).
    Cost: about 64 steps, then some 100 complex operations a mode and T.

    Args:
        method: the momentum method.
        rate: eta x, 0 < rate < step_limit, shape (m,).
        steps: T, whole numbers of any size, shape (t,).

    Returns:
        h, shape (t, m).

    Raises:
        InputError: where delta has no number, or is out of range.
    """
    return np.real(oscillation(method, rate, steps)[0])


def oscillation(method: Momentum, rate: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """h = Re A, and how fast A^2 turns, d arg(A^2)/d log(eta x), both of shape (t, m).

    So the mean of h^2 over log(eta x) in a bin of width d is |A|^2/2 + Re(A^2)/2 sin(v)/v with v = d turning/2. Turning
    is 0 (and A^2 not to be averaged so) where the mode does not oscillate, is slow, or is still stepped one by one.
    """
    rate = np.asarray(rate, dtype=float)
    count = np.asarray(steps, dtype=float)
    schedule = schedule_of(method)
    if schedule.delta is None:
        constant = _constant(schedule.momentum(0), rate, count[:, None])
        return constant, np.zeros(constant.shape)
    first = max(_FIRST, int(8 * schedule.delta))
    amplitude = np.empty((len(count), len(rate)), dtype=complex)
    turning = np.zeros((len(count), len(rate)))
    early = count <= first
    if np.any(early):
        amplitude[early] = _recursion(schedule, rate, count[early])
    if not np.all(early):
        amplitude[~early], phase = _Continued(schedule, schedule.delta, rate, first).at(count[~early])
        slope = schedule.frequency(phase / count[~early][:, None])
        turning[~early] = np.where(phase > _WAVES + (schedule.delta - 1) / 2, slope * count[~early][:, None], 0.0)
    return amplitude, turning


class _Continued:
    """h beyond `first` steps. Modes: oscillating (mu and nu conjugate) or, for Nesterov with eta x > 1, not."""

    def __init__(self, schedule: Schedule, delta: float, rate: np.ndarray, first: int) -> None:
        self.delta, self.first = delta, first
        rate = np.where(rate == 1, 1 - 1e-15, rate)  # Nesterov's mu = nu = 0 there
        self.log_mu, self.log_nu, self.e, self.e2 = _roots(schedule, delta, rate)
        if np.max(np.abs(self.e.imag), initial=0.0) > _FASTEST:
            raise InputError(
                f"eta x reaches {np.max(rate):.3g}, where a scheduled heavy ball with delta = {delta:g} grows by more "
                "than 1e15 before it falls; try eta = 2."
            )
        self.plain = self.log_mu.imag == 0
        self.pace = np.abs(self.log_mu - self.log_nu) / 2
        self.far = 2 * _FAR + 8 * float(np.max(np.abs(self.e), initial=1.0))
        start = _recursion(schedule, rate, np.array([first, first - 1]))
        self.start = np.where(np.abs(start[0]) + np.abs(start[1]) < 1e-250, 0.0, start)
        slow = ~self.plain & (self.pace * first < _NEAR)
        self.regular = np.zeros(len(rate))  # h = regular R + Re(c mu^(n - first) V(n))
        self.c = np.zeros(len(rate), dtype=complex)
        self.other = np.zeros(len(rate))  # for modes that do not oscillate: the part with nu
        self.joined = np.zeros(len(rate), dtype=complex)  # R as Re(joined mu^(n - first) V(n))
        self.slow, self.stiff = slow, rate * first < _SLOWEST
        self._match_fast(np.flatnonzero(~slow & ~self.plain))
        self._match_plain(np.flatnonzero(self.plain))
        self._match_slow(np.flatnonzero(slow))

    def _solution(self, n: np.ndarray, j: np.ndarray, swapped: bool = False) -> np.ndarray:
        """mu^(n - first) V(n) of modes j (with mu and nu swapped where told), shape of j."""
        mu, nu, e, e2 = self.log_mu, self.log_nu, self.e, self.e2
        if swapped:
            mu, nu, e, e2 = nu, mu, e2, e
        value = np.empty(len(n), dtype=complex)
        far = np.abs(-np.expm1(nu - mu))[j] * n > self.far
        if np.any(far):
            modes, which = np.unique(j[far], return_inverse=True)
            front, terms = _series((nu - mu)[modes], e[modes], e2[modes])
            total = np.zeros(len(which), dtype=complex)
            for term in terms[::-1]:
                total = total / n[far] + term[which]
            value[far] = np.exp(front[which] + (e[modes][which] - 1) * np.log(n[far])) * total
        close = j[~far]
        value[~far] = _tail_integral(n[~far], (nu - mu)[close], e[close], e2[close])
        return np.exp((n - self.first) * mu[j]) * value

    def _match_fast(self, j: np.ndarray) -> None:
        one = self._solution(np.full(len(j), float(self.first)), j)
        two = self._solution(np.full(len(j), self.first - 1.0), j)
        self.c[j] = _real_parts(one, two, self.start[0, j], self.start[1, j])

    def _match_plain(self, j: np.ndarray) -> None:
        at = [np.full(len(j), float(self.first)), np.full(len(j), self.first - 1.0)]
        a, b = (np.real(self._solution(n, j)) for n in at)
        p, q = (np.real(self._solution(n, j, swapped=True)) for n in at)
        determinant = a * q - b * p
        self.c[j] = (self.start[0, j] * q - self.start[1, j] * p) / determinant
        self.other[j] = (a * self.start[1, j] - b * self.start[0, j]) / determinant

    def _match_slow(self, j: np.ndarray) -> None:
        # constants between the two forms of R, from two places where both converge: contours deform at any real n
        far, less = _NEAR / self.pace[j], 0.6 * _NEAR / self.pace[j]
        self.joined[j] = _real_parts(
            self._solution(far, j), self._solution(less, j), self._regular(far, j), self._regular(less, j)
        )
        now, before = np.full(len(j), float(self.first)), np.full(len(j), self.first - 1.0)
        self.regular[j] = self.start[0, j] / self._regular(now, j)
        i = j[~self.stiff[j]]
        now, before = now[: len(i)], before[: len(i)]
        one, two = self._solution(now, i), self._solution(before, i)
        turn = np.exp(-1j * np.angle(one))
        p, q = np.real(one * turn), np.real(two * turn)
        a, b = self._regular(now, i), self._regular(before, i)
        determinant = a * q - b * p
        self.regular[i] = (self.start[0, i] * q - self.start[1, i] * p) / determinant
        self.c[i] = (a * self.start[1, i] - b * self.start[0, i]) / determinant * turn

    def _regular(self, n: np.ndarray, j: np.ndarray) -> np.ndarray:
        """R(n) = mu^(n+1) 2F1(n+1, 1-e; delta; 1-mu/nu) by its series, real."""
        y = -np.expm1(self.log_mu[j] - self.log_nu[j])
        term = np.ones(len(j), dtype=complex)
        total = term.copy()
        for k in range(80):
            term = term * ((n + 1 + k) * (1 - self.e[j] + k) / ((self.delta + k) * (k + 1)) * y)
            total += term
            if np.max(np.abs(term), initial=0.0) < 1e-17:
                break
        return np.real(np.exp((n + 1) * self.log_mu[j]) * total)

    def at(self, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A and its phase at each of `count`, shape (t, m)."""
        n, j = (a.ravel() for a in np.meshgrid(count, np.arange(len(self.c)), indexing="ij"))
        w = self.pace[j] * n
        near = self.slow[j] & (w < _NEAR)
        value = np.zeros(len(n), dtype=complex)
        alive = ~near & ((self.c[j] != 0) | self.slow[j])
        total = self.c + self.regular * self.joined
        value[alive] = total[j[alive]] * self._solution(n[alive], j[alive])
        crossed = alive & self.plain[j]
        value[crossed] += self.other[j[crossed]] * self._solution(n[crossed], j[crossed], swapped=True)
        value[near] = self.regular[j[near]] * self._regular(n[near], j[near])
        both = near & (self.c[j] != 0)
        value[both] += np.real(self.c[j[both]] * self._solution(n[both], j[both]))
        phase = np.where(near | self.plain[j], 0.0, w)
        shape = (len(count), len(self.c))
        return value.reshape(shape), phase.reshape(shape)


def _real_parts(one: np.ndarray, two: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """c with Re(c one) = first and Re(c two) = second."""
    cross = np.imag(np.conj(one) * two)
    return 1j * (np.conj(two) * first - np.conj(one) * second) / cross


def _roots(schedule: Schedule, delta: float, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """log mu, log nu, e and e', without cancellation at small rates, each of shape (m,), complex."""
    if schedule.extrapolated:
        pull = rate > 1
        angle = np.arcsin(np.sqrt(np.minimum(rate, 1.0)))
        log_mu = np.log1p(-np.where(pull, 0.5, rate)) / 2 + 1j * angle
        log_nu = np.conj(log_mu)
        beyond = np.where(pull, rate - 1, 1.0)
        root = np.sqrt(beyond * beyond + beyond)
        log_mu = np.where(pull, np.log(root - beyond), log_mu)
        log_nu = np.where(pull, np.log(root + beyond) + 1j * np.pi, log_nu)
        exponent = np.full(len(rate), 1 - delta / 2, dtype=complex)
        return log_mu, log_nu, exponent, exponent
    log_mu = 2j * np.arcsin(np.sqrt(rate) / 2)
    turn = rate / (4j * np.sqrt(rate * (1 - rate / 4)))
    return log_mu, np.conj(log_mu), 1 - delta * (0.5 + turn), 1 - delta * (0.5 - turn)


def _tail_integral(n: np.ndarray, log_ratio: np.ndarray, e: np.ndarray, e2: np.ndarray) -> np.ndarray:
    """V(n) = int_0^inf e^(-n u) (e^u - 1)^-e (1 - e^(u + log_ratio))^-e2 du by the trapezoid rule in log u.

    Every array has shape (k,).
    """
    power = float(np.max(np.abs(e), initial=1.0))
    low, high = -32 / float(np.min(1 - e.real, initial=1.0)), np.log(45.0 + 4 * power)
    step = _STEP / (1 + float(np.max(np.abs(e.imag), initial=0.0)) / 8)
    v = np.arange(low, high, step)
    result = np.empty(len(n), dtype=complex)
    block = max(1, 100_000 // len(v))
    for begin in range(0, len(n), block):
        i = slice(begin, begin + block)
        u = np.exp(v) / n[i, None]
        log_u = v - np.log(n[i, None])
        # log (e^u - 1), where u is small without its cancellation
        first = np.where(u < 1e-5, log_u + u / 2, np.log(np.expm1(np.maximum(u, 1e-5))))
        inside = -e[i, None] * first - e2[i, None] * np.log(-np.expm1(u + log_ratio[i, None])) - n[i, None] * u
        result[i] = np.sum(np.exp(inside + log_u), axis=1) * step
    return result


def _series(log_ratio: np.ndarray, e: np.ndarray, e2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """V(n) = n^(e-1) exp(front) sum_k c_k/n^k as n |1 - ratio| grows: front, shape (m,), and c, shape (terms, m).

    c_k = (1 - e)_k g_k, with g the integrand of V without e^(-n u) u^-e over its value at 0; log g has a derivative
    with a known series (Bernoulli's numbers, and s = ratio e^u/(1 - ratio e^u), for which s' = s + s^2).
    """
    numbers = bernoulli(_TERMS)
    spread = [1 / np.expm1(-log_ratio)]
    for k in range(_TERMS):
        spread.append((spread[k] + sum(spread[i] * spread[k - i] for i in range(k + 1))) / (k + 1))
    slope, factorial = [], 1.0
    for k in range(_TERMS):
        factorial *= k + 1
        slope.append(
            -e * abs(numbers[1]) + e2 * spread[0] if k == 0 else -e * numbers[k + 1] / factorial + e2 * spread[k]
        )
    series, rising = [np.ones(len(e), dtype=complex)], np.ones(len(e), dtype=complex)
    terms = [series[0]]
    for k in range(_TERMS):
        series.append(sum(slope[i] * series[k - i] for i in range(k + 1)) / (k + 1))
        rising = rising * (1 - e + k)
        terms.append(rising * series[-1])
    return loggamma(1 - e) - e2 * np.log(-np.expm1(log_ratio)), np.array(terms)


def _constant(beta: float, rate: np.ndarray, count: np.ndarray) -> np.ndarray:
    """h of constant momentum from the two roots 1 - a of mu^2 - (1 + beta - rate) mu + beta = 0."""
    linear = (1 - beta + rate).astype(complex)
    root = np.sqrt(linear * linear - 4 * rate)
    root = np.where(np.abs(root) < 1e-9, 1e-9, root)
    large = (linear + root) / 2
    small = rate / large
    slow = np.exp(count * np.log1p(-small)) * (large - rate) / root
    fast = np.exp(count * np.log1p(-np.where(large == 1, 1 - 1e-16, large))) * (small - rate) / root
    return np.real(slow - fast).astype(complex)
