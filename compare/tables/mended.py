"""What is put right in a table once its columns are known: repeated rows, spellings of one name, perplexities.

Each is said in a sentence, for what was done to the numbers must be seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from .role_names import OPTIMIZERS, words_of
from .roles import ColumnRole, shown

_DIGITS = 4  # of a loss, from which two rows that agree in every cell are one run written twice


def melted(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A table with one column of losses for each optimizer, as one row for each run; other tables as they are.

    Args:
        frame: as it was read.

    Returns:
        The table with the columns `optimizer` and `loss`, and a sentence where it was changed.
    """
    named = [
        name for name in frame.columns if frame[name].dtype.kind == "f" and "".join(words_of(str(name))) in OPTIMIZERS
    ]
    rest = [name for name in frame.columns if name not in named]
    if len(named) < 2 or {"optimizer", "loss"} & set(rest) or any(_says_loss(str(name)) for name in rest):
        return frame, ()
    long = frame.melt(id_vars=rest, value_vars=named, var_name="optimizer", value_name="loss")
    return long, (f"columns {', '.join(map(shown, named))} are named for optimizers: each is read as its losses",)


def mended(frame: pd.DataFrame, columns: Mapping[str, ColumnRole]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table with each run once, each optimizer under one name, and losses in place of perplexities.

    Args:
        frame: as it was read.
        columns: the role of each.

    Returns:
        The table, and a sentence on each thing that was done.
    """
    role = {each.role: name for name, each in columns.items() if each.role in ("loss", "optimizer")}
    said: list[str] = []
    if "loss" in role:
        frame, told = _once(frame, role["loss"], [name for name, each in columns.items() if each.role == "index"])
        said += told
        frame, told = _as_loss(frame, role["loss"])
        said += told
    if "optimizer" in role:
        frame, told = _one_spelling(frame, role["optimizer"])
        said += told
    return frame, tuple(said)


def _says_loss(name: str) -> bool:
    return bool({"loss", "ppl", "perplexity", "bpb", "nll"} & set(words_of(name)))


def _once(frame: pd.DataFrame, loss: str, index: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Rows that agree in every cell are one run, but where losses have so few digits that they agree by chance."""
    values = frame[loss]
    if values.dtype.kind != "f":
        return frame, []
    known = values[np.isfinite(values) & (values != 0)].abs()
    if len(known) < 2 or known.equals(known.round(_DIGITS - 1 - int(np.floor(np.log10(known.median()))))):
        return frame, []
    again = frame.drop(columns=index).duplicated().to_numpy() & values.notna().to_numpy()
    count = int(again.sum())
    if not count:
        return frame, []
    return frame[~again].reset_index(drop=True), [f"{count} rows repeat others in every cell and are left out"]


def _as_loss(frame: pd.DataFrame, loss: str) -> tuple[pd.DataFrame, list[str]]:
    if not {"ppl", "perplexity"} & set(words_of(loss)) or frame[loss].dtype.kind != "f":
        return frame, []
    with np.errstate(divide="ignore", invalid="ignore"):
        return frame.assign(**{loss: np.log(frame[loss])}), [
            f"{shown(loss)} is a perplexity: its logarithm is the loss"
        ]


def _one_spelling(frame: pd.DataFrame, optimizer: str) -> tuple[pd.DataFrame, list[str]]:
    """Names that differ in case, blanks, - and _ alone are one: the one that most rows have."""
    column = frame[optimizer]
    if column.dtype.kind == "f":
        return frame, []
    counts = column.dropna().astype(str).str.strip().value_counts()
    by_key: dict[str, list[str]] = {}
    for name in counts.index:  # the most frequent first
        by_key.setdefault(re.sub(r"[\s_-]+", "", name).lower() or name, []).append(name)
    several = {key: names for key, names in by_key.items() if len(names) > 1}
    if not several:
        return frame, []
    other = {name: names[0] for names in several.values() for name in names[1:]}
    said = "; ".join(f"{' and '.join(map(shown, names[1:]))} as {shown(names[0])}" for names in several.values())
    kept = column.map(lambda name: other.get(str(name).strip(), name) if isinstance(name, str) else name)
    return frame.assign(**{optimizer: kept}), [f"one optimizer is spelt in several ways: {said}"]
