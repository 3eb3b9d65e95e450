"""Numbers that reading of tables depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TableSettings:
    """What the reader looks at and where it draws lines.

    Attributes:
        head: bytes from which the format is decided.
        sampled: lines of them that are parsed.
        chunk: rows read at a time.
        same: relative difference up to which two sizes are one.
        same_tokens: the same for token counts.
        kinds: distinct values up to which a column looks like a factor.
        filled: share of the fullest candidate that a better-named column must fill.
        diverged: robust standard deviations above its replicates at which a run has diverged.
        diverged_least: and at least this much in log loss.
    """

    head: int = 65_536
    sampled: int = 300
    chunk: int = 100_000
    same: float = 1e-3
    same_tokens: float = 0.01
    kinds: int = 20
    filled: float = 0.5
    diverged: float = 10.0
    diverged_least: float = 0.05


SETTINGS = TableSettings()
