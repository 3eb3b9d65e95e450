"""Which column is what: by the words of its name, then by what it holds, and what was asked for before both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from ...errors import InputError
from .role_names import OPTIMIZERS, ROLES, NameReading, Role, is_logarithm, read_name, words_of
from .settings import SETTINGS

_STATES = {
    "finished", "crashed", "failed", "killed", "running", "completed", "success", "done", "preempted", "preempting",
    "diverged", "cancelled", "canceled", "timeout", "pending", "error", "aborted", "ok",
}  # fmt: skip
_SINGLE: tuple[Role, ...] = ("size", "tokens", "compute", "loss", "optimizer", "step", "state")
_EXPONENT = 100.0  # cells up to which a column named for a logarithm holds logarithms
_LAST = 1000.0  # added to the rank of a column that is taken only where there is no other
_HOLDS = NameReading("optimizer", 6, "holds names of optimizers")
_ALIASES = {"sweep": "hyper-parameter", "hyper": "hyper-parameter", "replicate": "seed", "ignore": "other"}


@dataclass(frozen=True)
class ColumnRole:
    """The role of a column and why it has it.

    Attributes:
        role: one of `ROLES`.
        why: in a few words.
        asked: it was given, not found.
        open: neither its name nor its cells say what it is.
    """

    role: Role
    why: str
    asked: bool = False
    open: bool = False


def shown(text: str, most: int = 60) -> str:
    """Text of a cell, fit to be printed: no control characters, and not endless.

    Args:
        text: of a cell.
        most: characters that are kept.

    Returns:
        The text, with ? for what cannot be printed.

    >>> shown("=1+1\\x1b[31m")
    '=1+1?[31m'
    """
    clean = "".join(c if c.isprintable() else "?" for c in str(text))
    return clean if len(clean) <= most else clean[: most - 3] + "..."


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers."""
    return bool(column.dtype.kind == "f")


def assign_roles(
    frame: pd.DataFrame, source: str, asked: Mapping[str, str | Sequence[str]] | None = None
) -> dict[str, ColumnRole]:
    """The role of each column.

    Args:
        frame: numbers and text, as `read_frame` gives them.
        source: the table's name, for messages.
        asked: role to column, or to columns; these are taken as they are.

    Returns:
        A role for every column.

    Raises:
        InputError: for a column that is not there, and where two columns are as likely for a role.
    """
    given: dict[str, Role] = {}
    for role, names in (asked or {}).items():
        wanted = _ALIASES.get(role, role)
        if wanted not in ROLES:
            raise InputError(f"'{role}' is no role of a column; there are {', '.join(ROLES)}.")
        for name in [names] if isinstance(names, str) else names:
            given[_known(frame, name, role, source)] = wanted  # type: ignore[assignment]
            if wanted in ("size", "tokens", "compute") and is_logarithm(name) and not (frame[name] > _EXPONENT).any():
                raise InputError(
                    f"{source}: {shown(name)} is a logarithm by its name and its cells, but the {wanted} itself is "
                    "wanted; give a column of the numbers."
                )
    taken = {role for role in given.values() if role in _SINGLE}
    roles = {name: ColumnRole(role, "as asked", True) for name, role in given.items()}
    read: dict[str, NameReading] = {}
    for name in frame.columns:
        if name not in given:
            read[name] = _by_content(frame[name], read_name(name))
    if "optimizer" not in taken and not any(each.role == "optimizer" for each in read.values()):
        read |= {name: _HOLDS for name, each in read.items() if _holds_optimizers(frame[name], each)}
    for single in _SINGLE:
        candidates = {name: each for name, each in read.items() if each.role == single}
        if not candidates:
            continue
        kept = None if single in taken else _chosen(frame, single, candidates, source)
        for name, each in candidates.items():
            if name == kept:
                rivals = [other for other in candidates if other != name]
                beside = f"; {' and '.join(map(shown, rivals))} not taken" if rivals else ""
                roles[name] = ColumnRole(single, each.why + beside)
            else:
                roles[name] = _second(frame, name, single)
    for name, each in read.items():
        roles.setdefault(name, ColumnRole(each.role, each.why, open=each.role == "other" and each.rank >= 9))
    return {name: roles[name] for name in _resolved(frame, roles, taken)}


def _known(frame: pd.DataFrame, name: str, role: str, source: str) -> str:
    if name in frame.columns:
        return name
    names = list(map(str, frame.columns))
    close = get_close_matches(name, names, n=2)
    listed = ", ".join(shown(each, 30) for each in names[:12]) + (", ..." if len(names) > 12 else "")
    advice = f"did you mean {' or '.join(map(shown, close))}?" if close else f"its columns are {listed}."
    raise InputError(f"{source} has no column '{shown(name)}' for {role}; {advice}")


def _by_content(column: pd.Series, name: NameReading) -> NameReading:
    """What is left of a name's reading once the cells are seen."""
    numeric = is_number(column)
    filled = column.dropna()
    if not len(filled):
        return NameReading("other", 9, "blank")
    if name.role in ("size", "tokens", "compute", "loss", "step") and not numeric:
        return NameReading("other", 9, f"{name.why} by name, but text")
    if name.role in ("size", "loss") and not (filled > 0).any():
        return NameReading(name.role, _LAST + name.rank, f"{name.why}, though nowhere positive")
    if name.role in ("tokens", "compute") and not (filled > 0).any():
        return NameReading("metric", 9, f"{name.why} by name, but nowhere positive")
    if (
        name.role == "loss"
        and name.rank >= 300
        and words_of(str(column.name)) == ["l"]
        and bool((filled % 1 == 0).all())
    ):
        return NameReading("hyper-parameter", 5, "a number of layers")
    if name.role == "optimizer" and numeric and name.rank:
        return NameReading("other", 9, "numbers, no names")
    if name.role == "state" and not (not numeric and {str(each).lower() for each in filled.unique()[:50]} & _STATES):
        return NameReading("other", 9, "a state by name, but holds others")
    if name.role == "other" and name.rank and numeric:
        values = filled.unique()
        if set(values) <= {0.0, 1.0}:
            return (
                NameReading("mark", 1, "holds only 0 and 1")
                if column.name != "best"
                else NameReading("other", 0, "selects")
            )
        if len(filled) == len(column) > 3 and np.array_equal(
            filled.to_numpy(), filled.iloc[0] + np.arange(len(filled))
        ):
            return NameReading("index", 1, "counts the rows")
    return name


def _holds_optimizers(column: pd.Series, name: NameReading) -> bool:
    """Whether most of the cells of a text column are names of optimizers, each more than once."""
    if is_number(column) or name.role in ("state", "index"):
        return False
    cells = column.dropna().astype(str)
    kinds = cells.unique()
    if not 0 < len(kinds) <= max(len(cells) / 2, 1):
        return False
    return 2 * sum("".join(words_of(each)) in OPTIMIZERS for each in kinds) > len(kinds)


def _chosen(frame: pd.DataFrame, role: Role, candidates: dict[str, NameReading], source: str) -> str | None:
    """The best candidate of a role that one column has."""
    filled = {name: int(frame[name].notna().sum()) for name in candidates}
    most = max(filled.values())
    able = {name: each for name, each in candidates.items() if filled[name] >= SETTINGS.filled * most}
    ranks = {name: each.rank for name, each in able.items()}
    if role == "loss":
        tier = min(int(rank // 100) for rank in ranks.values())
        ranks = {name: rank for name, rank in ranks.items() if int(rank // 100) == tier}
        fullest = max(filled[name] for name in ranks)
        ranks = {name: rank for name, rank in ranks.items() if filled[name] >= 0.9 * fullest}
    best = min(ranks.values())
    equal = [name for name, rank in ranks.items() if rank == best]
    if role == "step":
        equal = equal[:1]
    if len(equal) > 1 and not _same(frame, equal):
        options = " or ".join(f"--{role} '{shown(name)}'" for name in equal)
        raise InputError(f"{source} has {' and '.join(map(shown, equal))} for the {role}; type {options}.")
    return equal[0]


def _same(frame: pd.DataFrame, names: list[str]) -> bool:
    first = frame[names[0]]
    if not is_number(first):
        return all(frame[name].equals(first) for name in names[1:])
    values = first.to_numpy()
    return all(
        is_number(frame[name]) and np.allclose(values, frame[name].to_numpy(), rtol=1e-6, equal_nan=True)
        for name in names[1:]
    )


def _second(frame: pd.DataFrame, name: str, role: Role) -> ColumnRole:
    """The role of a column whose role another column has."""
    if role == "loss":
        return ColumnRole("metric", "another loss")
    if role in ("size", "compute", "tokens", "step"):
        return ColumnRole("metric", f"another {role}")
    return ColumnRole("other", f"another {role}")


def _resolved(frame: pd.DataFrame, roles: dict[str, ColumnRole], taken: set[Role]) -> list[str]:
    """Give the size's role to the compute where there is no other, and see to N beside n."""
    by_role = {each.role: name for name, each in roles.items() if each.role in _SINGLE}
    if "size" not in by_role and "size" not in taken:
        for role in ("compute", "tokens"):
            if role in by_role and not roles[by_role[role]].asked:
                name = by_role[role]
                roles[name] = ColumnRole("size", f"{roles[name].why}; there is no column of parameters")
                break
    both = {"N", "n"} <= set(frame.columns)
    if both and roles["n"].role == "metric" and roles["N"].role == "size" and "tokens" not in by_role:
        roles["n"] = ColumnRole("tokens", "n beside N: the samples")
    return list(map(str, frame.columns))
