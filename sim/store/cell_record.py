"""One cell as a file: what it is of, what it measured, and a hash of both."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ...theory.experiments import Experiment
from ..cells import Cell
from .manifest import Manifest
from .stored_json import Unreadable, number, read_object, table, text

Key = tuple[float, int, int]  # s, N, seed

_CURVES = ("risk", "precision_error")  # what a cell has for each optimizer and T; the latter only without float64
_NOT_NUMBERS = {*_CURVES, "chosen", "processor", "samples"}
_NUMBERS = tuple(field.name for field in fields(Cell) if field.name not in _NOT_NUMBERS)
_BYTES_A_NUMBER = 40  # what a number takes in JSON at most, with what is around it


def label(key: Key) -> str:
    """A cell as messages name it.

    Args:
        key: s, N and seed; s is NaN for data, which have no curve.

    Returns:
        A few words.

    >>> label((0.5, 64, 3))
    's=0.5 N=64 seed 3'
    """
    s, size, seed = key
    return f"N={size} seed {seed}" if math.isnan(s) else f"s={s:g} N={size} seed {seed}"


def file_name(key: Key) -> str:
    """The file a cell is kept in."""
    s, size, seed = key
    curve = "" if math.isnan(s) else f"s{s!r}_"
    return f"{curve}N{size}_seed{seed}.json"


def to_bytes(manifest: Manifest, key: Key, cell: Cell) -> bytes:
    """A cell as a file's content."""
    content = {name: value for name, value in asdict(cell).items() if value is not None}
    for name in _CURVES:
        if name in content:
            content[name] = [[_finite(v) for v in row] for row in content[name].tolist()]
    content |= {name: _finite(content[name]) for name in _NUMBERS}
    content["samples"] = "inf" if math.isinf(cell.samples) else _finite(cell.samples)  # JSON has no infinity
    for name in ("chosen", "processor"):
        if not content[name]:
            del content[name]
    full = _key(manifest, key) | {"run": manifest.identity}
    return (
        json.dumps({"key": full, "cell": content, "sha256": _checksum(full, content)}, allow_nan=False) + "\n"
    ).encode()


def read_cell(path: Path, manifest: Manifest, experiment: Experiment, key: Key) -> Cell:
    """A cell from its file.

    Raises:
        Unreadable: it is missing or damaged, is of another run, or says what cannot be.
    """
    shape = (len(experiment.optimizers), len(experiment.steps))
    names = sum(len(rule.name) for rule in experiment.optimizers)
    record = read_object(path, 20_000 + 8 * names + _BYTES_A_NUMBER * len(_CURVES) * math.prod(shape))
    wanted, content = _key(manifest, key), record.get("cell")
    # cells of earlier versions do not carry the run's identity
    if record.get("key") not in (wanted, wanted | {"run": manifest.identity}):
        raise Unreadable("it is of another run or another cell")
    if not isinstance(content, dict) or record.get("sha256") != _checksum(record["key"], content):
        raise Unreadable("its hash is not that of its content")
    rounded = manifest.precision != "float64"
    if rounded != ("precision_error" in content):
        raise Unreadable("it is of another precision")
    return _checked(content, experiment, key[1], shape)


def identity_of(path: Path) -> str | None:
    """The identity of the run that a cell's file says it is of; None where it says none. Raises Unreadable."""
    key = read_object(path, 100_000_000).get("key")
    found = key.get("run") if isinstance(key, dict) else None
    return found if isinstance(found, str) else None


def _checked(content: Mapping[str, Any], experiment: Experiment, size: int, shape: tuple[int, int]) -> Cell:
    limits: dict[str, tuple[float, float]] = {"rank": (0.0, size), "unreachable": (0.0, 1.0 + 1e-9)}
    values = {name: number(content, name, *limits.get(name, (0.0, math.inf))) for name in _NUMBERS}
    samples = content.get("samples")
    chosen = content.get("chosen", {})
    if not isinstance(chosen, dict) or not all(isinstance(each, str) for each in chosen.values()):
        raise Unreadable("its chosen is not text")
    known = {rule.name for rule in experiment.optimizers}
    if not set(chosen) <= known:
        raise Unreadable("its chosen names an optimizer that the experiment does not have")
    error = np.array(table(content, "precision_error", shape)) if "precision_error" in content else None
    return Cell(
        np.array(table(content, "risk", shape)),
        precision_error=error,
        samples=math.inf if samples == "inf" else number(content, "samples", 1.0),
        chosen=dict(chosen),
        processor=text(content, "processor", 1000) if "processor" in content else "",
        **values,
    )


def _key(manifest: Manifest, key: Key) -> dict[str, Any]:
    s, size, seed = key
    return {"fingerprint": manifest.fingerprint, "s": _finite(s), "N": size, "seed": seed}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _checksum(key: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    try:
        return sha256(json.dumps([key, cell], sort_keys=True).encode()).hexdigest()
    except RecursionError:
        return ""
