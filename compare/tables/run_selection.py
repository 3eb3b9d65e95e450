"""One point a run: the rows of a table that count, and what was done with rows of one optimizer and size that differ.

Rows that failed are left out and counted. A history gives its last step. Of settings that were tried the best counts,
by its mean over seeds. What is left are replicates. Rows that differ in a column without a role are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...errors import InputError
from .roles import shown
from .settings import SETTINGS
from .table import Table

Take = Literal["last", "lowest", "every"]
_FAILED = {"crashed", "failed", "killed", "running", "preempted", "preempting", "diverged", "cancelled", "canceled",
           "timeout", "pending", "error", "aborted"}  # fmt: skip


@dataclass(frozen=True)
class SelectionRules:
    """What is done with rows.

    Attributes:
        best: rows of one optimizer, size and token count are a sweep, of which the lowest loss counts, whatever they
            differ in.
        take: of a history, its last step, its lowest loss, or every row, as laws fitted along runs count them; None
            for the last step, where a law in tokens asks if the rows may be runs of different lengths.
        drop: COLUMN or COLUMN=VALUE, left out.
        keep_outliers: diverged replicates count.
    """

    best: bool = False
    take: Take | None = None
    drop: tuple[str, ...] = ()
    keep_outliers: bool = False


@dataclass(frozen=True, eq=False)
class SelectedRuns:
    """The runs that count.

    Attributes:
        frame: the table's columns, and `@optimizer`, `@size`, `@tokens` (NaN where not given), `@loss`, `@cell` (one
            for each point, which its replicates share) and `@rows` (that went into its series).
        by: columns that tell series apart.
        marks: columns of remarks.
        left_out: why, and how many rows.
        notes: what was done with rows that differ.
        edges: what to say about best settings at the end of what was tried.
        swept: whether a best was taken.
        tokens_vary: runs of one size have more than one token count.
        rows: that could be used.
        histories: rows were taken for steps of one run.
    """

    frame: pd.DataFrame
    by: tuple[str, ...]
    marks: tuple[str, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    swept: bool = False
    tokens_vary: bool = False
    rows: int = 0
    histories: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"left_out": self.left_out, "rows_that_differ": list(self.notes), "edges_of_sweeps": list(self.edges)}


def select_runs(table: Table, rules: SelectionRules | None = None) -> SelectedRuns:
    """The runs of a table that count, one row each.

    Args:
        table: as `read_table` gives it.
        rules: what is done with rows that differ.

    Returns:
        The runs, with counts and sentences of what was done.

    Raises:
        InputError: where nothing is left, and where rows of one optimizer and size differ in what has no role.
    """
    rules = rules or SelectionRules()
    size, loss = table.needed("size"), table.needed("loss")
    frame, by, left_out = _standing(table, size, loss, rules)
    rows = len(frame)
    frame["@rows"] = frame.groupby(["@optimizer", *by], sort=False, dropna=False)["@loss"].transform("size")
    given = frame["@size"].to_numpy()
    frame["@size"], merged = merged_values(given, SETTINGS.same)
    frame["@size given"] = given
    notes = ["sizes that differ by less than .1 % are one"] if merged else []
    frame, told = _last_steps(table, frame, by, rules.take or "last")
    rows_of_histories = bool(told)
    notes += told
    frame, vary, told = _with_tokens(table, frame, by)
    notes += told
    keys = ["@optimizer", *by, "@size", *(["@token cell"] if vary else [])]
    frame["@cell"] = frame.groupby(keys, sort=False, dropna=False).ngroup()
    if vary:
        frame["@size"] = frame["@size given"]
    hypers = _differing(frame, table.roles.get("hyper-parameter", ()))
    seeds = _differing(frame, table.roles.get("seed", ()))
    if not rules.best:
        _refuse_open(table, frame, hypers, seeds, by)
    edges: list[str] = []
    swept = bool(frame["@cell"].duplicated().any()) and (rules.best or bool(hypers))
    whole = frame
    frame, told, lost = _without_diverged(frame, hypers, rules)
    left_out |= lost
    notes += told
    if swept:
        frame = _best(frame, [] if rules.best else hypers)
        edges = _edges(whole, frame, hypers, by)
        notes.append(_told_sweep(whole, hypers, rules.best))
    repeats = frame.groupby("@cell").size()
    if repeats.max() > 1:
        over = f" over {', '.join(map(shown, seeds))}" if seeds else ""
        notes.append(f"replicates{over}: {_span(repeats)} rows at each size, which count together")
    marks = tuple(name for name in table.roles.get("mark", ()) if name in frame)
    return SelectedRuns(
        frame.reset_index(drop=True), by, marks, left_out, tuple(notes), tuple(edges), swept, vary, rows,
        rows_of_histories,
    )  # fmt: skip


def dropped_rows(table: Table, rules: Sequence[str]) -> np.ndarray:
    """Which rows are left out by COLUMN=VALUE, or by COLUMN where it is 1.

    Args:
        table: as `read_table` gives it.
        rules: as typed.

    Returns:
        Shape (rows,), true where a row is left out.

    Raises:
        InputError: a rule names no column, or compares numbers with what is none.

    >>> from optscaling.compare.tables import read_table
    >>> runs = read_table({"params": [1e6, 2e6], "loss": [3.0, 2.5], "optimizer": ["adam", "lion"]})
    >>> dropped_rows(runs, ["optimizer=lion"])
    array([False,  True])
    """
    frame = table.frame
    gone = np.zeros(len(frame), bool)
    for rule in rules:
        name, _, value = rule.partition("=")
        if name not in frame:
            listed = ", ".join(shown(str(each), 30) for each in frame.columns[:20])
            raise InputError(f"{table.reading.source} has no column '{shown(name)}' for --drop; there are {listed}.")
        wanted = value or "1"
        if frame[name].dtype.kind == "f":
            try:
                wanted = texts(pd.Series([float(wanted)]))[0]
            except ValueError:
                raise InputError(f"--drop {shown(rule)}: column '{shown(name)}' holds numbers, not that.") from None
        gone |= (texts(frame[name]) == wanted).to_numpy()
    return gone


def merged_values(values: np.ndarray, same: float) -> tuple[np.ndarray, bool]:
    """Values that follow each other within a relative difference of the first as one, their median.

    Args:
        values: shape (n,), positive.
        same: relative difference up to which two are one.

    Returns:
        The values, shape (n,), and whether any were merged.

    >>> merged_values(np.array([100.0, 100.05, 300.0]), 1e-3)[0]
    array([100.025, 100.025, 300.   ])
    """
    unique, place = np.unique(values, return_inverse=True)
    firsts = []
    first = 0
    while first < len(unique):
        firsts.append(first)
        first = max(int(np.searchsorted(unique, unique[first] * (1 + same), side="right")), first + 1)
    group = np.zeros(len(unique), int)
    group[firsts[1:]] = 1
    group = np.cumsum(group)
    if len(firsts) == len(unique):
        return values, False
    middle = pd.Series(values).groupby(group[place]).median().to_numpy()
    return middle[group[place]], True


def _standing(
    table: Table, size: str, loss: str, rules: SelectionRules
) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, int]]:
    """The rows that can be used, with their optimizer, and why others cannot."""
    frame = table.frame.copy(deep=False)
    by = list(table.roles.get("by", ()))
    named = table.one("optimizer") or (by.pop() if by else None)
    optimizer = pd.Series("all", index=frame.index) if named is None else texts(frame[named])
    keep = np.ones(len(frame), bool)
    left_out: dict[str, int] = {}

    def leave(where: np.ndarray, why: str) -> None:
        count = int((where & keep).sum())
        if count:
            left_out[why] = left_out.get(why, 0) + count
        np.logical_and(keep, ~where, out=keep)

    leave(dropped_rows(table, rules.drop), "dropped as asked")
    state = table.column("state")
    if state is not None:
        bad = state.astype(str).str.lower().str.strip().isin(_FAILED).to_numpy()
        leave(bad, f"whose {table.one('state')} is not finished")
    for name, what in ((loss, "loss"), (size, "size")):
        if frame[name].dtype.kind != "f":
            raise InputError(
                f"{table.reading.source}: column {shown(name)} is text, but a {what} is a number; name another column."
            )
        values = frame[name].to_numpy()
        leave(np.isnan(values), f"without {shown(name)}")
        leave(~(values > 0) | np.isinf(values), f"whose {shown(name)} is not positive and finite")
    if not keep.any():
        why = "; ".join(f"{count} {reason}" for reason, count in left_out.items())
        raise InputError(f"{table.reading.source} holds no run with a loss and a size (left out: {why}).")
    made = frame[keep].copy()
    for name in by:
        made[name] = texts(made[name])
    made = made.assign(**{"@optimizer": optimizer[keep], "@size": made[size], "@loss": made[loss]})
    return made.reset_index(drop=True), tuple(by), left_out


def texts(column: pd.Series) -> pd.Series:
    """Cells as text; numbers in their shortest form, missing cells blank.

    Args:
        column: of numbers or text.

    Returns:
        Its cells as text, in the same order.
    """
    if column.dtype.kind == "f":
        return column.map(lambda value: "" if np.isnan(value) else f"{value:.12g}")
    return column.map(lambda value: "" if value is None or value != value else str(value).strip()).astype(object)


def _last_steps(table: Table, frame: pd.DataFrame, by: tuple[str, ...], take: Take) -> tuple[pd.DataFrame, list[str]]:
    """One row for each run of a history."""
    step = next((name for role in ("step", "tokens") if (name := table.one(role)) and name in table.frame), None)
    runs = [name for name in table.roles.get("run", ()) if name in frame]
    if step is None or step in by or (step == table.one("tokens") and not runs):
        return frame, []
    values = frame[step].to_numpy()
    others = [name for role in ("seed", "hyper-parameter") for name in table.roles.get(role, ()) if name in frame]
    others += [
        name for name, each in table.reading.columns.items() if each.open and name in frame and _factor(frame[name])
    ]
    keys = ["@optimizer", *by, "@size", *(runs if runs else others)]
    place = frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    made = pd.DataFrame({"place": place, "step": values, "loss": frame["@loss"].to_numpy()})
    if made.groupby("place")["step"].nunique().max() < 2:
        return frame, []
    if take == "every":
        count = f"{len(frame)} rows are histories of {made['place'].nunique()} runs: each row counts as asked"
        return frame, [f"{count}, though rows of one run deviate together"]
    order = made.sort_values(["step"] if take == "last" else ["loss"], ascending=take == "last", kind="stable")
    kept = order.index[~order["place"].duplicated(keep="last" if take == "last" else "first")].sort_values()
    last = made.loc[kept, "step"]
    where = f"{last.min():g}" if last.nunique() == 1 else f"{last.min():g} to {last.max():g}, not the same for all"
    which = "last step" if take == "last" else "lowest loss"
    return frame.loc[kept].reset_index(drop=True), [
        f"{len(frame)} rows are histories: the {which} of each of {len(kept)} runs counts ({shown(step)} {where})"
    ]


def _with_tokens(table: Table, frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[pd.DataFrame, bool, list[str]]:
    """Token counts, given or as compute / (6 size), and whether runs of one size differ in them."""
    named, compute, size = table.one("tokens"), table.one("compute"), table.one("size")
    keys = ["@optimizer", *by, "@size"]
    notes = []
    column = next((n for n in (named,) if n is not None and n != size), None)
    if column is not None and column not in by:
        values = frame[column].to_numpy(float)
    elif column is None and compute is not None and compute != size and compute in frame:
        values = frame[compute].to_numpy() / (6 * frame["@size"].to_numpy())
    else:
        frame["@tokens"] = np.nan
        return frame, False, []
    values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    frame["@tokens"] = values
    known = np.isfinite(values)
    if not known.all():
        if known.any():
            notes.append(f"{int((~known).sum())} rows have no token count, so none is used")
        frame["@tokens"] = np.nan
        return frame, False, notes
    spread = frame.groupby(keys, sort=False, dropna=False)["@tokens"].agg(["min", "max"])
    vary = bool((spread["max"] > spread["min"] * (1 + SETTINGS.same_tokens)).any())
    if column is None and vary:
        notes.append(f"tokens = {shown(str(compute))} / (6 size)")
    elif column is None:
        frame["@tokens"] = np.nan
    if vary:
        frame["@token cell"] = np.round(np.log(merged_values(values, SETTINGS.same_tokens)[0]), 9)
    elif column is not None and bool((spread["max"] > spread["min"]).any()):
        notes.append("token counts of one size that differ by less than 1 % are one")
    return frame, vary, notes


def _differing(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Columns in which rows of one cell differ."""
    found = []
    for name in names:
        if name in frame:
            codes = pd.Series(pd.factorize(frame[name])[0]).groupby(frame["@cell"].to_numpy())
            if bool((codes.max() != codes.min()).any()):
                found.append(name)
    return found


def _factor(column: pd.Series) -> bool:
    """Whether a column looks like something that was set: few values, each more than once."""
    count = column.nunique()
    return bool(1 < count <= max(SETTINGS.kinds, 1) and count <= len(column) / 2)


def _refuse_open(table: Table, frame: pd.DataFrame, hypers: list[str], seeds: list[str], by: tuple[str, ...]) -> None:
    """Refuse rows of one cell that differ in a column whose role nobody knows."""
    repeated = frame[frame["@cell"].duplicated(keep=False)]
    if not len(repeated):
        return
    names = [
        n for n, each in table.reading.columns.items() if each.open and not each.asked and n in frame and n not in by
    ]
    differing = _differing(repeated, names)
    explained = not repeated.duplicated(["@cell", *hypers, *seeds]).any()
    told = [name for name in differing if _factor(frame[name]) or (not explained and frame[name].dtype.kind == "f")]
    if not told:
        return
    name = shown(told[0])
    raise InputError(
        f"{table.reading.source}: rows of one optimizer and size differ in {', '.join(map(shown, told))}, which has "
        f"no role: type --by '{name}' (a law for each), --role '{name}=sweep' (the best counts), "
        f"--role '{name}=seed' (replicates), or --role '{name}=other' (it does not matter)."
    )


def _without_diverged(
    frame: pd.DataFrame, hypers: list[str], rules: SelectionRules
) -> tuple[pd.DataFrame, list[str], dict[str, int]]:
    """Leave out replicates that lie far above the lower half of theirs."""
    log = np.log(frame["@loss"].to_numpy())
    group = frame.groupby(["@cell", *hypers], sort=False, dropna=False).ngroup().to_numpy()
    order = np.lexsort((log, group))
    first, size = np.unique(group[order], return_index=True, return_counts=True)[1:]
    if rules.best or size.max() < 2:
        return frame, [], {}
    above = log - log[order][first + (size - 1) // 2][group]
    among = size[group] > 1
    scale = 1.4826 * float(np.median(np.abs(above[among & (above != 0)]))) if np.any(among & (above != 0)) else 0.0
    far = above > max(SETTINGS.diverged * scale, SETTINGS.diverged_least)
    if not far.any():
        return frame, [], {}
    worst = int(np.argmax(above))
    row = frame.iloc[worst]
    run = (
        f"{shown(str(row['@optimizer']))} at {row['@size']:.4g}, loss {row['@loss']:.5g}: {np.expm1(above[worst]):.0%}"
    )
    kept = "kept as asked" if rules.keep_outliers else "left out; --keep-outliers counts them"
    note = f"{int(far.sum())} replicates lie more than {SETTINGS.diverged:g} spreads above theirs ({run}): {kept}"
    if rules.keep_outliers:
        return frame, [note], {}
    return frame[~far].reset_index(drop=True), [note], {"that diverged": int(far.sum())}


def _best(frame: pd.DataFrame, hypers: list[str]) -> pd.DataFrame:
    """The rows of the setting with the lowest mean loss in each cell; the lowest row where no setting is told apart."""
    if not hypers:
        return frame.loc[frame.groupby("@cell", sort=False)["@loss"].idxmin()].reset_index(drop=True)
    setting = frame.groupby(["@cell", *hypers], sort=False, dropna=False).ngroup()
    mean = frame["@loss"].groupby(setting).transform("mean")
    lowest = mean.groupby(frame["@cell"]).transform("min")
    rows = frame[mean == lowest]
    first = setting[rows.index].groupby(rows["@cell"]).transform("first")
    return rows[setting[rows.index] == first].reset_index(drop=True)


def _told_sweep(whole: pd.DataFrame, hypers: list[str], every: bool) -> str:
    """What the best was taken of."""
    tried = (whole if every else whole.drop_duplicates(["@cell", *hypers])).groupby("@cell").size()
    return (
        f"best of a sweep over {', '.join(map(shown, hypers)) or 'rows of one size'} ({_span(tried)} a size): "
        "the lowest of several losses is below what a repeat would give"
    )


def _edges(whole: pd.DataFrame, best: pd.DataFrame, hypers: list[str], by: tuple[str, ...]) -> list[str]:
    """Where the best setting is the first or last of three or more that were tried."""
    told = []
    for name in (name for name in hypers if whole[name].dtype.kind == "f"):
        tried = whole.groupby("@cell")[name].agg(["min", "max", "nunique"])
        chosen = best.drop_duplicates("@cell").set_index("@cell")
        joined = chosen.join(tried)
        joined = joined[joined["nunique"] >= 3]
        for key, part in joined.groupby([*by, "@optimizer"], sort=False):
            low, high = int((part[name] == part["min"]).sum()), int((part[name] == part["max"]).sum())
            if low + high:
                ends = " and ".join(
                    f"{end} end in {count}" for end, count in (("lower", low), ("upper", high)) if count
                )
                who = " / ".join(shown(str(each)) for each in key)
                told.append(
                    f"{who}: the best {shown(name)} lies at the {ends} of {len(part)} sizes, "
                    "so the true best may be lower"
                )
    return told


def _span(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"
