"""Which part of the library may import which, and the shape that its folders keep.

Everything here is read from the syntax of the files, so an import inside a function or under TYPE_CHECKING counts.
`python tests/test_architecture.py --lower` writes the numbers that fell into the three lists that only become shorter.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest
from support.package_imports import (
    FLOORS,
    ROOMS,
    ROOT,
    Import,
    circles,
    goes_down,
    imports_of,
    library_files,
    library_imports,
    package_graph,
    package_of,
)

# Package -> the packages it may import. All may import errors.py, _lazy.py and the version. What compare/runs,
# loss_laws and diagnosis share is in compare itself; a name with .face is what a room's __init__ lists.
CONTRACT: dict[str, set[str]] = {
    "theory/arrays": set(),
    "theory/symbolic": set(),
    "theory/optimizers": set(),
    "theory/problems": set(),
    "theory/schedules": set(),
    "theory/experiments": {"theory/optimizers", "theory/problems"},
    "theory/exponents": {"theory/optimizers", "theory/schedules", "theory/symbolic"},
    "theory/gram": {"theory/optimizers", "theory/problems"},
    "theory/thresholds": {"theory/exponents", "theory/optimizers", "theory/symbolic"},
    "theory/integrals": {"theory/exponents", "theory/optimizers", "theory/symbolic"},
    "theory/samples": {"theory/gram", "theory/optimizers", "theory/problems"},
    "theory/data_limited": {"theory/optimizers", "theory/schedules", "theory/symbolic"},
    "theory/derivations": {
        "theory/integrals",
        "theory/data_limited",
        "theory/exponents",
        "theory/optimizers",
        "theory/schedules",
        "theory/symbolic",
        "theory/thresholds",
    },
    "theory/preconditioning": {"theory/gram", "theory/optimizers", "theory/problems", "theory/samples"},
    "theory/dynamics": {"theory/gram", "theory/optimizers", "theory/problems", "theory/samples"},
    "theory/estimation": {"theory/optimizers", "theory/problems", "theory/samples", "theory/symbolic"},
    "theory/one_pass": {"theory/gram", "theory/optimizers", "theory/schedules"},
    "theory/prediction": {
        "theory/arrays",
        "theory/dynamics",
        "theory/estimation",
        "theory/experiments",
        "theory/gram",
        "theory/optimizers",
        "theory/preconditioning",
        "theory/problems",
        "theory/samples",
    },
    "theory/witness": {
        "theory/dynamics",
        "theory/exponents",
        "theory/gram",
        "theory/optimizers",
        "theory/preconditioning",
        "theory/problems",
        "theory/samples",
        "theory/symbolic",
    },
    "sim/devices": {"theory/problems"},
    "sim/problems": {"sim/devices", "theory/arrays", "theory/experiments", "theory/problems"},
    "sim/factorisation": {"sim/devices", "theory/dynamics", "theory/experiments", "theory/optimizers"},
    "sim/stepping": {
        "sim/devices",
        "sim/factorisation",
        "sim/problems",
        "theory/dynamics",
        "theory/optimizers",
        "theory/problems",
    },
    "sim/cells": {
        "sim/devices",
        "sim/factorisation",
        "sim/problems",
        "sim/stepping",
        "theory/experiments",
        "theory/optimizers",
    },
    "sim/store": {"sim/cells", "sim/devices", "sim/problems", "theory/experiments"},
    "sim/runs": {
        "sim/cells",
        "sim/store",
        "sim/devices",
        "sim/factorisation",
        "sim/problems",
        "sim/stepping",
        "theory/experiments",
        "theory/optimizers",
    },
    "compare": set(),
    "compare/runs": {"compare", "theory/experiments", "theory/prediction", "theory/thresholds"},
    "compare/tables": {"compare"},
    "compare/loss_laws": {"compare", "compare/tables"},
    "compare/joint_laws": {"compare", "compare/loss_laws", "compare/tables"},
    "compare/spectra": {"compare", "theory/arrays", "theory/estimation", "theory/problems"},
    "networks/kernels": set(),
    "networks/frameworks": {"networks/kernels", "networks/measurement"},
    "networks/measurement": {
        "compare",
        "compare/spectra",
        "networks/kernels",
        "sim/factorisation",
        "theory/optimizers",
    },
    "compare/forecasts": {"compare", "compare/joint_laws", "compare/loss_laws", "compare/tables"},
    "compare/audits": {"compare", "compare/joint_laws", "compare/loss_laws", "compare/tables"},
    "compare/fits": {"compare", "compare/joint_laws", "compare/loss_curves", "compare/loss_laws", "compare/tables"},
    "compare/replicates": {"compare", "compare/tables"},
    "compare/loss_curves": {"compare", "compare/tables"},
    "compare/diagnosis": {
        "compare",
        "compare/spectra",
        "theory/arrays",
        "theory/dynamics",
        "theory/estimation",
        "theory/exponents",
        "theory/gram",
        "theory/optimizers",
        "theory/prediction",
        "theory/preconditioning",
        "theory/problems",
        "theory/samples",
        "theory/thresholds",
    },
    "compare/figures": {
        "compare",
        "compare/diagnosis",
        "compare/loss_laws",
        "compare/runs",
        "compare/tables",
        "theory/data_limited",
        "theory/gram",
        "theory/one_pass",
        "theory/prediction",
        "theory/symbolic",
        "theory/thresholds",
    },
    "compare/report": {"compare", "compare/figures", "compare/runs"},
    "compare/law_figures": {"compare", "compare/figures", "compare/forecasts", "compare/joint_laws"},
    "cli/console": {
        "compare/figures",
        "compare/runs",
        "compare/tables",
        "sim.face",
        "theory/experiments",
        "theory/optimizers",
    },
    "cli/commands": {
        "cli/console",
        "compare/audits",
        "compare/diagnosis",
        "compare/figures",
        "compare/fits",
        "compare/forecasts",
        "compare/law_figures",
        "compare/loss_laws",
        "compare/replicates",
        "compare/report",
        "compare/runs",
        "compare/tables",
        "sim.face",
        "sim/devices",
        "theory/derivations",
        "theory/experiments",
        "theory/exponents",
        "theory/gram",
        "theory/optimizers",
        "theory/prediction",
        "theory/data_limited",
        "theory/one_pass",
        "theory/problems",
        "theory/schedules",
        "theory/symbolic",
        "theory/thresholds",
        "theory/witness",
    },
    "cli/runs": {"cli/console", "compare/runs", "sim.face", "sim/devices", "theory/experiments"},
    "cli": {"cli/commands", "cli/console", "cli/runs"},
}
# The faces list names of their own room, the root's of every room.
FACES = {
    **{f"{room}.face": {room, *(package for package in FLOORS if package.startswith(f"{room}/"))} for room in ROOMS},
    "optscaling.face": set(FLOORS),
    "root": set(),
}
# Arrows against the contract that stand until they are taken out: (package, package) -> why.
EXCEPTIONS: dict[tuple[str, str], str] = {}

# Libraries that a package does not use, not even in a function.
ARRAYS = {"numpy", "scipy"}
DEVICES = {"jax", "optax"}
FORBIDDEN_LIBRARIES: dict[str, set[str]] = {
    **{package: DEVICES | {"matplotlib", "xarray", "click", "rich"} for package in FLOORS if "theory/" in package},
    **{package: {"matplotlib", "click", "rich", "sympy"} for package in FLOORS if "sim/" in package},
    **{package: DEVICES | {"click", "rich"} for package in FLOORS if package.startswith("compare")},
    **{package: {"matplotlib", "click", "rich", "sympy"} for package in FLOORS if "networks/" in package},
    **{package: DEVICES | {"scipy", "sympy"} for package in FLOORS if package.startswith("cli")},
}
for _package in (
    "theory/symbolic",
    "theory/exponents",
    "theory/data_limited",
    "theory/thresholds",
    "theory/derivations",
):
    FORBIDDEN_LIBRARIES[_package] |= ARRAYS
FORBIDDEN_LIBRARIES["theory/optimizers"] |= {"sympy", "scipy"}
FORBIDDEN_LIBRARIES["compare"] |= {"matplotlib"}
for _package in (
    "compare/runs",
    "compare/tables",
    "compare/loss_laws",
    "compare/joint_laws",
    "compare/forecasts",
    "compare/audits",
    "compare/replicates",
    "compare/fits",
    "compare/loss_curves",
    "compare/diagnosis",
):
    FORBIDDEN_LIBRARIES[_package] |= {"matplotlib"}
# numpy is needed to evaluate a filter on arrays, and loaded then: by this module, which others import in functions.
NUMPY_OF_OPTIMIZERS = "optscaling.theory.optimizers.decay"

MOST_MODULES = 16  # in one folder, its __init__ not counted
MOST_LINES = 60
MOST_ARGUMENTS = 7

# File -> how many there are. A number that falls is written down here too, so that it cannot rise again.
ASSERTS: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {}
MANY_ARGUMENTS: dict[str, int] = {
    "cli/commands/alpha.py": 1,
    "cli/commands/phases.py": 1,
    "cli/commands/reproduce.py": 1,
    "cli/commands/threshold.py": 1,
    "compare/loss_laws/law_fit.py": 1,
    "compare/loss_laws/paired_difference.py": 1,
    "sim/devices/accelerator.py": 1,
    "sim/stepping/one_pass_in_law.py": 1,
    "sim/stepping/step_rules.py": 1,
    "theory/dynamics/one_pass_on_population.py": 1,
    "theory/dynamics/second_moment_march.py": 1,
    "theory/dynamics/second_moment_risk.py": 2,
    "theory/estimation/unbiased_modes.py": 1,
    "theory/estimation/tail_fit.py": 1,
}


def against_contract(graph: dict[str, dict[str, list[str]]], allowed: dict[str, set[str]]) -> list[str]:
    """A line for each arrow that is not allowed, with the places it comes from."""
    return [
        f"{source} imports {target} at {', '.join(places)}"
        for source, arrows in sorted(graph.items())
        for target, places in sorted(arrows.items())
        if target != "root" and target not in allowed.get(source, set())
    ]


def upward(graph: dict[str, dict[str, list[str]]]) -> list[str]:
    """A line for each arrow that goes up, or along a floor."""
    return [
        f"{source} imports {target}, which is not below it, at {', '.join(places)}"
        for source, arrows in sorted(graph.items())
        for target, places in sorted(arrows.items())
        if not goes_down(source, target)
    ]


def forbidden_libraries(imports: dict[str, list[Import]]) -> list[str]:
    """A line for each import of a library that the module's package does without."""
    return [
        f"{module}:{found.line} imports {found.module}"
        for module, listed in imports.items()
        for found in listed
        if found.module.partition(".")[0] in FORBIDDEN_LIBRARIES.get(package_of(module), ())
    ]


def at_import(imports: dict[str, list[Import]], package: str) -> dict[str, set[str]]:
    """Module -> what it imports as it loads, for the modules of one package."""
    return {
        module: {found.module for found in listed if found.when == "module"}
        for module, listed in imports.items()
        if package_of(module) == package
    }


def functions(source: str) -> Iterable[tuple[int, int]]:
    """Lines and arguments of every function; self and cls are no arguments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            counted = [argument for argument in arguments if argument.arg not in ("self", "cls")]
            yield (node.end_lineno or node.lineno) - node.lineno + 1, len(counted)


def asserts(source: str) -> int:
    """How many assert statements a source has."""
    return sum(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(source)))


def long_functions(source: str) -> int:
    """How many functions have more than MOST_LINES lines."""
    return sum(lines > MOST_LINES for lines, _ in functions(source))


def many_arguments(source: str) -> int:
    """How many functions take more than MOST_ARGUMENTS arguments."""
    return sum(arguments > MOST_ARGUMENTS for _, arguments in functions(source))


COUNTED = {
    "ASSERTS": (asserts, ASSERTS, "an assert in library code (`python -O` removes it: raise CheckError, or narrow)"),
    "LONG_FUNCTIONS": (long_functions, LONG_FUNCTIONS, f"a function of more than {MOST_LINES} lines"),
    "MANY_ARGUMENTS": (many_arguments, MANY_ARGUMENTS, f"a function of more than {MOST_ARGUMENTS} arguments"),
}


def counted(name: str) -> dict[str, int]:
    """The list of this name as the code is now."""
    count = COUNTED[name][0]
    found = {path.as_posix(): count((ROOT / path).read_text("utf-8")) for path in library_files()}
    return {path: number for path, number in found.items() if number}


def changes(now: dict[str, int], listed: dict[str, int], what: str) -> list[str]:
    """What to do about each number that is not the listed one."""
    lines = []
    for path in sorted({*now, *listed}):
        new, old = now.get(path, 0), listed.get(path, 0)
        if new > old:
            lines.append(f"{path} has {new}, {old} allowed: take out {what}")
        elif new < old:
            lines.append(f"{path} has {new}, {old} listed: write the smaller number")
    return lines


@pytest.fixture(scope="module")
def imports() -> dict[str, list[Import]]:
    return library_imports()


@pytest.fixture(scope="module")
def graph(imports: dict[str, list[Import]]) -> dict[str, dict[str, list[str]]]:
    whole = package_graph(imports)
    return {
        source: {target: places for target, places in arrows.items() if (source, target) not in EXCEPTIONS}
        for source, arrows in whole.items()
    }


def past_faces(imports: dict[str, list[Import]]) -> list[str]:
    """Imports of a file of another package, where the package itself should be imported."""
    return [
        f"{module}:{each.line} imports {each.module}"
        for module, found in imports.items()
        for each in found
        if "/" in package_of(each.module)
        and package_of(each.module) != package_of(module)
        and each.module.count(".") > package_of(each.module).count("/") + 1
    ]


def test_no_import_goes_past_a_face(imports) -> None:
    assert past_faces(imports) == []
    assert past_faces({"optscaling.sim.cells.cell": [Import("optscaling.theory.gram.bins", "call", 3)]}) != []
    assert past_faces({"optscaling.theory.gram.measure": [Import("optscaling.theory.gram.bins", "module", 3)]}) == []


def test_no_face_has_a_name_that_is_a_file_of_its_package() -> None:
    """Python would give the module in place of the name once the module has been imported."""
    for package in FLOORS:
        files = {path.stem for path in (ROOT / package).glob("*.py")}
        if "/" in package:
            assert files.isdisjoint(getattr(import_module("optscaling." + package.replace("/", ".")), "__all__", ()))


def test_every_import_between_packages_is_in_the_contract(graph) -> None:
    assert against_contract(graph, {**CONTRACT, **FACES}) == []


def test_exceptions_are_still_needed(imports) -> None:
    whole = package_graph(imports)
    assert [pair for pair in EXCEPTIONS if pair[1] not in whole.get(pair[0], {})] == []


def test_packages_have_no_circles(graph) -> None:
    assert circles(graph) == []


def test_arrows_go_down(graph) -> None:
    assert upward(graph) == []


def test_modules_have_no_circles(imports) -> None:
    as_they_load = {
        module: {found.module for found in listed if found.when == "module"} for module, listed in imports.items()
    }
    assert circles(as_they_load) == []


def test_theory_knows_no_other_room(graph) -> None:
    arrows = {target for source in graph if source.startswith("theory") for target in graph[source]}
    assert {target for target in arrows if not target.startswith("theory/") and target != "root"} == set()


def test_sim_and_compare_do_not_know_each_other(graph) -> None:
    rooms = {
        (source.partition("/")[0], target.partition("/")[0].removesuffix(".face"))
        for source, arrows in graph.items()
        for target in arrows
    }
    assert not {("sim", "compare"), ("compare", "sim")} & rooms


def test_packages_do_without_the_libraries_they_should(imports) -> None:
    assert forbidden_libraries(imports) == []


def test_optimizers_load_no_numpy(imports) -> None:
    loads = at_import(imports, "theory/optimizers")
    assert [module for module, found in loads.items() if "numpy" in found] == [NUMPY_OF_OPTIMIZERS]
    assert [module for module, found in loads.items() if NUMPY_OF_OPTIMIZERS in found] == []


def test_every_package_has_a_floor_and_a_contract(graph) -> None:
    packages = {source for source in graph if source != "root" and not source.endswith(".face")}
    assert packages == set(FLOORS) == set(CONTRACT)


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_no_folder_is_crowded(room) -> None:
    sizes = {
        folder.relative_to(ROOT).as_posix(): sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        for folder in [ROOT / room, *(path for path in (ROOT / room).rglob("*") if path.is_dir())]
    }
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


@pytest.mark.parametrize("package", [package for package in FLOORS if "/" in package])
def test_a_package_says_what_it_knows(package) -> None:
    page = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))) or ""
    assert page.count(".\n") + page.endswith(".") + page.count(". ") >= 2, f"{package}/__init__.py: {page!r}"


def test_a_package_names_files_that_are_there() -> None:
    named = {
        f"{package}/{name}.py"
        for package in FLOORS
        for name in re.findall(r"`(\w+)\.py`", (ROOT / package / "__init__.py").read_text("utf-8"))
    }
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_git_ignores_no_module() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    paths = "\n".join(path.as_posix() for path in [*library_files(), *(ROOT / "tests").rglob("*.py")])
    call = ["git", "check-ignore", "--no-index", "--stdin"]
    ignored = subprocess.run(call, input=paths, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    assert ignored.split() == []


@pytest.mark.parametrize("room", ROOMS)
def test_tests_lie_as_the_packages_do(room) -> None:
    folders = [path.name for path in (ROOT / "tests" / room).iterdir() if path.is_dir() and path.name[0] not in "._"]
    assert [name for name in folders if name != "referees" and f"{room}/{name}" not in FLOORS] == []


@pytest.mark.parametrize("name", COUNTED)
def test_lists_only_become_shorter(name) -> None:
    _, listed, what = COUNTED[name]
    found = changes(counted(name), listed, what)
    assert not found, "\n".join([f"{name}, or `python tests/test_architecture.py --lower`:", *found])


SOURCE = """
from __future__ import annotations
from typing import TYPE_CHECKING
import numpy as np
from ..gram import bins
from ..gram.bins import Bins
from ... import __version__

if TYPE_CHECKING:
    from ...sim.runs.simulate import simulate

def risk(x=__import__("os")):
    import scipy.linalg
    from importlib import import_module
    return import_module(f"..witness.{x}", __package__)
"""
MODULE = "optscaling.theory.dynamics.risk"


def test_the_reader_sees_every_kind_of_import() -> None:
    found = {(each.module, each.when) for each in imports_of(SOURCE, MODULE, False, {"optscaling.theory.gram.bins"})}
    assert found - {("__future__", "module"), ("typing", "module"), ("importlib", "call")} == {
        ("numpy", "module"),
        ("optscaling.theory.gram.bins", "module"),
        ("optscaling.__version__", "module"),
        ("optscaling.sim.runs.simulate", "types"),
        ("scipy.linalg", "call"),
        ("optscaling.theory.witness", "call"),
    }


def test_the_reader_resolves_a_package_from_itself() -> None:
    found = imports_of("from .base import Optimizer\nfrom ..gram import bins", "optscaling.theory.optimizers", True)
    assert [each.module for each in found] == ["optscaling.theory.gram", "optscaling.theory.optimizers.base"]


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("optscaling.theory.gram.bins", "theory/gram"),
        ("optscaling.theory.gram", "theory/gram"),
        ("optscaling.theory", "theory.face"),
        ("optscaling.compare.exponent_fit", "compare"),
        ("optscaling.cli.program", "cli"),
        ("optscaling.errors", "root"),
        ("optscaling.__version__", "root"),
        ("optscaling", "optscaling.face"),
    ],
)
def test_a_module_is_in_its_package(module, package) -> None:
    assert package_of(module) == package


def test_the_checks_find_what_is_planted() -> None:
    planted = {MODULE: imports_of(SOURCE, MODULE, False), "optscaling.theory.gram.bins": [Import(MODULE, "call", 1)]}
    arrows = package_graph(planted)
    assert against_contract(arrows, CONTRACT) == [
        "theory/dynamics imports sim/runs at optscaling.theory.dynamics.risk:10",
        "theory/dynamics imports theory/witness at optscaling.theory.dynamics.risk:15",
        "theory/gram imports theory/dynamics at optscaling.theory.gram.bins:1",
    ]
    assert circles(arrows) == [["theory/dynamics", "theory/gram"]]
    assert [line.split(",")[0] for line in upward(arrows)] == [
        "theory/dynamics imports sim/runs",
        "theory/dynamics imports theory/witness",
        "theory/gram imports theory/dynamics",
    ]
    assert circles({"a": {"a"}, "b": {"c"}, "c": set()}) == [["a"]]
    symbolic = "optscaling.theory.symbolic.symbols"
    assert forbidden_libraries({symbolic: imports_of(SOURCE, symbolic, False)}) == [
        f"{symbolic}:4 imports numpy",
        f"{symbolic}:13 imports scipy.linalg",
    ]


def test_the_counts_find_what_is_planted() -> None:
    wide = ", ".join(f"a{k}" for k in range(MOST_ARGUMENTS + 1))
    body = "    x = 1\n" * MOST_LINES
    source = f"class A:\n    def f(self, {wide}):\n        assert self\n\ndef g():\n{body}"
    assert (asserts(source), long_functions(source), many_arguments(source)) == (1, 1, 1)
    shorter = f"class A:\n    def f(self, {wide[4:]}):\n        return self\n\ndef g():\n{body[10:]}"
    assert (asserts(shorter), long_functions(shorter), many_arguments(shorter)) == (0, 0, 0)
    assert changes({"a": 2}, {"a": 1, "b": 1}, "it") == [
        "a has 2, 1 allowed: take out it",
        "b has 0, 1 listed: write the smaller number",
    ]


def lowered(source: str, name: str, now: dict[str, int]) -> str:
    """This file with the numbers of one list that fell; those that rose are left for the code to mend."""
    listed = COUNTED[name][1]
    kept = {path: min(number, now.get(path, 0)) for path, number in listed.items()}
    lines = "".join(f'    "{path}": {number},\n' for path, number in kept.items() if number)
    start = source.index(f"\n{name}: dict[str, int] = {{") + 1
    inside = f"\n{lines}" if lines else ""
    return source[:start] + f"{name}: dict[str, int] = {{{inside}}}" + source[source.index("}", start) + 1 :]


def test_numbers_are_lowered_and_never_raised() -> None:
    source = '\nASSERTS: dict[str, int] = {\n    "a": 1,\n}\nrest\n'
    path, number = next(iter(ASSERTS.items())) if ASSERTS else ("a", 1)
    assert f'"{path}"' not in lowered(source, "ASSERTS", {})
    assert lowered(source, "ASSERTS", {"new": 3}).endswith("}\nrest\n")
    assert lowered("\nASSERTS: dict[str, int] = {}\nrest\n", "ASSERTS", {}).endswith("}\nrest\n")
    assert "new" not in lowered(source, "ASSERTS", {"new": 3})
    if ASSERTS:
        assert f'"{path}": {number},' in lowered(source, "ASSERTS", {path: number + 1})


if __name__ == "__main__":
    if sys.argv[1:] != ["--lower"]:
        sys.exit("Usage: python tests/test_architecture.py --lower")
    here = Path(__file__)
    text = here.read_text("utf-8")
    for each in COUNTED:
        text = lowered(text, each, counted(each))
    here.write_text(text, "utf-8")
