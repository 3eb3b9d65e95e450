"""What commands share: options as typed, output, progress, failures.

`counts.py`, `values.py` and `experiment_argument.py` read, `stand_ins.py` says what was taken for a name; `output.py`,
`output_files.py`, `risk_table.py`, `comparison.py` and `cell_usage.py` print, `progress.py` reports, `stopping.py`
answers signals, and `failure.py` makes one sentence and an exit code of every failure. `visible_text.py` writes out
what a terminal would not show.
Commands must not be imported, and no number is worked out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .cell_usage import cells_line as cells_line
    from .comparison import comparison_json as comparison_json
    from .comparison import show_comparison as show_comparison
    from .counts import COUNT as COUNT
    from .counts import SIZES as SIZES
    from .counts import STEPS as STEPS
    from .counts import Counts as Counts
    from .experiment_argument import STDIN as STDIN
    from .experiment_argument import read_experiment as read_experiment
    from .failure import answered as answered
    from .output import print_json as print_json
    from .output import print_table as print_table
    from .output import say as say
    from .output_files import check_figure as check_figure
    from .output_files import check_writable as check_writable
    from .output_files import save_figure as save_figure
    from .progress import meter as meter
    from .risk_table import print_rows as print_rows
    from .stand_ins import say_stand_ins as say_stand_ins
    from .stand_ins import stand_ins_json as stand_ins_json
    from .stand_ins import stand_ins_of as stand_ins_of
    from .stopping import stoppable as stoppable
    from .table_of_runs import column_options as column_options
    from .table_of_runs import named_numbers as named_numbers
    from .table_of_runs import points_at as points_at
    from .table_of_runs import read_numbers as read_numbers
    from .table_of_runs import run_table as run_table
    from .table_of_runs import selection_rules as selection_rules
    from .table_of_runs import table_options as table_options
    from .table_of_runs import typed_roles as typed_roles
    from .values import listed as listed
    from .visible_text import brief as brief
    from .visible_text import visible as visible

_HOMES = {
    "COUNT": "counts",
    "Counts": "counts",
    "SIZES": "counts",
    "STDIN": "experiment_argument",
    "STEPS": "counts",
    "answered": "failure",
    "cells_line": "cell_usage",
    "check_figure": "output_files",
    "check_writable": "output_files",
    "brief": "visible_text",
    "comparison_json": "comparison",
    "meter": "progress",
    "column_options": "table_of_runs",
    "selection_rules": "table_of_runs",
    "typed_roles": "table_of_runs",
    "named_numbers": "table_of_runs",
    "points_at": "table_of_runs",
    "print_json": "output",
    "print_rows": "risk_table",
    "print_table": "output",
    "read_experiment": "experiment_argument",
    "read_numbers": "table_of_runs",
    "run_table": "table_of_runs",
    "listed": "values",
    "save_figure": "output_files",
    "say": "output",
    "say_stand_ins": "stand_ins",
    "show_comparison": "comparison",
    "stand_ins_json": "stand_ins",
    "stand_ins_of": "stand_ins",
    "stoppable": "stopping",
    "table_options": "table_of_runs",
    "visible": "visible_text",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
