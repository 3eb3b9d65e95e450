"""One-pass methods under a schedule, at any number of samples: second moments, the best step, the critical batch.

`run_strides.py` cuts a run where its schedule and its risk change slowly, `scheduled_sgd.py` takes the second moments
of (preconditioned) SGD through it, and `step_search.py` tunes the step. `batches.py` does so at every batch, and
`critical_batch.py` and `schedule_risks.py` answer for an optimizer on `endless_power_law.py`, a power law of infinitely
many modes; `adaptive_moments.py` takes second moments of Adam and its kin, step by step, and `weight_decay.py` those of
SGD with decoupled decay; `stochastic_power.py` is what they know of the optimizer. Exponents must not be imported:
these numbers are their referee.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .adaptive_moments import AdaptiveProblem as AdaptiveProblem
    from .adaptive_moments import adaptive_risk as adaptive_risk
    from .adaptive_moments import best_adaptive_step as best_adaptive_step
    from .batches import FACTOR as FACTOR
    from .batches import BatchCurve as BatchCurve
    from .batches import StepsAndTokens as StepsAndTokens
    from .batches import batch_curve as batch_curve
    from .batches import steps_and_tokens as steps_and_tokens
    from .batches import tuned_risk as tuned_risk
    from .critical_batch import BatchNumber as BatchNumber
    from .critical_batch import critical_batch_number as critical_batch_number
    from .endless_power_law import power_law_bins as power_law_bins
    from .run_strides import Strides as Strides
    from .run_strides import strides as strides
    from .schedule_risks import ScheduleRisk as ScheduleRisk
    from .schedule_risks import risks_of_schedules as risks_of_schedules
    from .scheduled_sgd import OnePassProblem as OnePassProblem
    from .scheduled_sgd import scheduled_curve as scheduled_curve
    from .scheduled_sgd import scheduled_risk as scheduled_risk
    from .step_search import BestStep as BestStep
    from .step_search import best_step as best_step
    from .step_search import tuned as tuned
    from .weight_decay import decay_residual as decay_residual
    from .weight_decay import decayed_risk as decayed_risk

_HOMES = {
    "decay_residual": "weight_decay",
    "decayed_risk": "weight_decay",
    "AdaptiveProblem": "adaptive_moments",
    "adaptive_risk": "adaptive_moments",
    "best_adaptive_step": "adaptive_moments",
    "BatchCurve": "batches",
    "BatchNumber": "critical_batch",
    "BestStep": "step_search",
    "FACTOR": "batches",
    "OnePassProblem": "scheduled_sgd",
    "ScheduleRisk": "schedule_risks",
    "StepsAndTokens": "batches",
    "Strides": "run_strides",
    "batch_curve": "batches",
    "best_step": "step_search",
    "critical_batch_number": "critical_batch",
    "power_law_bins": "endless_power_law",
    "risks_of_schedules": "schedule_risks",
    "scheduled_curve": "scheduled_sgd",
    "scheduled_risk": "scheduled_sgd",
    "steps_and_tokens": "batches",
    "strides": "run_strides",
    "tuned": "step_search",
    "tuned_risk": "batches",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
