"""Tables as people write them: one table in every dress is the same table, and what is none is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.compare.tables import number_in, read_roles, read_table, save_roles
from optscaling.errors import InputError

RUNS = [("adamw", 124e6, 3.4), ("adamw", 355e6, 3.11), ("muon", 124e6, 3.33), ("muon", 1558e6, 2.742)]


def written(kind: str, folder: Path) -> Path:
    """The same runs, written in one of many ways."""
    path = folder / f"runs.{kind.split('-')[0]}"
    plain = "optimizer,params,loss\n" + "".join(f"{o},{n:.0f},{x}\n" for o, n, x in RUNS)
    rows = [[o, f"{n:.0f}", str(x)] for o, n, x in RUNS]
    text = {
        "csv": plain,
        "csv-crlf": plain.replace("\n", "\r\n"),
        "csv-semicolon": plain.replace(",", ";"),
        "csv-european": plain.replace(",", ";").replace(".", ","),
        "csv-thousands": "optimizer,params,loss\n" + "".join(f'{o},"{n:,.0f}",{x}\n' for o, n, x in RUNS),
        "csv-units": "optimizer,params,loss\n" + "".join(f"{o},{n / 1e6:g}M,{x}\n" for o, n, x in RUNS),
        "csv-sep": "sep=;\n" + plain.replace(",", ";"),
        "csv-comment": "# made today\n" + plain + "# the end\n",
        "csv-commented-header": "# " + plain,
        "csv-short": plain.replace("loss\n", "loss,notes\n"),
        "csv-blank-lines": plain.replace("\n", "\n\n"),
        "tsv": plain.replace(",", "\t"),
        "txt-spaces": plain.replace(",", "   "),
        "md": "| optimizer | params | loss |\n|:--|--:|---|\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows),
        "json": json.dumps([{"optimizer": o, "params": n, "loss": x} for o, n, x in RUNS], indent=1),
        "json-columns": json.dumps(dict(zip(("optimizer", "params", "loss"), zip(*RUNS, strict=True), strict=True))),
        "json-nested": json.dumps({"runs": [{"optimizer": o, "params": n, "loss": x} for o, n, x in RUNS]}),
        "jsonl": "".join(json.dumps({"optimizer": o, "params": n, "loss": x}) + "\n" for o, n, x in RUNS),
    }  # fmt: skip
    if kind.startswith("csv-utf16"):
        path.write_bytes(plain.encode("utf-16"))
    elif kind == "csv-latin":
        path.write_bytes(plain.replace("loss\n", "loss,notes\n").replace("3.4\n", "3.4,µP\n").encode("cp1252"))
    elif kind == "parquet":
        pytest.importorskip("pyarrow")
        pd.DataFrame(RUNS, columns=["optimizer", "params", "loss"]).to_parquet(path)
    else:
        path.write_text(text[kind], encoding="utf-8")
    return path


KINDS = (
    "csv", "csv-crlf", "csv-semicolon", "csv-european", "csv-thousands", "csv-units", "csv-sep", "csv-comment",
    "csv-commented-header", "csv-short", "csv-blank-lines", "csv-utf16", "csv-latin", "tsv", "txt-spaces", "md", "json",
    "json-columns", "json-nested", "jsonl", "parquet",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_one_table_in_every_dress(kind: str, tmp_path: Path) -> None:
    table = read_table(written(kind, tmp_path))
    assert [table.one(role) for role in ("optimizer", "size", "loss")] == ["optimizer", "params", "loss"]
    assert list(table.frame["optimizer"]) == [o for o, _, _ in RUNS]
    assert list(table.frame["params"]) == pytest.approx([n for _, n, _ in RUNS])
    assert list(table.frame["loss"]) == [x for _, _, x in RUNS]


def test_objects() -> None:
    frame = pd.DataFrame(RUNS, columns=["optimizer", "params", "loss"])
    for source in (frame, frame.to_xarray(), {name: list(frame[name]) for name in frame}):
        table = read_table(source)
        assert (table.one("size"), table.one("loss")) == ("params", "loss")
        assert list(table.frame["loss"]) == [x for _, _, x in RUNS]


NAMES = {
    ("N", "n", "risk"): {"N": "size", "n": "tokens"},
    ("params", "batch_size", "loss"): {"params": "size", "batch_size": "hyper-parameter"},
    ("params", "step_size", "val_loss"): {"step_size": "hyper-parameter"},
    ("params", "loss", "val_loss"): {"val_loss": "loss", "loss": "metric"},
    ("params", "loss", "loss_std", "z_loss"): {"loss": "loss", "loss_std": "metric", "z_loss": "metric"},
    ("params", "tokens", "tokens_per_second", "loss"): {"tokens": "tokens", "tokens_per_second": "metric"},
    ("model.n_params", "train/tokens", "val/loss"): {"model.n_params": "size", "train/tokens": "tokens"},
    ("flops", "macro_loss"): {"flops": "size", "macro_loss": "loss"},
    ("C", "N", "D", "L"): {"C": "compute", "N": "size", "D": "tokens", "L": "loss"},
}  # fmt: skip


@pytest.mark.parametrize("names", NAMES)
def test_roles_by_whole_words(names: tuple[str, ...]) -> None:
    rng = np.random.default_rng(0)
    table = read_table({name: rng.uniform(1, 2, 5) for name in names})
    found = {name: each.role for name, each in table.reading.columns.items()}
    assert {name: found[name] for name in NAMES[names]} == NAMES[names]


def test_one_blank_cell_does_not_disqualify_the_validation_loss() -> None:
    table = read_table({"params": [1.0, 2, 3], "train_loss": [3.0, 2, 1], "val_loss": [4.0, float("nan"), 2]})
    assert table.one("loss") == "val_loss"
    assert "train_loss not taken" in table.reading.columns["val_loss"].why


def test_two_candidates_are_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match=r"--loss 'a_loss' or --loss 'b_loss'"):
        read_table({"n": [1.0, 2], "a_loss": [1.0, 2], "b_loss": [2.0, 1]})
    assert (
        read_table({"n": [1.0, 2], "a_loss": [1.0, 2], "b_loss": [2.0, 1]}, {"loss": "b_loss"}).one("loss") == "b_loss"
    )


def test_roles_are_kept_for_the_next_time(tmp_path: Path) -> None:
    source = {"n": [1.0, 2], "a_loss": [1.0, 2], "b_loss": [2.0, 1]}
    first = read_table(source, {"loss": "a_loss", "by": []})
    save_roles(first.reading.columns, tmp_path / "roles.toml")
    assert read_roles(tmp_path / "roles.toml")["loss"] == ["a_loss"]
    assert read_table(source, tmp_path / "roles.toml").roles == first.roles


BAD = {
    "empty": (b"", "is empty"),
    "no header": (b"1,2\n3,4\n", "begins with numbers"),
    "no rows": (b"n,loss\n", "no rows"),
    "twice": (b"n,n\n1,2\n", "twice"),
    "binary": (b"\x00\x01\x02\x03abc", "not text"),
    "an array": (b"\x93NUMPY\x01\x00", "npy array"),
    "a zip": (b"PK\x03\x04", "zip"),
    "ambiguous": (b"n\tloss\n1000\t3,412\n2000\t2,911\n", "--decimal"),
    "broken JSON": (b'{"n": 1,\n "loss": }', "begins like JSON"),
    "ragged": (b"n,loss\n1,2,3\n4,5,6\n7,8\n", "other numbers of cells"),
}


@pytest.mark.parametrize(("content", "told"), BAD.values(), ids=BAD.keys())
def test_what_is_no_table(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_bytes(content)
    with pytest.raises(InputError, match=told) as caught:
        read_table(tmp_path / "runs.csv")
    assert "\n" not in str(caught.value)


@given(st.floats(1e-6, 1e12), st.sampled_from(["", "k", "M", "B", " T", " %"]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_number_with_its_unit(value: float, unit: str, european: bool) -> None:
    scale = {"": 1, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "%": 0.01}[unit.strip()]
    text = f"{value:.6f}{unit}"
    found = number_in(text.replace(".", ",") if european else text, "," if european else ".")
    assert found == pytest.approx(float(f"{value:.6f}") * scale)
