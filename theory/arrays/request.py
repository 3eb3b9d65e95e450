"""What is asked of a source of arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """What is asked of a source.

    Attributes:
        target: Names or numbers of the target's columns, or the name of its array.
        labels: A file or an array with the targets of the rows.
        exclude: Columns that are no features.
        classes: Whether numbers of the target are labels of classes.
        tell: Called with the share that has been read.
    """

    target: tuple[str, ...] = ()
    labels: Any = None
    exclude: tuple[str, ...] = ()
    classes: bool = False
    tell: Callable[[float], None] = field(default=lambda _: None)

    @property
    def one_target(self) -> str | None:
        """The target where one was named."""
        return self.target[0] if self.target else None
