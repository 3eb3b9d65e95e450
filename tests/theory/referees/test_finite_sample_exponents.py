"""Finite samples: the rates of ridge regression, and when preconditioning hurts."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.exponents.exponent import alpha
from optscaling.theory.optimizers.filters import Power, Ridge
from optscaling.theory.symbolic.symbols import S
from optscaling.theory.thresholds.pair_threshold import threshold
from optscaling.theory.thresholds.stopping import best_stop

spectra = st.fractions(Fraction(1, 9), 4, max_denominator=9)
targets = st.fractions(Fraction(1, 9), 9, max_denominator=9)
shares = st.fractions(Fraction(1, 5), 4, max_denominator=7)
brief = settings(max_examples=40, deadline=None)


@brief
@given(spectra, targets, shares, shares)
def test_ridge_has_the_published_rates(s, r, features, decay):
    # Defilippis et al. (2024): N = n^q features and a ridge n^-(l-1) on the un-normalised Gram matrix; alpha is per N
    q, nu = features, 1 / features
    m = min(decay / (1 + s), q, Fraction(1))
    r_d = r / (2 * (1 + s))
    bias = min(2 * (1 + s) * m * min(r_d, 1), (2 * (1 + s) * min(r_d, Fraction(1, 2)) - 1) * m + q)
    found = alpha(Ridge(decay), s=s, r=r, tau=0, samples=nu)
    assert found.value == sympy.Rational(bias * nu)
    noisy = alpha(Ridge(decay), s=s, r=r, tau=0, samples=nu, noise=True)
    assert noisy.value == sympy.Rational(min(bias, 1 - m) * nu)


@settings(max_examples=6, deadline=None)
@given(spectra, targets, st.fractions(Fraction(1, 4), 4, max_denominator=6))
def test_stopping_is_the_best_of_every_tau(s, r, nu):
    for optimizer in ("gd", Power(Fraction(1, 3)), "natural-gradient"):
        best = best_stop(optimizer, s=s, r=r, samples=nu, noise=True)
        top = 3 * (1 + s) * max(nu, 1)
        values = [
            float(alpha(optimizer, s=s, r=r, tau=top * Fraction(k, 30), samples=nu, noise=True)) for k in range(31)
        ]
        slope = float(max(r, 1 + 2 * s, 1) / (1 + s)) * 1.5  # of alpha in tau, at most
        assert max(values) <= best.value + 1e-12
        assert max(values) >= best.value - slope * float(top) / 30
        at_best = alpha(optimizer, s=s, r=r, tau=Fraction(str(best.tau)), samples=nu, noise=True)
        assert float(at_best) == pytest.approx(best.value, abs=1e-12)


@brief
@given(spectra, st.fractions(Fraction(1, 9), 5, max_denominator=9), st.fractions(Fraction(1, 4), 5, max_denominator=6))
def test_when_preconditioning_hurts(s, r, nu):
    # with noisy labels the natural gradient fits all N modes at once: it loses exactly where n < N^(1+r) (r <= 1+s)
    if r <= 1 + s:
        stopped, solved = (best_stop(o, s=s, r=r, samples=nu, noise=True).value for o in ("gd", "natural-gradient"))
        assert stopped == pytest.approx(float(min(r, nu * r / (1 + r))))
        assert solved == pytest.approx(float(min(r, max(nu - 1, 0), nu * r)))
        assert (solved < stopped - 1e-12) == (nu < 1 + r)


@pytest.mark.parametrize("p", [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)])
def test_flat_rates_cost_noise_optimal_exponent(p):
    # a rate x^(1-p) with (1+s)(1-p) < 1/2 fits too many modes a little: 2a r/(r+2a) instead of r/(1+r), N large
    for s in (Fraction(1, 4), Fraction(1, 2), Fraction(3)):
        r, nu = Fraction(1, 2), Fraction(1, 50)  # N = n^50: the kernel limit
        a = (1 + s) * (1 - p)
        expected = r / (1 + r) if a >= Fraction(1, 2) else 2 * a * r / (r + 2 * a)
        found = best_stop(Power(p), s=s, r=r, samples=nu, noise=True)
        assert found.value == pytest.approx(float(expected * nu))


def test_the_ranges_on_which_it_hurts():
    found = threshold("natural-gradient", samples="3/2", noise=True, tau="best")
    assert [(each.low, each.high, each.ahead) for each in found.where] == [
        (0, sympy.Rational(1, 2), "neither"),
        (sympy.Rational(1, 2), None, "baseline"),
    ]
    assert "swap" in found.status
    # stopped late, at tau = 1, it still gains where gd has not come far enough
    late = threshold("natural-gradient", samples="3/2", noise=True, tau=1)
    assert [each.ahead for each in late.where] == ["optimizer", "optimizer", "baseline"]


PAIRS = [
    ("nesterov", "gd", {"tau": "1/2"}),
    ("gd", "heavy-ball-schedule:1", {"tau": 1}),
    ("dana-decaying", "sgd", {"tau": "3/4"}),
    ("sgd-power:1/2", "sgd", {"tau": "3/2"}),
    ("block:N^1/2", "damped:N^-1/2", {"tau": "1/2", "r": "3/2"}),
    ("matrix-sign", "gd", {"tau": "3/2", "samples": 2, "noise": True}),
    ("data-power:1/2", "power:1/2", {"tau": "1/2", "r": 1}),
    ("sign-axis", "gd", {"tau": "1/3", "r": "3/4"}),
]


@pytest.mark.parametrize(("one", "two", "given_"), PAIRS)
def test_the_ranges_are_where_the_difference_has_its_sign(one, two, given_):
    found = threshold(one, two, **given_)
    low = float(found.where[0].low)
    assert found.where[-1].high is None
    for s in np.linspace(low + 0.03, low + 5, 23):
        exact = Fraction(float(s)).limit_denominator(97)
        options = {"r": exact} | given_
        gain = float(alpha(one, s=exact, **options)) - float(alpha(two, s=exact, **options))
        inside = [r for r in found.where if r.low < exact and (r.high is None or exact < r.high)]
        if inside:
            (here,) = inside
            assert {"optimizer": 1, "baseline": -1, "neither": 0}[here.ahead] == np.sign(round(gain, 12))
            assert float(here.gain.subs(S, sympy.Rational(exact))) == pytest.approx(gain, abs=1e-12)


def test_at_equal_compute_the_natural_gradient_needs_s_above_one():
    found = threshold("natural-gradient", tau="compute")
    assert found.s_star == 1
    assert sympy.simplify(found.where[1].gain - (S / 3 - S / (S + 2))) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: alpha("gd", s=1, noise=True), "--samples"),
        (lambda: alpha("sgd", s=1, samples=1), "leave out --samples"),
        (lambda: alpha("gd", s=1, samples=0), "nu > 0"),
        (lambda: alpha("gd", s="-1/4", r=1, samples=1), "trace is finite"),
        (lambda: alpha("data-power:1/2", s="1/2", r=1, samples=1), "after whitening"),
        (lambda: alpha("ridge:n^-1", s=1), "needs a number of samples"),
        (lambda: best_stop("power:p", s=1), "p is a symbol"),
        (lambda: threshold("nesterov:delta", tau=1), "delta is a symbol"),
        (lambda: threshold("block:N^b", tau="compute"), "b is a symbol"),
        (lambda: threshold("sgd", samples=1, tau=1), "fresh ones"),
        (lambda: threshold("nesterov", "gd", r="r"), "r is a symbol"),
        (lambda: threshold("natural-gradient", samples="nu", tau=1), "nu is a symbol"),
        (lambda: threshold("natural-gradient", samples=1, tau="compute"), "leave out --samples"),
        (lambda: best_stop("gd", r="r", samples=1), "needs numbers"),
        (lambda: alpha("dana-decaying", s="-1/4", r=1), "s > 0"),
        (lambda: alpha("dana-constant", s="-1/4", r=1, noise=True), "label noise"),
    ],
)
def test_bad_input_names_the_condition(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
