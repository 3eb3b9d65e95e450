"""Optimizers that must be stepped: sign descent, optax's transformations, one-pass methods.

`step_rules.py` leads a cell to `sign.py`, `full_batch.py` or `mini_batch.py`; `optax_rules.py` finds transformations
and `shampoo.py`, `soap.py` and `polar.py` add those that optax lacks. `on_axes.py` runs any of them on
eigen-coordinates. `one_pass_in_law.py` follows one-pass methods on Gaussian problems without drawing inputs. Cells and
runs must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .full_batch import check_steps as check_steps
    from .mini_batch import fresh as fresh
    from .mini_batch import resampled as resampled
    from .on_axes import AxisProblem as AxisProblem
    from .on_axes import axis_risks as axis_risks
    from .one_pass_in_law import BLOCK_STEPS as BLOCK_STEPS
    from .one_pass_in_law import one_pass_risk_in_law as one_pass_risk_in_law
    from .optax_rules import state_numbers as state_numbers
    from .polar import scale_by_polar as scale_by_polar
    from .sign import BY_CHANGES as BY_CHANGES
    from .step_rules import Stepping as Stepping
    from .step_rules import is_stepped as is_stepped
    from .step_rules import step as step
    from .step_rules import to_the_end as to_the_end

_HOMES = {
    "AxisProblem": "on_axes",
    "axis_risks": "on_axes",
    "scale_by_polar": "polar",
    "BLOCK_STEPS": "one_pass_in_law",
    "BY_CHANGES": "sign",
    "Stepping": "step_rules",
    "check_steps": "full_batch",
    "fresh": "mini_batch",
    "is_stepped": "step_rules",
    "one_pass_risk_in_law": "one_pass_in_law",
    "resampled": "mini_batch",
    "state_numbers": "optax_rules",
    "step": "step_rules",
    "to_the_end": "step_rules",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
