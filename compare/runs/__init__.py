"""A run against theory and published values: exponents, their gaps, thresholds and orderings.

`measurement.py` is what was measured, `against_theory.py` holds it against theory and makes a `comparison.py` of
`scaling_point.py`s. `predicted_exponent.py`, `paired_gap.py`, `ridge_gap.py`, `measured_threshold.py`, `ordering.py`,
`expected_misses.py` each answer one question, by the choices in `settings.py`; `published.py` reads the tables in
`published/`; `headlines.py`, `table.py`, `risk_table.py` and `costs.py` say the result.
Loss laws, diagnosis and figures must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .against_theory import compare as compare
    from .against_theory import compare_with_theory as compare_with_theory
    from .comparison import BASELINE as BASELINE
    from .comparison import Comparison as Comparison
    from .costs import CellUsage as CellUsage
    from .costs import UsageSummary as UsageSummary
    from .costs import cell_usage as cell_usage
    from .costs import chosen_counts as chosen_counts
    from .costs import usage_summary as usage_summary
    from .headlines import headline as headline
    from .headlines import headline_s as headline_s
    from .headlines import supports as supports
    from .measured_threshold import Threshold as Threshold
    from .measurement import Measurement as Measurement
    from .ordering import Ordering as Ordering
    from .paired_gap import ExponentGap as ExponentGap
    from .predicted_exponent import PredictedAlpha as PredictedAlpha
    from .predicted_exponent import predicted_alpha as predicted_alpha
    from .predicted_exponent import predicted_curve as predicted_curve
    from .published import PublishedAlpha as PublishedAlpha
    from .published import PublishedTable as PublishedTable
    from .published import published_for as published_for
    from .published import published_table as published_table
    from .published import published_tables as published_tables
    from .risk_table import Interval as Interval
    from .risk_table import RiskTable as RiskTable
    from .risk_table import measured_rows as measured_rows
    from .risk_table import predicted_rows as predicted_rows
    from .scaling_point import ScalingPoint as ScalingPoint
    from .settings import SETTINGS as SETTINGS
    from .settings import ComparisonSettings as ComparisonSettings
    from .table import HEADINGS as HEADINGS

_HOMES = {
    "BASELINE": "comparison",
    "CellUsage": "costs",
    "Comparison": "comparison",
    "ComparisonSettings": "settings",
    "ExponentGap": "paired_gap",
    "HEADINGS": "table",
    "Interval": "risk_table",
    "Measurement": "measurement",
    "Ordering": "ordering",
    "PredictedAlpha": "predicted_exponent",
    "PublishedAlpha": "published",
    "PublishedTable": "published",
    "RiskTable": "risk_table",
    "SETTINGS": "settings",
    "ScalingPoint": "scaling_point",
    "Threshold": "measured_threshold",
    "UsageSummary": "costs",
    "cell_usage": "costs",
    "chosen_counts": "costs",
    "compare": "against_theory",
    "compare_with_theory": "against_theory",
    "headline": "headlines",
    "headline_s": "headlines",
    "measured_rows": "risk_table",
    "predicted_alpha": "predicted_exponent",
    "predicted_curve": "predicted_exponent",
    "predicted_rows": "risk_table",
    "published_for": "published",
    "published_table": "published",
    "published_tables": "published",
    "supports": "headlines",
    "usage_summary": "costs",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
