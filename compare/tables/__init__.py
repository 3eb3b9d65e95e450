"""Tables of training runs as people have them: read, and each column given a role, aloud.

`read_table` is the door. `text_format.py` decides how a text is written, `cell_numbers.py` what number a cell holds,
`table_files.py` reads files, streams and objects into a DataFrame; `role_names.py` and `roles.py` say which column is
what and why, `role_file.py` keeps that for the next time; `table.py` is the result, `run_selection.py` takes from it
the runs that count. Nothing is fitted here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .cell_numbers import number_in as number_in
    from .role_file import read_roles as read_roles
    from .role_file import save_roles as save_roles
    from .roles import ColumnRole as ColumnRole
    from .roles import assign_roles as assign_roles
    from .roles import shown as shown
    from .run_selection import SelectedRuns as SelectedRuns
    from .run_selection import SelectionRules as SelectionRules
    from .run_selection import dropped_rows as dropped_rows
    from .run_selection import merged_values as merged_values
    from .run_selection import select_runs as select_runs
    from .run_selection import texts as texts
    from .settings import SETTINGS as SETTINGS
    from .settings import TableSettings as TableSettings
    from .table import Reading as Reading
    from .table import Table as Table
    from .table import read_table as read_table
    from .table_files import read_frame as read_frame

_HOMES = {
    "SETTINGS": "settings",
    "ColumnRole": "roles",
    "Reading": "table",
    "Table": "table",
    "SelectedRuns": "run_selection",
    "SelectionRules": "run_selection",
    "TableSettings": "settings",
    "assign_roles": "roles",
    "number_in": "cell_numbers",
    "dropped_rows": "run_selection",
    "merged_values": "run_selection",
    "read_frame": "table_files",
    "read_roles": "role_file",
    "read_table": "table",
    "save_roles": "role_file",
    "select_runs": "run_selection",
    "shown": "roles",
    "texts": "run_selection",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
