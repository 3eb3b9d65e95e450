"""The numbers of a sweep as they come: arrays with a place for every cell, so that memory is what the result takes."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from ...theory.experiments import Experiment
from ..cells import Cell
from ..devices import Precision, cores, device, precision_status
from ..factorisation import is_linear, rank_status
from ..problems import SEED_RULE
from ..store import Key, label

_LISTED = 5  # cells named where an optimizer diverged

_DIAGNOSTICS = {
    "largest": "largest eigenvalue of the feature Gram matrix G",
    "rank": "eigenvalues of G that are not zero within rounding",
    "floor": "risk no weights can go below (population gradients)",
    "sign_step": "step size sign descent chose by its training loss at the last T",
    "unreachable": "share of the file's target that no linear function of the inputs explains",
    "samples": "training samples n",
    "seconds": "time the cell took",
    "cpu_seconds": "processor time the cell took",
    "peak": "memory the process held at most while it measured the cell",
    "flops": "the least arithmetic of the cell: features of all rows and F'F",
    "threads": "BLAS threads of the cell's factorisations",
}
_UNITS = {"seconds": "s", "cpu_seconds": "s", "peak": "B"}
_BY_CELL = ("s", "N", "seed")


def cells_of(experiment: Experiment) -> list[Key]:
    """Every cell of an experiment, seeds fastest."""
    curves = experiment.problem.s or (math.nan,)
    return list(itertools.product(curves, experiment.sizes, range(experiment.seeds)))


class CellTable:
    """What the cells of an experiment measured, NaN where a cell is not there yet."""

    def __init__(self, experiment: Experiment, precision: Precision) -> None:
        """experiment: whose cells. precision: of their sums."""
        self._experiment, self._precision = experiment, precision
        self._place = {_same(key): i for i, key in enumerate(cells_of(experiment))}
        count, curves = len(self._place), (len(experiment.optimizers), len(experiment.steps))
        self._risk = np.full((count, *curves), np.nan)
        self._error = np.zeros((count, *curves))  # gradients of a population are never summed
        self._diagnostics = {name: np.full(count, np.nan) for name in _DIAGNOSTICS}
        self._chosen: dict[int, Mapping[str, str]] = {}
        self._processors: set[str] = set()
        self._filled = np.zeros(count, dtype=bool)

    def __len__(self) -> int:
        """How many cells are there."""
        return int(np.count_nonzero(self._filled))

    @property
    def total(self) -> int:
        """How many there are to be."""
        return len(self._filled)

    def put(self, key: Key, cell: Cell) -> None:
        """Take in what a cell measured."""
        at = self._place[_same(key)]
        self._risk[at], self._filled[at] = cell.risk, True
        if cell.precision_error is not None:
            self._error[at] = cell.precision_error
        for name, values in self._diagnostics.items():
            values[at] = getattr(cell, name)
        if cell.chosen:
            self._chosen[at] = cell.chosen
        if cell.processor:
            self._processors.add(cell.processor)

    def dataset(self) -> xr.Dataset:
        """All of it, see `simulate`."""
        experiment = self._experiment
        shape = (len(experiment.problem.s or (math.nan,)), len(experiment.sizes), experiment.seeds)
        variables = {
            "risk": self._by_steps(self._risk, shape, "mean squared error on fresh inputs over the target's variance")
        }
        rounding = f"relative error of the risk by rounding in {self._precision}, an upper estimate"
        error = self._by_steps(self._error, shape, rounding)
        if self._precision != "float64":
            variables["precision_error"] = error
        for name, meaning in _DIAGNOSTICS.items():
            attrs = {"units": _UNITS.get(name, "1"), "long_name": meaning}
            variables[name] = xr.Variable(_BY_CELL, self._diagnostics[name].reshape(shape), attrs)
        if self._chosen:
            variables["chosen"] = self._candidates(shape)
        names = [o.name for o in experiment.optimizers]
        coords = {
            "optimizer": names,
            "s": np.array(experiment.problem.s or (math.nan,), dtype=float),
            "N": np.array(experiment.sizes, dtype=np.int64),
            "seed": np.arange(experiment.seeds, dtype=np.int64),
            "steps": np.array(experiment.steps, dtype=np.int64),
        }
        rounded = (xr.DataArray(each, {"optimizer": names}) for each in (error, variables["risk"]))
        attributes = self._attributes() | {"precision_status": precision_status(self._precision, *rounded)}
        return xr.Dataset(variables, coords, attributes)

    def _by_steps(self, values: np.ndarray, shape: tuple[int, ...], meaning: str) -> xr.Variable:
        whole = np.moveaxis(values.reshape(*shape, *values.shape[1:]), 3, 0)
        dims = ("optimizer", *_BY_CELL, "steps")
        return xr.Variable(dims, np.ascontiguousarray(whole), {"units": "1", "long_name": meaning})

    def _candidates(self, shape: tuple[int, ...]) -> xr.Variable:
        taken = [
            [self._chosen.get(at, {}).get(o.name, o.name) for at in range(self.total)]
            for o in self._experiment.optimizers
        ]
        meaning = "the candidate with the lowest training loss at the last T"
        return xr.Variable(
            ("optimizer", *_BY_CELL), np.array(taken, dtype=object).reshape(-1, *shape), {"long_name": meaning}
        )

    def _attributes(self) -> dict[str, Any]:
        experiment = self._experiment
        ranks = self._diagnostics["rank"].reshape(-1, len(experiment.sizes), experiment.seeds)
        return {
            "title": f"Measured risk: {experiment.name}",
            "experiment": json.dumps(experiment.to_dict()),
            "name": experiment.name,
            "fingerprint": experiment.fingerprint,
            "optscaling_version": version("optscaling"),
            "versions": json.dumps(versions()),
            "seed_rule": SEED_RULE,
            "seconds": float(self._diagnostics["seconds"].sum()),
            "cpu_seconds": float(self._diagnostics["cpu_seconds"].sum()),
            "peak": float(self._diagnostics["peak"].max()),
            "cores": cores(),
            "device": device().name,
            "processors": json.dumps(sorted(self._processors)),
            "precision": self._precision,
            "rank_status": rank_status(ranks, experiment.sizes),
            "diverged": self._diverged(),
        }

    def _diverged(self) -> str:
        """Which optimizers reached no finite risk, where and from which T on; empty where all did."""
        experiment, told = self._experiment, []
        keys = cells_of(experiment)
        for i, optimizer in enumerate(experiment.optimizers):
            ran = len(experiment.steps if is_linear(optimizer) else experiment.stepped_steps)
            lost = np.isnan(self._risk[:, i, :ran])
            where = np.flatnonzero(lost.any(axis=1))
            if not len(where):
                continue
            first = experiment.steps[int(np.argmax(lost[where], axis=1).min())]
            listed = "; ".join(label(keys[at]) for at in where[:_LISTED])
            more = f" and {len(where) - _LISTED} more" if len(where) > _LISTED else ""
            told.append(
                f"{optimizer.name} diverged in {len(where)} of {self.total} cells, from T = {first} on "
                f"({listed}{more}): its risk is missing there and means over the others are too low; try a smaller "
                "step."
            )
        return "\n".join(told)


def versions() -> dict[str, str]:
    """Versions of the libraries that decide what a cell's numbers are."""
    return {name: version(name) for name in ("optscaling", "numpy", "scipy", "jax", "optax", "xarray")}


def _same(key: Key) -> Key | tuple[None, int, int]:
    """A key that is equal to itself, which NaN is not."""
    return (None, *key[1:]) if math.isnan(key[0]) else key
