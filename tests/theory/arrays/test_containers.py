"""Files of arrays: every format and type gives the same numbers, and damage of any kind is one sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import ml_dtypes
import numpy as np
import pytest
import scipy.io

from optscaling.errors import InputError
from optscaling.theory.arrays import Eigenvalues, Features, Kernel, read_data
from optscaling.theory.arrays.containers import members_of

VALUES = np.arange(1, 40.0) ** -1.5
RNG = np.random.default_rng(1)
X, Y = RNG.standard_normal((30, 4)) * [3, 2, 1, 0.5], RNG.standard_normal(30)


def eigenvalues(path: Path) -> np.ndarray:
    found = read_data(path)
    assert isinstance(found, Eigenvalues)
    return found.values


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [
        ("f8", 0),
        (">f8", 0),
        ("f4", 1e-7),
        ("f2", 1e-3),
        ("g", 1e-15),
        ("c16", 0),
        ("c8", 1e-7),
        (ml_dtypes.bfloat16, 4e-3),
        ("U24", 0),
    ],
)
def test_every_type_that_holds_numbers(tmp_path: Path, dtype: str, tolerance: float) -> None:
    np.save(tmp_path / "a.npy", VALUES.astype(dtype))
    np.savez_compressed(tmp_path / "a.npz", eigs=VALUES.astype(dtype))
    for name in ("a.npy", "a.npz"):
        np.testing.assert_allclose(eigenvalues(tmp_path / name), VALUES, rtol=tolerance)
    found = read_data(VALUES.astype(dtype))
    assert isinstance(found, Eigenvalues)
    np.testing.assert_allclose(found.values, VALUES, rtol=tolerance)


def _mat(path: Path, **arrays: np.ndarray) -> None:
    scipy.io.savemat(path, arrays)


def _mat73(path: Path, **arrays: np.ndarray) -> None:
    """MATLAB 7.3: HDF5 with columns first, and its class beside each array."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = np.atleast_2d(array).T if array.ndim > 1 else array[None, :]
            file[name].attrs["MATLAB_class"] = np.bytes_("double")


def _safetensors(path: Path, **arrays: np.ndarray) -> None:
    pytest.importorskip("safetensors.numpy").save_file(arrays, path)


WRITERS: dict[str, Callable[..., None]] = {
    "a.npz": np.savez,
    "a5.mat": _mat,
    "a73.mat": _mat73,
    "a.safetensors": _safetensors,
}


@pytest.mark.parametrize(("name", "write"), WRITERS.items())
@pytest.mark.parametrize("pair", ["X y", "X_train y_train", "features targets", "inputs labels"])
def test_formats_and_names_hold_the_same_features(tmp_path: Path, name: str, write, pair: str) -> None:
    x, y = pair.split()
    write(tmp_path / name, **{x: X, y: Y, "X_test": X[:5], "y_test": Y[:5]})
    found = read_data(tmp_path / name)
    assert isinstance(found, Features)
    np.testing.assert_array_equal(found.inputs, X)
    np.testing.assert_array_equal(found.targets, Y[:, None])
    assert {each.name for each in found.reading.left_out} == {"X_test", "y_test"}


def test_what_a_file_is_shows_in_its_bytes(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    (tmp_path / "a.npy").rename(tmp_path / "a.dat")
    np.testing.assert_array_equal(eigenvalues(tmp_path / "a.dat"), VALUES)


def test_large_arrays_stay_on_disk(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    members = members_of(tmp_path / "x.npy", "x.npy")
    assert members is not None
    assert isinstance(members[""].load(), np.memmap)
    found = read_data(tmp_path / "x.npy", -1)
    assert isinstance(found, Features)
    assert isinstance(found.rows.source, np.memmap)
    np.testing.assert_array_equal(found.inputs, X[:, :3])


def npy(array: np.ndarray, header: Callable[[bytes], bytes] = lambda h: h) -> bytes:
    with io.BytesIO() as out:
        np.save(out, array)
        return header(out.getvalue())


def zipped(content: bytes, name: str = "X.npy", compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", compression) as archive:
            archive.writestr(name, content)
        return out.getvalue()


HUGE = npy(np.ones(3), lambda h: h.replace(b"(3,), }" + 29 * b" ", b"(1" + 30 * b"0" + b",), }    "))
DAMAGED = {
    "0-d array": ("a.npy", npy(np.array(3.0)), "0 dimensions"),
    "three dimensions": ("a.npy", npy(np.ones((3, 3, 3))), "3 dimensions"),
    "all alike": ("a.npy", npy(np.ones(50)), "all 50 eigenvalues are 1"),
    "shape 10^30": ("a.npy", HUGE, "cannot be read"),
    "shape 10^30, zipped": ("a.npz", zipped(HUGE), "damaged"),
    "bad byte in a header": (
        "a.npy",
        npy(np.ones(9), lambda h: h.replace(b"'descr'", b"'desc\x01'")),
        "cannot be read",
    ),
    "no array in it": ("a.npz", zipped(b"hello", "readme.txt"), "no array"),
    "corrupt deflate": ("a.npz", zipped(npy(RNG.random(99))).replace(b"\x93N", b"\x00\x01")[:-300], "cannot be read"),
    "an unknown compression": ("a.npz", zipped(npy(VALUES)).replace(b"\x08\x00", b"\x63\x00"), "cannot be read"),
    "pickled": ("a.npz", zipped(npy(np.array([{}]))), "pickled"),
    "empty archive": ("a.npz", b"PK\x05\x06" + 18 * b"\0", "no arrays"),
    "a matlab file cut": ("a.mat", b"MATLAB 5.0 MAT-file" + 120 * b" ", "cannot be read"),
    "an hdf5 file cut": ("a.mat", b"\x89HDF\r\n\x1a\n" + 64 * b"\1", "cannot be read"),
    "a header of 10^18": ("a.safetensors", b"\x00\x00\x64\xa7\xb3\xb6\xe0\x0d{}", "cannot be read"),
}


@pytest.mark.parametrize(("name", "content", "says"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damage_is_one_sentence(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    if name.endswith("safetensors"):
        pytest.importorskip("safetensors")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read_data(tmp_path / name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_bomb_is_refused_by_its_declared_size(tmp_path: Path, monkeypatch) -> None:
    """300 kB that unpack to 80 MB, where half of that can be taken."""
    (tmp_path / "bomb.npz").write_bytes(zipped(npy(np.zeros(10**7))))
    assert (tmp_path / "bomb.npz").stat().st_size < 10**6
    monkeypatch.setattr("optscaling.theory.arrays.memory.available_bytes", lambda: 4 * 10**7)
    with pytest.raises(InputError, match=r"needs 0\.2 GB of memory"):
        read_data(tmp_path / "bomb.npz")


def test_a_kernel_is_never_features(tmp_path: Path) -> None:
    """A symmetric matrix without negative eigenvalues: K alone, K and labels, in float32, in text."""
    kernel = X @ X.T + np.eye(30)
    for name in ("k.npy", "k.csv"):
        np.save(tmp_path / "k.npy", kernel.astype(np.float32))
        np.savetxt(tmp_path / "k.csv", kernel, delimiter=",", fmt="%.7g")
        np.testing.assert_allclose(eigenvalues(tmp_path / name), np.linalg.eigvalsh(kernel)[::-1], rtol=1e-4)
        found = read_data(tmp_path / name, labels=Y)
        assert isinstance(found, Kernel)
        with pytest.raises(InputError, match="symmetric matrix"):
            read_data(tmp_path / name, "-1")
    np.save(tmp_path / "distances.npy", 1 - np.eye(30))
    with pytest.raises(InputError, match="negative eigenvalue"):
        read_data(tmp_path / "distances.npy")


def test_rows_and_labels_in_files_of_their_own(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y[:, None])
    (tmp_path / "y.csv").write_text("\n".join(["id,price", *(f"{i},{y!r}" for i, y in enumerate(Y.tolist()))]))
    np.savez(tmp_path / "y.npz", labels=Y, other=Y[:3])
    (tmp_path / "words.txt").write_text("\n".join("cat" if y > 0 else "dog" for y in Y))
    for labels in ("y.npy", "y.csv", "y.npz"):
        found = read_data(tmp_path / "x.npy", labels=tmp_path / labels)
        assert isinstance(found, Features)
        np.testing.assert_array_equal(found.inputs, X)
        np.testing.assert_array_equal(found.targets[:, 0], Y)
    words = read_data(tmp_path / "x.npy", labels=tmp_path / "words.txt")
    assert isinstance(words, Features)
    np.testing.assert_array_equal(words.targets[:, 0], Y <= 0)
    with pytest.raises(InputError, match="expected"):
        read_data(tmp_path / "x.npy", labels=Y[:7])


@pytest.mark.parametrize("kind", ["npy", "npz", "csv", "mat"])
def test_mutated_files_never_end_in_a_traceback(tmp_path: Path, kind: str) -> None:
    """A few hundred files with flipped, cut and repeated bytes: numbers or one sentence, nothing else."""
    rng = np.random.default_rng(7)
    path = tmp_path / f"f.{kind}"
    if kind == "npy":
        np.save(path, X)
    elif kind == "npz":
        np.savez_compressed(path, X=X, y=Y)
    elif kind == "mat":
        scipy.io.savemat(path, {"X": X, "y": Y})
    else:
        np.savetxt(path, np.column_stack([X, Y]), delimiter=",", header="a,b,c,d,y", comments="")
    whole = path.read_bytes()
    told = []
    for _ in range(150):
        path.write_bytes(mutated(whole, rng))
        try:
            read_data(path, None if kind in ("npz", "mat") else "-1")
        except InputError as error:
            told.append(str(error))
    assert len(told) > 10
    assert all(text.isprintable() for text in told)


def mutated(whole: bytes, rng: np.random.Generator) -> bytes:
    """Bytes flipped, a piece cut out, repeated or zeroed, mostly near the beginning or the end, where headers are."""
    data = bytearray(whole)
    for _ in range(rng.integers(1, 4)):
        near = int(rng.choice([min(200, len(data)), len(data)]))
        at = int(rng.integers(0, max(near, 1)))
        at = at if rng.random() < 0.7 else len(data) - 1 - min(at, len(data) - 1)
        length = int(rng.integers(1, 40))
        match rng.integers(0, 4):
            case 0:
                data[at : at + 1] = bytes([rng.integers(0, 256)])
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case _:
                data[at : at + length] = bytes(min(length, len(data) - at))
        if not data:
            return b""
    return bytes(data)
