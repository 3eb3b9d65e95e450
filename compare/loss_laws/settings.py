"""Numbers that the fits of laws depend on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LawSettings:
    """Where lines are drawn.

    most_sizes: beyond it, sizes within `binned` of each other are one. excluded: AICc above the least at which a form
    is excluded. directed: level of the test for residuals that run in one direction. held: change of a speed-up over
    the window that counts as none, as a factor. level: confidence of a verdict from one form, beside all others.
    most_runs: beyond it, runs of a law in N and D are put into cells of `binned`.
    """

    most_sizes: int = 400
    binned: float = 0.01
    excluded: float = 6.0
    directed: float = 0.01
    held: float = 1.10
    level: float = 0.99
    most_runs: int = 4000


SETTINGS = LawSettings()
