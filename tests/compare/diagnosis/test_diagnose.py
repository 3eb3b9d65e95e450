"""Diagnosis: verdicts on both sides of the threshold, JSON, invariance, bad input, and the figure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optscaling.compare.diagnosis.costs import prices
from optscaling.compare.diagnosis.data_diagnosis import diagnose
from optscaling.compare.diagnosis.result import Diagnosis
from optscaling.compare.diagnosis.verdict import GAP, RATIO
from optscaling.compare.exponent_fit import slope_weights
from optscaling.compare.figures.diagnosis import plot_diagnosis, save_diagnosis
from optscaling.compare.spectra.spectral_exponents import fit_spectral
from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.theory.experiments.parse import from_dict

SIZES = [32, 64, 128, 256]


def eigenvalues(folder: Path, s: float = 1.0, modes: int = 1000, scale: float = 1.0) -> Path:
    file = folder / f"s{s}-{scale}.npy"
    np.save(file, scale * np.arange(1, modes + 1.0) ** -(1 + s))
    return file


def table(folder: Path, noise: float = 0.1, rows: int = 800, dim: int = 30, scale: float = 1.0) -> Path:
    """Gaussian inputs with s = 1 and a target with r = 0.5."""
    rng = np.random.default_rng(5)
    rank = np.arange(1, dim + 1)
    inputs = rng.standard_normal((rows, dim)) * rank**-1.0
    weights = rank**0.25 * rng.choice([-1, 1], dim)
    y = inputs @ weights
    y += np.sqrt(noise * np.sum(rank**-1.5)) * rng.standard_normal(rows)
    np.savez(folder / "table.npz", X=scale * inputs @ np.linalg.qr(rng.standard_normal((dim, dim)))[0], y=y)
    return folder / "table.npz"


def words(diagnosis: Diagnosis) -> dict[str, str]:
    """After the same steps, which no measured cost moves."""
    return {v.optimizer: v.same_steps.word for v in diagnosis.judged}


def test_above_the_threshold_it_pays(tmp_path: Path) -> None:
    found = diagnose(eigenvalues(tmp_path), steps=100, sizes=SIZES)
    assert words(found)["natural-gradient"] == words(found)["matrix-sign"] == "pays"
    assert found.verdict.startswith("Preconditioning pays")
    assert found.threshold[-1].side == "above"
    assert found.learned < SIZES[0]
    gd, natural = found.alpha["gd"], found.alpha["natural-gradient"]
    assert gd is not None
    assert natural is not None
    assert gd + 0.5 < natural
    sign = found.alpha["sign"]
    assert sign is not None
    assert sign < natural


def test_below_the_threshold_it_does_not(tmp_path: Path) -> None:
    found = diagnose(eigenvalues(tmp_path), steps=10**7, sizes=SIZES)
    assert set(words(found).values()) - {"cannot tell"} == {"does not pay"}
    assert "does not pay" in found.verdict
    assert found.threshold[-1].side == "below"


def test_near_the_threshold_it_cannot_tell(tmp_path: Path) -> None:
    """As training gets longer the verdict goes from pays to does not pay, and between them it cannot tell."""
    file = eigenvalues(tmp_path)

    def word(steps: float) -> str:
        return words(diagnose(file, steps=round(steps), sizes=SIZES))["natural-gradient"]

    short, long = 3e3, 3e6
    assert (word(short), word(long)) == ("pays", "does not pay")
    for _ in range(10):
        middle = (short * long) ** 0.5
        found = word(middle)
        if found == "cannot tell":
            break
        short, long = (middle, long) if found == "pays" else (short, middle)
    assert found == "cannot tell"


@pytest.mark.parametrize("samples", [100, 1500])
def test_few_samples_as_simulated(tmp_path: Path, samples: int) -> None:
    """With n below N the converged fit is worse than early-stopped gd; with n far above it the verdict turns."""
    found = diagnose(eigenvalues(tmp_path), steps=300, sizes=SIZES, samples=samples, noise=0.1)
    content: dict[str, Any] = {
        "problem": {"kind": "gaussian", "s": 1.0, "dim": 1000, "noise": 0.1},
        "model": {"sizes": SIZES, "samples": samples},
        "training": {"optimizers": ["gd", "matrix-sign", "natural-gradient"], "steps": [300], "eta": 1.5},
        "measure": {"seeds": 12},
    }
    risk = np.log(simulate(from_dict(content, "check")).risk.median("seed").values[:, 0, :, 0])
    slope = slope_weights(SIZES)
    for i, name in enumerate(("gd", "matrix-sign", "natural-gradient")):
        pays = (risk[0] - risk[i]) @ slope <= -GAP and risk[0, -1] - risk[i, -1] >= np.log(RATIO)
        if i:
            assert words(found)[name] == ("pays" if pays else "does not pay")
            assert found.risk[name][0] == pytest.approx(np.exp(risk[i, 0]), rel=0.2)
    assert found.finite_samples is not None
    assert found.finite_samples[-1] > 1


def test_cost_turns_a_verdict(tmp_path: Path) -> None:
    """What pays at the cost of gd does not where a step costs as much as the steps that gd would need."""
    file = eigenvalues(tmp_path)
    cheap, dear = (diagnose(file, steps=100, sizes=SIZES, cost={"matrix-sign": c}).judged[1] for c in (1.0, 1e6))
    assert (cheap.word, dear.word) == ("pays", "does not pay")
    assert cheap.same_steps.word == dear.same_steps.word == "pays"
    assert cheap.steps.value == dear.steps.value
    assert cheap.compute.value == pytest.approx(1e6 * dear.compute.value)
    assert cheap.compute.value == pytest.approx(cheap.steps.value)
    assert cheap.break_even.value == dear.break_even.value
    assert cheap.break_even.value is not None
    for factor, word in ((0.5, "pays"), (2.0, "does not pay")):
        cost = {"matrix-sign": factor * cheap.break_even.value}
        assert diagnose(file, steps=100, sizes=SIZES, cost=cost).judged[1].word == word


def test_costs_are_measured_unless_given() -> None:
    found = prices({"sign": 3.0})
    assert {name: price.source for name, price in found.items()} == {
        "diagonal": "measured",
        "matrix-sign": "measured",
        "natural-gradient": "measured",
        "sign": "given",
    }
    assert found["sign"].in_gd_steps(64, 100) == 300
    solve = found["natural-gradient"]
    assert solve.in_gd_steps(512, 100) == pytest.approx(2 * solve.in_gd_steps(256, 7))
    assert 1 <= found["diagonal"].value < found["matrix-sign"].value + 0.5
    assert found == prices({"sign": 3.0})


def test_costs_of_theory_where_they_are_asked_for() -> None:
    found = prices(dict.fromkeys(("diagonal", "matrix-sign", "natural-gradient", "sign"), "model"))
    assert found["matrix-sign"].in_gd_steps(64, 100) == pytest.approx(64 * 100 + 64**2)
    assert found["natural-gradient"].in_gd_steps(64, 100) == pytest.approx(64**2)
    assert found["diagonal"].in_gd_steps(64, 100) == found["sign"].in_gd_steps(64, 100) == 100


def test_gain_in_steps_reaches_the_same_risk(tmp_path: Path) -> None:
    """Diagnosed anew with that many fewer steps, the optimizer has the risk that gd had."""
    file = eigenvalues(tmp_path)
    found = diagnose(file, steps=2000, sizes=SIZES)
    gain = found.judged[1].steps.value
    assert gain is not None
    again = diagnose(file, steps=round(2000 / gain), sizes=SIZES)
    assert again.risk["matrix-sign"][-1] == pytest.approx(found.risk["gd"][-1], rel=0.03)


def test_a_kernel_is_the_features_it_is_made_of(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    inputs = rng.standard_normal((300, 500)) * np.arange(1, 501) ** -0.9
    inputs -= inputs.mean(axis=0)
    y = inputs @ rng.standard_normal(500)
    np.savez(tmp_path / "x.npz", X=inputs, y=y)
    np.savez(tmp_path / "k.npz", K=3 * inputs @ inputs.T, y=y)
    np.savez(tmp_path / "bare.npz", K=inputs.T @ inputs)
    one, two = (diagnose(tmp_path / name, steps=100, sizes=[8, 16, 32, 64]) for name in ("x.npz", "k.npz"))
    assert two.features == "kernel"
    assert two.s.value == pytest.approx(one.s.value, abs=1e-6)
    for name in ("gd", "matrix-sign", "natural-gradient"):
        assert two.alpha[name] == pytest.approx(one.alpha[name], abs=0.02)
    bare = diagnose(tmp_path / "bare.npz", steps=100, sizes=[8, 16, 32, 64])
    assert bare.r is None
    assert bare.s.value == pytest.approx(one.s.value, abs=0.15)


def test_breaks_are_found_where_they_are() -> None:
    k = np.arange(1, 3001.0)
    broken = np.where(k < 100, k**-1.3, 100**0.7 * k**-2.0)
    pieces = fit_spectral(broken, (3, 3000)).pieces
    assert [p.value for p in pieces] == pytest.approx([0.3, 1.0], abs=0.03)
    assert 70 < pieces[0].window[1] < 140
    rng = np.random.default_rng(8)
    single = sum(fit_spectral(k**-1.7 * np.exp(0.2 * rng.standard_normal(3000)), (3, 3000)).bends for _ in range(50))
    assert single <= 1  # odds of exp(5) for each break


@pytest.mark.parametrize("kind", ["eigenvalues", "linear", "relu"])
def test_scale_changes_nothing(tmp_path: Path, kind: str) -> None:
    if kind == "eigenvalues":
        pair = [diagnose(eigenvalues(tmp_path, scale=c), steps=500, sizes=SIZES) for c in (1.0, 1e5)]
    else:
        pair = [
            diagnose(table(tmp_path, rows=300, scale=c), steps=50, sizes=[4, 8, 16], features=kind) for c in (1.0, 1e5)
        ]
    first, second = (d.to_json() for d in pair)
    assert first["s"]["value"] == pytest.approx(second["s"]["value"], abs=1e-6)
    for name in ("gd", "natural-gradient"):
        assert first["alpha"][name] == pytest.approx(second["alpha"][name], abs=1e-6)
    assert first["verdict"] == second["verdict"]


def test_json_is_plain_and_keeps_its_keys(tmp_path: Path) -> None:
    bare = diagnose(eigenvalues(tmp_path), steps=100, samples=200)
    full = diagnose(table(tmp_path))
    for found in (bare, full):
        content = found.to_json()
        assert list(content)[:6] == ["s", "r", "alpha", "threshold", "verdicts", "verdict"]
        assert json.loads(json.dumps(content, allow_nan=False)) == content
        assert set(content["verdicts"]) == set(content["alpha"]) - {"gd"}
        assert content["alpha"]["sign"] is not None
    assert bare.to_json()["r"] == {"value": None, "interval": None}
    assert any("isotropic" in text for text in bare.assumptions)
    assert set(full.to_json()["reading"]) == {"kind", "target", "left_out", "notes"}
    assert {each["cost"]["source"] for each in full.to_json()["gaps"]} == {"measured"}
    assert full.to_json()["r"]["value"] is not None


def test_text_says_what_matters(tmp_path: Path) -> None:
    found = diagnose(table(tmp_path))
    text = str(found)
    assert found.verdict.split(":")[0] in text
    assert "out of reach" in text
    assert "800 rows" in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_noise_is_found_and_taken_out(tmp_path: Path) -> None:
    clean, noisy = (diagnose(table(tmp_path, noise=v), sizes=[4, 8, 16]) for v in (0.0, 0.5))
    assert noisy.alpha["gd"] == pytest.approx(clean.alpha["gd"], abs=0.05)
    lost = [int(note.split(" %")[0]) for note in noisy.status if "out of reach" in note]
    assert lost == [pytest.approx(33, abs=4)]  # 0.5 of 1.5


def test_beyond_the_modes_the_law_is_used(tmp_path: Path) -> None:
    """A cut spectrum with its fitted tail predicts what the longer spectrum does."""
    sizes = [128, 256, 512]
    cut = diagnose(eigenvalues(tmp_path, modes=400), sizes=sizes)
    assert any("extrapolation" in note for note in cut.status)
    whole = diagnose(eigenvalues(tmp_path, modes=20000), sizes=sizes)
    assert not any("extrapolation" in note for note in whole.status)
    for name in ("gd", "matrix-sign", "natural-gradient"):
        np.testing.assert_allclose(cut.risk[name], whole.risk[name], rtol=0.03)


def test_a_bent_spectrum_is_called_one(tmp_path: Path) -> None:
    k = np.arange(1, 2001.0)
    np.save(tmp_path / "bent.npy", k**-1.2 / (1 + k / 60))
    found = diagnose(tmp_path / "bent.npy")
    assert found.s.bends
    assert "not one power law" in str(found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty.csv", ""),
        ("nan.csv", "1\nnan\n0.1\n"),
        ("negative.csv", "1\n-0.5\n0.1\n"),
        ("words.csv", "a\n1\nlarge\n"),
        ("ragged.csv", "1\n2,3\n"),
        ("two.csv", "1\n0.5\n"),
        ("untargeted.csv", "a,b\n1,2\n3,4\n5,6\n7,9\n"),
        ("tail.csv", "1\n1e-20\n1e-21\n"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError):
        diagnose(tmp_path / name)


def test_bad_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "cube.npy", np.ones((3, 3, 3)))
    with pytest.raises(InputError):
        diagnose(tmp_path / "cube.npy")
    with pytest.raises(InputError):
        diagnose(tmp_path / "missing.csv")
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "chance.npz", X=rng.standard_normal((300, 10)), y=rng.standard_normal(300))
    with pytest.raises(InputError, match="beyond chance"):
        diagnose(tmp_path / "chance.npz")


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": 1.5},
        {"eta": 2.0},
        {"sizes": [64]},
        {"sizes": [0, 64]},
        {"samples": 0},
        {"noise": -1.0},
        {"features": "deep"},
    ],
)
def test_bad_arguments(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        diagnose(eigenvalues(tmp_path), **wrong)


def test_more_features_than_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="below 30"):
        diagnose(table(tmp_path), sizes=[8, 16, 32])


def test_few_modes(tmp_path: Path) -> None:
    (tmp_path / "three.csv").write_text("1\n0.5\n0.2\n")
    found = diagnose(tmp_path / "three.csv")
    assert "only 3 modes" in str(found)
    json.dumps(found.to_json(), allow_nan=False)


def test_figure(tmp_path: Path) -> None:
    found = diagnose(table(tmp_path))
    ax = plot_diagnosis(found)
    assert len(ax.figure.axes) == 2
    assert plot_diagnosis(found, ax) is ax
    for kind in ("png", "svg"):
        assert save_diagnosis(found, tmp_path / f"a.{kind}").stat().st_size > 1000
    with pytest.raises(InputError):
        save_diagnosis(found, tmp_path / "a.gif")


def test_progress_runs_to_the_end(tmp_path: Path) -> None:
    seen: list[float] = []
    diagnose(eigenvalues(tmp_path), progress=lambda fraction, _: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
