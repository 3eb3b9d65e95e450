"""What the cells of a run cost: time, memory and arithmetic of each, and of all together."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class CellUsage:
    """What one cell took; None where the run does not know it.

    Attributes:
        s: spectral exponent; None for data.
        N: size.
        seed: of its draw.
        seconds: of wall time.
        cpu_seconds: of processor time.
        peak: bytes of memory.
        flops: arithmetic of F and F'F alone.
        flops_per_second: flops over seconds.
        chosen: by optimizer, the candidate that it took, where it had several; None where no optimizer had any.
    """

    s: float | None
    N: int
    seed: int
    seconds: float | None
    cpu_seconds: float | None
    peak: float | None
    flops: float | None
    flops_per_second: float | None
    chosen: dict[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON, without `chosen` where no optimizer had candidates."""
        content = asdict(self)
        if self.chosen is None:
            del content["chosen"]
        return content


@dataclass(frozen=True)
class UsageSummary:
    """What all cells of a run took.

    Attributes:
        cells: how many.
        cpu_seconds: of processor time, summed.
        peak: bytes of the cell that took most memory; None where one is not known.
        flops_per_second: mean over the cells of most arithmetic; None where it is not known.
    """

    cells: int
    cpu_seconds: float
    peak: float | None
    flops_per_second: float | None


def cell_usage(run: xarray.Dataset) -> tuple[CellUsage, ...]:
    """What each cell of a run took.

    Args:
        run: a Dataset as `simulate` makes it.

    Returns:
        One entry a cell, by s, N and seed.
    """
    columns = [run[name].values.ravel() for name in ("seconds", "cpu_seconds", "peak", "flops")]
    optimizers = [str(name) for name in run["optimizer"].values]
    taken = run["chosen"].values.reshape(len(optimizers), -1) if "chosen" in run else None
    cells = []
    keys = itertools.product(run.s.values, run.N.values, run.seed.values)
    for i, ((s, size, seed), seconds, cpu, peak, flops) in enumerate(zip(keys, *columns, strict=True)):
        chosen = None
        if taken is not None:
            candidates = zip(optimizers, taken[:, i], strict=True)
            chosen = {name: str(candidate) for name, candidate in candidates if candidate != name}
        cell = CellUsage(
            s=_known(s),
            N=int(size),
            seed=int(seed),
            seconds=_known(seconds),
            cpu_seconds=_known(cpu),
            peak=_known(peak),
            flops=_known(flops),
            flops_per_second=_known(flops / seconds),
            chosen=chosen,
        )
        cells.append(cell)
    return tuple(cells)


def usage_summary(run: xarray.Dataset) -> UsageSummary:
    """What all cells of a run took together.

    Args:
        run: a Dataset as `simulate` makes it.

    Returns:
        Sums and largest values.

    Example:
        >>> import xarray as xr
        >>> one = {name: (("s", "N", "seed"), [[[v]]]) for name, v in
        ...        {"seconds": 60.0, "cpu_seconds": 90.0, "peak": 2e9, "flops": 6e11}.items()}
        >>> usage_summary(xr.Dataset(one))
        UsageSummary(cells=1, cpu_seconds=90.0, peak=2000000000.0, flops_per_second=10000000000.0)
    """
    flops, speed = run.flops.values.ravel(), None
    if np.isfinite(flops).all():
        speed = float((flops / run.seconds.values.ravel())[flops == flops.max()].mean())
    peak = float(run.peak.max()) if np.isfinite(run.peak).all() else None
    return UsageSummary(int(run.seconds.size), float(run.cpu_seconds.sum()), peak, speed)


def chosen_counts(run: xarray.Dataset) -> dict[str, dict[str, int]]:
    """How many cells took which candidate, for each optimizer that had several.

    Args:
        run: a Dataset as `simulate` makes it.

    Returns:
        By optimizer and candidate, the commonest first; empty where no optimizer had candidates.
    """
    if "chosen" not in run:
        return {}
    found = {}
    for name, taken in zip(run["optimizer"].values, run["chosen"].values, strict=True):
        counts = Counter(str(candidate) for candidate in taken.ravel())
        if set(counts) != {str(name)}:
            found[str(name)] = dict(counts.most_common())
    return found


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
