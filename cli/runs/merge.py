"""optscaling merge: join runs or shards of one experiment."""

from __future__ import annotations

from pathlib import Path

import click

from ..console import meter, print_json, say, stoppable


@click.command(short_help="Join runs or shards of one experiment.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="RUN", help="The run they become.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(runs: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Join the directories RUN..., which stay as they are, into one run that `optscaling compare` reads.

    \b
    optscaling merge runs/part-1 runs/part-2 runs/part-3 --out runs/mine
    """
    with stoppable():
        from ...sim import merge

        with meter("merge") as show:
            found = merge(runs, out, progress=show.sweep)
    if as_json:
        print_json(
            {
                "run": str(found.path),
                "cells": found.cells,
                "of": found.total,
                "status": found.status,
                "damaged": found.damaged or None,
            }
        )
        return
    for note in filter(None, (found.damaged, found.status)):
        say(note)
