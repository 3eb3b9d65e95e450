"""What was read: eigenvalues, features, or a kernel, each with an account of how it was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

BLOCK = 2**22  # numbers in a block of rows: 32 MB in float64


@dataclass(frozen=True)
class LeftOut:
    """Something of the file that was not used.

    Attributes:
        what: "column", "rows", "values" or "array".
        name: Which column or array; of rows and values, how many.
        reason: Why, as the end of a sentence.
    """

    what: Literal["column", "rows", "values", "array"]
    name: str
    reason: str

    def __str__(self) -> str:
        if self.what in ("rows", "values"):
            return f"{self.name} {self.what} were left out: {self.reason}."
        return f"The {self.what} {self.name} was left out: {self.reason}."


@dataclass(frozen=True)
class Reading:
    """How a source was read.

    Attributes:
        source: Its name.
        kind: What it was taken for.
        target: The name of the target, None where there is none.
        left_out: What was not used, and why.
        notes: Sentences on what was noticed.
    """

    source: str
    kind: Literal["eigenvalues", "features", "kernel"]
    target: str | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, to print."""
        return (*map(str, self.left_out), *self.notes)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        left = [{"what": each.what, "name": each.name, "reason": each.reason} for each in self.left_out]
        return {"kind": self.kind, "target": self.target, "left_out": left, "notes": list(self.notes)}


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of numbers that may be mapped from a file larger than memory, read a block at a time.

    Attributes:
        source: Shape (n, D), of float32 or float64.
        kept: The columns that count, shape (d,).
        names: Their names, d of them; by number where the file has none.
        chosen: The rows that count, shape (m,), rising; None for all.
    """

    source: np.ndarray
    kept: np.ndarray
    names: tuple[str, ...]
    chosen: np.ndarray | None = None

    @classmethod
    def of(cls, source: np.ndarray, names: tuple[str, ...] = ()) -> Rows:
        """All rows and columns of an array, shape (n, d)."""
        columns = source.shape[1]
        return cls(source, np.arange(columns), names or tuple(map(str, range(columns))))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (len(self.source) if self.chosen is None else len(self.chosen)), len(self.kept)

    @property
    def _whole(self) -> bool:
        return len(self.kept) == self.source.shape[1]

    def take(self, rows: np.ndarray | slice) -> np.ndarray:
        """Some of the rows as float64, shape (k, d)."""
        index = rows if self.chosen is None else self.chosen[rows]
        part = self.source[index]
        return np.asarray(part if self._whole else part[:, self.kept], dtype=np.float64)

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All rows in order: which they are, and their numbers as float64, shape (k, d)."""
        count = self.shape[0]
        step = max(1, BLOCK // max(self.source.shape[1], 1))
        for start in range(0, count, step):
            where = slice(start, min(start + step, count))
            yield where, self.take(where)

    def dense(self) -> np.ndarray:
        """All rows as float64, shape (n, d)."""
        return self.take(slice(None))


@dataclass(frozen=True, eq=False)
class Eigenvalues:
    """Eigenvalues alone, or with a target's energies on their modes.

    Attributes:
        values: Shape (k,), positive, largest first.
        energies: Shape (k,), not negative; None where there are none.
        reading: How they were read.
    """

    values: np.ndarray
    energies: np.ndarray | None
    reading: Reading


@dataclass(frozen=True, eq=False)
class Features:
    """Inputs and the targets on their rows.

    Attributes:
        rows: X, shape (n, d).
        targets: Y, shape (n, k): several columns, or the classes of words, add up.
        reading: How they were read.
    """

    rows: Rows
    targets: np.ndarray
    reading: Reading

    @cached_property
    def inputs(self) -> np.ndarray:
        """X as one array of float64, shape (n, d)."""
        return self.rows.dense()


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel matrix on n rows, and the targets on them.

    Attributes:
        matrix: K[i, j] = k(x_i, x_j), shape (n, n), symmetric; may be mapped from a file.
        targets: Y, shape (n, k).
        precision: Relative rounding of the numbers as stored.
        reading: How they were read.
    """

    matrix: np.ndarray
    targets: np.ndarray
    precision: float
    reading: Reading
