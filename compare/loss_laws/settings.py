"""Numbers that the fits of laws depend on, and what can be asked of a fit beside its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Objective = Literal["squares", "huber", "lad"]


@dataclass(frozen=True)
class LawSettings:
    """Where lines are drawn.

    most_sizes: beyond it, sizes within `binned` of each other are one. directed: level of the tests that exclude a
    form. starts: cold starts that are followed to the end where forms are compared. held: change of a speed-up over
    the window that counts as none, as a factor. level: confidence of a verdict from one form, beside all others.
    most_runs: beyond it, runs of a law in N and D are put into cells of `binned`.
    """

    most_sizes: int = 400
    binned: float = 0.01
    directed: float = 0.01
    held: float = 1.10
    level: float = 0.99
    most_runs: int = 4000
    starts: int = 8


SETTINGS = LawSettings()


@dataclass(frozen=True)
class FitOptions:
    """Options of `fit` and `fit_losses`.

    Attributes:
        baseline: an optimizer's name; AdamW, Adam, SGD or GD where there is one, else the first.
        objective: of the log residuals, as in `fit_law`.
        window: smallest and largest size.
        draws: resamples of the bootstrap; 0 for none.
        seed: of the bootstrap.
        floor: E where it is known.
    """

    baseline: str | None = None
    objective: Objective | None = None
    window: tuple[float, float] | None = None
    draws: int = 1000
    seed: int = 0
    floor: float | None = None
