"""Optimizers that are run step by step, and those of them that optax has: named by a call that is never evaluated.

    optax:adamw(learning_rate=1e-3)    optax:sgd(learning_rate=[0.1, 0.3], momentum=0.9)    optax:contrib.muon(...)

Here the name is read, nothing is looked up: `sim.optax_rules` makes the transformation, since theory knows no optax.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
import warnings
from dataclasses import dataclass
from typing import ClassVar

from ...errors import InputError
from .base import Optimizer
from .names import Name

Value = float | bool | str | None | tuple[float, ...]  # what a hyperparameter can be; int counts as float

_LONGEST = 1000  # characters of a call, which bounds what the parser is given
_FUNCTION = re.compile(r"(contrib\.)?[a-z][a-z0-9_]*")
_EXAMPLE = "optax:adam(learning_rate=1e-3)"


@dataclass(frozen=True)
class Stepped(Optimizer):
    """An optimizer of which nothing is known but its steps: measured, not predicted."""


@dataclass(frozen=True)
class OptaxRule(Stepped):
    """An optimizer of optax (or `shampoo`, `soap`): a function of optax or optax.contrib and its hyperparameters.

    The learning rate is absolute: unlike eta it is not divided by the largest eigenvalue.

    Args:
        call: As in `adamw(learning_rate=0.001)`, brought to a normal form, keywords in alphabetical order. Values are
            numbers, True, False, None, strings, and tuples of numbers. A list of numbers gives candidates: the one
            with the lowest training loss at the last T is chosen once in a cell and used at every T, the rule of
            `Sign`.

    Raises:
        InputError: The text is no such call.

    >>> OptaxRule("sgd(momentum=.9, learning_rate=[1e-1, 1e-2])").name
    'optax:sgd(learning_rate=[0.1, 0.01], momentum=0.9)'
    >>> tuple(rule.call for rule in OptaxRule("sgd(learning_rate=[0.1, 0.01])").candidates)
    ('sgd(learning_rate=0.1)', 'sgd(learning_rate=0.01)')
    """

    call: str
    keyword: ClassVar[str] = "optax:NAME(...)"
    summary: ClassVar[str] = (
        "an optimizer of optax or optax.contrib, shampoo or soap, as optax:adam(learning_rate=1e-3); a list of numbers "
        "gives candidates, the one with the lowest training loss at the last T is kept"
    )

    def __post_init__(self) -> None:
        function, keywords = _read(self.call)
        object.__setattr__(self, "call", _written(function, keywords))

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """optax: and a call."""
        return cls(name.parameter) if name.word == cls.word() and name.parameter is not None else None

    @property
    def name(self) -> str:
        """optax: and the call."""
        return f"optax:{self.call}"

    @property
    def function(self) -> str:
        """The name of the function, with `contrib.` in front where it was given."""
        return self.call.partition("(")[0]

    @property
    def keywords(self) -> dict[str, Value | list[float]]:
        """The hyperparameters, lists being candidates."""
        return _read(self.call)[1]

    def without(self, key: str) -> OptaxRule:
        """The rule with one hyperparameter left out."""
        function, keywords = _read(self.call)
        return OptaxRule(_written(function, {k: v for k, v in keywords.items() if k != key}))

    @property
    def candidates(self) -> tuple[OptaxRule, ...]:
        """One rule for each combination of what lists give, the last list varying fastest."""
        function, keywords = _read(self.call)
        choices = [value if isinstance(value, list) else [value] for value in keywords.values()]
        return tuple(
            OptaxRule(_written(function, dict(zip(keywords, chosen, strict=True))))
            for chosen in itertools.product(*choices)
        )


def _written(function: str, keywords: dict[str, Value | list[float]]) -> str:
    return f"{function}({', '.join(f'{key}={value!r}' for key, value in sorted(keywords.items()))})"


def _read(call: str) -> tuple[str, dict[str, Value | list[float]]]:
    """Function and hyperparameters of a call, from its syntax tree. Raises InputError."""
    shown = " ".join(call.split())[:60]
    malformed = InputError(f"'optax:{shown}' is not a call with literal keywords; write it as {_EXAMPLE}.")
    if len(call) > _LONGEST:
        raise InputError(f"'optax:{shown}...' has {len(call)} characters, but at most {_LONGEST} are read.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an invalid escape in a string warns, then is refused
            tree = ast.parse(call.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise malformed from None
    if not isinstance(tree, ast.Call) or tree.args:
        raise malformed
    function = _function(tree.func)
    if function is None or not _FUNCTION.fullmatch(function):
        raise malformed
    found: dict[str, Value | list[float]] = {}
    for each in tree.keywords:
        if each.arg is None or each.arg in found:
            raise malformed
        found[each.arg] = _value(each.value, each.arg, shown)
    return function, dict(sorted(found.items()))


def _function(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return f"{module}.{name}"
    return None


def _value(node: ast.expr, key: str, shown: str) -> Value | list[float]:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool | str)):
        return node.value
    entries = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    numbers = [number for number in map(_number, entries) if number is not None]
    if not numbers or len(numbers) < len(entries):
        raise InputError(
            f"In 'optax:{shown}' the value of {key} is no literal; give a finite number, True, False, None, a string, "
            "a tuple of numbers, or a list of numbers to choose from."
        )
    if isinstance(node, ast.List):
        return list(dict.fromkeys(numbers))
    return tuple(numbers) if isinstance(node, ast.Tuple) else numbers[0]


def _number(node: ast.expr) -> float | None:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            sign = -1
        case ast.Constant(value=int() | float() as value):
            sign = 1
        case _:
            return None
    try:
        return None if isinstance(value, bool) or not math.isfinite(value) else sign * value
    except OverflowError:  # a whole number beyond float64
        return None
