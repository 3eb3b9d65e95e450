"""Derivations: every optimizer has its steps, text and LaTeX are whole, and the formulas are the terms'."""

import json
import re

import pytest
import sympy
from matplotlib.mathtext import MathTextParser

from optscaling.theory.derivations.derivation import derive
from optscaling.theory.exponents.exponent import alpha
from optscaling.theory.symbolic.references import SOURCES
from optscaling.theory.symbolic.symbols import R, S, X

NAMES = [
    "gd",
    "power:1/4",
    "power:p",
    "matrix-sign",
    "natural-gradient",
    "power:1",
    "damped:0.01",
    "block:8",
    "diagonal",
]


ASSUMED = {"power:p", "natural-gradient", "block:8", "diagonal"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given_", [{}, {"r": "r"}, {"s": 1, "tau": 1}, {"s": 1, "r": 3}, {"s": "-1/2", "r": 1}])
def test_the_steps_end_at_alpha(name, given_):
    found = derive(name, **given_)
    assert found.result == alpha(name, **given_)
    titles = [step.title for step in found.steps]
    assert titles[0] == ("What is taken for it" if found.result.optimizer in ASSUMED else "The filter")
    assert "The capacity of N features" in titles
    smooth = given_.get("r") in ("r", 3)
    stepped = name not in ("natural-gradient", "power:1")
    assert ("Distortion by the features" in titles) == (smooth and stepped)
    assert ("Where they tie: the threshold" in titles) == stepped
    text = str(found)
    assert all(f"{count}. {title}" in text for count, title in enumerate(titles, 1))
    assert found.result.status in " ".join(text.split())


@pytest.mark.parametrize("name", NAMES)
def test_the_latex_is_a_whole_document(name):
    found = derive(name, r="r")
    latex = found.latex()
    assert latex.startswith(r"\documentclass{article}")
    assert latex.rstrip().endswith(r"\end{document}")
    opened = re.findall(r"\\begin\{(\w+)\}", latex)
    assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+)\}", latex))
    assert set(opened) <= {"document", "thebibliography", "cases"}
    bare = re.sub(r"\\[{}]", "", latex)
    assert bare.count("{") == bare.count("}")
    assert latex.count(r"\[") == latex.count(r"\]")
    body = latex.split(r"\begin{document}")[1]
    prose = re.sub(r"\\\[.*?\\\]|\$.*?\$", "", body, flags=re.DOTALL)
    prose = re.sub(r"\\(cite|bibitem)\{.*?\}|\\[_%&#${}]", "", prose)
    assert not re.search(r"[_%&#^~$<>]", prose)
    cited = {key for group in re.findall(r"\\cite\{(.*?)\}", latex) for key in group.split(",")}
    assert cited == set(re.findall(r"\\bibitem\{(.*?)\}", latex)) == {source.key for source in found.sources}


@pytest.mark.parametrize("name", ["gd", "power:p", "natural-gradient", "power:1", "damped:0.01"])
def test_every_formula_is_valid_math(name):
    # matplotlib's own parser knows no cases environment; everything else it sets or refuses
    parser = MathTextParser("path")
    for step in derive(name, r="r", s=None).steps:
        for formula in step.formulas:
            if r"\begin{cases}" not in formula.latex:
                flat = formula.latex.replace(r"\text{", r"\mathrm{").replace(r"\le ", r"\leq ")
                parser.parse(f"${flat}$")


def test_the_density_is_the_change_of_variables():
    # E_k dk with k = x^(-1/(1+s))
    shown = next(f.text for f in derive("gd", r="r").steps[1].formulas if f.text.startswith("density"))
    density = sympy.sympify(shown.split(" = ")[1].replace("^", "**"), locals={"s": S, "r": R, "x": X})
    k = X ** (-1 / (1 + S))
    direct = k ** -(1 + R) * -sympy.diff(k, X)
    for values in ({S: 1, R: 2, X: 0.3}, {S: -0.5, R: 0.7, X: 0.01}):
        assert float(density.subs(values)) == pytest.approx(float(direct.subs(values)), rel=1e-12)


def test_finite_steps_are_noted_only_where_the_rate_is_a_pure_power():
    assert "factor = 1 - z*(z + 1)/(4*T)" in str(derive("matrix-sign"))
    assert "factor" not in str(derive("damped:0.1"))


def test_prefactors_in_decimals():
    # gamma(1/2)/2 /sqrt(2) and (pi/2)^2 at s = r = 1
    text = str(derive("gd", s=1))
    assert "0.626657" in text
    assert "2.46740" in text
    assert "log N" in str(derive("gd", s=1, r=2))


def test_sources_and_json():
    found = derive("gd", r="r")
    assert set(found.sources) < set(SOURCES)
    assert found.bibtex.count("@") == len(found.sources)
    assert "2605.29387" in found.bibtex
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [step["title"] for step in told["steps"]] == [step.title for step in found.steps]
    assert len(told["sources"]) == len(found.sources) == 5
    assert found._repr_latex_() == found.result._repr_latex_()


def test_the_shown_integral_is_what_quadrature_gives() -> None:
    """The signal over 0 < x < 1 as --derive prints it, against the integrand added up, at T where the end counts."""
    import mpmath

    shown = next(
        formula.text.split("~")[1]
        for step in derive("power:1/4", r="r").steps
        for formula in step.formulas
        if formula.text.startswith("signal over")
    )
    s, r, steps, eta = 0.5, 1.25, 3, 0.7
    values = {"s": s, "r": r, "T": steps, "eta": eta}
    found = sympy.sympify(shown.replace("^", "**"), locals={"lowergamma": sympy.lowergamma}).subs(values).evalf(20)
    wanted = mpmath.quad(
        lambda x: x ** (r / (1 + s) - 1) / (1 + s) * mpmath.exp(-2 * eta * steps * x**0.75), [0, 0.01, 0.1, 1]
    )
    assert float(found) == pytest.approx(float(wanted), rel=1e-8)
