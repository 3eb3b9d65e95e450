"""Schedules of the step size: how eta rises and falls between the first step and the last.

`schedule.py` has the shapes as objects of x = t/T, what level 1 asks of each (how it starts and how it ends), and the
rates of T steps. `names.py` reads them as the command line writes them. No optimizer and no spectrum is known here, and
numpy is loaded only when rates are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .names import STANDARD as STANDARD
    from .names import parse_schedule as parse_schedule
    from .schedule import Constant as Constant
    from .schedule import Cosine as Cosine
    from .schedule import Decay as Decay
    from .schedule import Listed as Listed
    from .schedule import Schedule as Schedule
    from .schedule import StepDown as StepDown
    from .schedule import WarmUp as WarmUp
    from .schedule import WarmupStableDecay as WarmupStableDecay

_HOMES = {
    "Constant": "schedule",
    "Cosine": "schedule",
    "Decay": "schedule",
    "Listed": "schedule",
    "STANDARD": "names",
    "Schedule": "schedule",
    "StepDown": "schedule",
    "WarmUp": "schedule",
    "WarmupStableDecay": "schedule",
    "parse_schedule": "names",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
