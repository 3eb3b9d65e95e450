"""Figures: one file each, on axes that touch no global state of matplotlib.

`axes.py`, `palette.py`, `journal_column.py` and `figure_files.py` are what figures share. `alpha_vs_s.py`,
`alpha_vs_steps.py`, `gap_vs_s.py` and `risk_vs_size.py` show a comparison, drawn together by `comparison_figures.py`;
`phase_diagram.py`, `spectral_density.py`, `diagnosis.py` and `loss_laws.py` show what their names say. This and the
report are the only users of matplotlib; pyplot is never imported, nor is the report.
"""
