"""Experiments from TOML text: every key is known, and a wrong one is refused in a sentence."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from typing import Any, cast

from ...errors import InputError
from ..optimizers import Optimizer
from ..problems import GAUSSIAN, activation, input_law
from .checks import (
    check_span,
    check_training,
    checked_list,
    checked_noise,
    checked_number,
    checked_optimizers,
    checked_sizes,
    checked_steps,
    checked_whole,
)
from .experiment import Experiment
from .spec import PROBLEMS, FeatureMap, ProblemSpec, Samples


def parse_experiment(text: str, name: str) -> Experiment:
    """An experiment from TOML text. Raises InputError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not TOML: {error}.") from None
    return from_dict(content, name)


_KEYS = {
    "problem": {"kind", "s", "r", "dim", "noise", "path", "target", "features", "outputs", "inputs", "teacher"},
    "model": {"sizes", "samples", "test_samples"},
    "training": {"optimizers", "steps", "eta", "stepped_to", "batch"},
    "measure": {"seeds", "fit_from"},
}
_PROBLEM_KEYS = {
    "gaussian": {"kind", "s", "r", "dim", "noise", "outputs", "inputs"},
    "relu": {"kind", "s", "dim", "noise", "features", "outputs", "inputs", "teacher"},
    "data": {"kind", "path", "target", "features", "noise"},
}


def from_dict(content: Mapping[str, Any], name: str) -> Experiment:
    """An experiment from nested plain values, every key and value checked.

    Args:
        content: sections and their keys, as in a TOML file.
        name: of the experiment, for sentences too.

    Returns:
        The experiment.

    Raises:
        InputError: for what is missing, not known, or makes no sense.
    """
    _check_sections(content, name)
    problem = _problem(content["problem"], name)
    model, training, measure = content["model"], content["training"], content.get("measure", {})
    sizes = checked_sizes(_need(model, "sizes", "model"))
    samples = _samples(model.get("samples", "inf"))
    optimizers = _names(_need(training, "optimizers", "training"))
    eta = checked_number(training.get("eta", 1.5), "training.eta")
    batch = checked_whole(training["batch"], "training.batch") if "batch" in training else None
    check_training(optimizers, eta, batch, problem, samples)
    if problem.kind == "relu" and samples.infinite:
        raise InputError('samples = "inf" has no meaning for ReLU problems here; give a number of samples.')
    seeds = checked_whole(measure.get("seeds", 10), "measure.seeds")
    fit_from = checked_whole(measure.get("fit_from", sizes[0]), "measure.fit_from")
    if fit_from > sizes[-1]:
        raise InputError(
            f"measure.fit_from is {fit_from}, but the largest size is {sizes[-1]}, so nothing is left to fit; "
            f"try fit_from = {sizes[0]}."
        )
    steps = checked_steps(_need(training, "steps", "training"))
    until = training.get("stepped_to")
    if until is not None and checked_whole(until, "training.stepped_to") < steps[0]:
        raise InputError(
            f"training.stepped_to is {until}, but the first of steps is {steps[0]}, so nothing is stepped; give a T of "
            "steps."
        )
    return Experiment(
        name=name,
        problem=problem,
        sizes=sizes,
        samples=samples,
        test_samples=checked_whole(model.get("test_samples", 5000), "model.test_samples"),
        optimizers=optimizers,
        steps=steps,
        eta=eta,
        seeds=seeds,
        fit_from=fit_from,
        stepped_to=until,
        batch=batch,
    )


def _check_sections(content: Mapping[str, Any], name: str) -> None:
    for section, keys in content.items():
        if section not in _KEYS:
            raise InputError(f"{name}: unknown section [{section}]; expected {', '.join(_KEYS)}.")
        if not isinstance(keys, Mapping):
            raise InputError(f"{name}: {section} is not a section; write [{section}] above its keys.")
        for key in keys:
            if key not in _KEYS[section]:
                raise InputError(
                    f"{name}: unknown key '{key}' in [{section}]; expected {', '.join(sorted(_KEYS[section]))}."
                )
    missing = [s for s in ("problem", "model", "training") if s not in content]
    if missing:
        raise InputError(f"{name}: section [{missing[0]}] is missing; see the example in the README.")


def _need(section: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in section:
        raise InputError(f"[{where}] has no '{key}', which is needed; see the example in the README.")
    return section[key]


def _names(value: Any) -> tuple[Optimizer, ...]:
    names = checked_list(value, "training.optimizers")
    for name in names:
        if not isinstance(name, str):
            raise InputError(f'training.optimizers has {name!r}, but names such as "gd" are expected.')
    return checked_optimizers(names)


def _samples(value: Any) -> Samples:
    if value == "inf":
        return Samples()
    if isinstance(value, Mapping):
        unknown = set(value) - {"per_feature", "min", "max"}
        if unknown:
            raise InputError(
                f"model.samples has an unknown key '{sorted(unknown)[0]}'; expected per_feature, min, max."
            )
        top = value.get("max", "inf")
        made = Samples(
            per_feature=checked_number(value.get("per_feature", 0), "model.samples.per_feature"),
            minimum=checked_whole(value.get("min", 1), "model.samples.min"),
            maximum=math.inf if top == "inf" else checked_whole(top, "model.samples.max"),
        )
        if made.per_feature < 0 or made.minimum > made.maximum:
            raise InputError("model.samples needs per_feature >= 0 and min <= max.")
        return made
    n = checked_whole(value, "model.samples")
    return Samples(0.0, n, n)


def _problem(section: Mapping[str, Any], name: str) -> ProblemSpec:
    kind = section.get("kind")
    if kind not in _PROBLEM_KEYS:
        raise InputError(f"{name}: problem.kind is {kind!r}, but one of {', '.join(PROBLEMS)} is expected.")
    for key in section:
        if key not in _PROBLEM_KEYS[kind]:
            raise InputError(f"{name}: '{key}' has no meaning for a {kind} problem; remove it.")
    noise = checked_noise(section.get("noise", 0.0))
    features = cast(FeatureMap, activation(section.get("features", "relu" if kind == "relu" else "linear")).name)
    if kind == "data":
        path, target = _need(section, "path", "problem"), section.get("target")
        if not isinstance(path, str) or not isinstance(target, str | None):
            raise InputError("problem.path and problem.target must be strings.")
        return ProblemSpec(kind="data", dim=None, noise=noise, path=path, target=target, features=features)
    given = checked_list(_need(section, "s", "problem"), "problem.s")
    s = tuple(dict.fromkeys(checked_number(v, "problem.s") for v in given))
    r = section.get("r", "isotropic")
    dim = section.get("dim", 1000)
    made = ProblemSpec(
        kind=kind,
        s=s,
        r=None if r == "isotropic" else checked_number(r, "problem.r"),
        dim=None if dim == "inf" else checked_whole(dim, "problem.dim"),
        noise=noise,
        features=features,
        outputs=checked_whole(section.get("outputs", 1), "problem.outputs"),
        inputs=input_law(section.get("inputs", GAUSSIAN)),
        teacher=cast(FeatureMap, activation(section.get("teacher", "relu"), "problem.teacher").name),
    )
    if kind == "relu" and made.dim is None:
        raise InputError("dim is infinite, but ReLU problems draw their inputs; give a finite dim such as 1000.")
    for value in s:
        made.spectral(value)
    check_span(s if made.r is None else (*s, made.r), made.dim)
    return made
