"""Compare: whether theory and measurement agree, and where the threshold lies.

Names are loaded when they are first used, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..theory.lazy import lazy

if TYPE_CHECKING:
    from .agreement import Comparison as Comparison
    from .agreement import compare as compare
    from .cell import Cell as Cell
    from .diagnose_result import Diagnosis as Diagnosis
    from .figure_alpha import plot_alpha as plot_alpha
    from .figure_density import plot_density as plot_density
    from .figure_diagnosis import plot_diagnosis as plot_diagnosis
    from .figure_diagnosis import save_diagnosis as save_diagnosis
    from .figure_fit import plot_fit as plot_fit
    from .figure_gaps import plot_gaps as plot_gaps
    from .figure_loss import plot_loss as plot_loss
    from .figure_phases import plot_phases as plot_phases
    from .figure_steps import plot_steps as plot_steps
    from .figures import save_figure as save_figure
    from .figures import save_figures as save_figures
    from .fit import ExponentFit as ExponentFit
    from .fit import fit_exponent as fit_exponent
    from .forecast import PredictedAlpha as PredictedAlpha
    from .law_fit import LawFit as LawFit
    from .law_fit import fit_law as fit_law
    from .loss_fits import LossFits as LossFits
    from .loss_laws import fit_losses as fit_losses
    from .losses import LossTable as LossTable
    from .losses import read_losses as read_losses
    from .measurement import Measurement as Measurement
    from .ordering import Ordering as Ordering
    from .paired import ExponentGap as ExponentGap
    from .published import PublishedAlpha as PublishedAlpha
    from .published import PublishedTable as PublishedTable
    from .published import published_for as published_for
    from .published import published_table as published_table
    from .published import published_tables as published_tables
    from .report import write_report as write_report
    from .threshold import Threshold as Threshold

_HOMES = {
    "Cell": "cell",
    "Comparison": "agreement",
    "Diagnosis": "diagnose_result",
    "ExponentFit": "fit",
    "ExponentGap": "paired",
    "LawFit": "law_fit",
    "LossFits": "loss_fits",
    "LossTable": "losses",
    "Measurement": "measurement",
    "Ordering": "ordering",
    "PredictedAlpha": "forecast",
    "PublishedAlpha": "published",
    "PublishedTable": "published",
    "Threshold": "threshold",
    "compare": "agreement",
    "fit_exponent": "fit",
    "fit_law": "law_fit",
    "fit_losses": "loss_laws",
    "plot_alpha": "figure_alpha",
    "plot_density": "figure_density",
    "plot_diagnosis": "figure_diagnosis",
    "plot_fit": "figure_fit",
    "plot_gaps": "figure_gaps",
    "plot_loss": "figure_loss",
    "plot_phases": "figure_phases",
    "plot_steps": "figure_steps",
    "published_for": "published",
    "published_table": "published",
    "published_tables": "published",
    "read_losses": "losses",
    "save_diagnosis": "figure_diagnosis",
    "save_figure": "figures",
    "save_figures": "figures",
    "write_report": "report",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
