"""Compare: whether theory and measurement agree, and where the threshold lies.

Names are loaded when they are first used, so importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Cell": "cell",
    "Comparison": "agreement",
    "Diagnosis": "diagnose_result",
    "ExponentFit": "fit",
    "ExponentGap": "paired",
    "Measurement": "measurement",
    "Ordering": "ordering",
    "PredictedAlpha": "forecast",
    "PublishedAlpha": "published",
    "PublishedTable": "published",
    "Threshold": "threshold",
    "compare": "agreement",
    "fit_exponent": "fit",
    "plot_alpha": "figure_alpha",
    "plot_diagnosis": "figure_diagnosis",
    "plot_gaps": "figure_gaps",
    "plot_loss": "figure_loss",
    "plot_steps": "figure_steps",
    "published_for": "published",
    "published_table": "published",
    "published_tables": "published",
    "save_diagnosis": "figure_diagnosis",
    "save_figures": "figures",
    "write_report": "report",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
