"""One cell: every optimizer at every T for one (s, N, seed), measured on one draw.

`measure.py` measures it, by `on_population.py` where the population is known and by `on_rows.py` where rows are
streamed. `memory.py` and `cost.py` tell beforehand what a cell holds and takes; `outcome.py` is what it measured.
Runs must not be imported.
"""
