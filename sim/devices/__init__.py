"""Where the heavy arithmetic of a cell runs: the host's BLAS, or accelerators through jax.

`protocol.py` says what a device can do, `host.py` (with `blas.py`) and `accelerator.py` do it, `select.py` chooses.
`precision.py` has the formats and what their rounding does to a risk, `rows.py` blocks of rows, `usage.py` what a
cell took. It is the lowest floor of simulation and imports no other part of it.
"""
