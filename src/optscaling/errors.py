"""The project's exceptions: one sentence that says what was got, what was expected, what to try."""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used.

    The message is one sentence: what was got, what was expected, what to try.
    The command line prints it and leaves with exit code 2.
    """


class CheckError(RuntimeError):
    """A check the project makes on its own numbers failed; the command line leaves with exit code 1."""
