"""Settings of measurements of networks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How measurements are made.

    Attributes:
        tolerance: of a training risk, relative, from the bound on what a Krylov space leaves out.
        top: relative accuracy of the largest eigenvalue.
        loose: of a displacement of parameters, relative, from the same bound: enough for held-out risks.
        converged: residual of a Ritz pair, over its eigenvalue, below which it counts as found.
        probes: random vectors for traces and for drift.
        batches: batches whose gradients give Adam's second moments where none are given.
        holds, roughly: drift below which a forecast holds, and holds roughly. On digits (`benchmarks/network_drift.py`:
            two hidden layers, widths 32 and 128, output scales 0.3 to 50, T to 1,000) measured risks are within 6 % of
            predicted ones at a drift up to .13, 5 to 30 % lower at .25 to .3, and 35 to 50 % lower at .8.
    """

    tolerance: float = 1e-8
    loose: float = 1e-4
    top: float = 1e-8
    converged: float = 0.05
    probes: int = 16
    batches: int = 16
    holds: float = 0.2
    roughly: float = 0.5


SETTINGS = Settings()
