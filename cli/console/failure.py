"""Failures: each becomes one sentence on standard error and an exit code, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches

import click

from ...errors import CheckError, InputError
from .stopping import Stopped, sentence
from .visible_text import brief

CHECK_FAILED, BAD_INPUT, PIPE_CLOSED = 1, 2, 141


@contextmanager
def answered() -> Iterator[None]:
    """Turn what the project and click raise into a sentence and click's Exit; let other exceptions through.

    Yields:
        Nothing; the command runs inside.

    Raises:
        click.exceptions.Exit: With 2 for bad input and what the system refuses, 1 for a check that failed, 128 + k
            after signal k, and what a closed pipe asks for; the sentence is on standard error by then.
    """
    try:
        yield
        sys.stdout.flush()
    except click.exceptions.Exit:
        raise
    except (KeyboardInterrupt, click.Abort) as stop:
        number = stop.number if isinstance(stop, Stopped) else signal.SIGINT
        raise _leave(128 + number, sentence(number)) from None
    except click.ClickException as error:
        raise _leave(BAD_INPUT, _usage(error)) from None
    except InputError as error:
        raise _leave(BAD_INPUT, str(error)) from None
    except CheckError as error:
        raise _leave(CHECK_FAILED, str(error)) from None
    except BrokenPipeError:
        _discard_output()
        raise click.exceptions.Exit(PIPE_CLOSED) from None
    except OSError as error:
        _discard_output()
        where = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or str(error)
        raise _leave(BAD_INPUT, f"{where}{reason}; check the path and the space left on the disk.") from None
    except MemoryError:
        raise _leave(BAD_INPUT, "there is not enough memory for this; try smaller sizes or --memory.") from None


def _leave(code: int, sentence: str) -> click.exceptions.Exit:
    with suppress(OSError):
        click.echo(f"optscaling: {brief(sentence)}", err=True)
    return click.exceptions.Exit(code)


def _usage(error: click.ClickException) -> str:
    """What click has to say, as one sentence with something to try."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "optscaling"
    program = click.get_current_context(silent=True)
    if ctx is None and program is not None and program.invoked_subcommand:
        path = f"{path} {program.invoked_subcommand}"
    advice = f"see `{path} --help`"
    if isinstance(error, click.NoSuchOption):
        known = [name for each in ctx.command.get_params(ctx) for name in each.opts] if ctx is not None else []
        close = get_close_matches(error.option_name, [name for name in known if name.startswith("-")], n=2)
        advice = f"did you mean {' or '.join(close)}?" if close else f"{advice}."
        return f"'{error.option_name}' is not an option of `{path}`; {advice}"
    told = " ".join(error.format_message().split())
    return told if "; " in told else f"{told.rstrip('.')}; {advice}."


def _discard_output() -> None:
    """Nothing more can be written, so what is still buffered must not fail again on the way out."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
