"""Sums in float32: how far risks move, that the error stated is honest, and that a run keeps to its precision."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import open_run, simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.accelerator import Accelerator
from optscaling.sim.devices.gram import HostGram, perturb_moment
from optscaling.sim.devices.host import Host
from optscaling.sim.devices.precision import risk_error, unit
from optscaling.sim.problems.draw import Sampled

NAMES = ["gd", "diagonal", "natural-gradient", "matrix-sign", "sign", "block:8"]
ROUNDED: tuple[Any, ...] = ("mixed", "float32")


@pytest.mark.parametrize("on", [Host, Accelerator])
@pytest.mark.parametrize("precision", ROUNDED)
@pytest.mark.parametrize(("features", "s"), [("relu", 0.25), ("relu", 2.0), ("tanh", 1.0)])
def test_rounding_of_the_sums_is_what_unit_says(on: Any, precision: Any, features: str, s: float) -> None:
    draw = problem_of(experiment("relu", s=s, dim=300, samples=9000, features=features)).draw(s, 150, 0)
    assert isinstance(draw, Sampled)
    exact = Host().sums(draw.train(0), draw.matrix, draw.activation)
    found = on(precision).sums(draw.train(0), draw.matrix, draw.activation)
    assert found.gram.whole().dtype == found.cross.dtype == np.float64
    assert found.rows == exact.rows == 9000
    np.testing.assert_allclose(found.labels, exact.labels, rtol=1e-13)
    scale = np.sqrt(exact.gram.diagonal())
    apart = (found.gram.whole() - exact.gram.whole()) / np.outer(scale, scale)
    u = unit(precision, 9000)
    assert 0.05 * u < np.sqrt(np.mean(apart**2)) < u
    beside = (found.cross - exact.cross)[:, 0] / (scale * np.sqrt(exact.labels[0, 0]))
    assert np.sqrt(np.mean(beside**2)) < u


@pytest.mark.parametrize("precision", ROUNDED)
@pytest.mark.parametrize(("kind", "s", "size"), [("relu", 0.25, 60), ("relu", 2.0, 200), ("gaussian", 1.0, 100)])
def test_the_stated_error_is_honest(precision: Any, kind: str, s: float, size: int) -> None:
    made = experiment(
        kind, s=s, dim=300, sizes=[size], samples=4000, optimizers=NAMES, steps=[10, 300, 5000], test_samples=500
    )
    problem = problem_of(made)
    exact, rounded = measure(made, problem, s, size, 0), measure(made, problem, s, size, 0, on=Host(precision))
    assert exact.precision_error is None
    assert rounded.precision_error is not None
    stated = rounded.precision_error
    assert np.all(np.abs(rounded.risk / exact.risk - 1) <= np.where(np.isfinite(stated), stated, np.inf))
    # signs turn on a path this long, and one perturbation as large as rounding may not show it
    assert stated[4, 2] > 0
    # after ten steps gradient descent is far from eigenvalues that rounding changes; the ridge solution reaches all
    assert stated[0, 0] < 1e-4
    if s == 2.0:
        assert stated[2, 0] > 2 * stated[0, 0]


def test_a_perturbation_is_as_large_as_it_says() -> None:
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((900, 600)) * np.linspace(1, 3, 600)
    gram = np.asfortranarray(rows.T @ rows / 900)
    before, moment = gram.copy(), np.zeros(600)
    perturb_moment(moment, np.diag(gram), 4.0, 1e-3)
    HostGram(gram).perturb(1e-3)
    np.testing.assert_array_equal(gram, gram.T)
    scale = np.sqrt(np.diag(before))
    apart = (gram - before) / np.outer(scale, scale)
    assert np.std(apart[np.tril_indices(600)]) == pytest.approx(1e-3, rel=0.01)  # 4 standard errors
    assert np.std(moment / scale) == pytest.approx(2e-3, rel=0.12)


def test_errors_of_risks() -> None:
    found = risk_error(np.array([4.0, np.nan, 1.0, 0.0]), np.array([1.0, 1.0, np.inf, 1.0]))
    np.testing.assert_array_equal(found, [1.25, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("precision", ROUNDED)
def test_populations_are_not_summed(precision: Any) -> None:
    made = experiment(optimizers=NAMES[:4])
    exact, rounded = simulate(made), simulate(made, precision=precision)
    xr.testing.assert_equal(exact.risk, rounded.risk)
    assert not rounded.precision_error.any()


def test_what_was_not_stepped_to_has_no_error_to_be_known() -> None:
    made = replace(experiment("relu", samples=60, optimizers=["gd", "sign"], steps=[2, 9]), stepped_to=2)
    told = simulate(made, precision="mixed").attrs["precision_status"]
    assert "sign" in told
    assert "unknown" not in told


def test_a_run_keeps_to_its_precision(tmp_path: Path) -> None:
    made = experiment("relu", samples=60, optimizers=["gd", "natural-gradient"])
    result = simulate(made, tmp_path / "mixed", precision="mixed")
    assert result.precision_error.dims == result.risk.dims
    assert result.attrs["precision"] == "mixed"
    assert "gd" in result.attrs["precision_status"]
    assert json.loads((tmp_path / "mixed" / "manifest.json").read_text())["precision"] == "mixed"
    again = simulate(made, tmp_path / "mixed", precision="mixed")
    xr.testing.assert_equal(again, result)  # seconds too: it was read back
    xr.testing.assert_identical(open_run(tmp_path / "mixed"), again)
    with pytest.raises(InputError, match="was started in mixed, but float64 is asked for"):
        simulate(made, tmp_path / "mixed")
    exact = simulate(made, tmp_path / "exact")
    assert "precision_error" not in exact
    assert exact.attrs["precision_status"] == ""
    # a run from before precisions were noted is float64
    manifest = tmp_path / "exact" / "manifest.json"
    manifest.write_text(json.dumps({k: v for k, v in json.loads(manifest.read_text()).items() if k != "precision"}))
    xr.testing.assert_equal(simulate(made, tmp_path / "exact"), exact)
    with pytest.raises(InputError, match="was started in float64"):
        simulate(made, tmp_path / "exact", precision="float32")


def test_unknown_precisions_are_refused() -> None:
    given: Any = "float16"
    with pytest.raises(InputError, match=r"'float16' is not known; expected float64, mixed, float32"):
        simulate(experiment(), precision=given)
