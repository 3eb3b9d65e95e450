"""The program `optscaling`: which commands there are, each imported only when it is called."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from .. import __version__
from .console import answered

COMMANDS: dict[str, str] = {
    "alpha": "The scaling exponent of an optimizer, symbolic or as a number.",
    "threshold": "The spectral exponent above which an optimizer changes alpha.",
    "phases": "The compute-optimal laws of an optimizer, phase by phase.",
    "schedules": "Which schedule of the step size is best, and what it gains.",
    "batch": "The critical batch of an optimizer under a schedule.",
    "spike": "Whether a spike of the inputs stays visible in N features.",
    "predict": "Risks and exponents of an experiment, without training.",
    "simulate": "Measure an experiment; a run that was stopped goes on.",
    "merge": "Join runs or shards of one experiment.",
    "compare": "Hold a run against theory and published values.",
    "reproduce": "Simulate, predict and compare a preset, with a report.",
    "diagnose": "Whether the optimizer will change alpha on your data.",
    "fit": "Exponents from the losses of your training runs.",
    "forecast": "Losses of runs not made, and what a target costs.",
    "plan": "Which further runs settle a question within a budget.",
    "audit": "A published law against its own data.",
    "replicates": "Entries with several seeds: who is ahead, and which order holds.",
    "list": "The optimizers, presets and problems there are.",
}
_RUNS = ("simulate", "merge")  # in a folder of their own


class Program(click.Group):
    """A group that knows its commands' names and one-line helps, and imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command in the module of its name."""
        if cmd_name not in COMMANDS:
            return None
        folder = "runs" if cmd_name in _RUNS else "commands"
        found: click.Command = import_module(f".{folder}.{cmd_name}", __package__).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and one-line helps, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, but an unknown command comes with the names close to it."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            close = get_close_matches(name, COMMANDS, n=2)
            advice = f"did you mean {' or '.join(close)}?" if close else f"expected one of {', '.join(COMMANDS)}."
            raise click.UsageError(f"'{name}' is not a command; {advice}", ctx)
        return super().resolve_command(ctx, args)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        """As in click; `obj` keeps the command line as it was typed, for the report."""
        typed = shlex.join(["optscaling", *args])
        made = super().make_context(info_name, args, *rest, **extra)
        made.obj = typed
        return made

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, with every failure turned into its sentence and exit code."""
        with answered():
            return super().invoke(ctx)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As in click, but with this project's exit codes: 0 done, 1 a check failed, 2 bad input."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # a sign that the terminal does not know is no failure
        code: Any
        try:
            with answered():
                code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.exceptions.Exit as stop:
            code = stop.exit_code
        if standalone_mode:
            sys.exit(code)
        return code


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="optscaling %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """When does the optimizer change alpha in the scaling law L(N) ~ N^-alpha, and by how much?

    \b
    optscaling alpha gd --s 1 --tau 1            what theory says
    optscaling reproduce ramani-jain --quick     theory against measurement
    optscaling diagnose data.csv --target y      what it means for your data
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
