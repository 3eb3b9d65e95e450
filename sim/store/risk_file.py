"""risk.nc: all cells of a finished run as one netCDF file, whose hash stands in the manifest."""

from __future__ import annotations

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import xarray as xr

from ...errors import InputError
from .manifest import MANIFEST, Manifest, read_manifest
from .stored_json import Unreadable, read_bytes

RISK = "risk.nc"
DIMS = ("optimizer", "s", "N", "seed", "steps")
_MOST_BYTES = 8_000_000_000
_TEXTS = ("experiment", "name", "fingerprint", "precision")  # attributes that others read


def risk_bytes(result: xr.Dataset) -> bytes:
    """A Dataset as the content of risk.nc."""
    return bytes(result.to_netcdf(engine="h5netcdf"))


def open_run(path: Path) -> xr.Dataset:
    """The measured risks of a finished run, as `simulate` returned them.

    Args:
        path: the run's directory.

    Returns:
        `risk` with dims (optimizer, s, N, seed, steps), and diagnostics by (s, N, seed).

    Raises:
        InputError: the directory is not a run, is not finished, or is damaged.
    """
    path = Path(path)
    manifest = _manifest_of(path)
    if manifest.risk_sha256 is None or not (path / RISK).exists():
        raise InputError(f"The run {path} is not finished; simulate the same experiment there again to go on.")
    try:
        content = read_bytes(path / RISK, _MOST_BYTES)
        if sha256(content).hexdigest() != manifest.risk_sha256:
            raise Unreadable("its content is not what was written")
        return _checked(content)
    except Unreadable as reason:
        raise InputError(
            f"{path / RISK} is damaged ({reason}); delete {RISK} and simulate the same experiment there again."
        ) from None


def _manifest_of(path: Path) -> Manifest:
    try:
        return read_manifest(path)
    except Unreadable as reason:
        if reason.missing:
            raise InputError(
                f"{path} is not a run (it has no {MANIFEST}); give a directory that simulate wrote."
            ) from None
        raise InputError(
            f"{path / MANIFEST} is damaged ({reason}); simulate the same experiment there again."
        ) from None


def _checked(content: bytes) -> xr.Dataset:
    """A file's content as a Dataset that has what others rely on. Raises Unreadable."""
    try:
        found = xr.load_dataset(BytesIO(content), engine="h5netcdf")
    except Exception as error:  # h5py, h5netcdf and xarray raise what they like on a file made by others
        raise Unreadable(f"it cannot be read as netCDF, {type(error).__name__}") from None
    if found.get("risk") is None or found.risk.dims != DIMS or set(DIMS) - set(found.coords):
        raise Unreadable("it has no risk by optimizer, s, N, seed and steps")
    if found.risk.dtype != np.float64 or bool((found.risk < 0).any()):
        raise Unreadable("its risk is below 0, or no number")
    if not all(isinstance(found.attrs.get(name), str) for name in _TEXTS):
        raise Unreadable("it does not say which experiment it is of")
    try:
        json.loads(found.attrs["experiment"])
    except (ValueError, RecursionError):
        raise Unreadable("it does not say which experiment it is of") from None
    return found
