"""Files of arrays, opened without reading what need not be read: each member has its declared shape and type."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from .border import library_errors, shown
from .memory import check_fits

_NPY, _ZIP, _MAT5, _HDF5 = b"\x93NUMPY", b"PK\x03\x04", b"MATLAB 5.0", b"\x89HDF\r\n\x1a\n"
_BINARY = (".npy", ".npz", ".mat", ".safetensors", ".h5", ".hdf5")
_PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".joblib")
_MAT_TYPES = ("double", "single", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "logical")


@dataclass(frozen=True)
class Member:
    """An array of a file, not read yet.

    Attributes:
        shape: As declared.
        load: Reads it.
    """

    shape: tuple[int, ...]
    load: Callable[[], np.ndarray]


def members_of(path: Path, source: str) -> dict[str, Member] | None:
    """The arrays of a binary file by name, "" for the only one of a .npy; None for a file of text.

    What a file is shows in its first bytes, its ending counts only where they say nothing.

    Args:
        path: The file.
        source: What to call it in sentences.

    Raises:
        InputError: For a file that is missing, damaged, pickled, of an unknown kind, or larger than memory.
    """
    suffix = path.suffix.lower()
    if suffix in _PICKLES:
        raise InputError(f"{source} is a pickle, which is never opened; save its arrays by numpy.savez.")
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}); give a file that can be.") from None
    with library_errors(source):
        if start.startswith(_NPY):
            return _npy(path)
        if start.startswith(_ZIP) or (suffix == ".npz" and zipfile.is_zipfile(path)):
            return _npz(path, source)
        if start.startswith(_MAT5):
            return _mat(path, source)
        if start.startswith(_HDF5):
            return _hdf5(path)
        if suffix == ".safetensors":
            return _safetensors(path, source)
    if suffix in _BINARY:
        raise InputError(
            f"{source} cannot be read (it does not begin as a {suffix} file does); expected plain numbers, not pickled "
            "objects."
        )
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{source} is no file of text; expected .npy, .npz, .mat, .safetensors, .csv or .txt.")
    return None


def _npy(path: Path) -> dict[str, Member]:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return {"": Member(array.shape, lambda: array)}


def _npz(path: Path, source: str) -> dict[str, Member]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            found[name] = Member(_declared(archive, info, source, name), partial(_read, path, info, source, name))
    return found


def _declared(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: str, name: str) -> tuple[int, ...]:
    """The shape in a member's header. Raises InputError where its data are not as long as that."""
    with archive.open(info) as member:
        start = member.read(len(_NPY))
        if start != _NPY:
            raise InputError(f"{source}: {shown(name)} is no array; expected members saved by numpy.savez.")
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(member)
    if dtype.hasobject:
        raise InputError(f"{source}: {shown(name)} cannot be read (it is pickled); expected plain numbers.")
    size = math.prod(shape) * dtype.itemsize
    if size > info.file_size:
        raise InputError(
            f"{source}: {shown(name)} is damaged: it declares {size:,} bytes, not {info.file_size:,}; save it anew."
        )
    return tuple(shape)


def _read(path: Path, info: zipfile.ZipInfo, source: str, name: str) -> np.ndarray:
    check_fits(2 * info.file_size, f"{source}: {shown(name)}", "save it as .npy, which is read in parts")
    with library_errors(source), zipfile.ZipFile(path) as archive, archive.open(info) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _mat(path: Path, source: str) -> dict[str, Member]:
    from scipy.io import loadmat, whosmat

    found = {}
    for name, shape, kind in whosmat(path):
        if kind not in _MAT_TYPES:
            continue

        def load(name: str = name, shape: tuple[int, ...] = shape) -> np.ndarray:
            check_fits(16.0 * math.prod(shape), f"{source}: {shown(name)}")
            with library_errors(source):
                return np.asarray(loadmat(path, variable_names=[name])[name])

        found[name] = Member(tuple(shape), load)
    return found


def _hdf5(path: Path) -> dict[str, Member]:
    """Datasets at the top of the file; those of MATLAB 7.3 lie transposed."""
    import h5py

    found = {}
    with h5py.File(path) as file:
        matlab = any("MATLAB_class" in each.attrs for each in file.values())
        for name, each in file.items():
            if isinstance(each, h5py.Dataset) and each.dtype.kind in "fiub":

                def load(name: str = name, size: int = each.size) -> np.ndarray:
                    check_fits(16.0 * size, f"{path.name}: {shown(name)}")
                    with library_errors(path.name), h5py.File(path) as file:
                        array = np.asarray(file[name])
                    return array.T if matlab else array

                found[name] = Member(tuple(each.shape[::-1] if matlab else each.shape), load)
    return found


def _safetensors(path: Path, source: str) -> dict[str, Member]:
    try:
        from safetensors import safe_open
    except ImportError:
        raise InputError(
            f"{source} is read by safetensors, which is not installed: pip install 'optscaling[safetensors]'."
        ) from None
    found = {}
    with safe_open(path, framework="np") as file:
        for name in file.keys():  # noqa: SIM118 - the file is no mapping

            def load(name: str = name) -> np.ndarray:
                check_fits(2 * path.stat().st_size, source)
                with library_errors(source), safe_open(path, framework="np") as file:
                    return np.asarray(file.get_tensor(name))

            found[name] = Member(tuple(file.get_slice(name).get_shape()), load)
    return found


def members_in_memory(arrays: Mapping[str, Any], source: str) -> dict[str, Member]:
    """NumPy objects, and what can be made into them (lists, jax and torch arrays, tables), as members."""
    found = {}
    for name, each in arrays.items():
        with library_errors(source, "arrays of numbers"):
            array = np.asarray(each)
            if array.dtype == object:
                array = np.array(array.tolist())
        if array.dtype == object:
            raise InputError(f"{name} holds Python objects, but an array of numbers is expected.")
        found[name] = Member(array.shape, partial(np.asarray, array))
    return found
