"""Diagnosis of real data, held against a simulation on the same file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optscaling.compare.diagnosis.data_diagnosis import diagnose
from optscaling.compare.diagnosis.result import Diagnosis
from optscaling.compare.diagnosis.verdict import GAP, RATIO
from optscaling.compare.exponent_fit import slope_weights
from optscaling.sim import simulate
from optscaling.theory.experiments.parse import from_dict

datasets = pytest.importorskip("sklearn.datasets")


def measured(diagnosis: Diagnosis, path: Path, seeds: int) -> dict[str, tuple[float, float]]:
    """alpha and its risk at the largest size, by optimizer."""
    names = [n for n, a in diagnosis.alpha.items() if a is not None]
    content: dict[str, Any] = {
        "problem": {"kind": "data", "path": str(path), "features": diagnosis.features},
        "model": {"sizes": list(diagnosis.sizes), "samples": "inf"},
        "training": {"optimizers": names, "steps": [diagnosis.steps], "eta": diagnosis.eta},
        "measure": {"seeds": seeds},
    }
    risk = simulate(from_dict(content, "check")).risk.mean("seed").values[:, 0, :, 0]
    alphas = np.log(risk) @ slope_weights(diagnosis.sizes)
    return {n: (float(a), float(q)) for n, a, q in zip(names, alphas, risk[:, -1], strict=True)}


def confirmed(diagnosis: Diagnosis, found: dict[str, tuple[float, float]]) -> None:
    for verdict in diagnosis.judged:
        word = verdict.same_steps.word
        if word == "cannot tell":
            assert verdict.optimizer in ("diagonal", "sign"), verdict.text  # what is known more roughly may stay open
            continue
        alpha, risk = found[verdict.optimizer]
        base, loss = found["gd"]
        pays = alpha - base >= GAP and loss / risk >= RATIO
        assert word == ("pays" if pays else "does not pay"), verdict.optimizer
    for name, (alpha, _) in found.items():
        if name == "sign":  # its choice of a step differs from draw to draw
            continue
        interval = diagnosis.alpha_intervals[name]
        assert interval is not None
        assert interval[0] < alpha < interval[1], name


def test_digits(tmp_path: Path) -> None:
    data = datasets.load_digits()
    np.savez(tmp_path / "digits.npz", X=data.data, y=data.target.astype(float))
    found = diagnose(tmp_path / "digits.npz", features="relu", steps=1000, sizes=[32, 64, 128, 256, 512])
    seen = measured(found, tmp_path / "digits.npz", seeds=3)
    confirmed(found, seen)
    assert {v.optimizer for v in found.judged if v.same_steps.word == "pays"} == {"matrix-sign", "natural-gradient"}
    for name in ("gd", "matrix-sign", "natural-gradient"):
        assert found.alpha[name] == pytest.approx(seen[name][0], abs=0.05)


@pytest.mark.parametrize(("steps", "word"), [(2000, "does not pay"), (20, "pays")])
def test_diabetes(tmp_path: Path, steps: int, word: str) -> None:
    data = datasets.load_diabetes()
    np.savez(tmp_path / "diabetes.npz", X=data.data, y=data.target)
    found = diagnose(tmp_path / "diabetes.npz", steps=steps)
    assert found.modes == 10
    assert "only 10 modes" in str(found)
    assert {v.optimizer: v.same_steps.word for v in found.judged}["natural-gradient"] == word
    confirmed(found, measured(found, tmp_path / "diabetes.npz", seeds=100))


def test_noise_that_hides_the_target_leaves_it_open(tmp_path: Path) -> None:
    """Half of the diabetes target is noise to a kernel, and beyond its first modes nothing of it can be seen."""
    data = datasets.load_diabetes()
    np.savez(tmp_path / "diabetes.npz", X=data.data, y=data.target)
    found = diagnose(tmp_path / "diabetes.npz", features="relu", steps=1000, sizes=[8, 16, 32, 64, 128])
    assert found.r is None
    assert found.to_json()["r"] == {"value": None, "interval": None}
    assert found.verdict.startswith("Cannot tell")
    assert "drown in label noise" in found.verdicts["natural-gradient"]


def test_file_as_it_is_when_noise_is_zero(tmp_path: Path) -> None:
    """noise = 0 takes the labels as exact, as the simulation of the file does; ReLU features of diabetes confirm it."""
    data = datasets.load_diabetes()
    np.savez(tmp_path / "diabetes.npz", X=data.data, y=data.target)
    file = tmp_path / "diabetes.npz"
    found = diagnose(file, features="relu", noise=0.0, steps=1000, sizes=[8, 16, 32, 64, 128])
    confirmed(found, measured(found, file, seeds=8))


@pytest.mark.parametrize(("features", "steps"), [("linear", 3000), ("linear", 30), ("tanh", 300)])
def test_a_data_set_that_set_no_margin(tmp_path: Path, features: str, steps: int) -> None:
    """Breast cancer: margins and error terms were chosen after seeing digits and diabetes, not this."""
    data = datasets.load_breast_cancer()
    np.savez(tmp_path / "cancer.npz", X=data.data / data.data.std(0), y=data.target.astype(float))
    file = tmp_path / "cancer.npz"
    noise = 0.0 if features == "tanh" else None
    found = diagnose(file, features=features, steps=steps, sizes=[4, 8, 16, 24], noise=noise)
    seen = measured(found, file, seeds=40)
    base, loss = seen["gd"]
    for verdict in found.judged:
        alpha, risk = seen[verdict.optimizer]
        if verdict.same_steps.word != "cannot tell":
            assert (verdict.same_steps.word == "pays") == (alpha - base >= GAP and loss / risk >= RATIO), verdict.text
    assert "cannot tell" not in {v.same_steps.word for v in found.judged if v.optimizer == "natural-gradient"}
