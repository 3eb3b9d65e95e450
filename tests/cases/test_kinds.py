"""Tables of kinds that people have, written from one law: its exponent comes out, or a refusal says what to type."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from optscaling.compare.fits import fit
from optscaling.compare.tables import read_table
from optscaling.errors import InputError

SIZES = (1.24e8, 3.5e8, 7.7e8, 1.5e9, 3e9, 7e9)
ALPHA = 0.12


def runs(seeds: int = 1) -> pd.DataFrame:
    """A power law for two optimizers, losses around 0.7 known to five in 10^4."""
    rng = np.random.default_rng(1)
    rows = [
        (name, n, 20 * n, level * n**-ALPHA * np.exp(5e-4 * rng.standard_normal()), seed)
        for name, level in (("AdamW", 8.0), ("Muon", 7.6))
        for n in SIZES
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["optimizer", "params", "tokens", "loss", "seed"])


def exported() -> pd.DataFrame:
    """As a tracker of experiments writes sweeps: every setting has .value after its name."""
    names = {"optimizer": "optimizer.value", "params": "config.n_params.value", "loss": "val/loss"}
    return runs(3).rename(columns=names).assign(_step=1000, State="finished")


def in_both_cases() -> pd.DataFrame:
    """Half of the rows spell the optimizers in lower case."""
    table = runs(4)
    half = table.index % 2 == 0
    table.loc[half, "optimizer"] = table.loc[half, "optimizer"].str.lower()
    return table


def twice() -> pd.DataFrame:
    """Every row again."""
    return pd.concat([runs(2), runs(2)], ignore_index=True)


KINDS: dict[str, Callable[[], pd.DataFrame]] = {
    "settings of a sweep": exported,
    "names of optimizers under another heading": lambda: runs().rename(columns={"optimizer": "run_group"}),
    "a setting of the optimizer": lambda: runs().rename(columns={"optimizer": "optimizer_variant"}),
    "spellings": in_both_cases,
    "perplexity": lambda: runs().assign(ppl=np.exp(runs().loss)).drop(columns="loss"),
    "bits per byte": lambda: runs().assign(bits_per_byte=0.3 * runs().loss).drop(columns="loss"),
    "rows twice": twice,
    "a column for each optimizer": lambda: (
        runs().pivot(index="params", columns="optimizer", values="loss").reset_index()
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_exponent(kind: str) -> None:
    found = fit(KINDS[kind](), form="power")
    series = {each.name.lower(): each.fit for each in found.fits}
    assert set(series) == {"adamw", "muon"}
    for each in series.values():
        assert each is not None
        assert abs(each.alpha - ALPHA) < 4e-4


def test_rows_twice_have_the_errors_of_rows_once() -> None:
    once, again = (fit(table, form="power").fits[0].fit for table in (runs(2), twice()))
    assert once is not None
    assert again is not None
    assert again.interval == once.interval


def test_losses_of_few_digits_may_agree() -> None:
    table = pd.DataFrame({"params": [1e6, 1e6, 1e7, 1e7, 1e8], "loss": [3.2, 3.2, 2.9, 2.9, 2.6]})
    assert len(read_table(table).frame) == 5
    assert len(read_table(table.assign(loss=table.loss + 1e-5)).frame) == 3


def two_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Two counts of parameters that are not in proportion."""
    return table.assign(params_total=1.1 * table.params + 5e7, params_nonembed=table.params).drop(columns="params")


@pytest.mark.parametrize(
    ("change", "options", "part"),
    [
        (two_counts, {}, "type"),
        (lambda t: t.assign(log_params=np.log10(t.params)).drop(columns=["params", "tokens"]), {}, "is a logarithm"),
        (lambda t: t.assign(log_params=np.log10(t.params)), {"roles": {"size": "log_params"}}, "is a logarithm"),
        (lambda t: t.assign(tags=["a"] * 6 + ["b"] * 6, optimizer="AdamW"), {}, "which has no role"),
    ],
)
def test_what_could_be_two_things_is_asked(change, options, part) -> None:
    with pytest.raises(InputError, match=part):
        fit(change(runs()), **options)
