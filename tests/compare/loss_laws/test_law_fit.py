"""Laws fitted to points: known answers, scipy as the referee, derivatives, and intervals that hold the truth."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog, minimize
from scipy.stats import binom

from optscaling.compare.exponent_fit import fit_exponent
from optscaling.compare.loss_laws import forms as law_forms
from optscaling.compare.loss_laws.forms import LawForm
from optscaling.compare.loss_laws.intervals import profile_bounds, refits, resample, t_bounds
from optscaling.compare.loss_laws.law_fit import LawFit, fit_law
from optscaling.compare.loss_laws.solver import fit_all, minimise, objective
from optscaling.compare.loss_laws.window import choose_window, refusal, reversal, sub_windows
from optscaling.errors import InputError

POINTS = Path(__file__).parents[2] / "data" / "chinchilla_points.csv"


def chinchilla_points() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    table = np.genfromtxt(POINTS, delimiter=",", names=True)
    return table["params"], table["tokens"], table["loss"], table["outlier"] == 1


def fitted(name: str, *, outliers: bool = False, draws: int = 0) -> LawFit:
    params, tokens, loss, out = chinchilla_points()
    kept = ~out | outliers
    return fit_law("chinchilla", params[kept], loss[kept], tokens=tokens[kept], objective=name, draws=draws)  # type: ignore[arg-type]


def shown(found: LawFit, digits: tuple[int, ...]) -> list[float]:
    names = ("E", "A", "B", "alpha", "beta")
    return [round(found.parameters[name].value, d) for name, d in zip(names, digits, strict=True)]


def forms() -> dict[str, tuple[LawForm, np.ndarray]]:
    x = np.linspace(3, 8, 9)
    y = np.log(0.2 + 2 * np.exp(-0.4 * x))
    tokens = np.linspace(4, 9, 9)[[3, 1, 4, 0, 5, 8, 2, 6, 7]]
    return {
        "power": (law_forms.power_law(x), np.array([[0.3, 0.4]])),
        "offset": (law_forms.offset_law(x, y), np.array([[-1.5, 0.6, 0.45]])),
        "shared": (law_forms.shared_law(x, np.arange(9) % 2, ("A", "B")), np.array([[0.3, 0.2, 0.4]])),
        "chinchilla": (law_forms.chinchilla_law(x, tokens, y), np.array([[-1.5, 0.6, 0.45, 0.3, 0.3]])),
        "broken": (law_forms.broken_law(x), np.array([[0.2, 0.3, 0.6, 5.1]])),
    }


@pytest.mark.parametrize("name", forms())
def test_derivatives_are_those_of_the_value(name: str) -> None:
    law, theta = forms()[name]
    weights = np.linspace(-1, 2, 9)[None]
    h = 1e-5
    slope, bend = law.evaluate(theta)[1][0], law.curvature(theta, weights)[0]
    for k in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[0, k] = h
        up, down = law.evaluate(theta + step), law.evaluate(theta - step)
        # central differences: h^2 third derivatives (of order 10) and rounding 1e-16/h
        assert np.allclose(slope[:, k], (up[0][0] - down[0][0]) / (2 * h), atol=1e-8)
        assert np.allclose(bend[k], weights[0] @ (up[1][0] - down[1][0]) / (2 * h), atol=1e-6)


def test_huber_on_the_chinchilla_points() -> None:
    found = fitted("huber")
    assert shown(found, (4, 2, 2, 4, 4)) == [1.8172, 477.83, 2143.42, 0.3473, 0.3672]
    assert found.value == pytest.approx(0.00101827402, abs=5e-12)


def test_least_absolute_error_on_the_chinchilla_points() -> None:
    found = fitted("lad")
    assert shown(found, (4, 2, 2, 5, 5)) == [1.8169, 482.01, 2085.44, 0.34781, 0.36585]
    params, tokens, loss, out = chinchilla_points()
    law = law_forms.chinchilla_law(np.log(params[~out]), np.log(tokens[~out]), np.log(loss[~out]))
    level, slope = (each[0] for each in law.evaluate(found.theta[None]))
    residual = np.log(loss[~out]) - level
    assert np.sum(np.abs(residual)) == pytest.approx(1.129494653, abs=5e-10)
    assert found.value == pytest.approx(np.sum(np.abs(residual)))
    # no step of the linearised problem lowers it, by a linear program: an exact solver finds nothing better
    count = len(residual)
    cost = np.concatenate([np.zeros(5), np.ones(count)])
    rows = np.block([[-slope, -np.eye(count)], [slope, -np.eye(count)]])
    bounds = [(-0.01, 0.01)] * 5 + [(0, None)] * count
    exact = linprog(cost, rows, np.concatenate([-residual, residual]), bounds=bounds)
    assert exact.fun == pytest.approx(np.sum(np.abs(residual)), abs=count * 1e-10)


def test_scipy_from_cold_starts_finds_the_same_minimum() -> None:
    params, tokens, loss, out = chinchilla_points()
    x, d, y = np.log(params[~out]), np.log(tokens[~out]), np.log(loss[~out])
    law = law_forms.chinchilla_law(x, d, y)

    def summed(theta: np.ndarray) -> tuple[float, np.ndarray]:
        level, slope = (each[0] for each in law.evaluate(theta[None]))
        residual = y - level
        value = np.where(np.abs(residual) <= 1e-3, residual**2 / 2, 1e-3 * (np.abs(residual) - 5e-4)).sum()
        return 1e3 * float(value), -1e3 * np.clip(residual, -1e-3, 1e-3) @ slope

    starts = np.random.default_rng(3).permutation(law.starts(y))[:3]
    best = min(minimize(summed, start, jac=True, method="BFGS", options={"gtol": 1e-10}).fun for start in starts)
    assert best == pytest.approx(1e3 * fitted("huber").value, rel=1e-6)


def test_prefactors_go_with_their_exponents_and_outliers_matter() -> None:
    clean, whole = fitted("huber", draws=200), fitted("huber", outliers=True)
    assert clean.correlations["log A, alpha"] > 0.99
    assert clean.correlations["log B, beta"] > 0.99
    assert any("Strongly correlated" in note for note in clean.status)
    assert whole.parameters["beta"].value - clean.parameters["beta"].value > 0.05
    assert clean.interval is not None
    assert clean.interval[0] < clean.alpha < clean.interval[1]


def test_refits_from_the_full_fit_are_those_of_cold_starts() -> None:
    params, tokens, loss, out = chinchilla_points()
    law = law_forms.chinchilla_law(np.log(params[~out]), np.log(tokens[~out]), np.log(loss[~out]))
    theta = fitted("huber").theta
    y, weights = resample(law, theta, np.log(loss[~out]), "cases", 6, 1)
    warm = refits(law, theta, y, weights, 1e-3)
    starts = law.starts(y[0])[::8]
    for k in range(len(y)):
        _, values, _ = fit_all(law, y[k], weights[k], (math.inf, 0.1, 0.01, 1e-3), starts)
        assert objective(law, warm[k : k + 1], y[k], weights[k], 1e-3)[0] <= values.min() * (1 + 1e-9)


def test_resamples_do_not_depend_on_how_many_there_are() -> None:
    law, theta = forms()["offset"]
    y = law.evaluate(theta)[0][0] + 0.01 * np.sin(np.arange(9) ** 2)
    for kind in ("cases", "residuals"):
        few, many = (resample(law, theta[0], y, kind, draws, 5) for draws in (10, 600))  # type: ignore[arg-type]
        assert all(np.array_equal(a, b[:10]) for a, b in zip(few, many, strict=True))
    data = np.broadcast_to(y, (3, 9))
    weights = np.random.default_rng(0).integers(1, 4, size=(3, 9)).astype(float)
    alone = np.concatenate([refits(law, theta[0], data[:1], weights[k : k + 1], math.inf) for k in range(3)])
    assert np.allclose(alone, refits(law, theta[0], data, weights, math.inf), rtol=1e-12)


def test_the_power_law_is_least_squares() -> None:
    rng = np.random.default_rng(0)
    sizes = np.geomspace(100, 3000, 6)
    losses = 3 * sizes**-0.4 * np.exp(0.02 * rng.normal(size=6))
    found, known = fit_law("power", sizes, losses, draws=0), fit_exponent(sizes, losses, draws=0)
    assert found.alpha == pytest.approx(known.value, rel=1e-10)
    assert found.interval == pytest.approx(known.interval, rel=1e-8)


def test_the_profile_of_a_linear_law_is_t() -> None:
    law, theta = forms()["shared"]
    y = law.evaluate(theta)[0] + 0.01 * np.random.default_rng(0).normal(size=(1, 9))
    best, _, _ = minimise(law, y, np.ones(9), theta, math.inf)
    for k in range(3):
        assert profile_bounds(law, best, y, k)[0] == pytest.approx(t_bounds(law, best, y)[0, k], rel=1e-7)


def test_the_profile_ends_where_the_likelihood_does() -> None:
    law, theta = forms()["offset"]
    y = law.evaluate(theta)[0] + 0.004 * np.random.default_rng(2).normal(size=(1, 9))
    best, least, _ = minimise(law, y, np.ones(9), theta, math.inf)
    low, high = profile_bounds(law, best, y, 2)[0]
    for end in (low, high):
        fixed = best[0].copy()

        def rest(pair: np.ndarray, end: float = end) -> float:
            return 1e4 * float(objective(law, np.array([[pair[0], pair[1], end]]), y, np.ones(9), math.inf)[0])

        value = minimize(rest, fixed[:2], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000}).fun  # fmt: skip # noqa: E501
        assert value / 1e4 / least[0] - 1 == pytest.approx(2.446912**2 / 6, rel=1e-5)  # t_{.975, 6}^2/6


def synthetic(name: str, draws: int) -> tuple[LawForm, np.ndarray, np.ndarray, float]:
    """A law, exact log losses, draws of measured ones, and alpha."""
    x = np.linspace(math.log(100), math.log(1e4), 8)
    exact, sigma = {
        "power": (-0.3 * x, 0.01),
        "offset": (np.log(0.3 * math.exp(-0.4 * x.mean()) + np.exp(-0.4 * x)), 0.005),
        "broken": (-0.2 * x - 0.3 * 0.25 * np.logaddexp(0, (x - x.mean()) / 0.25), 0.003),
    }[name]
    law = {"power": law_forms.power_law, "broken": law_forms.broken_law}.get(
        name, lambda x: law_forms.offset_law(x, exact)
    )(x)
    y = exact + sigma * np.random.default_rng(11).normal(size=(draws, 8))
    return law, exact, y, {"power": 0.3, "offset": 0.4, "broken": 0.5}[name]


@pytest.mark.parametrize("name", ["power", "offset", "broken"])
def test_the_default_interval_holds_alpha(name: str) -> None:
    draws = 300
    law, exact, y, alpha = synthetic(name, draws)
    starts = law.starts(exact)[::2]
    theta, value, _ = fit_all(
        law, np.repeat(y, len(starts), axis=0), np.ones(8), (math.inf,), np.tile(starts, (draws, 1))
    )
    best = theta[np.arange(draws) * len(starts) + np.argmin(value.reshape(draws, -1), axis=1)]
    ends = t_bounds(law, best, y)[:, law.main] if name == "power" else profile_bounds(law, best, y, law.main)
    held = int(np.sum((np.nan_to_num(ends[:, 0], nan=-9) <= alpha) & (alpha <= np.nan_to_num(ends[:, 1], nan=9))))
    low, high = binom.interval(0.999, draws, 0.95)  # the range of a true 95 % interval in 999 of 1,000 tests
    assert low <= held <= high


def test_the_window_rule() -> None:
    x = np.linspace(0, 5, 9)
    noise = 1e-3 * np.random.default_rng(4).normal(size=9)
    assert choose_window(x, -0.3 * x + noise).first == 0
    bent = choose_window(x, np.log(np.exp(-0.3 * x) + 4 * np.exp(-2 * x)) + noise)
    assert 0 < bent.first <= 4
    assert "left out" in bent.sentence
    always = choose_window(x, -0.3 * x + 0.03 * x**2 + noise / 10)
    assert (always.first, always.curved) == (4, True)


def test_a_series_that_goes_back_is_refused() -> None:
    x = np.log([1.5e8, 3e8, 6e8, 1.4e9])
    assert refusal(x, np.log([1.296, 1.345, 1.798, 1.202])) is not None
    assert refusal(x, np.log([1.19, 1.07, 1.08, 0.94])) is None
    assert reversal(x, np.log([1.19, 1.07, 1.0, 0.94])) == 0
    assert reversal(x, np.log([1.0, 2.0, 3.0, 4.0])) == 0


def test_sub_windows_are_fits_of_their_points() -> None:
    sizes = np.geomspace(10, 1000, 5)
    losses = np.array([3.0, 2.0, 1.7, 1.1, 0.9])
    whole = fit_law("power", sizes, losses, draws=0)
    found = sub_windows(whole.law, whole.theta, np.log(sizes), np.log(losses), math.inf)
    assert len(found) == 6
    for window in found:
        inside = (sizes >= window.low * 0.999) & (sizes <= window.high * 1.001)
        assert window.alpha == pytest.approx(
            fit_law("power", sizes[inside], losses[inside], draws=0).alpha, rel=1e-7
        )  # a fit ends 1e-7 standard errors from its minimum


def test_points_that_cannot_hold_the_form() -> None:
    sizes = np.array([1.0, 2.0, 4.0])
    with pytest.raises(InputError, match="at least 4 different sizes, but there are 3"):
        fit_law("offset", sizes, 1 / sizes)
    many = np.geomspace(1, 100, 12)
    with pytest.raises(InputError, match="move together"):
        fit_law("chinchilla", many, 1 / many, tokens=20 * many)
    with pytest.raises(InputError, match="--tokens"):
        fit_law("chinchilla", many, 1 / many)
    assert fit_law("power", sizes[:2], 1 / sizes[:2]).interval is None


def test_an_offset_that_is_not_there() -> None:
    sizes = np.geomspace(10, 1e4, 8)
    noise = np.exp(1e-3 * np.array([1, -1, 0.5, 0.2, -0.7, 0.3, 0.8, -1.1]))
    found = fit_law("offset", sizes, sizes**-0.3 * noise, draws=0)
    assert found.interval is not None
    assert found.interval[0] <= 0.3 <= found.interval[1]
