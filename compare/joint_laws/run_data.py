"""Runs as arrays: sizes, tokens, losses, optimizers, and the scales N0 and D0 at which constants are quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError
from ..tables import SelectedRuns, SelectionRules, Table, read_table, select_runs, shown

if TYPE_CHECKING:
    from pandas import DataFrame

USUAL_BASELINES = ("AdamW", "Adam", "SGD")
_TIED = 0.02  # share of the variance of log D not explained by log N, below which no law of both is fitted
_FEW_SIZES = 12  # different sizes up to which each is a group of its own when sizes are left out in turn


@dataclass(frozen=True, eq=False)
class RunData:
    """Runs of several optimizers; optimizer 0 is the baseline.

    Attributes:
        sizes: N, shape (n,).
        tokens: D, shape (n,), or None for laws of size alone.
        losses: L > 0, shape (n,).
        optimizer: index into names, shape (n,).
        names: of the optimizers, the baseline first.
        size_unit: N0, at which rho_N is quoted.
        token_unit: D0, at which rho_D is quoted; None without tokens.
        tied: whether there were tokens that follow the size.
        reading: how the table was read and which of its rows count, in sentences.
    """

    sizes: np.ndarray
    tokens: np.ndarray | None
    losses: np.ndarray
    optimizer: np.ndarray
    names: tuple[str, ...]
    size_unit: float
    token_unit: float | None
    tied: bool = False
    reading: tuple[str, ...] = ()

    @property
    def y(self) -> np.ndarray:
        """Log L, shape (n,)."""
        return np.asarray(np.log(self.losses))

    @property
    def x(self) -> np.ndarray:
        """log N/N0, shape (n,)."""
        return np.asarray(np.log(self.sizes / self.size_unit))

    @property
    def z(self) -> np.ndarray | None:
        """log D/D0, shape (n,), or None."""
        return None if self.tokens is None or self.token_unit is None else np.log(self.tokens / self.token_unit)

    @property
    def baseline(self) -> str:
        """The optimizer that the others are held against."""
        return self.names[0]

    def subset(self, keep: np.ndarray) -> RunData:
        """The runs where keep is true, with the same N0 and D0; optimizers without a run left go."""
        present = np.unique(self.optimizer[keep])
        place = np.full(len(self.names), -1)
        place[present] = np.arange(present.size)
        return replace(
            self,
            sizes=self.sizes[keep],
            tokens=None if self.tokens is None else self.tokens[keep],
            losses=self.losses[keep],
            optimizer=place[self.optimizer[keep]],
            names=tuple(self.names[k] for k in present),
        )

    def as_one(self) -> RunData:
        """The same runs as if all were of one optimizer."""
        return replace(self, optimizer=np.zeros_like(self.optimizer), names=("all runs",))

    def with_losses(self, losses: np.ndarray) -> RunData:
        """The same design with other losses."""
        return replace(self, losses=losses)

    def size_groups(self) -> list[tuple[str, np.ndarray]]:
        """Label and rows of each size, small to large; of each quarter of the runs where sizes are many."""
        distinct = np.unique(self.sizes)
        if distinct.size <= _FEW_SIZES:
            return [(f"N = {size:.3g}", self.sizes == size) for size in distinct]
        edges = np.quantile(self.sizes, [0, 0.25, 0.5, 0.75, 1.0])
        place = np.clip(np.searchsorted(edges, self.sizes, side="right") - 1, 0, 3)
        return [(f"N from {edges[k]:.3g} to {edges[k + 1]:.3g}", place == k) for k in range(4)]

    def ratio_groups(self) -> list[tuple[str, np.ndarray]]:
        """Label and rows of each ratio D/N, low to high; of each quarter of the runs where ratios are many."""
        if self.tokens is None:
            return []
        ratio = np.round(np.log(self.tokens / self.sizes), 3)
        distinct = np.unique(ratio)
        if distinct.size <= _FEW_SIZES:
            return [(f"D/N = {np.exp(value):.3g}", ratio == value) for value in distinct]
        edges = np.quantile(ratio, [0, 0.25, 0.5, 0.75, 1.0])
        place = np.clip(np.searchsorted(edges, ratio, side="right") - 1, 0, 3)
        return [(f"D/N from {np.exp(edges[k]):.3g} to {np.exp(edges[k + 1]):.3g}", place == k) for k in range(4)]


def runs_of(
    table: Any,
    roles: Mapping[str, str | Sequence[str]] | None = None,
    *,
    rules: SelectionRules | None = None,
    baseline: str | None = None,
    units: tuple[float | None, float | None] = (None, None),
) -> RunData:
    """Runs from a table whose columns are named by their roles, or found by the reader of tables.

    Rows that failed are left out, a history gives one row a run, and of a sweep the best counts, as in `fit`.

    Args:
        table: a path, a DataFrame, a mapping of columns, or a `Table`; runs already read are given back as they are.
        roles: role (loss, size, tokens, optimizer, by, ...) to column; values of "by" are told apart as optimizers are.
        rules: what is done with rows of one optimizer, size and token count that differ.
        baseline: name of the optimizer that the others are held against: AdamW, Adam, SGD or the first.
        units: N0 and D0; None for the geometric mean of the runs.

    Returns:
        The runs.

    Raises:
        InputError: a column is missing or is as likely as another, a value is no positive number, or rows may be
            steps of one run as well as runs of different lengths.
    """
    if isinstance(table, RunData):
        return table
    read = read_table(table, dict(roles or {}))
    runs = select_runs(read, rules)
    if runs.histories and (rules is None or rules.take is None):
        _refuse_two_readings(read, runs)
    frame = runs.frame
    labels = [
        " / ".join(map(str, cells)) for cells in zip(*(frame[name] for name in ("@optimizer", *runs.by)), strict=True)
    ]
    return replace(
        run_data(
            frame.assign(**{"@label": labels}),
            loss="@loss",
            size="@size",
            tokens=None if frame["@tokens"].isna().any() else "@tokens",
            optimizer="@label" if runs.by or read.one("optimizer") else None,
            baseline=baseline,
            units=units,
        ),
        reading=_reading(read, runs),
    )


def _refuse_two_readings(read: Table, runs: SelectedRuns) -> None:
    """Refuse steps beside tokens where nothing says which rows are of one run."""
    if read.one("tokens") is None or any(name in read.frame for name in read.roles.get("run", ())):
        return
    step = read.one("step") or read.one("tokens")
    raise InputError(
        f"{read.reading.source}: rows of one optimizer and size differ in {step} and tokens, and no column names the "
        "run. If they are checkpoints of one run type --take last; if each row is a run of its own, --take every."
    )


def _reading(read: Table, runs: SelectedRuns) -> tuple[str, ...]:
    """Columns that were taken, rows left out, and what was done with rows that differ."""
    roles = ("loss", "size", "tokens", "compute", "optimizer", "by")
    columns = ", ".join(f"{role} {shown(name)}" for role in roles for name in read.roles.get(role, ()))
    left = [f"{count} rows {why} are left out" for why, count in runs.left_out.items()]
    return (f"{shown(read.reading.source)}: {columns}", *read.reading.notes, *left, *runs.notes, *runs.edges)


def untied(data: RunData) -> RunData:
    """The runs without their tokens where these follow the size: less than 2 % of log D is not explained by log N.

    Args:
        data: the runs.

    Returns:
        The same runs, or ones for a law of size alone.
    """
    if data.tokens is None or data.token_unit is None or np.ptp(data.sizes) == 0 or np.ptp(data.tokens) == 0:
        return data
    shared = np.corrcoef(np.log(data.sizes), np.log(data.tokens))[0, 1] ** 2
    return replace(data, tokens=None, token_unit=None, tied=True) if 1 - shared < _TIED else data


def run_data(
    table: DataFrame,
    *,
    loss: str,
    size: str,
    tokens: str | None = None,
    optimizer: str | None = None,
    baseline: str | None = None,
    units: tuple[float | None, float | None] = (None, None),
) -> RunData:
    """Runs from the named columns of a table.

    Args:
        table: one row a run.
        loss: its column of losses.
        size: its column of N.
        tokens: its column of D, or None.
        optimizer: its column of names; without it all rows are of one.
        baseline: name of the optimizer that the others are held against: AdamW, Adam, SGD or the first.
        units: N0 and D0; None for the geometric mean of the runs.

    Raises:
        InputError: a column is missing, or a value is no positive number.
    """
    columns = {"loss": loss, "size": size} | ({} if tokens is None else {"tokens": tokens})
    values = {role: _positive(table, name, role) for role, name in columns.items()}
    labels = ["all runs"] * len(table) if optimizer is None else [str(name) for name in _column(table, optimizer)]
    names = list(dict.fromkeys(labels))
    if baseline is not None and baseline not in names:
        raise InputError(f"No run is of '{baseline}'; the baseline is one of {', '.join(names)}.")
    first = baseline or next((name for name in USUAL_BASELINES if name in names), names[0])
    names = [first, *(name for name in names if name != first)]
    unit = units[0] or float(np.exp(np.mean(np.log(values["size"]))))
    token_unit = None
    if tokens is not None:
        token_unit = units[1] or float(np.exp(np.mean(np.log(values["tokens"]))))
    return RunData(
        values["size"],
        values.get("tokens"),
        values["loss"],
        np.array([names.index(label) for label in labels]),
        tuple(names),
        unit,
        token_unit,
    )


def _column(table: DataFrame, name: str) -> Any:
    if name not in table.columns:
        raise InputError(f"The table has no column '{name}'; it has {', '.join(map(str, table.columns))}.")
    return table[name]


def _positive(table: DataFrame, name: str, role: str) -> np.ndarray:
    column = _column(table, name)
    try:
        values = np.asarray(column, float)
    except (TypeError, ValueError):
        raise InputError(f"Column '{name}' ({role}) must hold numbers, but some of its cells are none.") from None
    if not values.size or not np.all(np.isfinite(values)) or np.any(values <= 0):
        raise InputError(
            f"Column '{name}' ({role}) must hold positive numbers in every row; drop the rows without one first."
        )
    return values
