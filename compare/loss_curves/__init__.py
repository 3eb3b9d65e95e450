"""Loss curves with the learning rate beside them: the Multi-Power Law fitted, and curves of other schedules predicted.

`schedule.py` rebuilds the rate of every step from records, `multipower.py` is the law with its gradient,
`curve_fit.py` fits it to curves, and `curve_table.py` does a table of sizes, with held-out schedules and the exponent
of the part without annealing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .curve_fit import CurveFit as CurveFit
    from .curve_fit import CurveSettings as CurveSettings
    from .curve_fit import LossCurve as LossCurve
    from .curve_fit import Score as Score
    from .curve_fit import fit_curves as fit_curves
    from .curve_table import CurveTable as CurveTable
    from .curve_table import SizeOfCurves as SizeOfCurves
    from .curve_table import fit_curve_table as fit_curve_table
    from .multipower import MultiPowerLaw as MultiPowerLaw
    from .schedule import Schedule as Schedule

_HOMES = {
    "CurveFit": "curve_fit",
    "CurveSettings": "curve_fit",
    "CurveTable": "curve_table",
    "LossCurve": "curve_fit",
    "MultiPowerLaw": "multipower",
    "Schedule": "schedule",
    "Score": "curve_fit",
    "SizeOfCurves": "curve_table",
    "fit_curve_table": "curve_table",
    "fit_curves": "curve_fit",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
