"""Exponents in the data: risk ~ D^-alpha after one pass over D = B T samples, at the best step, N not limiting.

`one_pass_pace.py` says what level 1 needs to know of a one-pass optimizer, `data_exponent.py` finds alpha and the best
step under a schedule, `critical_batch.py` how the critical batch grows, and `schedule_choice.py` compares schedules and
finds the smallest decay that is enough. It is exact: no numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .critical_batch import DEFINITION as DEFINITION
    from .critical_batch import CriticalBatch as CriticalBatch
    from .critical_batch import critical_batch_exponent as critical_batch_exponent
    from .data_exponent import DataExponent as DataExponent
    from .data_exponent import DataPoint as DataPoint
    from .data_exponent import Per as Per
    from .data_exponent import alpha_per_data as alpha_per_data
    from .schedule_choice import ScheduleChoice as ScheduleChoice
    from .schedule_choice import compare_schedules as compare_schedules
    from .schedule_choice import enough_decay as enough_decay

_HOMES = {
    "CriticalBatch": "critical_batch",
    "DEFINITION": "critical_batch",
    "DataExponent": "data_exponent",
    "DataPoint": "data_exponent",
    "Per": "data_exponent",
    "ScheduleChoice": "schedule_choice",
    "alpha_per_data": "data_exponent",
    "compare_schedules": "schedule_choice",
    "critical_batch_exponent": "critical_batch",
    "enough_decay": "schedule_choice",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
