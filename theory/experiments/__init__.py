"""Experiments: what to predict or to measure, read from a file and checked.

`experiment.py` is the object, `spec.py` what its table may hold, `parse.py` and `checks.py` the way from text to
values with a sentence for whatever is wrong, `load.py` finds a file or one of the presets in `presets/`. No theory of
the risk is imported here: simulation reads the same experiments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .experiment import Experiment as Experiment
    from .load import load_experiment as load_experiment
    from .load import presets as presets
    from .parse import from_dict as from_dict
    from .spec import PROBLEMS as PROBLEMS

_HOMES = {
    "Experiment": "experiment",
    "PROBLEMS": "spec",
    "from_dict": "parse",
    "load_experiment": "load",
    "presets": "load",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
