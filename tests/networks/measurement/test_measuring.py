"""Measuring networks: the lazy one follows its forecast, others are refused one; what is written is read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.matrix_model import power_law_model

from optscaling.compare.diagnosis import diagnose
from optscaling.errors import InputError
from optscaling.networks import measure, measure_linearised
from optscaling.networks.measurement import Wanted

RANDOM = np.random.default_rng(0)
START = {"a": RANDOM.standard_normal((8, 24)) / 2, "b": RANDOM.standard_normal((24, 2)) / 5}
X, Y = RANDOM.standard_normal((120, 8)), RANDOM.standard_normal((120, 2))
TARGETS = np.tanh(X[:, :2]) + 0.3 * X[:, 2:4] ** 2
HELD_OUT = RANDOM.standard_normal((100, 8))


def network(params: Any, x: Any) -> Any:
    import jax

    return jax.numpy.tanh(x @ params["a"]) @ params["b"]


def scaled(factor: float) -> Any:
    return lambda params, x: factor * (network(params, x) - network(START, x))


def trained(apply: Any, rate: float, steps: list[int]) -> tuple[list[float], Any]:
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        params, losses = jax.tree.map(jnp.asarray, START), []

        def loss(p: Any) -> Any:
            return jnp.mean(jnp.sum((apply(p, jnp.asarray(X)) - TARGETS) ** 2, axis=1))

        step = jax.jit(lambda p: jax.tree.map(lambda a, g: a - rate * g / 2, p, jax.grad(loss)(p)))
        for count in range(1, max(steps) + 1):
            params = step(params)
            if count in steps:
                losses.append(float(loss(params)))
        return losses, jax.tree.map(np.asarray, params)


def test_a_lazy_network_follows_its_forecast_and_says_so() -> None:
    apply = scaled(200.0)
    first = measure(apply, START, X, TARGETS, vectors=80)
    steps = [10, 100, 400]
    forecast = first.risk("gd", steps, eta=1.0)
    measured, later = trained(apply, 1 / first.largest, steps)
    np.testing.assert_allclose(forecast.train, measured, rtol=0.01)
    assert "not known" in forecast.status
    found = measure(apply, START, X, TARGETS, vectors=80, after=later)
    assert found.drift is not None
    assert found.drift.value < 0.1
    assert found.status.startswith("The forecast holds:")
    assert found.stable.gd == pytest.approx(2 / found.largest)
    own = measure(apply, START, X, TARGETS, vectors=80, own_steps=(1 / first.largest, 400))
    assert own.drift is not None
    assert own.drift.value == pytest.approx(found.drift.value, rel=1e-6)


def test_a_network_that_learns_features_is_refused_a_forecast() -> None:
    apply = scaled(0.2)
    largest = measure(apply, START, X, TARGETS, vectors=40).largest
    found = measure(apply, START, X, TARGETS, vectors=40, own_steps=(0.1 / largest, 4000))
    with pytest.raises(InputError, match="diverges within 400 steps"):
        measure(apply, START, X, TARGETS, vectors=40, own_steps=(50 / largest, 400))
    assert "does not hold" in found.status
    assert "does not hold" in str(found)
    assert "does not hold" in found.risk("gd", [10]).status


def test_held_out_risks_and_momentum() -> None:
    model, targets = power_law_model(120, 1.0)
    found = measure_linearised(model, targets, wanted=Wanted(vectors=120, adam=True), held_out=(model, targets))
    # on the same rows the held-out risk is the training risk
    for name in ("gd", "heavy-ball:0.5", "power:1/2", "adam"):
        forecast = found.risk(name, [5, 50], tolerance=1e-6)
        assert forecast.held_out is not None
        np.testing.assert_allclose(forecast.held_out, forecast.train, rtol=1e-3)
    assert found.stable.adam is not None
    assert found.stable.adam > 0


def test_a_file_is_read_by_diagnose(tmp_path: Path) -> None:
    model, targets = power_law_model(400, 1.0)
    found = measure_linearised(model, targets, wanted=Wanted(vectors=200))
    assert found.s is not None
    assert found.r is not None
    assert found.s.reported is not None
    assert found.s.reported[0] < 1.0 < found.s.reported[1] + 0.05
    found.to_npz(tmp_path / "net.npz", layer="all", step=7)
    read = diagnose(tmp_path / "net.npz", steps=100, sizes=[8, 16, 32])
    assert read.s.value == pytest.approx(1.0, abs=0.1)
    with np.load(tmp_path / "net.npz") as file:
        assert {"eigenvalues", "energies", "trace", "n", "kind", "layer", "step"} <= set(file)
        assert float(file["trace"]) == pytest.approx(np.sum(np.arange(1, 401.0) ** -2), rel=0.2)
    plain = json.loads(found.dumps())
    assert plain["schema"] == "optscaling-network-spectrum-1"
    assert len(plain["eigenvalues"]) == len(found.modes.eigenvalues)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vectors": 3}, "expected 8 or more"),
        ({"colour": 1}, "measure does not know colour"),
        ({"after": START, "own_steps": (0.1, 3)}, "one of them"),
        ({"own_steps": (-0.1, 3)}, "a rate above 0"),
        ({"loss": "hinge"}, "expected one of mse"),
    ],
)
def test_options_that_do_not_fit_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        measure(network, START, X, TARGETS, **change)


def test_forecasts_that_make_no_sense_are_refused() -> None:
    model, targets = power_law_model(40, 1.0)
    found = measure_linearised(model, targets, wanted=Wanted(vectors=40))
    with pytest.raises(InputError, match="not a function of the network's kernel"):
        found.risk("sign", [10])
    with pytest.raises(InputError, match="not a function of the network's kernel"):
        found.risk("diagonal", [10])
    with pytest.raises(InputError, match="adam=True"):
        found.risk("adam", [10])
    with pytest.raises(InputError, match="Both rate and eta"):
        found.risk("gd", [10], rate=0.1, eta=0.1)
