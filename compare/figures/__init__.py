"""Figures: one file each, on axes that touch no global state of matplotlib.

`axes.py`, `palette.py`, `journal_column.py` and `figure_files.py` are what figures share. `alpha_vs_s.py`,
`alpha_vs_steps.py`, `gap_vs_s.py` and `risk_vs_size.py` show a comparison, drawn together by `comparison_figures.py`;
`phase_diagram.py`, `spectral_density.py`, `diagnosis.py`, `loss_laws.py`, `batches.py` and `schedule_choice.py`
show what their names say. This and the report are the only users of matplotlib; pyplot is never imported, nor is the
report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .alpha_vs_s import plot_alpha as plot_alpha
    from .alpha_vs_steps import plot_steps as plot_steps
    from .axes import axes_or_new as axes_or_new
    from .axes import figure_of as figure_of
    from .axes import legend as legend
    from .axes import new_figure as new_figure
    from .axes import optimizer_key as optimizer_key
    from .axes import plain_key as plain_key
    from .batches import plot_batches as plot_batches
    from .comparison_figures import draw_figures as draw_figures
    from .comparison_figures import save_figures as save_figures
    from .diagnosis import plot_diagnosis as plot_diagnosis
    from .diagnosis import save_diagnosis as save_diagnosis
    from .figure_files import figure_kind as figure_kind
    from .figure_files import rendered as rendered
    from .figure_files import save_figure as save_figure
    from .gap_vs_s import plot_gaps as plot_gaps
    from .journal_column import Column as Column
    from .loss_laws import plot_fit as plot_fit
    from .palette import FAINT as FAINT
    from .palette import INK as INK
    from .palette import Style as Style
    from .palette import styles as styles
    from .phase_diagram import plot_phases as plot_phases
    from .risk_vs_size import loss_panels as loss_panels
    from .risk_vs_size import plot_loss as plot_loss
    from .risk_vs_size import prediction_panels as prediction_panels
    from .schedule_choice import draw_schedule_choice as draw_schedule_choice
    from .schedule_choice import plot_schedule_choice as plot_schedule_choice
    from .spectral_density import plot_density as plot_density
    from .spike import plot_spike as plot_spike

_HOMES = {
    "Column": "journal_column",
    "FAINT": "palette",
    "INK": "palette",
    "axes_or_new": "axes",
    "legend": "axes",
    "new_figure": "axes",
    "optimizer_key": "axes",
    "plain_key": "axes",
    "draw_figures": "comparison_figures",
    "draw_schedule_choice": "schedule_choice",
    "figure_kind": "figure_files",
    "figure_of": "axes",
    "loss_panels": "risk_vs_size",
    "plot_alpha": "alpha_vs_s",
    "plot_batches": "batches",
    "plot_density": "spectral_density",
    "plot_diagnosis": "diagnosis",
    "plot_fit": "loss_laws",
    "plot_gaps": "gap_vs_s",
    "plot_loss": "risk_vs_size",
    "plot_phases": "phase_diagram",
    "plot_schedule_choice": "schedule_choice",
    "plot_spike": "spike",
    "plot_steps": "alpha_vs_steps",
    "prediction_panels": "risk_vs_size",
    "rendered": "figure_files",
    "save_diagnosis": "diagnosis",
    "save_figure": "figure_files",
    "save_figures": "comparison_figures",
    "Style": "palette",
    "styles": "palette",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
