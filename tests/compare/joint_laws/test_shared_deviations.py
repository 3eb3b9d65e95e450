"""Deviations shared by cells: the whitening matrix, what is found of synthetic runs, and what passes as independent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optscaling.compare.joint_laws import (
    JointSettings,
    LatticeFit,
    RunData,
    analyse_runs,
    fit_joint,
    fit_lattice,
    runs_of,
)
from optscaling.compare.joint_laws.shared_deviations import WhitenedForm, cells_of, shared_deviations
from optscaling.compare.joint_laws.terms import joint_form


def runs(cell: float, d_beta: float = 0.0, seed: int = 0, noise: float = 1e-3, optimizers: int = 4) -> RunData:
    """Four sizes, four budgets; deviations of a cell and of a run, in log loss."""
    rng = np.random.default_rng(seed)
    sizes, ratios = (v.ravel() for v in np.meshgrid(np.geomspace(1e8, 1e9, 4), [20.0, 40, 80, 160], indexing="ij"))
    common = cell * rng.standard_normal(sizes.size)
    tables = []
    for k in range(optimizers):
        rho, d = (1.25, d_beta) if k else (1.0, 0.0)
        law = 1.7 + 0.9 * (sizes / 3e8) ** -0.3 + 0.4 * (rho * sizes * ratios / 2e10) ** -(0.28 + d)
        losses = law * np.exp(common + noise * rng.standard_normal(sizes.size))
        tables.append(pd.DataFrame({"optimizer": f"o{k}", "size": sizes, "tokens": sizes * ratios, "loss": losses}))
    return runs_of(pd.concat(tables, ignore_index=True), units=(3e8, 2e10))


@pytest.mark.parametrize("tau", [0.25, 4.0])
def test_whitening_makes_the_covariance_one(tau: float) -> None:
    data = runs(0.0).subset(np.arange(64) % 5 > 0)  # cells of different counts
    cell = cells_of(data)
    covariance = np.eye(len(cell)) + tau * (cell[:, None] == cell)
    matrix = WhitenedForm(joint_form(data, frozenset()), cell, tau).whiten(np.eye(len(cell)))
    np.testing.assert_allclose(matrix @ covariance @ matrix.T, np.eye(len(cell)), atol=1e-12)
    sign, determinant = np.linalg.slogdet(covariance)
    assert sign == 1
    assert determinant == pytest.approx(np.sum(np.log1p(tau * np.bincount(cell))))


def test_independent_deviations_pass_and_shared_ones_are_found() -> None:
    assert shared_deviations(fit_lattice(runs(0.0), JointSettings(scattered=0))) is None
    found = shared_deviations(fit_lattice(runs(3e-3, seed=1), JointSettings(scattered=0)))
    assert found is not None
    assert found.chance < 1e-6
    assert found.gain > 20
    assert 2 <= found.best.tau <= 16
    assert found.best.sigma == pytest.approx(1e-3, rel=0.25)


def test_errors_are_those_of_many_data_sets_and_smaller_than_independent_ones() -> None:
    """Over 12 data sets the estimates scatter as their standard errors say; taken as independent, less than these."""
    terms = frozenset({"rho_D", "d_beta"})
    estimates, errors, independent = [], [], []
    for seed in range(12):
        data = runs(3e-3, -0.02, seed + 10, optimizers=3)
        lattice = LatticeFit(data, {terms: fit_joint(data, terms, scattered=0)}, JointSettings())
        found = shared_deviations(lattice, always=True)
        assert found is not None
        values = found.fits[terms].values["d_beta"].values()
        estimates += [v.value for v in values]
        errors += [v.stderr for v in values]
        independent += [v.stderr for v in lattice.fits[terms].term("d_beta").values()]
    scatter = np.sqrt(np.mean((np.array(estimates) + 0.02) ** 2))
    assert scatter == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.5)
    assert np.mean(errors) < 0.7 * np.mean(independent)


def test_tokens_that_follow_the_size_leave_a_law_of_size_alone() -> None:
    sizes = np.tile(np.geomspace(1e7, 1e9, 6), 2)
    loss = 1.5 + (sizes / 1e8) ** -0.2 * np.repeat([1.0, 0.97], 6) * (1 + 1e-3 * np.cos(np.arange(12)))
    table = pd.DataFrame({"optimizer": np.repeat(["a", "b"], 6), "size": sizes, "tokens": 20 * sizes, "loss": loss})
    found = analyse_runs(table, settings=JointSettings(draws=20))
    assert len(found.lattice.fits) == 4
    assert "Tokens follow the size" in str(found)
