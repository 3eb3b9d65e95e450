"""Measurements: the risks of a run as one array, with the experiment that made them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError
from ...theory.experiments import Experiment, from_dict

if TYPE_CHECKING:
    import xarray

_DIMS = ("optimizer", "s", "N", "seed", "steps")


@dataclass(frozen=True, eq=False)
class Measurement:
    """What a run measured, and the run's own record of how it was made (None where it has none).

    Attributes:
        experiment: what was to be measured.
        optimizers: command-line names.
        s: spectral exponents; None for data problems.
        sizes: N, ascending.
        seeds: how many.
        steps: T, ascending.
        risk: shape (optimizer, s, N, seed, steps), NaN where not measured.
        version: of optscaling.
        fingerprint: of the experiment.
        seconds: of measuring, all cells together.
        device: what it ran on.
        versions: of every library, by name.
        seed_rule: how seeds become random numbers.
    """

    experiment: Experiment
    optimizers: tuple[str, ...]
    s: tuple[float | None, ...]
    sizes: tuple[int, ...]
    seeds: int
    steps: tuple[int, ...]
    risk: np.ndarray
    version: str | None = None
    fingerprint: str | None = None
    seconds: float | None = None
    device: str | None = None
    versions: dict[str, str] | None = None
    seed_rule: str | None = None

    @classmethod
    def from_dataset(cls, run: xarray.Dataset, name: str = "experiment") -> Measurement:
        """Read a run.

        Args:
            run: with the variable `risk` over (optimizer, s, N, seed, steps) and the attribute `experiment`.
            name: of the experiment, where the run does not say it.

        Returns:
            The measurement.

        Raises:
            InputError: where something is missing.
        """
        if "risk" not in run or set(run["risk"].dims) != set(_DIMS):
            raise InputError(
                f"The run must hold `risk` over the dimensions {', '.join(_DIMS)}; make it with `simulate`."
            )
        if "experiment" not in run.attrs:
            raise InputError("The run does not say which experiment it is of; make it with `simulate`.")
        name = str(run.attrs.get("name", name))
        risk = run["risk"].transpose(*_DIMS)
        seconds = run.attrs.get("seconds")
        version = run.attrs.get("optscaling_version", run.attrs.get("version"))
        versions = json.loads(run.attrs["versions"]) if "versions" in run.attrs else None
        return cls(
            experiment=from_dict(json.loads(run.attrs["experiment"]), name),
            optimizers=tuple(str(o) for o in run["optimizer"].values),
            s=tuple(None if math.isnan(s) else float(s) for s in run["s"].values),
            sizes=tuple(int(n) for n in run["N"].values),
            seeds=int(run.sizes["seed"]),
            steps=tuple(int(t) for t in run["steps"].values),
            risk=np.asarray(risk.values, dtype=float),
            version=None if version is None else str(version),
            device=str(run.attrs["device"]) if "device" in run.attrs else None,
            fingerprint=str(run.attrs["fingerprint"]) if "fingerprint" in run.attrs else None,
            seconds=None if seconds is None or not math.isfinite(seconds) else float(seconds),
            versions=None if versions is None else {str(k): str(v) for k, v in versions.items()},
            seed_rule=str(run.attrs["seed_rule"]) if "seed_rule" in run.attrs else None,
        )

    def cell(self, optimizer: str, s: float | None, steps: int) -> np.ndarray:
        """Risks of one optimizer at one s and T, shape (seed, N)."""
        o, i, t = self.optimizers.index(optimizer), self.s.index(s), self.steps.index(steps)
        return np.asarray(self.risk[o, i, :, :, t].T)

    def mean(self, optimizer: str, s: float | None, steps: int) -> np.ndarray:
        """Mean over the seeds with a finite risk, shape (N,); NaN where there is none."""
        risk = self.cell(optimizer, s, steps)
        usable = np.isfinite(risk)
        count = usable.sum(axis=0)
        return np.where(count > 0, np.where(usable, risk, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
