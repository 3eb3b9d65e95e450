"""What a public name's docstring holds: each argument, what is returned, and what is raised, in Google style.

ruff's pydocstyle rules see to the shape of sections that are there; here they must be there. Held to it are the names
in the face of every package.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from importlib import import_module
from types import ModuleType

import pytest
from support.package_imports import FLOORS


def section(text: str, title: str) -> str | None:
    """The body of a section, None where there is none."""
    found = re.search(rf"^{title}:\n((?:[ ]{{4}}.*\n?|\n)+)", text, re.MULTILINE)
    return None if found is None else found[1]


def described(text: str, *titles: str) -> set[str]:
    """The names that the sections describe, `a, b: ...` being two."""
    bodies = "".join(section(text, title) or "" for title in titles)
    entries = re.findall(r"^ {4}([*\w][\w, *]*?)(?: \([^)]*\))?:", bodies, re.MULTILINE)
    return {name.strip("* ") for entry in entries for name in entry.split(",")}


def missing(thing: object) -> list[str]:
    """What the docstring of a function or of a dataclass leaves out."""
    text = inspect.getdoc(thing) or ""
    if inspect.isclass(thing):
        if not dataclasses.is_dataclass(thing):
            return []
        wanted = {field.name for field in dataclasses.fields(thing) if field.init and field.name[0] != "_"}
        told = (inspect.cleandoc(kind.__doc__ or "") for kind in thing.__mro__)  # a field of a base is described there
        return sorted(wanted - set().union(*(described(each, "Args", "Attributes") for each in told)))
    signature = inspect.signature(thing)  # type: ignore[arg-type]
    found = sorted(set(signature.parameters) - described(text, "Args"))
    if signature.return_annotation not in (None, "None") and not re.search(r"^(Returns|Yields):$", text, re.MULTILINE):
        found.append("Returns")
    source = inspect.getsource(inspect.unwrap(thing))  # type: ignore[arg-type]
    if re.search(r"^\s+raise \w", source, re.MULTILINE) and "Raises" not in text:
        found.append("Raises")
    return found


def public(module: ModuleType) -> dict[str, object]:
    """The functions and classes of the project in a face."""
    found = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    return {
        name: thing
        for name, thing in found.items()
        if (inspect.isclass(thing) or inspect.isroutine(inspect.unwrap(thing)))
        and not issubclass(thing if inspect.isclass(thing) else object, BaseException)
        and getattr(thing, "__module__", "").startswith("optscaling")
    }


@pytest.mark.parametrize("package", sorted(FLOORS))
def test_public_names_say_what_they_take_and_give(package: str) -> None:
    names = public(import_module(f"optscaling.{package.replace('/', '.')}"))
    assert {name: left for name, thing in names.items() if (left := missing(thing))} == {}


def test_what_is_missing_is_seen() -> None:
    def full(size: int, steps: float) -> float:
        """One sentence.

        Args:
            size: N.
            steps (float): T, over
                two lines.

        Returns:
            The product.
        """
        return size * steps

    def bare(size: int) -> None:
        """One sentence."""
        raise ValueError(size)

    def half(size: int, steps: float) -> float:
        """One sentence.

        Args:
            size: N.
        """
        return size * steps

    @dataclasses.dataclass
    class Base:
        """One sentence.

        Args:
            size: N.
        """

        size: int

    @dataclasses.dataclass
    class Heir(Base):
        """One sentence."""

        steps: int

    assert missing(Heir) == ["steps"]
    assert missing(full) == []
    assert missing(bare) == ["size", "Raises"]
    assert missing(half) == ["steps", "Returns"]
