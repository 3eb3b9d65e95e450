"""Fit a table of losses: a law for each series, and what differs between optimizers."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from ...errors import InputError
from . import forms as law_forms
from .caveats import difference_caveats, series_caveats
from .exponent_choice import choose_exponents, shared_sizes
from .law_fit import DELTAS, FormName, LawFit, Objective, Parameter, fit_law, fit_made
from .loss_table import LossTable, Series, shown
from .paired_difference import ExponentDifference, paired_difference, separate_difference
from .result import LossFits, SeriesFit
from .speedup import Speedup, speedup
from .window import SubWindow, choose_window, refusal, reversal, sub_windows

_USUAL = ("adamw", "adam", "sgd", "gd")  # baselines that are taken where none is named


def fit_losses(
    table: LossTable,
    form: FormName = "power",
    *,
    baseline: str | None = None,
    objective: Objective | None = None,
    window: tuple[float, float] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> LossFits:
    """A law for each series of the table, and each optimizer against the baseline of its stratum.

    baseline: an optimizer's name; AdamW, Adam, SGD or GD where there is one, else the first. objective: see
    `fit_law`. window: smallest and largest size; by rule if not given. draws, seed: of the bootstrap. A series that
    has no exponent is refused with its reason. Raises InputError, also where every series is refused.
    """
    series = tuple(_within(each, window) for each in table.series)
    series = tuple(each for each in series if each.sizes.size)
    if not series:
        raise InputError(f"No size of {table.source} lies in the window; widen --from and --to.")
    if form == "shared":
        fits = _shared(series, objective, draws, seed)
    else:
        fits = tuple(_one(each, form, objective, window is None, draws, seed, table.best) for each in series)
    good = [each for each, made in zip(series, fits, strict=True) if made.fit is not None]
    if not good:
        first = fits[0]
        where = f"{shown(first.name)}: " if len(fits) > 1 else ""
        raise InputError(where + first.status)
    comparison, gains, choices = [], [], []
    made = {each.name: fit.fit for each, fit in zip(series, fits, strict=True)}
    found: set[str] = set()
    by_stratum: dict[tuple[str, ...], list[Series]] = {}
    for each in good:
        by_stratum.setdefault(each.stratum, []).append(each)
    for members in by_stratum.values():
        base = _baseline(members, baseline)
        if base is None:
            continue
        found.add(base.optimizer)
        for each in members:
            if each is not base:
                comparison.append(_difference(each, base, form, made[each.name], made[base.name]))
                gain = speedup(each, base, table.size) if form in ("power", "shared") else None
                gains += [] if gain is None else [gain]
        choice = choose_exponents(members) if form in ("power", "shared") else None
        choices += [] if choice is None else [choice]
    if baseline is not None and baseline not in found:
        names = list(dict.fromkeys(each.optimizer for each in series))
        close = get_close_matches(baseline, names, n=2)
        advice = (
            f"did you mean {' or '.join(map(shown, close))}?" if close else f"there are {', '.join(map(shown, names))}."
        )
        raise InputError(f"'{shown(baseline)}' is no optimizer with an exponent in {table.source}; {advice}")
    named = {each.name: each for each in good}
    caveats = tuple(
        difference_caveats(named[" / ".join([*c.stratum, c.a])], named[" / ".join([*c.stratum, c.b])], table.best)
        for c in comparison
    )
    return LossFits(
        table=table,
        form=form,
        fits=fits,
        comparison=tuple(comparison),
        caveats=caveats,
        choice=tuple(choices),
        speedup=tuple(gains),
        verdict=_verdict(fits, comparison, gains, caveats),
        notes=table.notes,
    )


def _within(series: Series, window: tuple[float, float] | None) -> Series:
    if window is None:
        return series
    kept = (series.sizes >= window[0]) & (series.sizes <= window[1])
    tokens = None if series.tokens is None else series.tokens[kept]
    return replace(series, sizes=series.sizes[kept], losses=series.losses[kept], tokens=tokens)


def _one(
    series: Series,
    form: FormName,
    objective: Objective | None,
    choose: bool,
    draws: int,
    seed: int,
    best: bool,
) -> SeriesFit:
    """One series: refused, or fitted in its window."""
    sizes, losses, counts = series.curve()
    caveats = series_caveats(series, best)
    if form == "chinchilla":
        sizes, losses = series.sizes, series.losses
    refused = chosen = None
    sentence, fit, notes = "", None, []
    others: tuple[SubWindow, ...] = ()
    x, y = np.log(sizes), np.log(losses)
    if form != "chinchilla" and len(sizes) >= 3:
        refused = refusal(x, y)
    if refused is None:
        first = 0
        if form == "power" and choose and len(sizes) >= 3:
            chosen = choose_window(x, y)
            first, sentence = chosen.first, chosen.sentence
        elif form in ("power", "offset", "broken"):
            sentence = f"All {len(sizes)} sizes."
        try:
            fit = fit_law(
                form, sizes[first:], losses[first:], tokens=series.tokens, objective=objective, draws=draws, seed=seed
            )
        except InputError as error:
            refused = str(error)
    if fit is not None:
        if form != "broken":
            others = sub_windows(_remade(fit, form, x, y, series), fit.theta, x, y, DELTAS[fit.objective])
        notes = _notes(series, fit, x, y, counts, chosen is not None and (chosen.curved or chosen.first > 0))
        notes = ([sentence] if chosen is not None and (chosen.curved or chosen.first) else []) + notes
    return SeriesFit(
        series.optimizer,
        series.stratum,
        tuple(map(float, sizes)),
        tuple(map(float, losses)),
        fit,
        sentence,
        others,
        caveats,
        refused if refused is not None else " ".join(notes),
    )


def _remade(fit: LawFit, form: FormName, x: np.ndarray, y: np.ndarray, series: Series) -> law_forms.LawForm:
    """The law on all points, also those that the window leaves out."""
    if form == "power":
        return law_forms.power_law(x)
    if form == "offset":
        return law_forms.offset_law(x, y)
    assert series.tokens is not None
    return law_forms.chinchilla_law(x, np.log(series.tokens), y)


def _notes(series: Series, fit: LawFit, x: np.ndarray, y: np.ndarray, counts: np.ndarray, bent: bool) -> list[str]:
    notes = list(fit.status)
    if fit.form == "power":
        if fit.alpha < 0:
            notes.append(f"It rises with size, as N^{-fit.alpha:.4f}, so alpha is negative.")
        if len(x) == 2:
            notes.append("Two sizes give a slope but no interval; add a third size.")
        back = reversal(x, y)
        if back > 0.5:
            notes.append(f"It moves against its trend by {back:.2g} of the trend's change.")
        if bent:
            notes.append("A curved series may have an offset or a break: see --form offset and --form broken.")
    if fit.interval is not None and fit.form != "chinchilla" and fit.interval[0] <= 0 <= fit.interval[1]:
        notes.append("The interval of alpha holds zero.")
    if counts.max() > 1 and fit.form != "chinchilla":
        notes.append(f"{int(counts.sum())} rows at {len(counts)} sizes: means of replicates are fitted.")
    return notes


def _shared(series: tuple[Series, ...], objective: Objective | None, draws: int, seed: int) -> tuple[SeriesFit, ...]:
    """One exponent for the optimizers of each stratum.

    Where all have the same sizes, alpha is the slope of their mean curve, and its interval is that curve's, with
    K - 2 degrees of freedom: what moves all optimizers at one size is one deviation, not one for each of them.
    """
    made: dict[str, SeriesFit] = {}
    strata: dict[tuple[str, ...], list[Series]] = {}
    for each in series:
        sizes, losses, _ = each.curve()
        why = (
            refusal(np.log(sizes), np.log(losses))
            if len(sizes) >= 3
            else f"It has {len(sizes)} sizes, but 3 are needed."
        )
        if why is None:
            strata.setdefault(each.stratum, []).append(each)
        made[each.name] = SeriesFit(
            each.optimizer, each.stratum, tuple(map(float, sizes)), tuple(map(float, losses)), None, "", (),
            series_caveats(each, False), why or "",
        )  # fmt: skip
    for members in strata.values():
        curves = [each.curve() for each in members]
        group = np.concatenate([np.full(len(sizes), g) for g, (sizes, _, _) in enumerate(curves)])
        x = np.log(np.concatenate([sizes for sizes, _, _ in curves]))
        y = np.log(np.concatenate([losses for _, losses, _ in curves]))
        names = tuple(f"A[{each.optimizer}]" for each in members)
        law = law_forms.shared_law(x, group, names)
        fit = fit_made(law, "shared", x, y, objective or "squares", "residuals", draws, seed)
        common = shared_sizes(members)
        note = "The optimizers have different sizes: deviations count as independent."
        if (
            common is not None
            and fit.objective == "squares"
            and all(len(c) == len(s[0]) for c, s in zip(common, curves, strict=True))
        ):
            mean = np.mean([np.log(losses[kept]) for (_, losses, _), kept in zip(curves, common, strict=True)], axis=0)
            curve = fit_law("power", curves[0][0][common[0]], np.exp(mean), draws=0)
            fit = replace(
                fit,
                interval=curve.interval,
                kind="t",
                stderr=curve.stderr,
                intervals={**fit.intervals, "t": curve.interval},
            )
            note = f"Interval from the optimizers' mean curve at {len(mean)} common sizes."
        for each in members:
            own = fit.parameters[f"A[{each.optimizer}]"]
            # the prefactor's own interval would count what the optimizers share as independent
            prefactor = replace(own, interval=None) if common is not None else own
            parameters = {"A": prefactor, "alpha": Parameter(fit.alpha, fit.interval)}
            alone = replace(fit, parameters=parameters)
            made[each.name] = replace(made[each.name], fit=alone, status=" ".join([note, *fit.status]))
    return tuple(made[each.name] for each in series)


def _baseline(members: list[Series], wanted: str | None) -> Series | None:
    names = {each.optimizer: each for each in members}
    if wanted is not None:
        return names.get(wanted)
    folded = {name.lower(): each for name, each in names.items()}
    return next((folded[name] for name in _USUAL if name in folded), members[0])


def _difference(
    a: Series, b: Series, form: FormName, first: LawFit | None, second: LawFit | None
) -> ExponentDifference:
    if form in ("power", "shared"):
        paired = paired_difference(a, b)
        if paired is not None:
            return paired
    assert first is not None
    assert second is not None
    both = [(fit.alpha, fit.stderr, fit.points - len(fit.theta)) for fit in (first, second)]
    return separate_difference(a, b, both[0], both[1])


def _verdict(
    fits: tuple[SeriesFit, ...],
    comparison: list[ExponentDifference],
    gains: list[Speedup],
    caveats: tuple[tuple[str, ...], ...],
) -> str:
    """One sentence over all comparisons, or about the one series there is."""
    if not comparison:
        told = [each for each in fits if each.fit is not None]
        if len(told) > 1:
            return f"{len(told)} exponents, and no two optimizers with the same other columns to compare."
        fit = told[0].fit
        assert fit is not None
        if fit.interval is None:
            return f"alpha = {fit.alpha:.4f}, with no interval."
        bad = " Read the caveats first." if told[0].caveats else ""
        return f"alpha = {fit.alpha:.4f}, 95 % [{fit.interval[0]:.4f}, {fit.interval[1]:.4f}] by {fit.kind}.{bad}"
    clear = [each for each in comparison if not each.undecided]
    count = len(comparison)
    words = "comparison tells" if count == 1 else "comparisons tell"
    parts = [f"{len(clear)} of {count} {words} two exponents apart"]
    if clear:
        names = ", ".join(
            f"{shown(' / '.join([*c.stratum, c.a]))} {c.difference:+.4f} against {shown(c.b)}" for c in clear
        )
        parts.append(f" ({names})")
    chance = 0.05 * count
    if count > 1:
        parts.append(f"; by chance alone {chance:.2g} would")
    trends = [gain.trend for gain in gains]
    if trends:
        counted = ", ".join(
            f"{trends.count(t)} {t}" for t in ("grows", "holds", "attenuates", "cannot tell") if t in trends
        )
        parts.append(f"; speed-ups: {counted}")
    doubtful = sum(any("differs" in text or "edge" in text for text in group) for group in caveats)
    if doubtful:
        parts.append(f"; {doubtful} of {count} differ in more than the optimizer or lie at the edge of a sweep")
    if any("one run" in text.lower() for group in caveats for text in group):
        parts.append("; single runs, whose seed noise only shows as distance from the line")
    return "".join(parts) + "."
