"""Figures of joint laws and forecasts: what they draw is what was found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optscaling.compare.forecasts import ForecastSettings, forecast
from optscaling.compare.joint_laws import JointSettings, analyse_runs
from optscaling.compare.law_figures import plot_exponent_changes, plot_forecast
from optscaling.errors import InputError


def runs(d_beta: float, optimizers: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [
        (f"o{k}", n, n * r, 1.7 + 0.9 * (n / 3e8) ** -0.3 + 0.4 * (n * r / 2e10) ** -(0.28 + (d_beta if k else 0.0)))
        for k in range(optimizers)
        for n in np.geomspace(1e8, 1e9, 4)
        for r in (20, 40, 80, 160)
    ]
    table = pd.DataFrame(rows, columns=["optimizer", "size", "tokens", "loss"])
    table["loss"] *= np.exp(1e-3 * rng.standard_normal(len(table)))
    return table


def test_a_fan_opens_beyond_the_runs_and_gaps_have_a_panel() -> None:
    found = forecast(runs(-0.05), at=[2.0], settings=ForecastSettings(draws=100, beyond=True))
    ax = plot_forecast(found)
    figure = ax.figure
    assert len(figure.axes) == 2
    assert "D = 160 N" in ax.get_xlabel()
    low, high = (ax.collections[0].get_paths()[0].vertices[:, 1].min(), ax.collections[0].get_datalim(ax.transData).x1)
    assert low < found.lattice.data.losses.min()
    assert high >= 9 * 6 * float((found.lattice.data.sizes * found.lattice.data.tokens).max())
    alone = figure.add_subplot()
    assert plot_forecast(found, alone) is alone


def test_changes_of_exponent_have_a_row_each_and_constants_none() -> None:
    few = JointSettings(draws=40)
    found = analyse_runs(runs(-0.1, 3), settings=few)
    ax = plot_exponent_changes(found)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["o1", "o2"]
    assert len(ax.figure.axes[1].get_yticks()) == len(found.checks)
    constant = analyse_runs(runs(0.0).query("optimizer == 'o0'"), settings=few)
    with pytest.raises(InputError, match="none to draw"):
        plot_exponent_changes(constant)
