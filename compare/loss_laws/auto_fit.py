"""A law for each series by the form that its data prefer, and between optimizers only what every form says.

A series of one token count for each size is a curve in N: every form is tried (`form_choice.py`). Where tokens vary at
one size the law is one in N and D, with the bottoms at equal compute beside it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import stdtrit

from ...errors import InputError
from ..isoflop import IsoFlops, isoflops
from ..tables import merged_values
from .caveats import series_caveats
from .form_choice import FormChoice, choose_form
from .form_gaps import FormGap, PairForms, form_gaps, hull, interpolated_speedup
from .law_fit import LEAST, LawFit, fit_law
from .loss_table import Series
from .paired_difference import ExponentDifference, paired_difference
from .result import SeriesFit
from .settings import SETTINGS, FitOptions
from .speedup import Speedup, SpeedupPoint
from .window import refusal


def auto_series(series: Series, options: FitOptions, vary: bool, best: bool) -> SeriesFit:
    """One series by the form that describes it best, with all that were tried; refused where it has no law."""
    sizes, losses, counts = series.curve()
    refused, fit, choice, bottoms = None, None, None, None
    try:
        if vary:
            fit, bottoms = _in_size_and_tokens(series, options)
            sizes, losses = series.sizes, series.losses
        else:
            refused = refusal(np.log(sizes), np.log(losses)) if len(sizes) >= 3 else None
            if refused is None:
                choice = choose_form(series, options.floor)
                fit = fit_law(
                    choice.chosen.form, sizes, losses, objective=options.objective, draws=options.draws,
                    seed=options.seed, floor=options.floor,
                )  # fmt: skip
    except InputError as error:
        refused = str(error)
    notes = [] if fit is None else list(fit.status)
    if choice is not None:
        notes += _choice_notes(choice, options.floor)
    if bottoms is not None:
        notes.append(str(bottoms))
    if fit is not None and fit.form == "power" and fit.alpha < 0:
        notes.append(f"It rises with size, as N^{-fit.alpha:.4f}, so alpha is negative.")
    if counts.max() > 1 and not vary:
        notes.append(f"{int(counts.sum())} rows at {len(counts)} sizes: means of replicates are fitted.")
    return SeriesFit(
        series.optimizer,
        series.stratum,
        tuple(map(float, sizes)),
        tuple(map(float, losses)),
        fit,
        f"All {len(counts)} sizes.",
        (),
        series_caveats(series, best),
        refused if refused is not None else " ".join(notes),
        choice,
        bottoms,
    )


def _choice_notes(choice: FormChoice, floor: float | None) -> list[str]:
    notes = []
    if floor is not None:
        notes.append(f"The floor is {floor:g}, as given.")
    standing = [each for each in choice.standing if each is not choice.chosen]
    if standing:
        told = ", ".join(f"{each.form} alpha {each.fit.alpha:.4f}" for each in standing)
        notes.append(f"Not excluded either: {told}.")
    if not choice.standing:
        notes.append("No form describes these points: read alpha as a mean slope.")
    if "offset" in choice.untested:
        notes.append(f"An offset needs {LEAST['offset']} sizes, so a floor cannot be excluded.")
    return notes


def _in_size_and_tokens(series: Series, options: FitOptions) -> tuple[LawFit, IsoFlops | None]:
    """The law in N and D, and the bottoms at equal compute."""
    if series.tokens is None or len(series.sizes) < LEAST["chinchilla"]:
        raise InputError(
            f"Runs of one size differ in tokens, and {len(series.sizes)} runs are too few for a law in both; take the "
            "tokens for the size (--size TOKENS --by PARAMS), or one token count (--by TOKENS)."
        )
    sizes, tokens, losses = series.sizes, series.tokens, series.losses
    if len(sizes) > SETTINGS.most_runs:
        sizes, tokens, losses = _binned(sizes, tokens, losses)
    draws = options.draws if len(sizes) <= SETTINGS.most_runs else 0
    fit = fit_law(
        "chinchilla", sizes, losses, tokens=tokens, objective=options.objective, draws=draws, seed=options.seed
    )
    alpha, beta = fit.alpha, fit.parameters["beta"].value
    law = beta / (alpha + beta) if alpha + beta > 0 else None
    return fit, isoflops(sizes, 6 * sizes * tokens, losses, law)


def _binned(sizes: np.ndarray, tokens: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means over cells of 1 % in size and tokens."""
    n, d = (merged_values(each, SETTINGS.binned)[0] for each in (sizes, tokens))
    cells, place, count = np.unique(np.stack([n, d], 1), axis=0, return_inverse=True, return_counts=True)
    return cells[:, 0], cells[:, 1], np.bincount(place.ravel(), weights=losses) / count


def auto_pair(a: Series, b: Series, first: FormChoice, second: FormChoice) -> PairForms:
    """Two series by every form that neither excludes; a power law's difference is paired where sizes are common."""
    gaps = [_paired(gap, a, b) if gap.form == "power" else gap for gap in form_gaps(a, b, first, second)]
    untested = "offset" in first.untested or "offset" in second.untested or not gaps
    return PairForms(a.optimizer, b.optimizer, a.stratum, tuple(gaps), untested, interpolated_speedup(a, b))


def _paired(gap: FormGap, a: Series, b: Series) -> FormGap:
    """A power law's difference at common sizes, where what moves both optimizers cancels."""
    found = paired_difference(a, b)
    if found is None or found.error is None or found.difference is None or found.dof is None:
        return gap
    far = float(stdtrit(found.dof, (1 + SETTINGS.level) / 2)) * found.error
    clear = int(np.sign(found.difference)) if abs(found.difference) > far else 0
    return replace(gap, difference=found.difference, error=found.error, interval=found.interval, clear=clear)


def told_difference(pair: PairForms, a: Series, b: Series) -> ExponentDifference:
    """The difference by the first form, with the interval that holds those of all."""
    if not pair.gaps:
        status = "Cannot tell: no form describes both."
        return ExponentDifference(a.optimizer, b.optimizer, a.stratum, None, None, None, False, 0, None, status, 0)
    best = pair.gaps[0]
    interval = hull([gap.interval for gap in pair.gaps])
    said = "; ".join(f"{gap.form} {gap.difference:+.4f}" + _error_text(gap) for gap in pair.gaps)
    words = {1: f"alpha of {a.optimizer} is larger", -1: f"alpha of {a.optimizer} is smaller", 0: "Cannot tell"}
    why = " (too few sizes to exclude an offset)" if pair.untested else ""
    return ExponentDifference(
        a.optimizer, b.optimizer, a.stratum, best.difference, best.error, interval, False, 0, None,
        f"{words[pair.exponents]}{why}: {said}.", pair.exponents,
    )  # fmt: skip


def _error_text(gap: FormGap) -> str:
    return "" if gap.error is None else f" +- {gap.error:.4f}"


def told_speedup(pair: PairForms, a: Series, b: Series, quantity: str) -> Speedup | None:
    """The speed-up by the first form, with intervals that hold those of all forms."""
    if not pair.gaps or not pair.gaps[0].points:
        return None
    points = []
    for point in pair.gaps[0].points:
        same = [p for gap in pair.gaps for p in gap.points if p.size == point.size]
        interval = hull([p.interval for p in same]) if len(same) == len(pair.gaps) else None
        points.append(SpeedupPoint(point.size, point.value, interval, point.beyond))
    span = float(np.log(points[-1].size / points[0].size)) or 1.0
    change = pair.gaps[0].change
    ends = hull([gap.change_interval for gap in pair.gaps])
    said = {
        "grows": "it grows with scale",
        "holds": f"it holds (within {SETTINGS.held - 1:.0%}) over these sizes",
        "attenuates": "it attenuates with scale",
        "cannot tell": "whether it grows, holds or attenuates the data cannot tell",
    }[pair.trend]
    low, high = points[0], points[-1]
    beyond = " (beyond the baseline's largest run)" if high.beyond else ""
    told = (
        f"{b.optimizer} needs {low.value:.2f} times the {quantity} of {a.optimizer} at {low.size:.3g} and "
        f"{high.value:.2f} times at {high.size:.3g}{beyond}; {said}."
    )
    growth = None if change is None else change / span
    interval = None if ends is None else (ends[0] / span, ends[1] / span)
    return Speedup(a.optimizer, b.optimizer, a.stratum, quantity, tuple(points), growth, interval, pair.trend, told)
