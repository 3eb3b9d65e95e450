"""Experiments by name or path: presets of the package, TOML files, standard input."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from ...errors import InputError
from .experiment import Experiment
from .parse import parse_experiment


def presets() -> list[str]:
    """The experiments that ship with the package.

    Returns:
        Their names, sorted.
    """
    folder = files(__package__) / "presets"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def load_experiment(source: str, *, stdin: str | None = None) -> Experiment:
    """An experiment from a preset, a file or text.

    Args:
        source: a preset's name, the path of a TOML file, or - for `stdin`.
        stdin: TOML text.

    Returns:
        The experiment.

    Raises:
        InputError: where there is no such preset or file, or what it says is refused.
    """
    if source == "-":
        return parse_experiment(stdin or "", "standard input")
    if source in presets():
        return parse_experiment((files(__package__) / "presets" / f"{source}.toml").read_text("utf-8"), source)
    path = Path(source)
    if not path.is_file():
        known = ", ".join(presets())
        raise InputError(f"'{source}' is neither a preset ({known}) nor a file; give one of them.")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"'{source}' cannot be read as text ({error}); give a TOML file.") from None
    made = parse_experiment(text, path.stem)
    if made.problem.path is not None and not Path(made.problem.path).is_absolute():
        made = replace(made, problem=replace(made.problem, path=str(path.parent / made.problem.path)))
    return made
