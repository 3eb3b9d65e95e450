"""Joint laws against the published table, against synthetic truths, and their parts against finite differences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.compare.joint_laws import JointSettings, analyse_runs
from optscaling.compare.joint_laws.intervals import term_intervals
from optscaling.compare.joint_laws.joint_fit import fit_joint
from optscaling.compare.joint_laws.lattice_fit import fit_lattice
from optscaling.compare.joint_laws.refit import refit_all
from optscaling.compare.joint_laws.rho_form import rho_form
from optscaling.compare.joint_laws.run_data import RunData, run_data
from optscaling.compare.joint_laws.simulated_data import drawn_losses
from optscaling.compare.joint_laws.survival import left_out
from optscaling.compare.joint_laws.terms import D_ALPHA, D_BETA, RHO_D, RHO_N
from optscaling.compare.joint_laws.tuning_gap import with_tuning_gap
from optscaling.compare.loss_laws import minimise
from optscaling.errors import InputError

DATA = Path(__file__).parents[2] / "data"

# AICc stated beside the data, for eight of the sixteen laws.
STATED = {
    (): -1573.1,
    (RHO_N,): -1679.7,
    (RHO_D,): -1730.5,
    (RHO_N, RHO_D): -1742.8,
    (RHO_D, D_BETA): -1751.7,
    (RHO_N, D_BETA): -1750.7,
    (RHO_N, RHO_D, D_BETA): -1730.2,
    (RHO_N, RHO_D, D_ALPHA, D_BETA): -1709.5,
}


@pytest.fixture(scope="module")
def runs() -> RunData:
    table = pd.read_csv(DATA / "fantastic_optimizers.csv").query("optimizer != 'Sophia'")
    return run_data(
        table, loss="loss", size="params_nonembed", tokens="tokens", optimizer="optimizer", units=(3e8, 2e10)
    )


@pytest.fixture(scope="module")
def lattice(runs: RunData):
    return fit_lattice(runs)


def synthetic(d_beta: float = 0.0, rho: float = 1.2, noise: float = 0.0, seed: int = 0, optimizers: int = 2) -> RunData:
    """Runs on a grid of 4 sizes and 5 budgets, where later optimizers differ from the first."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(optimizers):
        for size in np.geomspace(1e8, 1e9, 4):
            for ratio in (20, 40, 80, 160, 320):
                tokens = size * ratio
                r, d = (1.0, 0.0) if k == 0 else (rho, d_beta)
                law = 1.7 + 0.9 * (size / 3e8) ** -0.3 + 0.4 * (r * tokens / 2e10) ** -(0.28 + d)
                rows.append((f"optimizer {k}", size, tokens, law * np.exp(noise * rng.standard_normal())))
    table = pd.DataFrame(rows, columns=["optimizer", "size", "tokens", "loss"])
    return run_data(table, loss="loss", size="size", tokens="tokens", optimizer="optimizer", units=(3e8, 2e10))


def test_the_lattice_gives_the_stated_table(lattice) -> None:
    assert len(lattice.fits) == 16
    for terms, stated in STATED.items():
        assert lattice.fits[frozenset(terms)].aicc == pytest.approx(stated, abs=0.06)


def test_values_and_errors_are_the_stated_ones(lattice) -> None:
    best = lattice.best
    assert best.terms == {RHO_D, D_BETA}
    stated = {"Muon": (-0.020, 0.006), "Scion": (-0.019, 0.007), "SOAP": (-0.012, 0.006)}
    for name, (value, error) in stated.items():
        found = best.term(D_BETA)[name]
        assert found.value == pytest.approx(value, abs=0.0006)
        assert found.stderr == pytest.approx(error, rel=0.1)
    shared = best.shared()
    assert shared["E"].value == pytest.approx(1.785, abs=6e-4)
    assert shared["alpha"].value == pytest.approx(0.164, abs=6e-4)
    alone = lattice.fits[frozenset({RHO_D})].term(RHO_D)
    stated_rho = {"Muon": (1.281, 0.032), "SOAP": (1.228, 0.031), "Scion": (1.228, 0.033), "Adam-mini": (0.941, 0.024)}
    for name, (value, error) in stated_rho.items():
        assert alone[name].value == pytest.approx(value, abs=6e-4)
        assert alone[name].stderr == pytest.approx(error, abs=6e-4)


def test_no_law_ends_above_one_it_contains(lattice) -> None:
    for large, fit in lattice.fits.items():
        assert all(fit.value <= inner.value * (1 + 1e-9) for small, inner in lattice.fits.items() if small < large)


def test_profile_follows_t_where_the_law_is_nearly_linear(lattice) -> None:
    for term in (RHO_D, D_BETA):
        profile, t = (term_intervals(lattice.best, term, kind)["Muon"] for kind in ("profile", "t"))
        assert profile == pytest.approx(t, rel=0.02)


@pytest.mark.parametrize("noise", ["normal", "residual", "wild", "block"])
def test_simulated_data_have_the_noise_of_the_runs(lattice, noise) -> None:
    best = lattice.best
    drawn = drawn_losses(best, 2000, 0, noise)
    assert drawn.shape == (2000, 144)
    spread = np.sqrt(np.mean((drawn - best.fitted) ** 2))
    assert spread == pytest.approx(best.sigma, rel=0.12)
    if noise == "block":
        cell = (best.data.optimizer == 1) & (best.data.sizes == best.data.sizes[0])
        signs = np.sign((drawn - best.fitted) * best.residual)[:, cell]
        assert np.all(signs == signs[:, :1])


def test_refits_are_those_of_the_newton_solver(lattice) -> None:
    best = lattice.best
    losses = drawn_losses(best, 20, 3)
    theta, value = refit_all(best.form, losses, best.theta)
    solved, half, _ = minimise(best.form, losses, np.ones(144), np.repeat(best.theta[None], 20, axis=0), np.inf)
    np.testing.assert_allclose(value, 2 * half, rtol=1e-8)
    np.testing.assert_allclose(theta, solved, atol=1e-3 * np.sqrt(np.diag(best.covariance)).max())
    held, more = refit_all(best.form, losses, best.theta, held=(2,))
    assert np.all(held[:, 2] == best.theta[2])
    assert np.all(more >= value * (1 - 1e-9))


def test_rho_form_has_the_derivatives_of_its_values(lattice) -> None:
    fit = lattice.fits[frozenset({RHO_N, RHO_D, D_BETA})]
    form = rho_form(fit)
    theta = form.from_inner(fit.theta[None])
    np.testing.assert_allclose(form.to_inner(theta)[0], fit.theta, rtol=1e-12)
    weights = np.random.default_rng(0).standard_normal((1, 144))
    step = 1e-5
    slope = form.evaluate(theta)[1]
    curvature = form.curvature(theta, weights)[0]
    for k in range(theta.shape[1]):
        up, down = (theta + sign * step * np.eye(theta.shape[1])[k] for sign in (1, -1))
        np.testing.assert_allclose(
            (form.evaluate(up)[0] - form.evaluate(down)[0])[0] / (2 * step), slope[0, :, k], atol=1e-8
        )
        second = np.einsum("bn,bnk->k", weights, form.evaluate(up)[1] - form.evaluate(down)[1]) / (2 * step)
        np.testing.assert_allclose(second, curvature[k], atol=1e-6 * max(1.0, np.abs(curvature).max()))


def test_exact_data_give_exact_exponents() -> None:
    fit = fit_joint(synthetic(d_beta=-0.02), frozenset({RHO_D, D_BETA}))
    shared = fit.shared()
    for name, truth in {"E": 1.7, "A": 0.9, "alpha": 0.3, "B": 0.4, "beta": 0.28}.items():
        assert shared[name].value == pytest.approx(truth, abs=1e-6)
    assert fit.term(D_BETA)["optimizer 1"].value == pytest.approx(-0.02, abs=1e-6)
    assert fit.term(RHO_D)["optimizer 1"].value == pytest.approx(1.2, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.3, 3.0), st.floats(0.3, 3.0), st.floats(0.5, 2.0))
def test_units_change_no_fit(size: float, tokens: float, loss: float) -> None:
    """With a constant and an exponent of each optimizer, N0 and D0 are conventions, and so is the loss's unit."""
    data = synthetic(d_beta=0.02, noise=2e-3)
    other = RunData(data.sizes, data.tokens, data.losses * loss, data.optimizer, data.names, 3e8 * size, 2e10 * tokens)
    terms = frozenset({RHO_D, D_BETA})
    first, second = fit_joint(data, terms), fit_joint(other, terms)
    assert second.value == pytest.approx(first.value, rel=1e-6)
    assert second.term(D_BETA)["optimizer 1"].value == pytest.approx(first.term(D_BETA)["optimizer 1"].value, abs=1e-5)


def test_a_tuning_gap_is_found_and_its_law_lies_below() -> None:
    data = synthetic(noise=1e-3, optimizers=6)
    gap = np.abs(np.random.default_rng(5).standard_normal(len(data.y))) * 0.01
    fit = fit_joint(data.with_losses(data.losses * np.exp(gap)), frozenset({RHO_D}))
    tuned = with_tuning_gap(fit, noise_floor=1e-3)
    assert tuned.gap == pytest.approx(0.01 * np.sqrt(2 / np.pi), rel=0.2)
    assert np.mean(fit.fitted - tuned.fit.fitted) == pytest.approx(tuned.gap, rel=0.1)


def test_leaving_out_covers_sizes_and_ends_of_the_ratio(runs) -> None:
    assert [label for label, _ in left_out(runs)] == [
        "N = 1.34e+08", "N = 3.02e+08", "N = 5.37e+08", "N = 1.21e+09", "D/N = 20", "D/N = 320",
    ]  # fmt: skip


def test_constants_alone_give_no_verdict_and_a_large_change_gives_one() -> None:
    few = JointSettings(draws=60)
    constant = analyse_runs(synthetic(noise=1e-3, seed=1), settings=few)
    assert all(c.verdict == "cannot tell" for c in constant.conclusions)
    changed = analyse_runs(synthetic(d_beta=-0.1, rho=1.0, noise=1e-3, seed=2, optimizers=3), settings=few)
    assert {c.verdict for c in changed.conclusions} == {"smaller"}
    checks = {check.under: check for check in changed.checks}
    assert all(all(check.sign.values()) for check in checks.values())
    assert next(check for under, check in checks.items() if under.startswith("data made from")).share <= 0.05
    assert "the sign survives" in changed.sentence()
    assert "Does d_beta survive" in str(changed)
    assert "every account" in str(changed.conclusions[0])


def test_sizes_alone_have_four_laws_and_a_flat_gap_is_no_exponent() -> None:
    table = pd.read_csv(DATA / "adana_ladder.csv")
    found = analyse_runs(table, {"size": "params_nonembed"}, settings=JointSettings(draws=60))
    assert len(found.lattice.fits) == 4
    assert all(c.verdict == "cannot tell" for c in found.conclusions)


@pytest.mark.parametrize(
    ("roles", "baseline", "part"),
    [({"loss": "missing"}, None, "missing"), ({}, "Lion", "No run is of 'Lion'")],
)
def test_bad_input_gets_a_sentence(roles, baseline, part) -> None:
    table = pd.DataFrame({"optimizer": ["a"] * 3, "size": [1.0, 2, 3], "loss": [3.0, 2, 1]})
    with pytest.raises(InputError, match=part):
        analyse_runs(table, roles, baseline=baseline)
