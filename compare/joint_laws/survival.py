"""Whether a lattice's answer survives when some of the runs are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lattice_fit import LatticeFit, fit_lattice
from .run_data import RunData

_MOST_LEFT_OUT = 0.6  # of the runs


@dataclass(frozen=True, eq=False)
class Survival:
    """The lattice without some runs.

    Attributes:
        without: which runs, in words of the design.
        fit: the lattice fitted to the rest.
    """

    without: str
    fit: LatticeFit


def left_out(data: RunData) -> list[tuple[str, np.ndarray]]:
    """Label and mask of what is left out: each size in turn, the shortest and the longest runs."""
    sizes = data.size_groups()
    groups = sizes if len(sizes) > 2 else []
    ratios = data.ratio_groups()
    if len(ratios) > 2:
        groups = [*groups, ratios[0], ratios[-1]]
    return [(label, mask) for label, mask in groups if 0 < mask.mean() <= _MOST_LEFT_OUT]


def survivals(whole: LatticeFit) -> list[Survival]:
    """The lattice refitted without each of `left_out`, where enough runs remain."""
    found = []
    for label, mask in left_out(whole.data):
        rest = whole.data.subset(~mask)
        if len(rest.y) > len(whole.best.theta) + 2 and rest.baseline == whole.data.baseline:
            found.append(Survival(label, fit_lattice(rest, whole.settings, near=whole.fits)))
    return found
