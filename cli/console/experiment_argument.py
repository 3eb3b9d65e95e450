"""The argument EXPERIMENT: a preset's name, a TOML file, or `-` for standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...theory.experiments import Experiment

STDIN = "-"


def read_experiment(source: str) -> Experiment:
    """The experiment that an argument stands for.

    Args:
        source: A path, the name of a preset, or `-` for TOML on standard input.

    Returns:
        The experiment.

    Raises:
        InputError: There is none of that name, or what was read is no experiment.
    """
    from ...errors import InputError
    from ...theory.experiments import load_experiment

    if source != STDIN:
        return load_experiment(source)
    try:
        text = sys.stdin.buffer.read().decode("utf-8") if sys.stdin is not None else ""
    except UnicodeDecodeError:
        raise InputError("Standard input is not UTF-8 text; give an experiment in TOML.") from None
    return load_experiment(source, stdin=text)
