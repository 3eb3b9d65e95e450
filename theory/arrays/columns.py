"""Which columns of a table are no features: an index, an id, a constant, copies; and copies among the rows.

Everything is told in one pass over the rows, a block at a time. Equal columns and equal rows are found by hashes of
64 bits: of a million rows two different ones have the same with a chance of 3e-8.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from .contents import BLOCK, LeftOut, Reading, Rows
from .text_table import Table

_INDEX_NAME = re.compile(r"|unnamed:? ?_?\d+|index|idx|id|row|rows|rank|rowid|row_?(id|number|num)", re.IGNORECASE)
_ID_NAME = re.compile(r"(.*[_ .-])?(id|uuid|guid|index|idx|key)|.*[a-z]I[dD]", re.DOTALL)
_DOMINANT = 0.95  # of the variance of all features, in one column of three or more
_COPY = 1e-10  # 1 - r^2 of a feature that is the target itself
_LARGEST = 1e100  # of features and targets, which are squared, multiplied and added up
_FEWEST = 4  # rows


@dataclass(frozen=True, eq=False)
class Summary:
    """Columns in a few numbers each, shape (d,), and a hash for each row, shape (n,).

    Attributes:
        least: Smallest value.
        most: Largest value.
        variance: Over n.
        whole: Whether all values are whole numbers.
        counting: Whether they are k, k + 1, k + 2, ... in the order of the rows.
        hashes: Equal where columns are.
        products: Covariance with the target, zero where none was given.
        rows: Hash of each row, a sum over columns.
    """

    least: np.ndarray
    most: np.ndarray
    variance: np.ndarray
    whole: np.ndarray
    counting: np.ndarray
    hashes: np.ndarray
    products: np.ndarray
    rows: np.ndarray


def is_index(values: np.ndarray, name: str | None) -> str | None:
    """Why a column, shape (n,), counts the rows or names them; None where it does neither.

    Args:
        values: The column.
        name: Its name, None where the file has no names.
    """
    whole = bool(np.all(np.isfinite(values)) and np.all(values == np.round(values)))
    if not whole or len(values) < 3:
        return None
    low, high = float(values.min()), float(values.max())
    if np.array_equal(values - values[0], np.arange(len(values))) and values[0] in (0, 1):
        return "it counts the rows"
    distinct = len(np.unique(values)) == len(values)
    if distinct and low in (0, 1) and high - low == len(values) - 1:
        return "it numbers the rows, in another order"
    if distinct and name is not None and (_INDEX_NAME.fullmatch(name) or _ID_NAME.fullmatch(name)):
        return "it is a whole number of its own in every row, and its name is that of an index"
    return None


def summarise(
    numbers: np.ndarray,
    label: Callable[[int], str],
    target: np.ndarray | None,
    source: str,
    tell: Callable[[float], None],
) -> Summary:
    """One pass over the rows.

    Args:
        numbers: Shape (n, d).
        label: What to call a column.
        target: Shape (n,), for `products`.
        source: The file's name, for sentences.
        tell: Called with the share that is done.

    Raises:
        InputError: For values that are not finite, or too large, with the first place.
    """
    count, width = numbers.shape
    first = np.asarray(numbers[0], dtype=np.float64)
    least, most, sums, squares, products = np.full(width, np.inf), np.full(width, -np.inf), *np.zeros((3, width))
    whole, counting = np.ones(width, dtype=bool), np.ones(width, dtype=bool)
    hashes, row_hashes = np.zeros(width, dtype=np.uint64), np.empty(count, dtype=np.uint64)
    mixing = _odd(width)
    step = max(1, BLOCK // max(width, 1))
    for start in range(0, count, step):
        block = np.asarray(numbers[start : start + step], dtype=np.float64)
        end = start + len(block)
        _finite(block, start, label, source)
        least, most = np.minimum(least, block.min(axis=0)), np.maximum(most, block.max(axis=0))
        whole &= np.all(block == np.round(block), axis=0)
        moved = block - first
        counting &= np.all(moved == np.arange(start, end)[:, None], axis=0)
        sums += moved.sum(axis=0)
        squares += np.einsum("ij,ij->j", moved, moved)
        if target is not None:
            products += (target[start:end]) @ moved
        mixed = _mixed(block)
        row_hashes[start:end] = (mixed * mixing).sum(axis=1)
        hashes += (mixed * _odd(end, start)[:, None]).sum(axis=0)
        tell(end / count)
    variance = np.maximum(squares / count - (sums / count) ** 2, 0.0)
    variance[least == most] = 0.0
    return Summary(least, most, variance, whole, counting, hashes, products / count, row_hashes)


def features_of(
    table: Table, targets: np.ndarray, candidates: list[int], reading: Reading, tell: Callable[[float], None]
) -> tuple[Rows, np.ndarray, Reading]:
    """The features among some columns of a table: what is no index, id or copy of the target.

    Columns that do not vary are kept, and do nothing: images have them.

    Args:
        table: The table.
        targets: Shape (n, k).
        candidates: Columns that may be features.
        reading: What is known of the source so far.
        tell: Called with the share that is done.

    Returns:
        Rows of the features, the targets on them, and the account with what was found.

    Raises:
        InputError: For no feature that varies, a copy of the target, or a target that does not vary.
    """
    source, label = reading.source, reading.target or "y"
    numbers = table.numbers
    _check_target(targets, source, label)
    if len(targets) < _FEWEST:
        raise InputError(f"{source} has {len(targets)} rows; at least {_FEWEST} are needed.")
    if not candidates:
        raise InputError(f"{source} has {len(targets)} rows and no features; at least 1 is needed.")
    single = targets[:, 0] - targets[:, 0].mean() if targets.shape[1] == 1 else None
    chosen = np.array(candidates)
    view = numbers if len(chosen) == table.width else numbers[:, chosen]
    found = summarise(view, lambda j: table.label(int(chosen[j])), single, source, tell)
    left, kept = [], []
    for j, column in enumerate(candidates):
        reason = None
        if found.whole[j] and found.variance[j] > 0:
            name = table.names[column] if table.names else None
            reason = is_index(np.asarray(view[:, j], dtype=np.float64), name)
        if reason is None:
            kept.append(j)
        else:
            left.append(LeftOut("column", table.label(column), reason))
    if not np.any(found.variance[kept] > 0):
        raise InputError(f"{source}: no feature varies, so there is nothing to learn from.")
    names = [table.label(candidates[j]) for j in kept]
    _no_copy_of_target(found, kept, names, single, reading)
    notes = [*reading.notes, *_noticed(found, kept, names)]
    rows, more = _distinct_rows(view, found, kept, targets, [j for j in range(len(candidates)) if j not in kept])
    if more is not None:
        (left if isinstance(more, LeftOut) else notes).append(more)  # type: ignore[arg-type]
    told = Reading(source, "features", label, (*reading.left_out, *left), tuple(notes))
    made = Rows(numbers, chosen[kept], tuple(names), rows)
    return made, targets if rows is None else targets[rows], told


def _check_target(targets: np.ndarray, source: str, label: str) -> None:
    bad = np.argwhere(~np.isfinite(targets))
    if len(bad):
        raise InputError(
            f"{source}: row {bad[0, 0] + 1}, column {label} is {targets[tuple(bad[0])]:g}; values that are NaN or "
            f"infinite ({len(bad)} here) cannot be used, so remove or fill them first."
        )
    largest = float(np.abs(targets).max(initial=0.0))
    if largest > _LARGEST:
        raise InputError(
            f"{source} holds a value of {largest:g}, but sums of squares overflow beyond {_LARGEST:g}; "
            "give the columns in other units."
        )
    if len(targets) and not np.any(np.ptp(targets, axis=0) > 0):
        raise InputError(
            f"{source}: the target, column {label}, is the same in every row, so there is nothing to learn."
        )


def _no_copy_of_target(
    found: Summary, kept: list[int], names: list[str], single: np.ndarray | None, reading: Reading
) -> None:
    """Raises InputError where a feature is the target, up to a factor and a constant."""
    if single is None:
        return
    scale = found.variance[kept] * float(np.mean(single**2))
    alike = 1 - found.products[kept] ** 2 / np.maximum(scale, 1e-300) < _COPY
    if np.any(alike):
        copy = names[int(np.argmax(alike))]
        raise InputError(
            f"{reading.source}: the feature {copy} is the target {reading.target} itself, up to a factor, so it would "
            f"be learned from its own copy; leave it out by --exclude {copy}."
        )


def _noticed(found: Summary, kept: list[int], names: list[str]) -> list[str]:
    notes = []
    still = [name for j, name in zip(kept, names, strict=True) if found.variance[j] == 0]
    if still:
        told = ", ".join(still[:5]) + ", ..." * (len(still) > 5)
        notes.append(f"Features that are the same in every row do nothing ({len(still)}: {told}).")
    share = found.variance[kept] / found.variance[kept].sum()
    top = int(np.argmax(share))
    if len(kept) > 2 and share[top] > _DOMINANT:
        notes.append(
            f"The column {names[top]} holds {np.floor(1000 * share[top]) / 10:g} % of the variance of all features, so "
            "it decides the spectrum; if its unit is arbitrary, divide the columns by their standard deviations first."
        )
    groups: dict[int, list[str]] = {}
    for j, name in zip(kept, names, strict=True):
        if found.variance[j] == 0:
            continue
        groups.setdefault(int(found.hashes[j]), []).append(name)
    for same in groups.values():
        if len(same) > 1:
            told = " and ".join([", ".join(same[:-1]), same[-1]])
            notes.append(f"The columns {told} are equal; they act as one column of {len(same)} times the variance.")
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    notes += [f"{count} features are named {name}; all were kept." for name, count in seen.items() if count > 1]
    return notes


def _distinct_rows(
    view: np.ndarray, found: Summary, kept: list[int], targets: np.ndarray, dropped: list[int]
) -> tuple[np.ndarray | None, LeftOut | str | None]:
    """The first of equal rows, shape (m,), None for all; and what to say.

    Rows are draws of one population. A repeated row of measured numbers is a copy, which is left out; where the values
    are few, as those of counts and of binary columns, draws repeat by themselves.
    """
    mixing = _odd(view.shape[1])
    hashes = found.rows.copy()
    for j in dropped:
        hashes -= _mixed(np.asarray(view[:, [j]], dtype=np.float64))[:, 0] * mixing[j]
    hashes += (_mixed(targets) * _odd(view.shape[1] + targets.shape[1], view.shape[1])).sum(axis=1)
    _, first = np.unique(hashes, return_index=True)
    copies = len(hashes) - len(first)
    if copies == 0:
        return None, None
    measured = [j for j in kept if not found.whole[j]]
    fine = any(len(np.unique(view[first, j])) > len(first) / 2 for j in measured[:20])
    if not fine:
        return (
            None,
            f"{copies} of the {len(hashes)} rows repeat others; they were kept, as columns hold few values.",
        )
    return np.sort(first), LeftOut("rows", str(copies), f"each repeats another of the {len(hashes)} rows in full")


def _finite(block: np.ndarray, start: int, label: Callable[[int], str], source: str) -> None:
    good = np.isfinite(block)
    if not good.all():
        row, column = np.argwhere(~good)[0]
        raise InputError(
            f"{source}: row {start + row + 1}, column {label(int(column))} is {block[row, column]:g}; cells that are "
            "empty, NaN or infinite cannot be used, so remove or fill them first."
        )
    largest = float(np.abs(block).max(initial=0.0))
    if largest > _LARGEST:
        raise InputError(
            f"{source} holds a value of {largest:g}, but sums of squares overflow beyond {_LARGEST:g}; "
            "give the columns in other units."
        )


def _mixed(block: np.ndarray) -> np.ndarray:
    """Bits of float64 values, the high ones folded into the low ones: whole numbers have low bits of zero."""
    bits = np.ascontiguousarray(block + 0.0).view(np.uint64)
    return np.asarray(bits ^ (bits >> np.uint64(32)))


def _odd(end: int, start: int = 0) -> np.ndarray:
    """Odd multipliers for places start..end, the same every time: splitmix64."""
    with np.errstate(over="ignore"):
        z = (np.arange(start + 1, end + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray((z ^ (z >> np.uint64(31))) | np.uint64(1))
