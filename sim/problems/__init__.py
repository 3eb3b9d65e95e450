"""A cell's draw: features, inputs and targets as functions of the seed and of nothing else.

`draw.py` says what trained weights see of a problem; `gaussian.py`, `relu.py` and `data_file.py` are the problems,
`inputs.py` the input laws, `random_streams.py` the streams that everything is drawn from. Optimizers are not known
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .data_file import TabularProblem as TabularProblem
    from .draw import Population as Population
    from .draw import Problem as Problem
    from .draw import Sampled as Sampled
    from .gaussian import GaussianProblem as GaussianProblem
    from .inputs import scales as scales
    from .random_streams import BATCH_STEPS as BATCH_STEPS
    from .random_streams import SEED_RULE as SEED_RULE
    from .random_streams import CellSeed as CellSeed
    from .random_streams import Stream as Stream
    from .random_streams import ahead as ahead
    from .relu import ReluProblem as ReluProblem

_HOMES = {
    "BATCH_STEPS": "random_streams",
    "CellSeed": "random_streams",
    "GaussianProblem": "gaussian",
    "Population": "draw",
    "Problem": "draw",
    "ReluProblem": "relu",
    "SEED_RULE": "random_streams",
    "Sampled": "draw",
    "Stream": "random_streams",
    "TabularProblem": "data_file",
    "ahead": "random_streams",
    "scales": "inputs",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
