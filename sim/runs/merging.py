"""Runs of the same experiment joined into one: every cell is read, checked and kept once."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ...errors import InputError
from ...theory.experiments import Experiment, from_dict
from ..devices import check_precision
from ..store import Claim, Key, Manifest, Run, Unreadable, label, read_manifest
from .cell_table import CellTable, cells_of
from .progress import Progress, Report

_LISTED = 3


@dataclass(frozen=True)
class Merged:
    """What was joined.

    Attributes:
        path: The run.
        result: Its Dataset, None where cells are missing.
        cells: How many are there.
        total: How many there ought to be.
        damaged: A sentence on cells that could not be read; empty where all could.
    """

    path: Path
    result: xr.Dataset | None
    cells: int
    total: int
    damaged: str

    @property
    def status(self) -> str:
        """What is there, in a sentence."""
        if self.result is not None:
            return f"{self.path} is whole: {self.total} cells."
        return (
            f"{self.path} has {self.cells} of {self.total} cells; merge the other shards into it, or simulate the same "
            "experiment there to measure what is missing."
        )


def merge(runs: Sequence[Path], out: Path, *, progress: Report | None = None) -> Merged:
    """Join runs, or shards, of one experiment; the whole is the same as if it had been measured in one place.

    Args:
        runs: their directories, which are read and stay as they are.
        out: a run directory; cells that are in it already are kept.
        progress: called after each cell.

    Returns:
        What is there now.

    Raises:
        InputError: a directory is no run, they hold different experiments, precisions or draws, two of them have
            different risks for one cell, or `out` cannot be written.
    """
    if not runs:
        raise InputError("There is nothing to merge; give the directories of at least one run.")
    manifests = [(Path(path), _manifest(Path(path))) for path in runs]
    first = manifests[0][1]
    for path, found in manifests[1:]:
        if found.identity != first.identity:
            raise InputError(
                f"{path} and {manifests[0][0]} are runs of different experiments, precisions or draws; merge runs of "
                "one experiment, by one version."
            )
    experiment = _experiment(manifests[0][0], first)
    precision = check_precision(first.precision)
    table, told, keys = CellTable(experiment, precision), [], cells_of(experiment)
    with contextlib.ExitStack() as held:
        run = held.enter_context(Run.opened(Path(out), experiment, first, Claim()))
        sources = [
            run,
            *(Run(path, experiment, first) for path, _ in manifests if path.resolve() != run.path.resolve()),
        ]
        listed = [source.kept() for source in sources]
        began = time.perf_counter()
        for at, key in enumerate(keys, 1):
            holders = [source for source, names in zip(sources, listed, strict=True) if run.file_name(key) in names]
            told += _taken(key, holders, run, table)
            if progress is not None:
                spent = time.perf_counter() - began
                progress(Progress(at / len(keys), at, len(keys), spent, spent * (len(keys) - at) / at, label(key)))
        result = table.dataset() if len(table) == len(keys) else None
        if result is not None:
            run.finish(result)
    more = f" and {len(told) - _LISTED} more" if len(told) > _LISTED else ""
    damaged = f"Damaged cells were left out: {'; '.join(told[:_LISTED])}{more}." if told else ""
    return Merged(run.path, result, len(table), len(keys), damaged)


def _taken(key: Key, holders: Sequence[Run], run: Run, table: CellTable) -> list[str]:
    """Keep a cell, and tell which of its files are damaged. Raises InputError where two that are not differ."""
    told, kept = [], None
    for holder in holders:
        try:
            cell = holder.read(key)
        except Unreadable as reason:
            told.append(f"{label(key)} in {holder.path} ({reason})")
            continue
        if kept is None:
            kept = cell
            table.put(key, cell)
            if holder is not run:
                run.write(key, cell)
        elif (cell.processor, cell.threads) == (kept.processor, kept.threads) and not np.array_equal(
            cell.risk, kept.risk, equal_nan=True
        ):
            raise InputError(
                f"{holder.path} has another risk for {label(key)} than the runs before it, from the same kind of "
                "processor; one of them was changed or its machine is at fault, so leave it out and measure again."
            )
    return told


def _manifest(path: Path) -> Manifest:
    try:
        return read_manifest(path)
    except Unreadable as reason:
        raise InputError(f"{path} is not a run (its manifest.json: {reason}); give what simulate wrote.") from None


def _experiment(path: Path, manifest: Manifest) -> Experiment:
    """The experiment of a manifest, which must have the fingerprint that stands beside it."""
    with contextlib.suppress(InputError, RecursionError, TypeError, KeyError, AttributeError):
        found = from_dict(json.loads(json.dumps(manifest.experiment)), manifest.name)
        if found.fingerprint == manifest.fingerprint:
            return found
    raise InputError(f"The experiment in {path} cannot be read; simulate it there again, which reads what is kept.")
