"""Data files: three formats read alike, and every unusable one is refused in a sentence."""

from pathlib import Path

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.arrays import Eigenvalues, Features, read_data, read_features

X = np.arange(12.0).reshape(4, 3) ** 1.5
Y = np.array([1.0, 0.0, 2.0, 5.0])


def test_the_three_formats_hold_the_same_features(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.column_stack([X, Y]))
    np.savez(tmp_path / "a.npz", X=X, y=Y)
    rows = [",".join(map(repr, map(float, [*x, y]))) for x, y in zip(X, Y, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["p,q,r,label", *rows]))
    for name, target in [("a.npy", "-1"), ("a.npy", "3"), ("a.npz", None), ("a.csv", "label")]:
        inputs, y = read_features(str(tmp_path / name), target)
        np.testing.assert_array_equal(inputs, X)
        np.testing.assert_array_equal(y, Y)


@pytest.mark.parametrize("header", ["", "eigenvalue\n"])
def test_one_column_is_eigenvalues_sorted(tmp_path: Path, header: str) -> None:
    (tmp_path / "e.csv").write_text(header + "1\n3\n\n2\n0\n")
    first = read_data(str(tmp_path / "e.csv"))
    assert isinstance(first, Eigenvalues)
    np.testing.assert_array_equal(first.values, [3.0, 2.0, 1.0])
    np.save(tmp_path / "e.npy", np.array([1, 2, 3]))
    found = read_data(str(tmp_path / "e.npy"))
    assert isinstance(found, Eigenvalues)
    np.testing.assert_array_equal(found.values, [3.0, 2.0, 1.0])


def _csv(text: str) -> tuple[str, bytes]:
    return "d.csv", text.encode()


@pytest.mark.parametrize(
    ("file", "target", "says"),
    [
        (_csv(""), None, "empty"),
        (_csv("a,b\n"), "b", "empty"),
        (_csv("1\n-2\n3\n4\n"), None, "negative"),
        (_csv("1\nnan\n3\n"), None, "eigenvalue 2 is nan"),
        (_csv("1\ninf\n3\n"), None, "infinite"),
        (_csv("e\n1\nx\n3\n"), None, "'x'"),
        (_csv("1\n2\n"), None, "at least 3"),
        (_csv("a,b\n1,2\n3\n"), "b", "columns"),
        (_csv("a,b\n1,2\n3,4\n5,6\n7,8\n"), "c", "no column 'c'"),
        (_csv("a,b\n1,2\n3,4\n5,6\n7,8\n"), None, "--target b"),
        (_csv("a,b\n1,2\n3,4\n"), "b", "at least 4"),
        (_csv("a,b\n1,2\n3,2\n5,2\n7,2\n"), "b", "target, column b, is the same in every row"),
        (_csv("1,2\n3,2\n5,2\n7,2\n"), "-1", "target, column 1, is the same in every row"),
        (_csv("a,b\n1,2\n1,3\n1,4\n1,5\n"), "b", "no feature varies"),
        (_csv("a,b\n1,2\n3,nan\n5,6\n7,8\n"), "b", "row 2, column b is nan"),
        (_csv("b,a\n1,2\n3,1e999\n5,6\n7,8\n"), "b", "row 2, column a is inf"),
        (_csv("b,a\n1,2\n3,\n5,6\n7,8\n"), "b", "row 2, column a is nan; cells that are empty"),
        (_csv("a,b\n1,2\n3,1e200\n5,6\n7,8\n"), "b", "holds a value of 1e\\+200, but sums of squares overflow"),
        (_csv("a,b\n1,2\n-1e200,3\n5,6\n7,8\n"), "b", "give the columns in other units"),
        (_csv("1\n2\n3\n"), "y", "leave --target out"),
        (_csv("a,b\n1,=cmd()\n2,=cmd()\n3,=cmd()\n4,x\n"), "a", "'=cmd\\(\\)', but a number is expected"),
        (_csv("a,b\n1,0.5\n2,0.6\n3,O.7\n4,0.9\n"), "a", "row 3, column b is 'O.7'"),
        (_csv("a,b\n1,0.5\n2,0.6\n3,O.7\n4,0.9\n"), "b", "row 3, column b is 'O.7'"),
        (("d.csv", b"\xff\xfe\x00\x01"), None, "is empty"),
        (("d.npy", b"not an array"), None, "cannot be read"),
        (("d.npz", b"not a zip"), None, "cannot be read"),
        (("d.bin", b"1\0\0\n2\n3\n"), None, "no file of text"),
        (("d.pkl", b"\x80\x04K\x01."), None, "never opened"),
    ],
)
def test_unusable_files_are_refused(tmp_path: Path, file: tuple[str, bytes], target: str | None, says: str) -> None:
    path = tmp_path / file[0]
    path.write_bytes(file[1])
    with pytest.raises(InputError, match=says) as caught:
        read_data(str(path), target)
    assert "\n" not in str(caught.value)


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="pickled"):
        read_data(str(tmp_path / "o.npy"))


@pytest.mark.parametrize("array", [np.zeros((2, 2, 2)), np.array(["a", "b"]), np.array([1j, 2, 3])])
def test_arrays_of_other_shapes_or_types_are_refused(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "w.npy", array)
    with pytest.raises(InputError):
        read_data(str(tmp_path / "w.npy"))


def test_npz_names_its_own_target(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", X=X, y=Y)
    assert isinstance(read_data(str(tmp_path / "m.npz"), "y"), Features)
    with pytest.raises(InputError, match="holds its target as y, but 'price' is asked for"):
        read_data(str(tmp_path / "m.npz"), "price")


def test_npz_with_mismatched_shapes_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", X=X, y=Y[:2])
    with pytest.raises(InputError, match="shape"):
        read_data(str(tmp_path / "m.npz"))
    np.savez(tmp_path / "k.npz", a=X, b=Y)
    with pytest.raises(InputError, match="keys X and y"):
        read_data(str(tmp_path / "k.npz"))


@pytest.mark.parametrize(
    ("place", "says"),
    [((1, 2), "row 2, column 2 is inf"), (3, "row 4, column y is inf"), (None, "target, column y, is the same")],
)
def test_npz_names_the_column_it_cannot_use(tmp_path: Path, place: object, says: str) -> None:
    inputs, y = X.copy(), Y.copy()
    if isinstance(place, tuple):
        inputs[place] = np.inf
    elif isinstance(place, int):
        y[place] = np.inf
    else:
        y[:] = 3.0
    np.savez(tmp_path / "n.npz", X=inputs, y=y)
    with pytest.raises(InputError, match=f"n.npz: .*{says}"):
        read_data(str(tmp_path / "n.npz"))


def test_a_constant_column_does_nothing(tmp_path: Path) -> None:
    """Images have pixels that never vary: such columns are kept, and read_features leaves them as they are."""
    np.savez(tmp_path / "c.npz", X=np.column_stack([X, np.full(4, 7.0)]), y=Y)
    assert read_features(str(tmp_path / "c.npz"))[0].shape == (4, 4)


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(InputError, match="not a file"):
        read_data("nowhere.csv")
