"""A run: a directory with one file a cell, so that a sweep which was stopped goes on where it was.

manifest.json says what is measured, cells/*.json hold what is, and risk.nc is the whole once every cell is there.
Every file is written beside its place and then moved into it, so none is ever seen half written.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...errors import InputError
from ...theory.experiments import Experiment
from ..cells import Cell
from ..devices import Precision
from ..problems import SEED_RULE

FORMAT = 1
_MANIFEST, _RISK, _CELLS = "manifest.json", "risk.nc", "cells"
_CURVES = ("risk", "precision_error")  # what a cell has for each optimizer and T; the latter only without float64
_NOT_NUMBERS = {*_CURVES, "chosen"}


@dataclass(frozen=True)
class Run:
    """A run directory that belongs to one experiment."""

    path: Path
    experiment: Experiment
    manifest: dict[str, Any]

    @classmethod
    def begin(
        cls, path: Path, experiment: Experiment, versions: Mapping[str, str], precision: Precision = "float64"
    ) -> Run:
        """Make the directory, or take up the one that is there.

        Raises InputError where it cannot be written, or holds another experiment, precision or something else.
        """
        manifest = {
            "format": FORMAT,
            "name": experiment.name,
            "experiment": experiment.to_dict(),
            "fingerprint": experiment.fingerprint,
            "data": _data_hash(experiment),
            "seed_rule": SEED_RULE,
            "versions": dict(versions),
            "precision": precision,
        }
        try:
            if (path / _MANIFEST).is_file():
                found = _read_manifest(path)
                _check_same(path, found, manifest)
                manifest = found
            elif path.is_dir() and any(f for f in path.iterdir() if not f.name.startswith(".")):
                raise InputError(f"{path} has files in it but is not a run; give a new or an empty directory.")
            (path / _CELLS).mkdir(parents=True, exist_ok=True)
            _write(path / _MANIFEST, _to_bytes(manifest))
        except OSError as error:
            raise InputError(
                f"The run cannot be written to {path} ({error.strerror}); give a directory that can be written."
            ) from None
        return cls(path, experiment, manifest)

    def read(self, s: float, size: int, seed: int) -> Cell | None:
        """A finished cell, or None where it is missing or damaged and must be measured again."""
        try:
            content = json.loads(self._file(s, size, seed).read_bytes())
            cell, key = content["cell"], self._key(s, size, seed)
            if content["key"] != key or content["sha256"] != _checksum(key, cell):
                return None
            values = {name: math.nan if v is None else v for name, v in cell.items() if name not in _NOT_NUMBERS}
            values["samples"] = float(values["samples"])
            curves = {name: np.array(cell[name], dtype=float) for name in _CURVES if name in cell}
            chosen = dict(cell.get("chosen", {}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        expected = (len(self.experiment.optimizers), len(self.experiment.steps))
        rounded = _CURVES if self.manifest.get("precision", "float64") != "float64" else ("risk",)
        if any(curve.shape != expected for curve in curves.values()) or tuple(curves) != rounded:
            return None
        if set(values) != {f.name for f in fields(Cell)} - _NOT_NUMBERS:
            return None
        return Cell(curves["risk"], precision_error=curves.get("precision_error"), chosen=chosen, **values)

    def write(self, s: float, size: int, seed: int, cell: Cell) -> None:
        """Keep a finished cell. Raises InputError where the disk refuses."""
        content = {name: value for name, value in asdict(cell).items() if value is not None}
        content |= {
            name: [[_finite(v) for v in row] for row in content[name].tolist()] for name in _CURVES if name in content
        }
        content |= {name: _finite(v) for name, v in content.items() if isinstance(v, float)}
        content["samples"] = "inf" if math.isinf(cell.samples) else cell.samples  # JSON has no infinity
        if not cell.chosen:
            del content["chosen"]  # cells without candidates look as they always did
        key = self._key(s, size, seed)
        file = self._file(s, size, seed)
        self._save(file, _to_bytes({"key": key, "cell": content, "sha256": _checksum(key, content)}))

    def finish(self, result: xr.Dataset) -> None:
        """Write risk.nc and note its hash in the manifest. Raises InputError where the disk refuses."""
        netcdf = bytes(result.to_netcdf(engine="h5netcdf"))
        self._save(self.path / _RISK, netcdf)
        self._save(self.path / _MANIFEST, _to_bytes(self.manifest | {"risk_sha256": sha256(netcdf).hexdigest()}))

    def _save(self, file: Path, content: bytes) -> None:
        try:
            _write(file, content)
        except OSError as error:
            raise InputError(
                f"{file} cannot be written ({error.strerror}); make room or give another directory, the finished "
                "cells are kept."
            ) from None

    def _key(self, s: float, size: int, seed: int) -> dict[str, Any]:
        return {"fingerprint": self.experiment.fingerprint, "s": _finite(s), "N": size, "seed": seed}

    def _file(self, s: float, size: int, seed: int) -> Path:
        curve = "" if math.isnan(s) else f"s{s!r}_"
        return self.path / _CELLS / f"{curve}N{size}_seed{seed}.json"


def open_run(path: Path) -> xr.Dataset:
    """The measured risks of a finished run, as `simulate` returned them.

    Raises InputError where the directory is not a run, is not finished, or is damaged.
    """
    path = Path(path)
    if not (path / _MANIFEST).is_file():
        raise InputError(f"{path} is not a run (it has no {_MANIFEST}); give a directory that simulate wrote.")
    manifest = _read_manifest(path)
    if manifest.get("risk_sha256") is None or not (path / _RISK).is_file():
        raise InputError(f"The run {path} is not finished; simulate the same experiment there again to go on.")
    again = f"delete {_RISK} and simulate the same experiment there again"
    try:
        if sha256((path / _RISK).read_bytes()).hexdigest() != manifest["risk_sha256"]:
            raise InputError(f"{path / _RISK} is damaged (its content is not what was written); {again}.")
        return xr.load_dataset(path / _RISK, engine="h5netcdf")
    except OSError as error:
        raise InputError(f"{path / _RISK} cannot be read ({error.strerror}); {again}.") from None


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((path / _MANIFEST).read_bytes())
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict) or not {"format", "fingerprint", "experiment"} <= set(manifest):
        raise InputError(f"{path / _MANIFEST} is damaged; give a new directory and simulate again.")
    if manifest["format"] != FORMAT:
        raise InputError(
            f"The run {path} has format {manifest['format']}, but format {FORMAT} is expected; it was written by "
            "another version of optscaling, so give a new directory."
        )
    return manifest


def _check_same(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if found["fingerprint"] != wanted["fingerprint"]:
        raise InputError(
            f"{path} holds a different experiment ({found.get('name')}, {_difference(found, wanted)}); give "
            "another directory, or the experiment this run was started with."
        )
    # later versions only add streams at the end of the rule, and what was drawn before stays as it was
    if not found.get("seed_rule") or not wanted["seed_rule"].startswith(found["seed_rule"]):
        raise InputError(f"{path} was drawn by another seed rule, by another version; give a new directory.")
    precision = found.get("precision", "float64")
    if precision != wanted["precision"]:
        raise InputError(
            f"The run {path} was started in {precision}, but {wanted['precision']} is asked for now; go on with "
            f"{precision}, or give a new directory."
        )
    if found.get("data") != wanted["data"]:
        raise InputError(f"The data file has changed since the run {path} was started; give a new directory.")


def _difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The first key in which two experiments differ, with both values."""
    for section, keys in wanted["experiment"].items():
        theirs = found["experiment"].get(section, {}) if isinstance(found["experiment"], dict) else {}
        for key, value in keys.items():
            if theirs.get(key) != value:
                return f"with {section}.{key} = {theirs.get(key)} instead of {value}"
    return "with other settings"


def _data_hash(experiment: Experiment) -> str | None:
    if experiment.problem.path is None:
        return None
    try:
        return sha256(Path(experiment.problem.path).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{experiment.problem.path} cannot be read ({error.strerror}); check the path.") from None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _checksum(key: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    return sha256(json.dumps([key, cell], sort_keys=True).encode()).hexdigest()


def _to_bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, allow_nan=False) + "\n").encode()


def _write(file: Path, content: bytes) -> None:
    """Write beside the place and move there; what a killed process leaves beside it is never read."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
