"""Progress on standard error: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from .stopping import stoppable
from .visible_text import visible

if TYPE_CHECKING:
    from ...sim import Progress

Report = Callable[[float, str, float | None], None]

_PAUSE = 10.0  # seconds between two lines


class Meter:
    """Takes reports from sweeps and from predictions, and shows them with the time that is left."""

    def __init__(self, show: Report) -> None:
        self._show = show
        self._began = time.monotonic()

    def sweep(self, progress: Progress) -> None:
        """A report of `simulate`, which knows its own costs."""
        self._show(progress.fraction, progress.label, progress.remaining)

    def fraction(self, done: float, label: str) -> None:
        """A report of the share that is done; the time left is taken to be in proportion."""
        elapsed = time.monotonic() - self._began
        self._show(done, label, elapsed * (1 - done) / done if done > 0 else None)


@contextmanager
def meter(task: str) -> Iterator[Meter]:
    """A meter for one task, taken off the terminal at its end; an interrupt stops the task at its next report.

    Args:
        task: What is done, in a few words that stand before the bar.

    Yields:
        The meter, to which the task reports.
    """
    with stoppable() as check, _shown(task) as show:

        def checked(done: float, label: str, remaining: float | None) -> None:
            check()
            show(done, label, remaining)

        yield Meter(checked)
        check()


@contextmanager
def _shown(task: str) -> Iterator[Report]:
    """Where reports of a task go."""
    if not sys.stderr.isatty():
        yield _lines(task)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[label]}", style="dim"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(task, total=1.0, left="", label="")

        def show(done: float, label: str, remaining: float | None) -> None:
            bar.update(line, completed=done, label=label, left=time_left(remaining))

        yield show


def _lines(task: str) -> Report:
    last = time.monotonic()

    def show(done: float, label: str, remaining: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PAUSE and done < 1:
            last = now
            parts = [f"{task} {done:.0%}", label, time_left(remaining)]
            click.echo(visible(", ".join(part for part in parts if part)), err=True)

    return show


def time_left(seconds: float | None) -> str:
    """Seconds in words, nothing where they are not known.

    >>> time_left(40), time_left(400), time_left(9000)
    ('40 s left', '7 min left', '2.5 h left')
    """
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 5400 else f"{seconds / 3600:.1f} h left"
