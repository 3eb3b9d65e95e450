"""Sweeps: every cell of an experiment, in worker processes, stored so that a stopped run goes on.

`simulate.py` is the call, `workers.py` the processes, `run_directory.py` the store with one file a cell,
`progress.py` how far a sweep is. It is the top floor of simulation: nothing else in it may import this.
"""
