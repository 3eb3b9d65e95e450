"""Compare: whether theory and measurement agree, and where the threshold lies.

Names are loaded when they are first used, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._deprecation import Renamed
from .._lazy import lazy

if TYPE_CHECKING:
    from .diagnosis import Diagnosis as Diagnosis
    from .exponent_fit import ExponentFit as ExponentFit
    from .exponent_fit import fit_exponent as fit_exponent
    from .figures import plot_alpha as plot_alpha
    from .figures import plot_density as plot_density
    from .figures import plot_diagnosis as plot_diagnosis
    from .figures import plot_fit as plot_fit
    from .figures import plot_gaps as plot_gaps
    from .figures import plot_loss as plot_loss
    from .figures import plot_phases as plot_phases
    from .figures import plot_steps as plot_steps
    from .figures import save_diagnosis as save_diagnosis
    from .figures import save_figure as save_figure
    from .figures import save_figures as save_figures
    from .loss_laws import LawFit as LawFit
    from .loss_laws import LossFits as LossFits
    from .loss_laws import LossTable as LossTable
    from .loss_laws import fit_law as fit_law
    from .loss_laws import fit_losses as fit_losses
    from .loss_laws import read_losses as read_losses
    from .report import write_report as write_report
    from .runs import Comparison as Comparison
    from .runs import ExponentGap as ExponentGap
    from .runs import Measurement as Measurement
    from .runs import Ordering as Ordering
    from .runs import PredictedAlpha as PredictedAlpha
    from .runs import PublishedAlpha as PublishedAlpha
    from .runs import PublishedTable as PublishedTable
    from .runs import ScalingPoint as ScalingPoint
    from .runs import Threshold as Threshold
    from .runs import compare as compare
    from .runs import published_for as published_for
    from .runs import published_table as published_table
    from .runs import published_tables as published_tables

_HOMES = {
    "Comparison": "runs",
    "Diagnosis": "diagnosis",
    "ExponentFit": "exponent_fit",
    "ExponentGap": "runs",
    "LawFit": "loss_laws",
    "LossFits": "loss_laws",
    "LossTable": "loss_laws",
    "Measurement": "runs",
    "Ordering": "runs",
    "PredictedAlpha": "runs",
    "PublishedAlpha": "runs",
    "PublishedTable": "runs",
    "ScalingPoint": "runs",
    "Threshold": "runs",
    "compare": "runs",
    "fit_exponent": "exponent_fit",
    "fit_law": "loss_laws",
    "fit_losses": "loss_laws",
    "plot_alpha": "figures",
    "plot_density": "figures",
    "plot_diagnosis": "figures",
    "plot_fit": "figures",
    "plot_gaps": "figures",
    "plot_loss": "figures",
    "plot_phases": "figures",
    "plot_steps": "figures",
    "published_for": "runs",
    "published_table": "runs",
    "published_tables": "runs",
    "read_losses": "loss_laws",
    "save_diagnosis": "figures",
    "save_figure": "figures",
    "save_figures": "figures",
    "write_report": "report",
}

_RENAMED = {"Cell": Renamed("ScalingPoint", since="0.2", until="0.4")}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES, _RENAMED)
