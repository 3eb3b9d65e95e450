"""Estimated modes, kept: in the process, and in a folder, so that a prediction of the same problem is quick.

An entry is named by a hash of all that it follows from: what is asked for, arrays byte by byte, and the code that works
it out. A file is arrays alone (no pickle), holds its own name and a hash of its numbers, is written beside its
place and moved into it, and is worked out again where anything of that is off; so processes may share a folder, and it
may be deleted at any time. The folder is $OPTSCALING_CACHE, `off` for none; else optscaling in $XDG_CACHE_HOME or
~/.cache. An entry takes about 100 kB.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import scipy

from ..preconditioning import FeatureWeights
from ..problems import Modes
from .feature_modes import FeatureModes, SampledFeatures

VARIABLE = "OPTSCALING_CACHE"
_OFF = ("", "0", "off", "no", "false")
_IN_PROCESS = 32  # entries
_CODE = ("problems", "estimation", "prediction", "preconditioning/feature_weights.py")  # what modes follow from

_kept: OrderedDict[str, SampledFeatures] = OrderedDict()


def cached_modes(compute: Callable[[], SampledFeatures], *parts: object) -> SampledFeatures:
    """The result of `compute`, from memory or from the folder where the same was worked out before.

    Args:
        compute: works out the modes.
        parts: all that they follow from: numbers, words, None, and arrays, which count by their bytes.

    Returns:
        The modes. A folder that cannot be written or read is no failure: it is done without.
    """
    key = _key(parts)
    found = _kept.get(key)
    if found is None:
        folder = cache_folder()
        path = None if folder is None else folder / f"modes-{key}.npz"
        found = None if path is None else _read(path, key)
        if found is None:
            found = compute()
            if path is not None:
                _write(path, key, found)
        _kept[key] = found
    _kept.move_to_end(key)
    if len(_kept) > _IN_PROCESS:
        _kept.popitem(last=False)
    return found


def cache_folder() -> Path | None:
    """The folder of the entries, None where it is switched off or there is no home."""
    wanted = os.environ.get(VARIABLE)
    if wanted is not None:
        return None if wanted.strip().lower() in _OFF else Path(wanted)
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "optscaling"
    except RuntimeError:
        return None


def _key(parts: tuple[object, ...]) -> str:
    made = sha256(_code().encode())
    for part in parts:
        if isinstance(part, np.ndarray):
            made.update(f"array {part.dtype.str} {part.shape}".encode())
            made.update(np.ascontiguousarray(part).tobytes())
        else:
            made.update(f"{type(part).__name__} {part!r};".encode())
    return made.hexdigest()


@cache
def _code() -> str:
    """A hash of the code that modes follow from, and of the libraries' versions."""
    made = sha256(f"{np.__version__} {scipy.__version__}".encode())
    root = Path(__file__).resolve().parents[1]
    for part in _CODE:
        path = root / part
        for file in [path] if path.suffix else sorted(path.glob("*.py")):
            made.update(file.name.encode() + file.read_bytes())
    return made.hexdigest()


def _arrays(found: SampledFeatures) -> dict[str, np.ndarray]:
    """Every number of the modes, by name; counts as text, as they may be larger than any integer of numpy."""
    arrays: dict[str, np.ndarray] = {"replicates": np.array(len(found.replicates))}
    for i, features in enumerate((found.whole, *found.replicates)):
        arrays[f"{i}.noise"] = np.array(features.noise)
        for name, modes in (("plain", features.plain), ("divided", features.divided)):
            if modes is not None:
                arrays[f"{i}.{name}"] = np.array([modes.eigenvalues, modes.energies, modes.weights])
                arrays[f"{i}.{name}.count"] = np.array("" if modes.count is None else str(modes.count))
    weights = found.whole.weights
    if weights is not None:
        arrays["weights"] = np.array([weights.values, weights.shares])
        arrays["weights.error"] = np.array(weights.error)
    return arrays


def _modes(arrays: dict[str, np.ndarray]) -> SampledFeatures:
    weights = None
    if "weights" in arrays:
        values, shares = arrays["weights"]
        weights = FeatureWeights(values, shares, float(arrays["weights.error"]))
    made = []
    for i in range(int(arrays["replicates"]) + 1):
        pair: list[Modes | None] = []
        for name in ("plain", "divided"):
            values = arrays.get(f"{i}.{name}")
            count = str(arrays.get(f"{i}.{name}.count", ""))
            pair.append(None if values is None else _modes_of(values, int(count) if count else None))
        if pair[0] is None:
            raise KeyError(f"{i}.plain")
        made.append(FeatureModes(pair[0], pair[1], float(arrays[f"{i}.noise"]), weights))
    return SampledFeatures(made[0], tuple(made[1:]))


def _modes_of(rows: np.ndarray, count: int | None) -> Modes:
    eigenvalues, energies, weights = rows
    return Modes(eigenvalues, energies, weights, count)


def _digest(key: str, arrays: dict[str, np.ndarray]) -> str:
    made = sha256(key.encode())
    for name in sorted(arrays):
        made.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape}".encode() + arrays[name].tobytes())
    return made.hexdigest()


def _read(path: Path, key: str) -> SampledFeatures | None:
    """The entry, None where there is none or it is not whole."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        if str(arrays.pop("digest")) != _digest(key, arrays):
            return None
        return _modes(arrays)
    except Exception:  # whatever reading raises (an archive that asks for a password: RuntimeError): not whole
        return None


def _write(path: Path, key: str, found: SampledFeatures) -> None:
    """Write the entry whole, or not at all."""
    arrays = _arrays(found)
    content = io.BytesIO()
    np.savez_compressed(content, digest=np.array(_digest(key, arrays)), **arrays)  # type: ignore[arg-type]
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content.getvalue())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(draft, 0o666 & ~mask)
        os.replace(draft, path)
    except OSError:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
