"""Experiments: what to predict or measure, read from a TOML file in which nothing is ever evaluated."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, cast

from .activation import activation
from .errors import InputError
from .inputs import GAUSSIAN, StudentT, input_law
from .modes import SpectralProblem
from .momentum import Nesterov, ScheduledHeavyBall
from .names import EXPONENTS_ONLY, optimizer
from .optax_rule import Stepped
from .optimizers import Filter, NaturalGradient, Optimizer
from .spectrum import PowerLaw
from .target import Isotropic, PowerLawTarget

Kind = Literal["gaussian", "relu", "data"]
FeatureMap = Literal["linear", "relu", "erf", "tanh", "gelu"]

PROBLEMS: dict[str, str] = {
    "gaussian": "Gaussian random features of variance 1/N, a linear target with energies k^-(1+r)",
    "relu": "random features and a teacher (both ReLU by default) on power-law inputs (Ramani and Jain 2026)",
    "data": "random features of the inputs in a file, with its target column",
}


@dataclass(frozen=True)
class ProblemSpec:
    """The problem family; `s` has one entry a curve (empty for data).

    r: None is isotropic. dim: None is infinite. noise: label-noise variance over the target's variance.
    features, teacher: f in f(w.x), a name in `activation`, of the features and of a ReLU problem's teacher. outputs:
    m, the target's columns. inputs: their law, None where it is Gaussian.
    """

    kind: Kind
    s: tuple[float, ...] = ()
    r: float | None = None
    dim: int | None = 1000
    noise: float = 0.0
    path: str | None = None
    target: str | None = None
    features: FeatureMap = "linear"
    outputs: int = 1
    inputs: StudentT | None = None
    teacher: FeatureMap = "relu"

    def spectral(self, s: float) -> SpectralProblem:
        """The Gaussian problem at spectral exponent s. Raises InputError."""
        target = Isotropic() if self.r is None else PowerLawTarget(self.r)
        return SpectralProblem(PowerLaw(s, self.dim), target, self.noise)


@dataclass(frozen=True)
class Samples:
    """Training samples as a function of size: n = min(maximum, max(minimum, per_feature N))."""

    per_feature: float = 0.0
    minimum: float = math.inf
    maximum: float = math.inf

    def count(self, size: int) -> float:
        """n for N = size; infinity is the population gradient."""
        return min(self.maximum, max(self.minimum, self.per_feature * size))

    @property
    def infinite(self) -> bool:
        """True where every size trains on the population."""
        return math.isinf(self.minimum) and math.isinf(self.maximum)


@dataclass(frozen=True)
class Experiment:
    """One experiment, checked: every field can be used as it stands.

    stepped_to: the last T of optimizers that are run step by step, which cost their steps; None is the last of all.
    batch: rows in a step of the optimizers that are run by steps (`Stepped`); None is the full batch. On finite samples
    they are drawn from the training rows with replacement, otherwise they are fresh ones (one pass).
    """

    name: str
    problem: ProblemSpec
    sizes: tuple[int, ...]
    samples: Samples
    test_samples: int
    optimizers: tuple[Optimizer, ...]
    steps: tuple[int, ...]
    eta: float
    seeds: int
    fit_from: int
    stepped_to: int | None = None
    batch: int | None = None

    @property
    def stepped_steps(self) -> tuple[int, ...]:
        """The T at which optimizers that are run step by step are measured; `steps` where stepped_to is not set."""
        return tuple(t for t in self.steps if self.stepped_to is None or t <= self.stepped_to)

    @property
    def fit_sizes(self) -> tuple[int, ...]:
        """The sizes in the exponent fit, N >= fit_from."""
        return tuple(n for n in self.sizes if n >= self.fit_from)

    def rules(self, size: int) -> tuple[Optimizer, ...]:
        """The optimizers at N = size, those whose parameters grow with N with numbers for them."""
        return tuple(each.at(size) for each in self.optimizers)

    def with_(
        self,
        *,
        sizes: Sequence[int] | None = None,
        seeds: int | None = None,
        steps: Sequence[int] | None = None,
        stepped_to: int | None = None,
        noise: float | None = None,
    ) -> Experiment:
        """This experiment at other sizes, seeds, steps or label noise, checked again. Raises InputError."""
        changed = replace(
            self,
            problem=replace(self.problem, noise=_noise(noise)) if noise is not None else self.problem,
            sizes=_sizes(list(sizes)) if sizes is not None else self.sizes,
            seeds=_whole(seeds, "measure.seeds") if seeds is not None else self.seeds,
            steps=_steps(list(steps)) if steps is not None else self.steps,
            stepped_to=_whole(stepped_to, "training.stepped_to") if stepped_to is not None else self.stepped_to,
        )
        if not changed.fit_sizes:
            changed = replace(changed, fit_from=changed.sizes[0])
        if not changed.stepped_steps:
            changed = replace(changed, stepped_to=None)
        return changed

    def with_optimizers(self, optimizers: Sequence[Optimizer | str], batch: int | None = None) -> Experiment:
        """This experiment with other optimizers, names or objects (see `sim.optax_rules.Custom`), checked again.

        batch: rows in a step of those that are run by steps, None for the full batch. Raises InputError.
        """
        chosen = _optimizers([optimizer(each) if isinstance(each, str) else each for each in optimizers])
        rows = None if batch is None else _whole(batch, "batch")
        _check_training(chosen, self.eta, rows, self.problem, self.samples)
        return replace(self, optimizers=chosen, batch=rows)

    def to_dict(self) -> dict[str, Any]:
        """The experiment as plain JSON values, enough to make it again with `from_dict`."""
        problem: dict[str, Any] = {"kind": self.problem.kind, "noise": self.problem.noise}
        if self.problem.kind == "data":
            problem |= {
                "path": self.problem.path,
                "target": self.problem.target,
                "features": self.problem.features,
            }
        else:
            problem |= {"s": list(self.problem.s), "dim": self.problem.dim or "inf"}
        if self.problem.kind == "gaussian":
            problem["r"] = "isotropic" if self.problem.r is None else self.problem.r
        if self.problem.kind == "relu" and self.problem.features != "relu":
            problem["features"] = self.problem.features
        if self.problem.outputs != 1:
            problem["outputs"] = self.problem.outputs
        if self.problem.inputs is not None:
            problem["inputs"] = self.problem.inputs.name
        if self.problem.teacher != "relu":
            problem["teacher"] = self.problem.teacher
        samples: Any = "inf"
        if not self.samples.infinite:
            samples = {
                "per_feature": self.samples.per_feature,
                "min": self.samples.minimum,
                "max": self.samples.maximum if math.isfinite(self.samples.maximum) else "inf",
            }
        until = {} if self.stepped_to is None else {"stepped_to": self.stepped_to}
        return {
            "problem": problem,
            "model": {"sizes": list(self.sizes), "samples": samples, "test_samples": self.test_samples},
            "training": {
                "optimizers": [o.name for o in self.optimizers],
                "steps": list(self.steps),
                "eta": self.eta,
            }
            | until
            | ({} if self.batch is None else {"batch": self.batch}),
            "measure": {"seeds": self.seeds, "fit_from": self.fit_from},
        }

    @property
    def fingerprint(self) -> str:
        """A hash of the content (not the name): equal experiments, equal fingerprints."""
        return sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()[:16]


def presets() -> list[str]:
    """Names of the experiments that ship with the package."""
    folder = files(__package__) / "presets"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def load_experiment(source: str, *, stdin: str | None = None) -> Experiment:
    """An experiment from a preset's name, a TOML file, or `stdin` where source is '-'. Raises InputError."""
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
    """An experiment from nested plain values, every key and value checked. Raises InputError."""
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
    problem = _problem(content["problem"], name)
    model, training, measure = content["model"], content["training"], content.get("measure", {})
    sizes = _sizes(_need(model, "sizes", "model"))
    samples = _samples(model.get("samples", "inf"))
    optimizers = _names(_need(training, "optimizers", "training"))
    eta = _real(training.get("eta", 1.5), "training.eta")
    batch = _whole(training["batch"], "training.batch") if "batch" in training else None
    _check_training(optimizers, eta, batch, problem, samples)
    if problem.kind == "relu" and samples.infinite:
        raise InputError('samples = "inf" has no meaning for ReLU problems here; give a number of samples.')
    seeds = _whole(measure.get("seeds", 10), "measure.seeds")
    fit_from = _whole(measure.get("fit_from", sizes[0]), "measure.fit_from")
    if fit_from > sizes[-1]:
        raise InputError(
            f"measure.fit_from is {fit_from}, but the largest size is {sizes[-1]}, so nothing is left to fit; "
            f"try fit_from = {sizes[0]}."
        )
    steps = _steps(_need(training, "steps", "training"))
    until = training.get("stepped_to")
    if until is not None and _whole(until, "training.stepped_to") < steps[0]:
        raise InputError(
            f"training.stepped_to is {until}, but the first of steps is {steps[0]}, so nothing is stepped; give a T of "
            "steps."
        )
    return Experiment(
        name=name,
        problem=problem,
        sizes=sizes,
        samples=samples,
        test_samples=_whole(model.get("test_samples", 5000), "model.test_samples"),
        optimizers=optimizers,
        steps=steps,
        eta=eta,
        seeds=seeds,
        fit_from=fit_from,
        stepped_to=until,
        batch=batch,
    )


def _need(section: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in section:
        raise InputError(f"[{where}] has no '{key}', which is needed; see the example in the README.")
    return section[key]


def _real(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{what} is {value!r}, but a finite number is expected.")
    return float(value)


def _noise(value: Any) -> float:
    noise = _real(value, "problem.noise")
    if noise < 0:
        raise InputError(f"problem.noise is {noise:g}, but a variance is not negative; try 0.")
    return noise


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{what} is {value!r}, but a whole number of at least 1 is expected.")
    return value


def _list(value: Any, what: str) -> list[Any]:
    entries = value if isinstance(value, list) else [value]
    if not entries:
        raise InputError(f"{what} is empty, but at least one entry is needed.")
    return entries


def _sizes(value: Any) -> tuple[int, ...]:
    return tuple(sorted({_whole(v, "model.sizes") for v in _list(value, "model.sizes")}))


def _steps(value: Any) -> tuple[int, ...]:
    return tuple(sorted({_whole(v, "training.steps") for v in _list(value, "training.steps")}))


def _names(value: Any) -> tuple[Optimizer, ...]:
    names = _list(value, "training.optimizers")
    for name in names:
        if not isinstance(name, str):
            raise InputError(f'training.optimizers has {name!r}, but names such as "gd" are expected.')
    return _optimizers([optimizer(name) for name in names])


def _optimizers(chosen: Sequence[Optimizer]) -> tuple[Optimizer, ...]:
    """The optimizers, each once, where an experiment can have them. Raises InputError."""
    made = tuple(dict.fromkeys(chosen))
    for each in made:
        if isinstance(each, EXPONENTS_ONLY):
            raise InputError(
                f"{each.name} has exponents only (`optscaling alpha {each.name}`), it can be neither predicted nor "
                "simulated; take one that `optscaling list` names for experiments, such as gd."
            )
        each.at(1)  # a parameter left as a symbol has no number at any size
        if isinstance(each, ScheduledHeavyBall | Nesterov) and each.delta is None:
            raise InputError(f"{each.name} has no number for delta, but experiments need one; try {each.word}:3.")
    return made


def _check_training(
    optimizers: Sequence[Optimizer], eta: float, batch: int | None, problem: ProblemSpec, samples: Samples
) -> None:
    """Raises InputError for a step that is not stable, and for a batch that nothing would use."""
    scaled = [o for o in optimizers if isinstance(o, Filter) and not isinstance(o, NaturalGradient)]
    if eta <= 0 or (eta >= 2 and scaled):
        raise InputError(f"eta is {eta:g}, but steps are stable only for 0 < eta < 2; try eta = 1.5.")
    if batch is None:
        return
    if not any(isinstance(o, Stepped) for o in optimizers):
        raise InputError(
            f"The batch is {batch}, but only optimizers that are run by steps take batches, and there is none; add one "
            "such as optax:sgd(learning_rate=0.1), or leave batch out."
        )
    if problem.kind == "data" and samples.infinite:
        raise InputError(
            f'The batch is {batch}, but with samples = "inf" the file is the population and has no fresh rows; give a '
            "number of samples, or leave batch out."
        )


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
            per_feature=_real(value.get("per_feature", 0), "model.samples.per_feature"),
            minimum=_whole(value.get("min", 1), "model.samples.min"),
            maximum=math.inf if top == "inf" else _whole(top, "model.samples.max"),
        )
        if made.per_feature < 0 or made.minimum > made.maximum:
            raise InputError("model.samples needs per_feature >= 0 and min <= max.")
        return made
    n = _whole(value, "model.samples")
    return Samples(0.0, n, n)


def _problem(section: Mapping[str, Any], name: str) -> ProblemSpec:
    kind = section.get("kind")
    if kind not in _PROBLEM_KEYS:
        raise InputError(f"{name}: problem.kind is {kind!r}, but one of {', '.join(PROBLEMS)} is expected.")
    for key in section:
        if key not in _PROBLEM_KEYS[kind]:
            raise InputError(f"{name}: '{key}' has no meaning for a {kind} problem; remove it.")
    noise = _noise(section.get("noise", 0.0))
    features = cast(FeatureMap, activation(section.get("features", "relu" if kind == "relu" else "linear")).name)
    if kind == "data":
        path, target = _need(section, "path", "problem"), section.get("target")
        if not isinstance(path, str) or not isinstance(target, str | None):
            raise InputError("problem.path and problem.target must be strings.")
        return ProblemSpec(kind="data", dim=None, noise=noise, path=path, target=target, features=features)
    given = _list(_need(section, "s", "problem"), "problem.s")
    s = tuple(dict.fromkeys(_real(v, "problem.s") for v in given))
    r = section.get("r", "isotropic")
    dim = section.get("dim", 1000)
    made = ProblemSpec(
        kind=kind,
        s=s,
        r=None if r == "isotropic" else _real(r, "problem.r"),
        dim=None if dim == "inf" else _whole(dim, "problem.dim"),
        noise=noise,
        features=features,
        outputs=_whole(section.get("outputs", 1), "problem.outputs"),
        inputs=input_law(section.get("inputs", GAUSSIAN)),
        teacher=cast(FeatureMap, activation(section.get("teacher", "relu"), "problem.teacher").name),
    )
    if kind == "relu" and made.dim is None:
        raise InputError("dim is infinite, but ReLU problems draw their inputs; give a finite dim such as 1000.")
    for value in s:
        made.spectral(value)
    return made
