"""Tables of text: every way of writing one gives the same numbers; which columns are no features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.arrays import Eigenvalues, Features, read_data
from optscaling.theory.arrays.text_dialect import dialect_of

RNG = np.random.default_rng(2)
X, Y = RNG.standard_normal((40, 3)) * [3, 2, 1], RNG.standard_normal(40)
TABLE = np.column_stack([X, Y])


def features(path: Path, *args, **options) -> Features:
    found = read_data(path, *args, **options)
    assert isinstance(found, Features)
    return found


@settings(max_examples=60, deadline=None)
@given(
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    comma=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    first=st.sampled_from(["", "sep", "# a comment, with commas; and more\n", "\n\n"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
    order=st.permutations(range(4)),
)
def test_every_way_of_writing(tmp_path_factory, delimiter, comma, encoding, first, newline, quoted, order) -> None:
    comma = comma and delimiter != ","
    names = ["größe", "b", "c", "price"]
    rows = [[names[j] for j in order], *([f"{v:.12g}" for v in row[list(order)]] for row in TABLE)]
    if comma:
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
    if quoted and delimiter != " ":
        rows = [[f'"{cell}"' for cell in row] for row in rows]
    lead = "" if first == "sep" and delimiter == " " else f"sep={delimiter}\n" if first == "sep" else first
    text = lead + "\n".join(delimiter.join(row) for row in rows) + "\n"
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    found = features(path, "price")
    assert found.rows.names == tuple(names[j] for j in order if j != 3)
    np.testing.assert_allclose(found.inputs, X[:, [j for j in order if j != 3]], rtol=1e-11)
    np.testing.assert_allclose(found.targets[:, 0], Y, rtol=1e-11)


@pytest.mark.parametrize(
    "text",
    [
        "0,9\n0,05\n0,012\n0,001\n",
        "eigenvalue\n0,9\n0,05\n0,012\n0,001\n",
        "k;lambda\n1;0,9\n2;0,05\n3;0,012\n4;0,001\n",
        ",lambda\n0,0.9\n1,0.05\n2,0.012\n3,0.001\n",
        "rank eigenvalue\n1 0.9\n2 0.05\n3 0.012\n4 0.001\n",
        "# eigenvalues of K\n9e-1\n5e-2\n1.2E-2\n.1e-2\n",
        "layer,eigenvalue\nconv,0.9\nconv,0.05\nconv,0.012\nconv,0.001\n",
    ],
)
def test_eigenvalues_as_they_are_written(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.txt").write_text(text)
    found = read_data(tmp_path / "e.txt")
    assert isinstance(found, Eigenvalues)
    np.testing.assert_allclose(found.values, [0.9, 0.05, 0.012, 0.001])


def test_energies_of_several_outputs_add_up(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("energy_0,eigenvalue,energy_1\n1,0.1,2\n3,0.9,4\n5,0.5,6\n")
    found = read_data(tmp_path / "e.csv")
    assert isinstance(found, Eigenvalues)
    assert found.energies is not None
    np.testing.assert_allclose(found.values, [0.9, 0.5, 0.1])
    np.testing.assert_allclose(found.energies, [7, 11, 3])
    other = read_data({"eigenvalues": [0.1, 0.9, 0.5], "energies": np.array([[1, 2], [3, 4], [5, 6]])})
    assert isinstance(other, Eigenvalues)
    np.testing.assert_array_equal(other.energies, found.energies)


def test_records(tmp_path: Path) -> None:
    """An array of records is a table; one of several records a row is none."""
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "price": Y})
    np.save(tmp_path / "t.npy", frame.to_records(index=False))
    found = features(tmp_path / "t.npy", "price")
    assert found.rows.names == ("a", "b")
    np.testing.assert_array_equal(found.inputs, X[:, :2])
    for damaged in (np.zeros((5, 9), dtype=[("a", "f8"), ("b", "f8")]), np.zeros(9, dtype=[("a", "f8", (3,))])):
        np.save(tmp_path / "t.npy", damaged)
        with pytest.raises(InputError, match="one record a row"):
            read_data(tmp_path / "t.npy", -1)


def test_names_in_a_comment(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "t.txt", TABLE, header="a b c price")
    assert features(tmp_path / "t.txt", "price").rows.names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("", np.arange(40)),
        ("any", np.arange(1, 41)),
        ("Unnamed: 0", np.arange(40) * 7 % 97),
        ("customer_id", RNG.permutation(1000)[:40]),
        ("any", RNG.permutation(40)),
        ("uuid", np.array([f"u{k}" for k in range(40)])),
    ],
)
def test_an_index_is_no_feature(tmp_path: Path, name: str, column: np.ndarray) -> None:
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], name: column, "price": Y})
    frame.to_csv(tmp_path / "t.csv", index=False)
    found = features(tmp_path / "t.csv", "price")
    np.testing.assert_allclose(found.inputs, X[:, :2])
    assert [(each.what, each.name) for each in found.reading.left_out] == [("column", name or "2")]
    np.testing.assert_array_equal(features(frame, "price").inputs, found.inputs)  # type: ignore[arg-type]


def test_whole_numbers_that_count_something_are_features(tmp_path: Path) -> None:
    rooms, area = RNG.integers(1, 6, 40), RNG.permutation(10_000)[:40]
    pandas.DataFrame({"rooms": rooms, "area": area, "price": Y}).to_csv(tmp_path / "t.csv", index=False)
    found = features(tmp_path / "t.csv", "price")
    assert found.rows.names == ("rooms", "area")
    assert any("area holds" in note for note in found.reading.notes) is False  # two columns: no share is called large


def test_what_is_noticed(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 1], "d": 3.0, "e": 1000 * X[:, 2], "y": Y})
    pandas.concat([frame, frame[:5]]).to_csv(tmp_path / "t.csv", index=False)
    found = features(tmp_path / "t.csv", "y")
    told = " ".join(found.reading.sentences)
    assert found.rows.shape == (40, 5)
    assert len(found.targets) == 40
    for part in ("5 rows were left out", "columns b and c are equal", "do nothing (1: d)", "column e holds 99.9"):
        assert part in told, part


def test_rows_of_few_values_may_repeat(tmp_path: Path) -> None:
    table = RNG.integers(0, 3, (200, 3))
    np.savez(tmp_path / "t.npz", X=table, y=table @ [1.0, 2.0, 4.0] + RNG.integers(0, 2, 200))
    found = features(tmp_path / "t.npz")
    assert found.rows.shape == (200, 3)
    assert any("repeat others; they were kept" in note for note in found.reading.notes)


def test_names_that_are_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    np.savetxt(path, np.column_stack([X, Y, Y]), delimiter=",", header="a,price,c,price,price", comments="")
    with pytest.raises(InputError, match=r"3 columns named price .* --target 3 --exclude 4"):
        read_data(path, "price")
    with pytest.raises(InputError, match=r"is the target price itself.*--exclude price"):
        read_data(path, "3")
    assert features(path, "3", exclude=["4"]).rows.names == ("a", "price", "c")
    assert features(path, "1").rows.names == ("a", "c", "price", "price")


def test_a_copy_of_the_target_in_other_units(tmp_path: Path) -> None:
    np.savetxt(
        tmp_path / "t.csv", np.column_stack([X, 3 - 2 * Y, Y]), delimiter=",", header="a,b,c,eur,usd", comments=""
    )
    with pytest.raises(InputError, match="--exclude eur"):
        read_data(tmp_path / "t.csv", "usd")


def test_classes(tmp_path: Path) -> None:
    words = RNG.choice(["red", "green", "blue"], 40)
    found = read_data({"X": X, "y": words})
    assert isinstance(found, Features)
    np.testing.assert_array_equal(found.targets, words[:, None] == np.unique(words))
    numbers = np.unique(words, return_inverse=True)[1]
    as_classes = read_data({"X": X, "y": numbers}, classes=True)
    assert isinstance(as_classes, Features)
    np.testing.assert_array_equal(as_classes.targets, found.targets)
    as_numbers = read_data({"X": X, "y": numbers})
    assert isinstance(as_numbers, Features)
    assert as_numbers.targets.shape == (40, 1)
    assert any("--classes" in note for note in as_numbers.reading.notes)
    with pytest.raises(InputError, match="too many for classes"):
        read_data({"X": X, "y": [f"w{k}" for k in range(40)]})


def test_cells_longer_than_a_csv_reader_takes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n" + 200_000 * "9" + ",3\n4,5\n6,7\n")
    with pytest.raises(InputError, match=r"row 2, column a is '9+\.\.\.', but a number"):
        read_data(tmp_path / "t.csv", "b")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n" + 200_000 * "x" + ",3\n4,5\n6,7\n")
    with pytest.raises(InputError) as caught:
        read_data(tmp_path / "t.csv", "b")
    assert len(str(caught.value)) < 300


def test_a_dialect_needs_the_first_bytes_alone() -> None:
    rows = ("a;b\n" + 30_000 * "1,5;2\n").encode()
    found = dialect_of(rows[: 2**16], False, "t")
    assert found is not None
    assert (found.delimiter, found.decimal, found.names, found.width) == (";", ",", ("a", "b"), 2)
