"""What commands share: options as typed, output, progress, failures.

`counts.py` and `experiment_argument.py` read, `output.py`, `output_files.py`, `risk_table.py`, `comparison.py` and
`cell_usage.py` print, `progress.py` reports, and `failure.py` makes one sentence and an exit code of every failure.
Commands must not be imported, and no number is worked out here.
"""
