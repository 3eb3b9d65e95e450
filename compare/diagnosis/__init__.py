"""Whether the optimizer will change alpha on a user's data set, and how sure that is.

`data_diagnosis.py` is the call, `result.py` the answer, `status.py` what it says of itself. `binned_modes.py` and
`prepared_modes.py` make modes of a spectrum; `forecast.py`, `risk_at_size.py` and `theory_error.py` predict risks with
errors. `costs.py` and `step_timing.py` say what a step costs, `break_even.py`, `judgement.py` and `verdict.py` decide.
Neither runs nor loss laws may be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .data_diagnosis import diagnose as diagnose
    from .result import Diagnosis as Diagnosis

_HOMES = {
    "Diagnosis": "result",
    "diagnose": "data_diagnosis",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
