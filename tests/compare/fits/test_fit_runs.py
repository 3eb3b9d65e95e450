"""One call for all laws: rows are selected for joint laws as for single ones, and nothing asked is ignored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import optscaling as osc
from optscaling.cli.commands.fit import FORMS as TYPED
from optscaling.cli.commands.fit import command
from optscaling.compare.fits import FORMS
from optscaling.compare.tables import SelectionRules
from optscaling.errors import InputError


def grid(seed: int = 0, noise: float = 1e-3) -> pd.DataFrame:
    """Two optimizers, 1.3 apart in tokens, at 4 sizes and 4 budgets."""
    draw = np.random.default_rng(seed)
    rows = []
    for name, rho in (("adamw", 1.0), ("muon", 1.3)):
        for size in (1e8, 2e8, 4e8, 8e8):
            for ratio in (20, 40, 80, 160):
                loss = 1.7 + 8.0 * size**-0.1 * 3 + 400 * (rho * size * ratio) ** -0.28
                rows.append((name, size, size * ratio, loss * np.exp(noise * draw.standard_normal())))
    return pd.DataFrame(rows, columns=["optimizer", "params", "tokens", "val_loss"])


def test_forms_typed_and_called_are_the_same() -> None:
    assert list(FORMS) == TYPED


def test_joint_laws_of_a_dataframe() -> None:
    found = osc.fit(grid(), "joint", draws=20)
    rho = found.lattice.fits[frozenset({"rho_D"})].term("rho_D")["muon"]
    assert abs(rho.value - 1.3) < 4 * rho.stderr
    assert "loss val_loss, size params, tokens tokens, optimizer optimizer" in found.lattice.data.reading[0]


def test_a_sweep_gives_joint_laws_its_best() -> None:
    table = grid()
    worse = pd.concat([table.assign(lr=0.01), table.assign(lr=0.1, val_loss=table.val_loss * 1.2)])
    alone, swept = (osc.fit(each, "joint", draws=10) for each in (table, worse))
    assert swept.best.theta == pytest.approx(alone.best.theta, rel=1e-6)
    assert any("best of a sweep" in line for line in swept.lattice.data.reading)


def test_steps_beside_tokens_are_asked_about() -> None:
    table = grid().assign(step=lambda t: t.tokens / 1e6)
    with pytest.raises(InputError, match="--take every"):
        osc.fit(table, "joint", draws=10)
    each = osc.fit(table, "joint", rules=SelectionRules(take="every"), draws=10)
    assert len(each.lattice.data.y) == len(table)


def test_options_of_other_forms_are_refused() -> None:
    with pytest.raises(InputError, match="has no option 'floor'"):
        osc.fit(grid(), "joint", floor=1.7)
    with pytest.raises(InputError, match="no form of a law"):
        osc.fit(grid(), "jiont")


@pytest.mark.parametrize("typed", [["--floor", "1.6"], ["--train", "a"]])
def test_the_command_refuses_them_too(tmp_path, typed) -> None:
    path = tmp_path / "runs.csv"
    grid().to_csv(path, index=False)
    found = CliRunner().invoke(command, [str(path), "--form", "joint", *typed])
    assert isinstance(found.exception, InputError)
    assert "no option of --form joint" in str(found.exception)
