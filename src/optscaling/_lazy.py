"""Names that load on first use, so that importing a room costs nothing (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._deprecation import Renamed


def lazy(
    package: str, homes: Mapping[str, str], renamed: Mapping[str, Renamed] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package whose names live in the modules that `homes` gives them.

    homes: name -> module, relative to the package. Type checkers read the names from its TYPE_CHECKING block instead.
    renamed: old name -> where it went; it is found, with a warning, and not listed.
    """
    old = renamed or {}

    def load(name: str) -> Any:
        home = name
        if name in old:
            old[name].warn(package, name)
            home = old[name].name
        if home not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{homes[home]}", package), home)

    def names() -> list[str]:
        return sorted(homes)

    return load, names
