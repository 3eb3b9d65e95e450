"""A run: a directory with one file a cell, so that a sweep which was stopped goes on where it was.

manifest.json says what is measured, cells/*.json hold what is, and risk.nc is the whole once every cell is there.
Every file is written beside its place and then moved into it, so none is ever seen half written.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import xarray as xr

from ...atomic_file import is_draft, replace_file
from ...errors import InputError
from ...theory.experiments import Experiment
from ..cells import Cell
from .cell_record import Key, file_name, identity_of, read_cell, to_bytes
from .manifest import MANIFEST, Manifest, check_same, read_manifest
from .risk_file import RISK, risk_bytes
from .run_lock import Claim, locked
from .stored_json import Unreadable

CELLS = "cells"
_WORTH_SYNCING = 0.2  # seconds: a cell that took less is measured again sooner than it is made to outlive a power cut


@dataclass(frozen=True)
class Run:
    """A run directory that belongs to one experiment.

    Attributes:
        path: where it is.
        experiment: what is measured in it.
        manifest: what it says of itself.
    """

    path: Path
    experiment: Experiment
    manifest: Manifest

    @classmethod
    @contextlib.contextmanager
    def opened(cls, path: Path, experiment: Experiment, wanted: Manifest, claim: Claim | None) -> Iterator[Run]:
        """Make the directory, or take up the one that is there, and hold its lock.

        A directory whose beginning was cut off is begun again.

        Args:
            path: where.
            experiment: what is measured there.
            wanted: its manifest.
            claim: what is to be locked, None for nothing.

        Raises:
            InputError: it cannot be written, is being written by another process, or holds another experiment,
                precision or something else.
        """
        with contextlib.ExitStack() as held:
            try:
                _check_ours(path)
                path.mkdir(parents=True, exist_ok=True)
                if claim is not None:
                    held.enter_context(locked(path, claim))
                manifest = _taken_up(path, wanted)
                (path / CELLS).mkdir(exist_ok=True)
                if claim is None or claim.part is None:
                    _sweep_drafts(path)
            except OSError as error:
                raise InputError(
                    f"The run cannot be written to {path} ({error.strerror}); give a directory that can be written."
                ) from None
            yield cls(path, experiment, manifest)

    def kept(self) -> set[str]:
        """Names of the files among the cells: one look at the folder in place of one for each cell."""
        with contextlib.suppress(OSError), os.scandir(self.path / CELLS) as entries:
            return {entry.name for entry in entries}
        return set()

    @staticmethod
    def file_name(key: Key) -> str:
        """The name of a cell's file."""
        return file_name(key)

    def read(self, key: Key) -> Cell:
        """A finished cell.

        Raises:
            Unreadable: it is missing or damaged, and must be measured again.
        """
        return read_cell(self._file(key), self.manifest, self.experiment, key)

    def write(self, key: Key, cell: Cell) -> None:
        """Keep a finished cell. Raises InputError where the disk refuses."""
        self._save(self._file(key), to_bytes(self.manifest, key, cell), durable=cell.seconds > _WORTH_SYNCING)

    def finish(self, result: xr.Dataset) -> None:
        """Write risk.nc and note its hash in the manifest. Raises InputError where the disk refuses."""
        netcdf = risk_bytes(result)
        self._save(self.path / RISK, netcdf)
        self._save(self.path / MANIFEST, self.manifest.finished(sha256(netcdf).hexdigest()).to_bytes())

    def _file(self, key: Key) -> Path:
        return self.path / CELLS / file_name(key)

    def _save(self, file: Path, content: bytes, durable: bool = True) -> None:
        try:
            replace_file(file, content, durable=durable)
        except OSError as error:
            raise InputError(
                f"{file} cannot be written ({error.strerror}); make room or give another directory, the finished "
                "cells are kept."
            ) from None


def _check_ours(path: Path) -> None:
    """Raises InputError where a directory holds what no run does; one with nothing but a run's beginning is ours."""
    if not path.is_dir() or (path / MANIFEST).exists():
        return
    foreign = [f.name for f in path.iterdir() if f.name not in (CELLS, RISK) and not f.name.startswith(".")]
    if foreign or not ((path / CELLS).is_dir() or not (path / CELLS).exists()):
        raise InputError(f"{path} has files in it but is not a run; give a new or an empty directory.")


def _taken_up(path: Path, wanted: Manifest) -> Manifest:
    """The manifest that is there where it is of the same run; a lost one is made again if all cells are of this run."""
    try:
        found = read_manifest(path)
    except Unreadable as reason:
        if not _all_of(path, wanted):
            told = "is missing" if reason.missing else f"is damaged ({reason})"
            raise InputError(
                f"{path / MANIFEST} {told}, and not every cell beside it is of this experiment; nothing was changed, "
                "give a new directory."
            ) from None
        replace_file(path / MANIFEST, wanted.to_bytes())
        return wanted
    check_same(path, found, wanted)
    return found


def _all_of(path: Path, wanted: Manifest) -> bool:
    """Whether each cell that can be read says that it is of the run that is wanted."""
    cells = path / CELLS
    if not cells.is_dir():
        return not (path / RISK).exists()
    for file in cells.iterdir():
        if is_draft(file.name):
            continue
        try:
            if identity_of(file) != wanted.identity:
                return False
        except Unreadable:
            continue  # it will be measured again
    return True


def _sweep_drafts(path: Path) -> None:
    """Take away what killed processes were writing; the lock says that none does so now."""
    for folder in (path, path / CELLS):
        with os.scandir(folder) as entries:
            stale = [entry.path for entry in entries if is_draft(entry.name)]
        for each in stale:
            with contextlib.suppress(OSError):
                os.unlink(each)
