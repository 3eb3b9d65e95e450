"""What the library's modules import, read from their syntax, so that an import inside a function counts too."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("theory", "sim", "compare", "networks", "cli")
FACES = ("flax", "equinox", "torch")  # modules of the root that are faces of networks/frameworks

# Arrows go from a larger number to a smaller one: between rooms by ROOM_FLOORS, inside a room by FLOORS.
ROOM_FLOORS = {"root": 0, "theory": 1, "sim": 2, "compare": 2, "networks": 3, "cli": 4, "optscaling": 5}
FLOORS = {
    "theory/arrays": 1,
    "theory/symbolic": 1,
    "theory/optimizers": 1,
    "theory/problems": 1,
    "theory/schedules": 1,
    "theory/experiments": 2,
    "theory/exponents": 2,
    "theory/gram": 2,
    "theory/thresholds": 3,
    "theory/integrals": 3,
    "theory/samples": 3,
    "theory/data_limited": 3,
    "theory/derivations": 4,
    "theory/preconditioning": 4,
    "theory/dynamics": 4,
    "theory/estimation": 4,
    "theory/one_pass": 4,
    "theory/prediction": 5,
    "theory/witness": 5,
    "sim/devices": 1,
    "sim/problems": 2,
    "sim/factorisation": 2,
    "sim/stepping": 3,
    "sim/cells": 4,
    "sim/store": 5,
    "sim/runs": 6,
    "compare": 1,
    "compare/runs": 2,
    "compare/tables": 2,
    "compare/spectra": 2,
    "compare/diagnosis": 3,
    "compare/loss_laws": 3,
    "compare/joint_laws": 4,
    "compare/loss_curves": 3,
    "compare/forecasts": 5,
    "compare/audits": 5,
    "compare/fits": 5,
    "compare/replicates": 3,
    "compare/figures": 7,
    "compare/law_figures": 8,
    "compare/report": 8,
    "networks/kernels": 1,
    "networks/measurement": 2,
    "networks/frameworks": 3,
    "cli/console": 1,
    "cli/commands": 2,
    "cli/runs": 2,
    "cli": 3,
}


@dataclass(frozen=True, order=True)
class Import:
    """One imported module, dotted ("optscaling.theory.gram.bins", "numpy"), and where the statement stands.

    when: "module" (as the file loads), "call" (inside a function), or "types" (under TYPE_CHECKING).
    """

    module: str
    when: str
    line: int


def library_files() -> list[Path]:
    """Every module of the library, relative to the repository."""
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in [*files, *(ROOT / "src" / "optscaling").glob("*.py")])


def module_of(path: Path) -> str:
    """The dotted name: theory/gram/bins.py is optscaling.theory.gram.bins, a package's __init__ is the package."""
    parts = path.with_suffix("").parts
    parts = parts[2:] if parts[0] == "src" else parts
    return ".".join(("optscaling", *(parts[:-1] if parts[-1] == "__init__" else parts)))


def imports_of(source: str, module: str, is_package: bool, modules: Iterable[str] = ()) -> list[Import]:
    """The imports of a source. `from x import y` is of x.y where that is among `modules`, else of x.

    `import_module(f".commands.{name}", ...)` is of `.commands`: what its text starts with.
    """
    known = set(modules)
    inside = module.split(".") if is_package else module.split(".")[:-1]
    return sorted(_found(ast.parse(source), inside, known, "module"))


def _found(node: ast.AST, inside: list[str], known: set[str], when: str) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, when, node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(node.level, node.module or "", inside)
        for alias in node.names:
            whole = f"{base}.{alias.name}"
            yield Import(whole if whole in known or whole == "optscaling.__version__" else base, when, node.lineno)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
        first = node.args[0].values[0] if isinstance(node.args[0], ast.JoinedStr) else node.args[0]
        text = first.value if isinstance(first, ast.Constant) else ""
        name = text.lstrip(".")
        if isinstance(text, str) and name:
            yield Import(_absolute(len(text) - len(name), name.rstrip("."), inside), when, node.lineno)
    for name, field in ast.iter_fields(node):
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST):
                yield from _found(child, inside, known, _when(node, name, when))


def _when(node: ast.AST, field: str, when: str) -> str:
    if isinstance(node, ast.If) and field == "body" and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return "types"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "module":
        return "call" if field == "body" else when
    return when


def _absolute(level: int, name: str, inside: list[str]) -> str:
    base = inside[: len(inside) - level + 1] if level else []
    return ".".join([*base, *([name] if name else [])])


def package_of(module: str, packages: Iterable[str] = FLOORS) -> str:
    """The package that a module of the library is in, as in FLOORS; "theory.face" is what theory/__init__.py lists.

    "root": errors.py, _lazy.py and the version, which everything may use; "optscaling.face": the rest of the root.
    """
    parts = module.split(".")[1:]
    if not parts:
        return "optscaling.face"
    if len(parts) == 1:
        if parts[0] in FACES:
            return "optscaling.face"
        return f"{parts[0]}.face" if parts[0] in ROOMS else "root"
    deep = "/".join(parts[:2])
    return deep if deep in packages or (ROOT / deep).is_dir() else parts[0]


def library_imports() -> dict[str, list[Import]]:
    """Every module of the library by name, with all that it imports."""
    files = {module_of(path): path for path in library_files()}
    return {
        module: imports_of((ROOT / path).read_text("utf-8"), module, path.name == "__init__.py", files)
        for module, path in files.items()
    }


def package_graph(imports: Mapping[str, Iterable[Import]]) -> dict[str, dict[str, list[str]]]:
    """Package -> package it imports -> the places "module:line"; a package's imports of itself are left out."""
    graph: dict[str, dict[str, list[str]]] = {}
    for module, found in imports.items():
        home = package_of(module)
        arrows = graph.setdefault(home, {})
        for each in found:
            if each.module.partition(".")[0] != "optscaling":
                continue
            target = package_of(each.module)
            if target != home:
                arrows.setdefault(target, []).append(f"{module}:{each.line}")
    return graph


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of nodes that reach one another, and nodes that point at themselves; none in a graph without circles."""
    reach = {node: _reached(node, graph) for node in graph}
    found = {tuple(sorted({node} | {other for other in reach[node] if node in reach.get(other, ())})) for node in graph}
    return sorted(list(group) for group in found if len(group) > 1 or group[0] in reach[group[0]])


def _reached(start: str, graph: Mapping[str, Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(graph.get(start, ()))
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo.extend(graph.get(node, ()))
    return seen


def goes_down(source: str, target: str) -> bool:
    """Whether an arrow between two packages goes down the floors. A face stands above its room."""
    from_room, to_room = (name.partition("/")[0].removesuffix(".face") for name in (source, target))
    if from_room != to_room:
        return ROOM_FLOORS[from_room] > ROOM_FLOORS[to_room]
    top = 1 + max(FLOORS.values())
    return FLOORS.get(source, top) > FLOORS.get(target, top)
