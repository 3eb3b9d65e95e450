"""Draw docs/figures/architecture.svg from the imports that the code has: packages as boxes by floor, arrows down.

python docs/architecture.py [OUT]
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from support.package_imports import FLOORS, ROOMS, goes_down, library_imports, package_graph  # noqa: E402

COLOURS = {"theory": "#0072B2", "sim": "#B5500A", "compare": "#00795A", "cli": "#8A4A76"}
WIDTH, HEIGHT, RISE = 1.62, 0.42, 1.0
GROUND = {"theory": 0.0, "sim": 5.6, "compare": 5.6, "cli": 11.2}  # where a room's lowest floor stands
# The middle of each box on its floor.
COLUMNS = {
    "theory/problems": 2.0,
    "theory/optimizers": 5.0,
    "theory/symbolic": 8.6,
    "theory/schedules": 10.6,
    "theory/experiments": 0.0,
    "theory/gram": 3.2,
    "theory/exponents": 7.3,
    "theory/samples": 3.0,
    "theory/integrals": 7.65,
    "theory/thresholds": 9.45,
    "theory/data_limited": 11.25,
    "theory/estimation": 0.1,
    "theory/preconditioning": 3.2,
    "theory/dynamics": 5.1,
    "theory/one_pass": 7.3,
    "theory/derivations": 9.45,
    "theory/prediction": 2.4,
    "theory/witness": 5.9,
    "sim/devices": 0.4,
    "sim/problems": -0.6,
    "sim/factorisation": 1.4,
    "sim/stepping": 1.2,
    "sim/cells": 0.4,
    "sim/store": 0.4,
    "sim/runs": 0.4,
    "compare": 7.3,
    "compare/diagnosis": 9.45,
    "compare/runs": 5.1,
    "compare/loss_laws": 7.3,
    "compare/figures": 7.3,
    "compare/report": 7.3,
    "cli/console": 4.2,
    "cli/commands": 4.2,
    "cli/runs": 6.2,
    "cli": 4.2,
}


def shortened(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The graph without the arrows that a longer way implies: no a -> c where there is a -> b -> c."""

    def below(node: str) -> set[str]:
        return {deep for target in graph[node] for deep in {target, *below(target)}}

    return {
        node: {target for target in targets if not any(target in below(other) for other in targets)}
        for node, targets in graph.items()
    }


def arrows() -> dict[str, set[str]]:
    """Package -> the packages it imports; what is imported from a room's face counts as that room's top floor."""
    tops = {f"{room}.face": max((p for p in FLOORS if p.startswith(room)), key=FLOORS.__getitem__) for room in ROOMS}
    whole = package_graph(library_imports())
    faced = {node: {tops.get(target, target) for target in whole[node]} for node in FLOORS}
    return {
        node: {target for target in targets if target in FLOORS and goes_down(node, target)}
        for node, targets in faced.items()
    }


def middle(package: str) -> tuple[float, float]:
    """Where a package's box stands."""
    return COLUMNS[package], GROUND[package.partition("/")[0]] + RISE * (FLOORS[package] - 1)


def draw() -> Figure:
    """The whole picture."""
    figure = Figure(figsize=(9.6, 11.0))
    ax = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    ax.set(xlim=(-1.7, 10.6), ylim=(-0.5, 14.0))
    ax.axis("off")
    for room, colour in COLOURS.items():
        places = [middle(package) for package in COLUMNS if package.partition("/")[0] == room]
        left, right = min(x for x, _ in places) - 0.95, max(x for x, _ in places) + 0.95
        low, high = min(y for _, y in places) - 0.36, max(y for _, y in places) + 0.36
        ax.add_patch(
            FancyBboxPatch(
                (left, low),
                right - left,
                high - low,
                "round,pad=0,rounding_size=0.12",
                fc=colour,
                ec="none",
                alpha=0.07,
            )
        )
        ax.text(left + 0.08, high + 0.06, f"{room}/", color=colour, fontsize=13, fontweight="bold", va="bottom")
    for source, targets in shortened(arrows()).items():
        for target in sorted(targets):
            inside = source.partition("/")[0] == target.partition("/")[0]
            (x0, y0), (x1, y1) = middle(source), middle(target)
            ax.add_patch(
                FancyArrowPatch(
                    (x0 + 0.3 * WIDTH * _side(x1 - x0), y0 - HEIGHT / 2),
                    (x1 + 0.3 * WIDTH * _side(x0 - x1), y1 + HEIGHT / 2),
                    arrowstyle="-|>",
                    mutation_scale=9,
                    shrinkA=0,
                    shrinkB=0,
                    lw=1.1 if inside else 0.8,
                    color=COLOURS[source.partition("/")[0]],
                    alpha=0.85 if inside else 0.4,
                    zorder=2 if inside else 1,
                )
            )
    for package in COLUMNS:
        x, y = middle(package)
        room, _, name = package.partition("/")
        corner = (x - WIDTH / 2, y - HEIGHT / 2)
        box = FancyBboxPatch(
            corner, WIDTH, HEIGHT, "round,pad=0,rounding_size=0.08", fc="white", ec=COLOURS[room], lw=1.2
        )
        box.set_zorder(3)
        ax.add_patch(box)
        ax.text(x, y - 0.01, name or f"{room}/*.py", ha="center", va="center", fontsize=9.5, color="#222222", zorder=4)
    return figure


def _side(offset: float) -> float:
    """Which part of a box's edge an arrow takes: towards the other box, in the middle where that is above or below."""
    return max(-1.0, min(1.0, offset / 3))


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "figures" / "architecture.svg"
    with rc_context({"svg.hashsalt": "optscaling", "svg.fonttype": "none", "font.family": "DejaVu Sans"}):
        figure = draw()
        figure.savefig(out, metadata={"Date": None} if out.suffix == ".svg" else None, dpi=110)
