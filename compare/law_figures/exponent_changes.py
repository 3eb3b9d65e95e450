"""Figure: the change of exponent of each optimizer in each law that remains, and whether it survives."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ...errors import InputError
from ..figures import FAINT, INK, axes_or_new, legend, new_figure, plain_key, styles
from ..joint_laws import JointLaws

_WIDE = 1.96
_MARKS = ("o", "s", "^", "D", "v", "P")


def plot_exponent_changes(found: JointLaws, ax: Axes | None = None) -> Axes:
    """Estimates with 95 % intervals: left by optimizer and law, right by check for those whose interval leaves out 0.

    Args:
        found: of `analyse_runs`.
        ax: given, only the left part is drawn on it.

    Returns:
        The axes of the left part.

    Raises:
        InputError: no law that remains has a change of exponent.
    """
    if not found.conclusions:
        raise InputError("No law that the data do not exclude has a change of exponent, so there is none to draw.")
    if ax is not None or not found.checks:
        return _by_law(found, ax)
    figure = new_figure(11.5, 1.6 + 0.38 * max(len(found.conclusions), 1.2 * len(found.checks)))
    left, right = figure.subplots(1, 2)
    _by_law(found, left)
    _by_check(found, right)
    return left


def _by_law(found: JointLaws, ax: Axes | None) -> Axes:
    term = found.conclusions[0].term
    names = [c.optimizer for c in found.conclusions]
    laws = [fit for fit in found.lattice.accounts if term in fit.terms]
    ax = axes_or_new(ax, 6.0, 1.6 + 0.38 * len(names))
    colours = [style.colour for style in styles(fit.name for fit in laws).values()]
    shifts = np.linspace(-0.2, 0.2, len(laws)) if len(laws) > 1 else [0.0]
    for k, (fit, colour, shift) in enumerate(zip(laws, colours, shifts, strict=True)):
        values = [fit.term(term)[name] for name in names]
        ax.errorbar(
            [v.value for v in values], np.arange(len(names)) + shift, xerr=[_WIDE * v.stderr for v in values],
            fmt=_MARKS[k % len(_MARKS)], color=colour, markersize=5, capsize=2, label=fit.name,
        )  # fmt: skip
    _rows(ax, names, f"{term} against {found.lattice.data.baseline}")
    handles = ax.get_legend_handles_labels()[0]
    without = [fit.name for fit in found.lattice.accounts if term not in fit.terms]
    extra = [plain_key(f"not excluded: {name}, where it is 0") for name in without]
    legend(ax, [*handles, *extra], loc="lower left", bbox_to_anchor=(0, 1), ncols=1)  # type: ignore[list-item]
    return ax


def _by_check(found: JointLaws, ax: Axes) -> None:
    axes_or_new(ax)
    names = list(found.checks[0].values)
    labels = [check.under for check in found.checks]
    style = styles(names)
    for k, name in enumerate(names):
        rows = [(i, check.values[name]) for i, check in enumerate(found.checks) if name in check.values]
        shift = 0.15 * (k - (len(names) - 1) / 2)
        ax.errorbar(
            [e.value for _, e in rows], [i + shift for i, _ in rows], xerr=[_WIDE * e.stderr for _, e in rows],
            fmt=_MARKS[k % len(_MARKS)], color=style[name].colour, markersize=5, capsize=2, label=name,
        )  # fmt: skip
    _rows(ax, labels, f"{found.conclusions[0].term}, does it survive")
    legend(ax, ax.get_legend_handles_labels()[0], loc="lower left", bbox_to_anchor=(0, 1), ncols=3)  # type: ignore[arg-type]


def _rows(ax: Axes, names: list[str], label: str) -> None:
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.grid(axis="y", color=FAINT, alpha=0.15)
    ax.set_xlabel(label)
