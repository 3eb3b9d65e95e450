"""Entries with several seeds each, compared: who is ahead, by how much, and which order holds.

Entries that stop at different steps near one loss are compared by their steps, at the evidence that each one's mean
loss lies below the target; a mean over runs of different lengths says nothing and is never made. Entries of one length
are compared by their mean losses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import stdtr
from scipy.stats import studentized_range

from ...errors import InputError
from ..tables import Table, dropped_rows, read_table
from ..text_table import aligned

if TYPE_CHECKING:
    from pandas import DataFrame

SCHEMA = 1
LEVEL = 0.95
_FEWEST = 2
_ENTRIES = ("entry", "group", "method", "config", "configuration", "submission", "recipe", "variant", "setting")
By = Literal["steps", "loss"]


@dataclass(frozen=True)
class Entry:
    """The runs of one entry at one number of steps.

    Attributes:
        name: of the entry.
        steps: at which its runs stop; NaN where the table has none.
        seeds: how many runs.
        mean: of their losses.
        stderr: of the mean; of one run, the largest deviation that an entry of five seeds or more shows.
        behind: mean less that of the first entry; NaN in a comparison of steps, where means are not compared.
        behind_stderr: of that difference.
        p: of a mean loss at or above the target, one-sided, adjusted for all entries (Holm); NaN without a target.
        below: whether that is evidence of a mean below the target.
        tied: first entry, in the order of the table, that this one cannot be told from; None for the first.
    """

    name: str
    steps: float
    seeds: int
    mean: float
    stderr: float
    behind: float
    behind_stderr: float
    p: float
    below: bool
    tied: str | None


@dataclass(frozen=True)
class Replicates:
    """Entries in order.

    Attributes:
        by: steps (fewer is better, of entries below the target) or loss.
        target: of the loss; None for a comparison of losses.
        entries: best first, those without evidence last.
        noise: deviation between seeds within an entry, pooled.
        dof: its degrees of freedom.
        spreads: smallest, median and largest deviation of an entry with five seeds or more; NaN without one.
        single: entries with one run, whose error is borrowed from the pool.
    """

    by: By
    target: float | None
    entries: tuple[Entry, ...]
    noise: float
    dof: int
    spreads: tuple[float, float, float]
    single: int

    def sentence(self) -> str:
        """What holds."""
        kept = [entry for entry in self.entries if entry.below or self.by == "loss"]
        if not kept:
            return f"No entry's mean loss is shown to lie below {self.target:g}."
        first = kept[0]
        if self.by == "steps":
            level = [e.name for e in kept if e.steps == first.steps]
            return (
                f"Fewest steps with evidence of a mean below {self.target:g}: {', '.join(level)} at {first.steps:g}; "
                f"{len(kept)} of {len(self.entries)} have such evidence (Holm over all, {1 - LEVEL:.0%}). Steps are "
                "those at which each entry chose to stop, so they bound what it needs from above."
            )
        level = [e.name for e in kept if e is first or e.tied == first.name]
        also = f", not told from {', '.join(level[1:])}" if len(level) > 1 else ""
        return f"Lowest mean loss: {first.name}{also} (Tukey over all pairs, {1 - LEVEL:.0%})."

    def to_json(self) -> dict[str, Any]:
        """Plain values with a schema version."""
        return {
            "schema": SCHEMA,
            "kind": "replicates",
            "by": self.by,
            "target": self.target,
            "noise": self.noise,
            "dof": self.dof,
            "spreads": list(self.spreads),
            "single": self.single,
            "entries": [vars(entry) for entry in self.entries],
            "sentence": self.sentence(),
        }

    def __str__(self) -> str:
        """A table and the sentence."""
        last = "p" if self.by == "steps" else "behind the first"
        rows: list[tuple[str, ...]] = [("entry", "steps", "seeds", "mean loss", "standard error", last, "")]
        for k, e in enumerate(self.entries):
            told = f"{e.p:.2g}" if self.by == "steps" else f"{e.behind:.5f}({1e5 * e.behind_stderr:.0f})" if k else ""
            said = ("below" if e.below else "not shown") if self.by == "steps" else f"as {e.tied}" if e.tied else ""
            rows.append(
                (
                    e.name,
                    "-" if np.isnan(e.steps) else f"{e.steps:g}",
                    str(e.seeds),
                    f"{e.mean:.5f}",
                    f"{e.stderr:.5f}",
                    told,
                    said,
                )
            )
        low, middle, high = self.spreads
        spread = f"Deviation between seeds {self.noise:.4f}, pooled over {self.dof} degrees of freedom"
        if not np.isnan(low):
            spread += f"; entries of five seeds or more have {low:.4f} to {high:.4f}, median {middle:.4f}"
        borrowed = "the largest of these" if not np.isnan(low) else "it"
        alone = f" {self.single} entries have one run and borrow {borrowed}." if self.single else ""
        return "\n".join([aligned(rows), "", f"{spread}.{alone}", self.sentence()])


def compare_replicates(
    table: Any,
    roles: Mapping[str, str | Sequence[str]] | None = None,
    *,
    entry: str | None = None,
    target: float | None = None,
    drop: Sequence[str] = (),
) -> Replicates:
    """Compare entries that have several runs each.

    Args:
        table: a path or a DataFrame with one row a run; of a history the last row of each run counts.
        roles: loss or step to the name of its column, where the reader should not guess.
        entry: column of the entries; None for that of the optimizer, or one called entry, group, method or the like.
        target: loss at which steps are compared; needed where entries stop at different steps.
        drop: COLUMN or COLUMN=VALUE, rows to leave out.

    Returns:
        The entries in order, with what holds.

    Raises:
        InputError: no column names the entries, no entry has two runs, or steps differ and there is no target.
    """
    read = read_table(table, dict(roles or {}))
    frame, name = _rows(read, entry, drop)
    step = read.one("step")
    losses = np.asarray(frame[read.needed("loss")], float)
    labels = np.array([str(v) for v in frame[name]])
    steps = np.full(len(losses), np.nan) if step is None else np.asarray(frame[step], float)
    if not np.all(np.isfinite(losses)):
        raise InputError("Some runs have no finite loss; drop them first.")
    groups = [
        (label, at, losses[(labels == label) & _same(steps, at)])
        for label in dict.fromkeys(labels.tolist())
        for at in np.unique(steps[labels == label])
    ]
    dof = sum(len(values) - 1 for _, _, values in groups)
    if dof < 1:
        raise InputError(
            "No entry has two runs at one number of steps, so nothing is known of the noise between seeds."
        )
    noise = float(np.sqrt(sum(np.sum((v - v.mean()) ** 2) for _, _, v in groups) / dof))
    spreads = sorted(float(v.std(ddof=1)) for _, _, v in groups if len(v) >= 5)
    shown = (spreads[0], float(np.median(spreads)), spreads[-1]) if spreads else (np.nan,) * 3
    single = sum(len(v) == 1 for _, _, v in groups)
    lengths = np.unique(steps[np.isfinite(steps)])
    if lengths.size > 1 and target is None:
        raise InputError(
            f"Entries stop at {lengths.size} different steps, so their losses do not compare; give --target, the loss "
            "at which steps are compared."
        )
    if target is None:
        return Replicates("loss", None, _by_loss(groups, noise, dof), noise, dof, shown, single)
    widest = noise if np.isnan(shown[2]) else max(noise, shown[2])
    return Replicates("steps", target, _by_steps(groups, target, widest, dof), noise, dof, shown, single)


def _rows(read: Table, entry: str | None, drop: Sequence[str]) -> tuple[DataFrame, str]:
    """The rows that count, and the column of the entries."""
    frame = read.frame[~dropped_rows(read, drop)]
    named = next((str(each) for each in frame.columns if str(each).lower() in _ENTRIES), None)
    name = entry or read.one("optimizer") or named
    if name is None or name not in frame.columns:
        raise InputError(f"No column names the entries; name it with --entry (there are {', '.join(frame.columns)}).")
    step = read.one("step")
    if step is not None and (runs := [each for each in read.roles.get("run", ()) if each in frame]):
        frame = frame.sort_values(step, kind="stable").groupby([name, *runs], sort=False).tail(1).sort_index()
    return frame, name


def _same(steps: np.ndarray, at: float) -> np.ndarray:
    return np.isnan(steps) if np.isnan(at) else steps == at


def _by_steps(groups: list[tuple[str, float, np.ndarray]], target: float, widest: float, dof: int) -> tuple[Entry, ...]:
    """Each by its own deviation where it has two seeds or more, one run by the widest: entries differ in theirs."""
    tests = []
    for name, steps, values in groups:
        n = len(values)
        own = float(values.std(ddof=1)) if n >= _FEWEST else widest
        error = max(own, 1e-12) / n**0.5
        free = n - 1 if n >= _FEWEST else dof
        tests.append(
            (name, steps, n, float(values.mean()), error, float(stdtr(free, (values.mean() - target) / error)))
        )
    raw = np.array([test[-1] for test in tests])
    order = np.argsort(raw, kind="stable")
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * (len(raw) - np.arange(len(raw)))), 1.0)
    entries = [
        Entry(*test[:-1], np.nan, np.nan, float(p), bool(p <= 1 - LEVEL), None)
        for test, p in zip(tests, adjusted, strict=True)
    ]
    return tuple(sorted(entries, key=lambda e: (not e.below, e.steps, e.p)))


@lru_cache
def _studentized(means: int, dof: int) -> float:
    """Quantile of the studentized range; an integral of integrals, hence kept."""
    return float(studentized_range.ppf(LEVEL, means, dof))


def _by_loss(groups: list[tuple[str, float, np.ndarray]], noise: float, dof: int) -> tuple[Entry, ...]:
    """By mean, each told from the ones above by Tukey and Kramer's honest significant difference."""
    rows = sorted(groups, key=lambda group: float(group[2].mean()))
    reach = _studentized(len(rows), dof) if len(rows) > 1 else 0.0
    found: list[Entry] = []
    for name, steps, values in rows:
        error = noise / len(values) ** 0.5
        tied = next(
            (e.name for e in found if values.mean() - e.mean < reach * float(np.hypot(e.stderr, error)) / 2**0.5),
            None,
        )
        mean = float(values.mean())
        behind, apart = (mean - found[0].mean, float(np.hypot(found[0].stderr, error))) if found else (0.0, 0.0)
        found.append(Entry(name, steps, len(values), mean, error, behind, apart, np.nan, False, tied))
    return tuple(found)
