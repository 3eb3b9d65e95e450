"""Plans: promised widths come true when the runs are made, and what cannot be settled is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optscaling.compare.forecasts import plan
from optscaling.compare.joint_laws import RunData, fit_joint, runs_of
from optscaling.errors import InputError

NOISE = 2e-3
TERMS = frozenset({"rho_D", "d_beta"})


def truth(name: str, size: np.ndarray, tokens: np.ndarray, d_beta: float) -> np.ndarray:
    rho, d = (1.0, 0.0) if name == "AdamW" else (1.25, d_beta)
    return 1.7 + 0.9 * (size / 3e8) ** -0.3 + 0.4 * (rho * tokens / 2e10) ** -(0.28 + d)


def runs(d_beta: float, seed: int, extra: pd.DataFrame | None = None) -> RunData:
    """A grid of two optimizers, and more runs."""
    rng = np.random.default_rng(seed)
    sizes, ratios = (v.ravel() for v in np.meshgrid(np.geomspace(1e8, 8e8, 4), [20.0, 40, 80, 160]))
    rows = [pd.DataFrame({"optimizer": n, "size": sizes, "tokens": sizes * ratios}) for n in ("AdamW", "Muon")]
    table = pd.concat([*rows, *([] if extra is None else [extra])], ignore_index=True)
    laws = [truth(n, s, d, d_beta) for n, s, d in zip(table.optimizer, table["size"], table.tokens, strict=True)]
    table["loss"] = np.array(laws) * np.exp(NOISE * rng.standard_normal(len(table)))
    return runs_of(table, units=(3e8, 2e10))


@pytest.mark.parametrize("d_beta", [-0.03, 0.0])
def test_promised_widths_come_true(d_beta: float) -> None:
    """Made on the synthetic truth, the runs give an interval within 20 % of the width that was promised."""
    planned = plan(runs(d_beta, 1), "d_beta muon", 3e21, noise=NOISE)
    promised = next((law for law in planned.laws if law.law == "rho_D + d_beta"), None)
    if promised is None:
        pytest.skip("this draw excludes the law")
    extra = pd.DataFrame(
        [(r.optimizer, r.size, r.tokens) for r in planned.runs for _ in range(r.count)],
        columns=["optimizer", "size", "tokens"],
    )
    widths = [2 * 1.96 * fit_joint(runs(d_beta, seed, extra), TERMS).term("d_beta")["Muon"].stderr for seed in range(8)]
    assert promised.planned_width < 0.8 * promised.width
    assert np.mean(widths) == pytest.approx(promised.planned_width, rel=0.2)


def test_a_budget_that_settles_and_one_that_does_not() -> None:
    clear = plan(runs(-0.06, 2), "d_beta Muon", 3e22)
    assert clear.laws[0].chance > 0.9
    assert clear.spent <= 3e22
    none = plan(runs(0.0, 2), "muon > adamw at 2x", 3e18)
    assert none.spent <= 3e18
    assert none.to_json()["kind"] == "plan"


def test_chances_are_those_of_simulated_verdicts() -> None:
    """With the estimate drawn about the present one, the interval leaves out 0 as often as was said."""
    planned = plan(runs(-0.02, 3), "d_beta muon", 2e21, noise=NOISE)
    law = planned.laws[0]
    before, after = law.width / 3.92, law.planned_width / 3.92
    drawn = law.estimate + np.sqrt(before**2 - after**2) * np.random.default_rng(0).standard_normal(200_000)
    assert np.mean(np.abs(drawn) > law.planned_width / 2) == pytest.approx(law.chance, abs=0.03)


@pytest.mark.parametrize(
    ("question", "budget", "part"),
    [
        ("which is best", 1e21, "is no question"),
        ("lion > adamw at 2x", 1e21, "No run is of 'lion'"),
        ("d_beta AdamW", 1e21, "is the baseline"),
        ("d_beta muon", 1e10, "pays for no run"),
    ],
)
def test_bad_questions_get_a_sentence(question: str, budget: float, part: str) -> None:
    with pytest.raises(InputError, match=part):
        plan(runs(0.0, 0), question, budget)
