"""What each cell of a run took, as JSON and as one line."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


def cells_json(run: xarray.Dataset) -> list[dict[str, Any]]:
    """Entries by (s, N, seed): seconds, cpu_seconds, peak (bytes), flops, flops_per_second; None where not known.

    chosen: by optimizer, the candidate it took, where it had several.
    """

    def known(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    rows = []
    names = ("seconds", "cpu_seconds", "peak", "flops")
    columns = [run[name].values.ravel() for name in names]
    optimizers = [str(name) for name in run["optimizer"].values]
    taken = run["chosen"].values.reshape(len(optimizers), -1) if "chosen" in run else None
    for i, ((s, size, seed), *values) in enumerate(
        zip(itertools.product(run.s.values, run.N.values, run.seed.values), *columns, strict=True)
    ):
        row: dict[str, Any] = {"s": known(s), "N": int(size), "seed": int(seed)}
        row |= {name: known(value) for name, value in zip(names, values, strict=True)}
        row |= {"flops_per_second": known(values[3] / values[0])}
        if taken is not None:
            each_took = zip(optimizers, taken[:, i], strict=True)
            row["chosen"] = {name: str(took) for name, took in each_took if took != name}
        rows.append(row)
    return rows


def cells_line(run: xarray.Dataset) -> str:
    """All cells in a sentence.

    >>> import xarray as xr
    >>> one = {name: (("s", "N", "seed"), [[[v]]]) for name, v in
    ...        {"seconds": 60.0, "cpu_seconds": 90.0, "peak": 2e9, "flops": 6e11}.items()}
    >>> cells_line(xr.Dataset(one))
    "1 cell, 1.5 min of processor time, at most 2 GB, 10 GFLOP/s in the largest (F and F'F alone counted)"
    """
    count, minutes = run.seconds.size, float(run.cpu_seconds.sum()) / 60
    time = f"{minutes:.3g} min" if minutes >= 1 else f"{60 * minutes:.2g} s"
    text = f"{count} cell{'s' if count > 1 else ''}, {time} of processor time"
    if np.isfinite(run.peak).all():
        text += f", at most {float(run.peak.max()) / 1e9:.2g} GB"
    largest = run.flops.values.ravel()
    if np.isfinite(largest).all():
        speed = (run.flops / run.seconds).values.ravel()[largest == largest.max()].mean() / 1e9
        text += f", {speed:.2g} GFLOP/s in the largest (F and F'F alone counted)"
    return text
