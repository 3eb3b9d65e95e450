"""Caveats that come with the columns of a table: marks, single runs, and what differs beside the optimizer."""

from __future__ import annotations

from collections.abc import Iterable

from .loss_table import Series


def _kept(series: Series) -> int:
    return len(series.sizes)


def series_caveats(series: Series, best: bool) -> tuple[str, ...]:
    """What the marks of a series say, and whether it has replicates."""
    told = [
        f"{_mark(column, value)} for {count} of {_kept(series)} runs" + _edge(column)
        for (column, value), count in series.marks.items()
    ]
    counts = series.curve()[2]
    if counts.max(initial=0) == 1 and len(counts) < 20:
        told.append(_single(best, series))
    return tuple(told)


def difference_caveats(a: Series, b: Series, best: bool) -> tuple[str, ...]:
    """Marks that either has; those that one has more often are a difference beside the optimizer."""
    told = []
    for column, value in _keys(a, b):
        counts = [each.marks.get((column, value), 0) for each in (a, b)]
        shares = [count / max(_kept(each), 1) for count, each in zip(counts, (a, b), strict=True)]
        where = f"{counts[0]} of {_kept(a)} runs of {a.optimizer} and {counts[1]} of {_kept(b)} of {b.optimizer}"
        beside = "; it differs, so it may be what moves alpha" if shares[0] != shares[1] else ""
        told.append(f"{_mark(column, value)} for {where}{_edge(column)}{beside}")
    if all(each.curve()[2].max(initial=0) == 1 for each in (a, b)):
        told.append(_single(best, a, b))
    return tuple(told)


def _single(best: bool, *series: Series) -> str:
    swept = best and any(each.rows > len(each.sizes) for each in series)
    return "The best of a sweep at each size, one run at each setting" if swept else "One run at each size"


def _keys(a: Series, b: Series) -> Iterable[tuple[str, str]]:
    return dict.fromkeys([*a.marks, *b.marks])


def _mark(column: str, value: str) -> str:
    return f"{column} is set" if value == "1" else f"{column} is {value}"


def _edge(column: str) -> str:
    return " (the edge of the sweep: the true optimum may be lower)" if column.lower().endswith("_edge") else ""
