"""Transformations of optax: by name, looked up among its public functions, or as objects."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import jax
import optax.contrib

from ...errors import InputError
from ...theory.optimizers import OptaxRule, Stepped
from .polar import scale_by_polar
from .shampoo import scale_by_shampoo, shampoo
from .soap import scale_by_soap, soap

_OWN: dict[str, Callable[..., Any]] = {
    "shampoo": shampoo,
    "scale_by_shampoo": scale_by_shampoo,
    "soap": soap,
    "scale_by_soap": scale_by_soap,
    "scale_by_polar": scale_by_polar,
}
_RATE = "learning_rate"


@dataclass(frozen=True, eq=False)
class Custom(Stepped):
    """An optimizer given as an object, for experiments made in Python.

    label: its name in results is custom:label, all that `Experiment.to_dict` keeps, so that such an experiment cannot
    be read back from a file, nor a run of it be compared; `open_run` and `compare.fit_exponent` serve it. Give another
    transformation another label: a run directory knows it by nothing else. transformation: its step included, as
    optax.adam(1e-3). Raises InputError where it is no optax.GradientTransformation.

    >>> Custom("plain", optax.sgd(0.1)).name
    'custom:plain'
    """

    label: str
    transformation: optax.GradientTransformation

    def __post_init__(self) -> None:
        if not isinstance(self.transformation, optax.GradientTransformation):
            raise InputError(
                f"custom:{self.label} is given a {type(self.transformation).__name__}, but an "
                "optax.GradientTransformation is expected; try optax.adam(1e-3)."
            )

    @property
    def name(self) -> str:
        """custom: and the label."""
        return f"custom:{self.label}"


@dataclass(frozen=True)
class Build:
    """Makes a transformation inside a compiled loop; equal ones share the compilation.

    rule: an OptaxRule whose values are all given, its learning rate left out where `rated`, or a Custom.
    """

    rule: OptaxRule | Custom
    name: str  # 1 and 1.0 are equal, yet not the same to every optimizer: names tell them apart
    rated: bool

    def __call__(self, rate: Any) -> Any:
        """The transformation with this learning rate, a number or a traced one, ignored unless `rated`."""
        if isinstance(self.rule, Custom):
            made = self.rule.transformation
        else:
            keywords: dict[str, Any] = dict(self.rule.keywords)
            made = public(self.rule.function)(**keywords | ({_RATE: rate} if self.rated else {}))
        return optax.with_extra_args_support(made)


class Group(NamedTuple):
    """Candidates that share a Build. rates: their learning rates, zeros where there are none. names: of each."""

    build: Build
    rates: list[float]
    names: list[str]


def groups(rule: Stepped) -> list[Group]:
    """All candidates of a rule, those that differ in the learning rate alone in one group.

    The learning rate is traced, so that neither its value nor how it was found asks for another compilation; other
    hyperparameters may be used in Python by optax, and each combination of them is compiled for itself.
    """
    if isinstance(rule, Custom):
        return [Group(Build(rule, rule.name, False), [0.0], [rule.name])]
    if not isinstance(rule, OptaxRule):
        raise InputError(
            f"'{rule.name}' is a {type(rule).__name__}, which no loop here can step; expected optax:NAME(...), or "
            "Custom with a transformation of optax."
        )
    found: dict[Build, Group] = {}
    for each in rule.candidates:
        rate = each.keywords.get(_RATE)
        rated = isinstance(rate, int | float) and not isinstance(rate, bool)
        plain = each.without(_RATE) if rated else each
        build = Build(plain, plain.name, rated)
        group = found.setdefault(build, Group(build, [], []))
        group.rates.append(float(rate) if isinstance(rate, int | float) else 0.0)
        group.names.append(each.name)
    return list(found.values())


@cache
def state_numbers(rule: Stepped, size: int, outputs: int) -> int:
    """Numbers in the states of all candidates of a rule, from shapes alone: no array is made.

    Args:
        rule: One of optax's, or an object.
        size: N.
        outputs: m.

    Returns:
        How many numbers the states hold for weights of shape (N, m).

    Raises:
        InputError: Optax has no such function.
    """
    weights = jax.ShapeDtypeStruct((size, outputs), float)
    with jax.enable_x64(True):
        each = [(jax.eval_shape(build(0.1).init, weights), len(rates)) for build, rates, _ in groups(rule)]
    return sum(math.prod(leaf.shape) * count for state, count in each for leaf in jax.tree.leaves(state))


def public(name: str) -> Callable[..., Any]:
    """The function of that name in this package, optax or optax.contrib (only there for contrib.NAME).

    Raises InputError with close matches where there is none.
    """
    word = name.removeprefix("contrib.")
    if word == name and word in _OWN:
        return _OWN[word]
    for module in (optax.contrib,) if word != name else (optax, optax.contrib):
        found = getattr(module, word, None)
        if inspect.isfunction(found) and found.__module__.partition(".")[0] == "optax":
            return found
    close = get_close_matches(word, _optimizers(), n=3, cutoff=0.5)
    told = f"did you mean {' or '.join(close)}?" if close else "expected one such as adam, sgd, lion, muon, shampoo."
    raise InputError(f"optax {optax.__version__} has no function '{name}'; {told}")


@cache
def _optimizers() -> tuple[str, ...]:
    """Names of the functions that take a learning rate."""

    def of(module: ModuleType) -> list[str]:
        functions = inspect.getmembers(module, inspect.isfunction)
        return [name for name, each in functions if _RATE in inspect.signature(each).parameters]

    return tuple(dict.fromkeys([*_OWN, *of(optax), *of(optax.contrib)]))


def check(rule: Stepped) -> None:
    """Raises InputError where a rule's function is unknown, its keywords are wrong, or it makes no transformation."""
    if not isinstance(rule, OptaxRule):
        return
    function = public(rule.function)
    signature = inspect.signature(function)
    accepted = f"{rule.function} takes {', '.join(signature.parameters)}."
    for each in rule.candidates:
        try:
            signature.bind(**each.keywords)
        except TypeError as error:
            raise InputError(f"{rule.name}: {error}; {accepted}") from None
        try:
            made = function(**each.keywords)
        except InputError:
            raise
        except Exception as error:  # optax checks values by raising what it likes
            raise InputError(f"{rule.name} cannot be made ({_line(error)}); {accepted}") from None
        if not isinstance(made, optax.GradientTransformation):
            raise InputError(
                f"{rule.name} gives a {type(made).__name__}, but an optimizer is expected; try {_optimizers()[0]}."
            )


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:160]}"
