"""Compute-optimal phases: the published table row by row, a brute-force optimum, and the boundaries."""

import json
import math
import tomllib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.data_limited import alpha_per_data
from optscaling.theory.exponents.cost import Cost
from optscaling.theory.exponents.exponent import alpha
from optscaling.theory.exponents.laws_of_optimizers import law_of
from optscaling.theory.symbolic.symbols import R, S
from optscaling.theory.thresholds.phase_diagram import Phase, phases

PUBLISHED = tomllib.loads((Path(__file__).parents[2] / "data" / "phases.toml").read_text())
A, B = sympy.symbols("a b", real=True)
TO_AB = {S: 2 * A - 1, R: 2 * A + 2 * B - 1}
BUDGETS = ["sgd", "gd", "power:1/2", "nesterov", "cg", "damped:N^-1/2", "block:N^1/2", "dana-decaying", "sgd:N^1/2"]


def named(name: str) -> Phase:
    return next(phase for phase in phases("sgd").phases if phase.name == name)


@pytest.mark.parametrize("row", PUBLISHED["row"], ids=lambda row: row["phase"])
def test_every_published_row_is_derived(row):
    phase = named(row["phase"])
    for ours, theirs in ((phase.eta, row["eta"]), (phase.xi, row["xi"])):
        printed = sympy.sympify(theirs, locals={"a": A, "b": B})
        assert sympy.simplify(ours.xreplace(TO_AB) - printed) == 0


@pytest.mark.parametrize("row", PUBLISHED["row"], ids=lambda row: row["phase"])
def test_every_published_region_is_ours(row):
    # a grid that avoids the boundaries: each point of it lies in the phase exactly where the conditions hold
    phase = named(row["phase"])
    inside = [sympy.lambdify((A, B), sympy.sympify(each, locals={"a": A, "b": B})) for each in row["inside"]]
    for a in (Fraction(k, 61) for k in range(2, 120, 3)):
        for b in (Fraction(k, 53) for k in range(-40, 120, 7)):
            s, r = sympy.Rational(2 * a - 1), sympy.Rational(2 * a + 2 * b - 1)
            if r > 0:
                ours = any(piece.holds(s, r) for piece in phase.pieces)
                assert ours == all(condition(float(a), float(b)) > 0 for condition in inside), (a, b)


@pytest.mark.parametrize("point", PUBLISHED["point"], ids=lambda point: point["phase"])
def test_every_published_point_to_five_digits(point):
    a, b = (Fraction(each) for each in point["at"])
    found = phases("sgd").at(2 * a - 1, 2 * a + 2 * b - 1)
    told = found.to_json()
    assert told["phase"] == point["phase"]
    assert told["eta"]["value"] == pytest.approx(point["eta"], abs=5e-6)
    assert told["xi"]["value"] == pytest.approx(point["xi"], abs=5e-6)


def test_the_irrational_boundary():
    (piece,) = named("IVa").pieces
    assert sympy.simplify((1 + piece.left) / 2 - (1 - 1 / sympy.sqrt(2))) == 0
    assert named("IVb").pieces[0].right == piece.left
    assert "1 - sqrt(2)" in named("IVb").region


def brute(name: str, s: float, r: float, cells: int) -> float:
    """The best exponent on a grid of N = f^xi and T = f^t with the cost at most f, by `alpha` along each path."""
    law = law_of(name)[1]
    best = -math.inf
    for xi in np.linspace(0, 1, cells + 1)[1:]:
        room = [
            (1 + float(m.size) * xi + float(m.batch * law.growth) * xi) / -float(m.steps)
            for m in law.cost.monomials
            if m.steps != 0
        ]
        fixed = [-float(m.size) * xi for m in law.cost.monomials if m.steps == 0]
        steps = min(room, default=0.0)
        if steps >= 0 and all(each <= 1 + 1e-12 for each in fixed):
            path = Fraction(steps / xi).limit_denominator(10**9)
            best = max(best, xi * float(alpha(name, s=s, r=r, tau=path)))
    return best


@settings(max_examples=2, deadline=None)
@given(st.fractions(Fraction(1, 9), 3, max_denominator=9), st.fractions(Fraction(1, 7), 6, max_denominator=7))
@pytest.mark.parametrize("name", BUDGETS)
def test_the_program_finds_the_best_path(name, s, r):
    # alpha is concave in the path and its slope in log-sizes at most the largest exponent, here below 4 r + 8
    cells = 80
    told = phases(name).at(s, r).to_json()["eta"]["value"]
    found = brute(name, s, r, cells)
    assert found <= told + 1e-9
    assert found >= told - (4 * float(r) + 8) / cells


@pytest.mark.parametrize("name", BUDGETS)
def test_neighbouring_phases_agree_on_their_boundary(name):
    for phase in phases(name).phases:
        for piece in phase.pieces:
            at = piece.left + (sympy.Rational(1, 3) if piece.right is None else (piece.right - piece.left) / 3)
            if piece.high is not None:
                edge = piece.high.subs(S, at)
                both = [
                    p.eta.subs({S: at, R: edge}).evalf(20)
                    for p in phases(name).phases
                    if any(q.left < at and (q.right is None or at < q.right) and edge in _ends(q, at) for q in p.pieces)
                ]
                assert len(both) >= 2
                assert all(abs(one - two) < 1e-15 for one, two in pairwise(both))


def _ends(piece, at):
    return [piece.low.subs(S, at), None if piece.high is None else piece.high.subs(S, at)]


def test_a_point_on_a_boundary_names_both_phases():
    found = phases("sgd").at(1, 2)
    assert set(found.to_json()["on_boundary_of"]) == {"Ia", "II"}
    assert "boundary" in found.status


def test_at_equal_compute_the_cost_decides():
    # isotropic, s = 1: one solve of N^3 attains s/3, gradient steps of N each s/(s+2)
    assert phases("natural-gradient").at(1).to_json()["eta"]["value"] == pytest.approx(1 / 3)
    assert phases("gd").at(2).to_json()["eta"]["value"] == pytest.approx(2 / 4)
    # priced like gradient steps it would attain the whole exponent
    assert phases("natural-gradient", "N").at(2).to_json()["eta"]["value"] == 2
    assert phases("gd", "N^2*T").at(1).to_json()["eta"]["value"] == pytest.approx(1 / 4)


def test_samples_as_the_only_cost():
    # min over k of noise k/n and bias k^-r: r/(1+r), and a full solve attains it by its choice of N
    for name in ("gd", "natural-gradient", "ridge:n^-1"):
        found = phases(name, "n", samples=True, noise=True).at(1, "3/2")
        assert found.to_json()["eta"]["value"] == pytest.approx(3 / 5)


@pytest.mark.parametrize("noise", [False, True])
def test_data_as_the_only_cost(noise):
    # the exponents in D = B T of `data_limited`, which knows no size; here the smallest N that does as well is found
    for s, r in (("1", "1"), ("1/2", "1"), ("2", "1"), ("1", "4/3"), ("1", "7/3")):
        found = phases("sgd", "T*B", noise=noise).at(s, r)
        known = alpha_per_data("sgd", s, r, noise=noise).value
        assert found.value(found.here[0].eta) == known
        if Fraction(r) < 1 + Fraction(s):  # the capacity term is N^-r
            assert found.value(found.here[0].xi) == known / sympy.Rational(r)


def test_the_results_show_and_serialise():
    found = phases("sgd")
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [set(phase) for phase in told["phases"]] == [{"name", "region", "tradeoff", "eta", "xi"}] * 7
    for phase in found.phases:
        assert phase.region in " ".join(str(found).split())
        assert sympy.sympify(phase.to_json()["eta"]).free_symbols  # read back by sympy
    assert r"\eta" in found._repr_latex_()
    assert {source.key for source in found.sources} >= {"paquette2024phases"}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: phases("sgd", "B"), "limits neither N nor the steps"),
        (lambda: phases("natural-gradient", "T"), "limits neither N nor the steps"),
        (lambda: phases("gd", "n"), "limits neither N nor the steps"),
        (lambda: phases("sgd", "N*X"), "sum of products"),
        (lambda: phases("gd", "N*T", samples=True), "has no n"),
        (lambda: phases("block:N^b"), "b is a symbol"),
        (lambda: phases("nesterov:delta"), "delta is a symbol"),
        (lambda: phases("dana-decaying").at("-1/2", 1), "s > 0"),
        (lambda: phases("sgd").at(-1, 1), "s > -1"),
        (lambda: phases("sign-axis"), "not derived"),
        (lambda: phases("dana-constant", noise=True), "not derived"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_costs_are_read_and_nothing_else():
    (product,) = Cost.of("N^3/2*T*B").monomials
    assert (product.size, product.steps, product.batch) == (-sympy.Rational(3, 2), -1, -1)
    assert len(Cost.of("N^2*T + N^3").monomials) == 2
    for text in ("", "N**2", "2*N", "__import__('os')", "N^1/0", "N+"):
        with pytest.raises(InputError, match="cost"):
            Cost.of(text)


@pytest.mark.parametrize("s", [Fraction(1, 2), Fraction(1), Fraction(2), Fraction(4)])
def test_the_best_block_size_at_equal_compute(s):
    # N^(1+b) a step, N^(1+2b) for the blocks: the two are equal at tau = (1+s)(1-b) for b = (1+s)/(2+s)
    best = (1 + s) / (2 + s)
    found = [phases(f"block:N^{b}").at(s) for b in (best - Fraction(1, 30), best, best + Fraction(1, 30))]
    values = [each.value(each.here[0].eta) for each in found]
    assert values[1] == sympy.Rational(s * (2 + s) / (4 + 3 * s))
    assert values[1] > max(values[0], values[2])
    gd, solved = (phases(name).at(s) for name in ("gd", "natural-gradient"))
    assert values[1] > max(gd.value(gd.here[0].eta), solved.value(solved.here[0].eta))
