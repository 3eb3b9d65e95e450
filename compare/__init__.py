"""Compare: whether theory and measurement agree, and where the threshold lies.

Names are loaded when they are first used, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .diagnosis.result import Diagnosis as Diagnosis
    from .exponent_fit import ExponentFit as ExponentFit
    from .exponent_fit import fit_exponent as fit_exponent
    from .figures.alpha_vs_s import plot_alpha as plot_alpha
    from .figures.alpha_vs_steps import plot_steps as plot_steps
    from .figures.comparison_figures import save_figures as save_figures
    from .figures.diagnosis import plot_diagnosis as plot_diagnosis
    from .figures.diagnosis import save_diagnosis as save_diagnosis
    from .figures.figure_files import save_figure as save_figure
    from .figures.gap_vs_s import plot_gaps as plot_gaps
    from .figures.loss_laws import plot_fit as plot_fit
    from .figures.phase_diagram import plot_phases as plot_phases
    from .figures.risk_vs_size import plot_loss as plot_loss
    from .figures.spectral_density import plot_density as plot_density
    from .loss_laws.fit_losses import fit_losses as fit_losses
    from .loss_laws.law_fit import LawFit as LawFit
    from .loss_laws.law_fit import fit_law as fit_law
    from .loss_laws.loss_table import LossTable as LossTable
    from .loss_laws.loss_table import read_losses as read_losses
    from .loss_laws.result import LossFits as LossFits
    from .report.page import write_report as write_report
    from .runs.cell import Cell as Cell
    from .runs.compare import compare as compare
    from .runs.comparison import Comparison as Comparison
    from .runs.measured_threshold import Threshold as Threshold
    from .runs.measurement import Measurement as Measurement
    from .runs.ordering import Ordering as Ordering
    from .runs.paired_gap import ExponentGap as ExponentGap
    from .runs.predicted_exponent import PredictedAlpha as PredictedAlpha
    from .runs.published import PublishedAlpha as PublishedAlpha
    from .runs.published import PublishedTable as PublishedTable
    from .runs.published import published_for as published_for
    from .runs.published import published_table as published_table
    from .runs.published import published_tables as published_tables

_HOMES = {
    "Cell": "runs.cell",
    "Comparison": "runs.comparison",
    "Diagnosis": "diagnosis.result",
    "ExponentFit": "exponent_fit",
    "ExponentGap": "runs.paired_gap",
    "LawFit": "loss_laws.law_fit",
    "LossFits": "loss_laws.result",
    "LossTable": "loss_laws.loss_table",
    "Measurement": "runs.measurement",
    "Ordering": "runs.ordering",
    "PredictedAlpha": "runs.predicted_exponent",
    "PublishedAlpha": "runs.published",
    "PublishedTable": "runs.published",
    "Threshold": "runs.measured_threshold",
    "compare": "runs.compare",
    "fit_exponent": "exponent_fit",
    "fit_law": "loss_laws.law_fit",
    "fit_losses": "loss_laws.fit_losses",
    "plot_alpha": "figures.alpha_vs_s",
    "plot_density": "figures.spectral_density",
    "plot_diagnosis": "figures.diagnosis",
    "plot_fit": "figures.loss_laws",
    "plot_gaps": "figures.gap_vs_s",
    "plot_loss": "figures.risk_vs_size",
    "plot_phases": "figures.phase_diagram",
    "plot_steps": "figures.alpha_vs_steps",
    "published_for": "runs.published",
    "published_table": "runs.published",
    "published_tables": "runs.published",
    "read_losses": "loss_laws.loss_table",
    "save_diagnosis": "figures.diagnosis",
    "save_figure": "figures.figure_files",
    "save_figures": "figures.comparison_figures",
    "write_report": "report.page",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
