"""optscaling list: the names that other commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..console import print_json, say

if TYPE_CHECKING:
    from ...theory.experiments import Experiment


@click.command(short_help="The optimizers, presets and problems there are.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(as_json: bool) -> None:
    """The optimizers, presets and problems there are.

    \b
    optscaling list
    optscaling list --json
    """
    from ...theory.experiments import PROBLEMS, load_experiment, presets
    from ...theory.optimizers import EXPONENTS_ONLY, KINDS, MATRIX_METHODS, PREDICTED_ONLY, SIMULATED_ONLY, STAND_INS
    from ...theory.problems import ACTIVATIONS

    named: dict[str, str] = {}
    for kind in KINDS:
        named[kind.keyword] = kind.summary
        named |= kind.also
    found = {
        "optimizers": named,
        "optimizers that are predicted, not simulated": {k.keyword: k.summary for k in PREDICTED_ONLY},
        "optimizers that are simulated, not predicted": {k.keyword: k.summary for k in SIMULATED_ONLY},
        "optimizers with exponents only (alpha, threshold, phases)": {
            k.keyword: k.summary for k in (*EXPONENTS_ONLY, *MATRIX_METHODS)
        },
        "names in use elsewhere, and what is taken for them": {name: _taken(name) for name in STAND_INS},
        "presets": {name: _summary(load_experiment(name)) for name in presets()},
        "problems": dict(PROBLEMS),
        "features f(w.x) of relu and data problems": {each.name: each.formula for each in ACTIVATIONS.values()},
    }
    if as_json:
        keys = (
            "optimizers",
            "predicted_only",
            "simulated_only",
            "exponents_only",
            "stand_ins",
            "presets",
            "problems",
            "features",
        )
        print_json(
            {
                key: [{"name": n, "summary": text} for n, text in each.items()]
                for key, each in zip(keys, found.values(), strict=True)
            }
        )
        return
    width = max(len(name) for each in found.values() for name in each)
    blocks = [
        "\n".join([kind, *(f"  {name.ljust(width)}  {text}" for name, text in each.items())])
        for kind, each in found.items()
    ]
    say("\n\n".join(blocks))


def _taken(name: str) -> str:
    """What is taken for a name, and when they are alike."""
    from ...theory.optimizers import stand_in_summary

    return stand_in_summary(name)


def _summary(experiment: Experiment) -> str:
    """What a preset measures, in a line."""

    def span(values: tuple[float, ...]) -> str:
        return f"{values[0]:.7g}" if len(values) == 1 else f"{min(values):.7g} to {max(values):.7g}"

    parts: list[str] = [experiment.problem.kind]
    if experiment.problem.s:
        parts.append(f"s = {span(experiment.problem.s)}")
    parts += [
        f"N = {span(experiment.sizes)}",
        f"T = {span(experiment.steps)}",
        f"{len(experiment.optimizers)} optimizers",
        f"{experiment.seeds} seeds",
    ]
    return ", ".join(parts)
