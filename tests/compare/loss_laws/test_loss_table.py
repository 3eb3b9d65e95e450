"""Tables of losses: columns, groups, replicates and sweeps, and every kind of file that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optscaling.compare.loss_laws.loss_table import read_lines, read_losses, shown
from optscaling.errors import InputError

DATA = Path(__file__).parents[2] / "data"


def table(text: str, **options: object):  # type: ignore[no-untyped-def]
    return read_lines(text.splitlines(keepends=True), "table", **options)  # type: ignore[arg-type]


def test_columns_are_guessed() -> None:
    found = read_losses(DATA / "marin_speedrun.csv", by=["family", "series"], best=True)
    assert (found.size, found.loss, found.tokens) == ("params", "c4_bpb", "tokens")
    assert len(found.series) == 16
    assert read_losses(DATA / "chinchilla_points.csv").series[0].rows == 245
    assert table("optimizer,N,val_loss\na,1,2\n").loss == "val_loss"
    assert table("optimizer,N,my loss,D\na,1,2,3\n").tokens == "D"


def test_the_best_of_a_sweep_and_replicates() -> None:
    text = "optimizer,n,loss,lr_edge\na,10,3,low\na,10,2,inside\na,20,1,high\na,20,4,inside\n"
    best, all_rows = table(text, best=True).series[0], table(text).series[0]
    assert list(best.losses) == [2, 1]
    assert best.marks == {("lr_edge", "high"): 1}
    assert list(all_rows.curve()[1]) == [2.5, 2.5]
    assert list(all_rows.curve()[2]) == [2, 2]


def test_the_best_is_the_column_of_the_source() -> None:
    found = read_losses(DATA / "marin_speedrun.csv", by=["family", "series"], best=True)
    listed = read_losses(DATA / "marin_speedrun.csv", by=["family", "series"], drop=["best=0"])
    for a, b in zip(found.series, listed.series, strict=True):
        assert np.array_equal(a.curve()[1], b.curve()[1])


def test_groups_and_marks() -> None:
    found = table("optimizer,family,n,loss,flag,out\na,x,1,2,,0\na,y,1,3,odd,1\nb,x,1,4,,0\n", by=["family"])
    assert [(s.optimizer, s.stratum) for s in found.series] == [("a", ("x",)), ("a", ("y",)), ("b", ("x",))]
    assert found.series[1].marks == {("flag", "odd"): 1, ("out", "1"): 1}
    dropped = table("optimizer,n,loss,flag,out\na,1,2,,0\na,2,3,odd,1\n", drop=["out"])
    assert dropped.series[0].rows == 1
    assert "1 rows dropped" in dropped.notes[0]
    by_hand = table("method,n,loss\nmine,1,2\n", by=["method"])
    assert (by_hand.series[0].optimizer, by_hand.by) == ("mine", ())


def test_rows_that_differ_in_what_has_no_role_are_refused() -> None:
    text = "optimizer,family,n,loss\na,x,1,2\na,y,1,3\na,x,2,1\na,y,2,1.5\n"
    with pytest.raises(InputError, match="differ in family"):
        table(text)
    assert len(table(text, by=["family"]).series) == 2
    assert not table("optimizer,family,n,loss\na,x,1,2\na,y,2,3\n").notes


def test_rows_without_a_loss_are_counted() -> None:
    found = table("n,loss,val\n1,,3\n2,nan,4\n3,2,5\n4,inf,6\n", loss="loss")
    assert list(found.series[0].sizes) == [3]
    assert found.notes[:2] == (
        "2 rows without loss are left out.", "1 rows whose loss is not positive and finite are left out.",
    )  # fmt: skip


def test_a_history_gives_its_last_step_and_a_sweep_its_best() -> None:
    history = "run,n,step,loss\n" + "".join(f"r{n},{n},{t},{5 - t / n}\n" for n in (10, 20) for t in (1, 2, 3))
    found = table(history)
    assert list(found.series[0].losses) == [5 - 3 / 10, 5 - 3 / 20]
    assert "last step" in found.notes[0]
    sweep = "n,lr,seed,loss\n" + "".join(
        f"{n},{r},{k},{1 / n + r + k / 100}\n" for n in (10, 20) for r in (0.1, 0.2, 0.3) for k in (0, 1)
    )
    best = table(sweep)
    assert list(best.series[0].curve()[1]) == pytest.approx([0.1 + 0.1 + 0.005, 0.05 + 0.1 + 0.005])
    assert any("lower end in 2 of 2" in note for note in best.notes)


def test_a_diverged_replicate_is_named_and_left_out() -> None:
    rows = [(n, k, 2 + 10 / n + 0.001 * k) for n in (10, 20, 40) for k in range(4)]
    rows[5] = (20, 1, 7.5)
    found = table("n,seed,loss\n" + "".join(f"{n},{k},{x}\n" for n, k, x in rows))
    assert len(found.series[0].losses) == 11
    assert any("7.5" in note and "--keep-outliers" in note for note in found.notes)


def test_cells_stay_text() -> None:
    nasty = ["=HYPERLINK(1)", "<script>alert(1)</script>", "__import__('os').system('x')", "$\\frac$", "a\x1b[31m"]
    rows = "".join(f'"{name}",{n},{1 / n}\n' for name in nasty for n in (1, 2, 4))
    found = table("optimizer,n,loss\n" + rows)
    assert [s.optimizer for s in found.series] == nasty
    assert shown(nasty[-1]) == "a?[31m"


def test_a_long_file_is_read_from_a_stream() -> None:
    def lines():  # type: ignore[no-untyped-def]
        yield "optimizer,n,loss,comment\n"
        for k in range(20_000):
            yield f"a,{1 + k % 5},{2 + k % 7},{'x' * 200}\n"

    best = read_lines(lines(), "stream", best=True).series[0]
    assert best.rows == 20_000
    assert len(best.sizes) == 5


BAD = {
    "empty": ("", {}, "is empty"),
    "no rows": ("n,loss\n", {}, "no rows"),
    "no such column": ("n,loss\n1,2\n", {"loss": "los"}, "did you mean loss"),
    "nothing like a loss": ("n,height\n1,2\n", {}, "name it with --loss"),
    "two losses": ("n,a_loss,b_loss\n1,2,3\n", {}, "a_loss and b_loss"),
    "nothing left": ("n,loss\n0,2\n3,-1\n4,\n", {}, "no run with a loss and a size"),
    "a formula": ("n,loss\n1,=1+1\n", {"loss": "loss"}, "column loss is text"),
    "no role": ("optimizer,n,loss,s\na,1,2,1\na,1,3,2\na,2,1,1\na,2,2,2\n", {}, "--by 's'"),
}


@pytest.mark.parametrize(("text", "options", "told"), BAD.values(), ids=BAD.keys())
def test_files_that_cannot_be_used(text: str, options: dict, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        table(text, **options)
    assert "\n" not in str(caught.value)
