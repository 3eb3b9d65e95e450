"""The answer of a run in a few sentences, put together from its numbers."""

from __future__ import annotations

from .comparison import Comparison
from .scaling_point import ScalingPoint
from .settings import SETTINGS

_TITLES = {"gd": "gradient descent", "natural-gradient": "the natural gradient", "sign": "sign descent"}


def headline_s(comparison: Comparison) -> float | None:
    """The s that a run's headline is about.

    Args:
        comparison: A run beside theory and published values.

    Returns:
        The s of the run nearest to 1; None for data.
    """
    known = [s for s in comparison.measurement.s if s is not None]
    return min(known, key=lambda s: (abs(s - 1), s)) if known else None


def headline(comparison: Comparison) -> str:
    """The answer of a run: measured alpha of the two optimizers that matter, at the headline s and T.

    Args:
        comparison: the run against theory.

    Returns:
        One sentence.
    """
    pair = _pair(comparison)
    if pair is None:
        return "No exponent could be measured; the table says why."
    best, base = pair
    place = "On this data" if base.s is None else f"At s = {base.s:g}"
    if best is base:
        return f"{place}, after {base.steps} steps, {_title(base)} has alpha = {_measured(base)}."
    text = (
        f"{place}, after {base.steps} steps, {_title(best)} has alpha = {_measured(best)} "
        f"and {_title(base)} {_measured(base)}"
    )
    gap = next((g for g in comparison.threshold.gaps if g.s == base.s), None)
    if gap is not None and gap.interval is not None and gap.value is not None:
        low, high = gap.interval
        text += f", a difference of {gap.value:.3f} [{low:.3f}, {high:.3f}]"
        verdict = {
            "above": ": here the optimizer changes the exponent",
            "tie": f": here no change of the exponent beyond {SETTINGS.margin:g} can be seen",
            "below": ": here preconditioning lowers the exponent",
        }
        text += verdict.get(gap.sign, "")
    return text + "."


def supports(comparison: Comparison) -> list[str]:
    """What theory and the published values say of the same two optimizers.

    Args:
        comparison: the run against theory.

    Returns:
        A sentence each, as many as there are.
    """
    pair = _pair(comparison)
    if pair is None:
        return []
    best, base = pair
    said = []
    if all(c.predicted is not None and c.predicted.value is not None for c in pair):
        values = [f"{c.predicted.value:.3f}" for c in pair if c.predicted and c.predicted.value is not None]
        said.append(f"Theory, without a training run, gives {' and '.join(dict.fromkeys(values))}.")
    if best.published is not None and base.published is not None:
        text = f"{best.published.source} printed {best.published.value:.3f} and {base.published.value:.3f}"
        said.append(text + ("." if best.comparable else ", fitted on other sizes than this run."))
    return said


def _pair(comparison: Comparison) -> tuple[ScalingPoint, ScalingPoint] | None:
    s = headline_s(comparison)
    threshold = comparison.threshold
    names = [n for n in (threshold.optimizer, threshold.baseline) if n in comparison.measurement.optimizers]
    if len(names) < 2:
        names = [comparison.measurement.optimizers[0]] * 2
    best, base = (comparison.cell(str(n), s) for n in names)
    return None if best.measured.value is None or base.measured.value is None else (best, base)


def _measured(cell: ScalingPoint) -> str:
    value, interval = cell.measured.value, cell.measured.bootstrap
    return f"{value:.3f}" if interval is None else f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _title(cell: ScalingPoint) -> str:
    return _TITLES.get(cell.optimizer, cell.optimizer)
