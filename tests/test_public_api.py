"""The public names and their signatures, as tests/data/public_api.json has them: no call changes unseen.

A change that is meant is written down by `python tests/test_public_api.py --write`, and told in CHANGELOG.md.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import json
import sys
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from optscaling import __version__
from optscaling._deprecation import Renamed
from optscaling._lazy import lazy

FROZEN = Path(__file__).parent / "data" / "public_api.json"
MODULES = ("optscaling", "optscaling.theory", "optscaling.sim", "optscaling.compare")
HOW = "Where this is meant, run `python tests/test_public_api.py --write` and tell it in CHANGELOG.md."


def written(value: object) -> str:
    """A default, without addresses of objects: a function, class or member by its name."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if inspect.isroutine(value) or inspect.isclass(value):
        return value.__qualname__
    if dataclasses.is_dataclass(value):
        return f"{type(value).__name__}(...)"
    return f"{type(value).__name__}()" if " at 0x" in repr(value) else repr(value)


def annotation(given: Any) -> str:
    """An annotation as its source has it: quotes and spaces apart, whatever Python's version makes of it."""
    text = given if isinstance(given, str) else getattr(given, "__qualname__", None) or str(given)
    try:
        return ast.unparse(ast.parse(text.strip("'\""), mode="eval"))
    except SyntaxError:
        return text


def signature(function: Callable[..., Any]) -> str:
    """The call as text, put together here, since Python's own text of a signature changes between versions."""
    parts, kinds = [], inspect.Parameter
    seen_star = positional = False
    for parameter in inspect.signature(function).parameters.values():
        if positional and parameter.kind is not kinds.POSITIONAL_ONLY:
            parts.append("/")
        positional = parameter.kind is kinds.POSITIONAL_ONLY
        if parameter.kind is kinds.KEYWORD_ONLY and not seen_star:
            parts.append("*")
        seen_star = seen_star or parameter.kind in (kinds.KEYWORD_ONLY, kinds.VAR_POSITIONAL)
        stars = {kinds.VAR_POSITIONAL: "*", kinds.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        text = stars + parameter.name
        if parameter.annotation is not kinds.empty:
            text += f": {annotation(parameter.annotation)}"
        if parameter.default is not kinds.empty:
            text += f" = {written(parameter.default)}"
        parts.append(text)
    parts += ["/"] if positional else []
    result = inspect.signature(function).return_annotation
    return f"({', '.join(parts)})" + ("" if result is inspect.Signature.empty else f" -> {annotation(result)}")


def members(kind: type) -> dict[str, str]:
    """Public methods and properties of a class, those of its bases in this library included."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not base.__module__.startswith("optscaling"):
            continue
        fields = {field.name for field in dataclasses.fields(base)} if dataclasses.is_dataclass(base) else set()
        for name, value in vars(base).items():
            if name.startswith("_") or name in fields:
                continue
            if isinstance(value, classmethod | staticmethod):
                found[name] = f"{type(value).__name__} {signature(value.__func__)}"
            elif inspect.isfunction(value):
                found[name] = signature(value)
            else:
                is_property = isinstance(value, property) or hasattr(value, "func")
                found[name] = "property" if is_property else "attribute"
    return dict(sorted(found.items()))


def described(value: Any) -> Any:
    """What is frozen of a public name."""
    if inspect.isclass(value):
        entry: dict[str, Any] = {"bases": [base.__name__ for base in value.__bases__]}
        if dataclasses.is_dataclass(value):
            entry["fields"] = {
                field.name: annotation(field.type) + default_of(field) for field in dataclasses.fields(value)
            }
        elif "__init__" in vars(value):
            entry["call"] = signature(value.__init__)
        return {**entry, "members": members(value)}
    return signature(value) if callable(value) else type(value).__name__


def default_of(field: dataclasses.Field[Any]) -> str:
    """` = ...` of a field that need not be given."""
    if field.default is not dataclasses.MISSING:
        return f" = {written(field.default)}"
    return "" if field.default_factory is dataclasses.MISSING else f" = {written(field.default_factory)}()"


def public(module: str) -> dict[str, Any]:
    """The names of a module's __all__, each with what is frozen of it, and where old names went."""
    room = import_module(module)
    old = {name: f"renamed to {new.name} in {new.since}, until {new.until}" for name, new in renamed(module).items()}
    return {name: described(getattr(room, name)) for name in sorted(room.__all__)} | old


def renamed(module: str) -> dict[str, Renamed]:
    """The old names that a module still knows."""
    found: dict[str, Renamed] = getattr(import_module(module), "_RENAMED", {})
    return found


def as_text(value: Any) -> str:
    """One spelling of what is frozen, for files and for differences."""
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize("module", MODULES)
def test_public_names_are_the_frozen_ones(module) -> None:
    frozen = json.loads(FROZEN.read_text("utf-8")).get(module, {})
    found = public(module)
    changed = difflib.unified_diff(
        as_text(frozen).splitlines(), as_text(found).splitlines(), "frozen", "now", n=2, lineterm=""
    )
    assert found == frozen, "\n".join([f"The public names of {module} changed. {HOW}", *changed])


@pytest.mark.parametrize("module", MODULES)
def test_old_names_work_with_a_warning_and_go_in_time(module) -> None:
    room = import_module(module)
    for old, new in renamed(module).items():
        assert old not in room.__all__
        with pytest.warns(DeprecationWarning, match=f"is called {new.name} since version .*{new.until}; write"):
            assert getattr(room, old) is getattr(room, new.name)
        assert numbers(__version__) < numbers(new.until), f"{module}.{old} was to go in {new.until}: take it out"


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, to be compared."""
    return tuple(int(part) for part in version.split("."))


def test_an_old_name_points_to_the_line_that_uses_it() -> None:
    load, names = lazy("optscaling", {"InputError": "errors"}, {"BadInput": Renamed("InputError", "0.2", "0.4")})
    with pytest.warns(DeprecationWarning, match="optscaling.InputError") as seen:
        assert load("BadInput") is load("InputError")
    assert seen[0].filename == __file__
    assert names() == ["InputError"]
    with pytest.raises(AttributeError, match="'Bad'"):
        load("Bad")


def test_the_description_sees_a_changed_call() -> None:
    def call(a: int, /, b: str | None = None, *rest: float, c: type = int, **more: Any) -> list[int]: ...
    def other(a: int, b: float = 1.0, *, c: Callable[..., Any] = written) -> None: ...

    assert signature(call) == "(a: int, /, b: str | None = None, *rest: float, c: type = int, **more: Any) -> list[int]"
    assert signature(other) == "(a: int, b: float = 1.0, *, c: Callable[..., Any] = written) -> None"


def test_the_description_sees_fields_and_methods() -> None:
    @dataclasses.dataclass(frozen=True)
    class Thing:
        size: int
        names: list[str] = dataclasses.field(default_factory=list)

        def doubled(self) -> Thing: ...

        @property
        def half(self) -> float: ...

        @classmethod
        def of(cls, text: str) -> Thing: ...

    Thing.__module__ = "optscaling.example"
    assert described(Thing) == {
        "bases": ["object"],
        "fields": {"names": "list[str] = list()", "size": "int"},
        "members": {"doubled": "(self) -> Thing", "half": "property", "of": "classmethod (cls, text: str) -> Thing"},
    }


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("Usage: python tests/test_public_api.py --write")
    FROZEN.write_text(as_text({module: public(module) for module in MODULES}), "utf-8")
