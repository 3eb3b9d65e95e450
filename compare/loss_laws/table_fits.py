"""Fit a table of losses: a law for each series, and what differs between optimizers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from ...errors import InputError
from . import forms as law_forms
from .auto_fit import auto_pair, auto_series, told_difference, told_speedup
from .caveats import difference_caveats, series_caveats
from .exponent_choice import ExponentChoice, choose_exponents, shared_sizes
from .form_gaps import PairForms
from .law_fit import DELTAS, FormName, LawFit, Parameter, fit_law, fit_made
from .loss_table import LossTable, Series, shown
from .paired_difference import ExponentDifference, paired_difference, separate_difference
from .result import LossFits, SeriesFit
from .settings import SETTINGS, FitOptions
from .speedup import Speedup, speedup
from .window import SubWindow, choose_window, refusal, reversal, sub_windows

_USUAL = ("adamw", "adam", "sgd", "gd")  # baselines that are taken where none is named


def fit_losses(
    table: LossTable, form: FormName | Literal["auto"] = "auto", options: FitOptions | None = None, **named: Any
) -> LossFits:
    """A law for each series of the table, and each optimizer against the baseline of its stratum.

    Args:
        table: the series.
        form: a form, or "auto".
        options: what else is asked. A series that has no exponent is refused with its reason.
        **named: fields of `FitOptions`.

    Returns:
        A law for each series, differences, speed-ups and a verdict.

    Raises:
        InputError: where every series is refused.
    """
    options = replace(options or FitOptions(), **named)
    series = tuple(_within(each, options.window) for each in table.series)
    series = tuple(each for each in series if each.sizes.size)
    if not series:
        raise InputError(f"No size of {table.source} lies in the window; widen --from and --to.")
    fits = _fits(table, series, form, options)
    good = [each for each, made in zip(series, fits, strict=True) if made.fit is not None]
    if not good:
        first = fits[0]
        where = f"{shown(first.name)}: " if len(fits) > 1 else ""
        raise InputError(where + first.status)
    against = _against_baselines(table, series, good, fits, form, options)
    named_series = {each.name: each for each in good}
    caveats = tuple(
        difference_caveats(
            named_series[" / ".join([*c.stratum, c.a])], named_series[" / ".join([*c.stratum, c.b])], table.best
        )
        for c in against.comparison
    )
    if form == "auto":
        verdict = _auto_verdict(fits, against.pairs, table.size)
    else:
        verdict = _verdict(fits, against.comparison, against.gains, caveats)
    return LossFits(
        table=table,
        form=form,
        fits=fits,
        comparison=tuple(against.comparison),
        caveats=tuple(tuple(map(str, group)) for group in caveats),
        choice=tuple(against.choices),
        speedup=tuple(against.gains),
        verdict=verdict,
        notes=table.notes,
        pairs=tuple(against.pairs),
    )


@dataclass
class _Against:
    """What comes of holding series against the baseline of their stratum."""

    comparison: list[ExponentDifference] = field(default_factory=list)
    gains: list[Speedup] = field(default_factory=list)
    choices: list[ExponentChoice] = field(default_factory=list)
    pairs: list[PairForms] = field(default_factory=list)


def _fits(
    table: LossTable, series: tuple[Series, ...], form: FormName | Literal["auto"], options: FitOptions
) -> tuple[SeriesFit, ...]:
    if form == "auto":
        vary = table.runs is not None and table.runs.tokens_vary
        return tuple(auto_series(each, options, vary, table.best) for each in series)
    if form == "shared":
        return _shared(series, options)
    return tuple(_one(each, form, options, table.best) for each in series)


def _against_baselines(
    table: LossTable,
    series: tuple[Series, ...],
    good: list[Series],
    fits: tuple[SeriesFit, ...],
    form: FormName | Literal["auto"],
    options: FitOptions,
) -> _Against:
    made = {each.name: fit for each, fit in zip(series, fits, strict=True)}
    against, found = _Against(), set()
    by_stratum: dict[tuple[str, ...], list[Series]] = {}
    for each in good:
        by_stratum.setdefault(each.stratum, []).append(each)
    for members in by_stratum.values():
        base = _baseline(members, options.baseline)
        if base is None:
            continue
        found.add(base.optimizer)
        for each in (each for each in members if each is not base):
            first, second = made[each.name], made[base.name]
            if first.choice is not None and second.choice is not None:
                pair = auto_pair(each, base, first.choice, second.choice)
                against.pairs.append(pair)
                against.comparison.append(told_difference(pair, each, base))
                gain = told_speedup(pair, each, base, table.size)
            else:
                against.comparison.append(_difference(each, base, form, first.fit, second.fit))
                gain = speedup(each, base, table.size) if form in ("power", "shared") else None
            against.gains += [] if gain is None else [gain]
        choice = choose_exponents(members) if form in ("power", "shared") else None
        against.choices += [] if choice is None else [choice]
    if options.baseline is not None and options.baseline not in found:
        names = list(dict.fromkeys(each.optimizer for each in series))
        close = get_close_matches(options.baseline, names, n=2)
        advice = (
            f"did you mean {' or '.join(map(shown, close))}?" if close else f"there are {', '.join(map(shown, names))}."
        )
        raise InputError(f"'{shown(options.baseline)}' is no optimizer with an exponent in {table.source}; {advice}")
    return against


def _within(series: Series, window: tuple[float, float] | None) -> Series:
    if window is None:
        return series
    kept = (series.sizes >= window[0]) & (series.sizes <= window[1])
    tokens = None if series.tokens is None else series.tokens[kept]
    return replace(series, sizes=series.sizes[kept], losses=series.losses[kept], tokens=tokens)


def _one(series: Series, form: FormName, options: FitOptions, best: bool) -> SeriesFit:
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
        if form == "power" and options.window is None and options.floor is None and len(sizes) >= 3:
            chosen = choose_window(x, y)
            first, sentence = chosen.first, chosen.sentence
        elif form != "chinchilla":
            sentence = f"All {len(sizes)} sizes."
        try:
            fit = fit_law(
                form, sizes[first:], losses[first:], tokens=series.tokens, objective=options.objective,
                draws=options.draws, seed=options.seed, floor=options.floor,
            )  # fmt: skip
        except InputError as error:
            refused = str(error)
    if fit is not None:
        if form in ("power", "offset", "chinchilla") and options.floor is None:
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
    tokens = np.ones_like(x) if series.tokens is None else series.tokens
    return law_forms.chinchilla_law(x, np.log(tokens), y)


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


def _shared(series: tuple[Series, ...], options: FitOptions) -> tuple[SeriesFit, ...]:
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
        fit = fit_made(law, "shared", x, y, options.objective or "squares", options.draws, options.seed)
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
    a: Series, b: Series, form: FormName | Literal["auto"], first: LawFit | None, second: LawFit | None
) -> ExponentDifference:
    if form in ("power", "shared"):
        paired = paired_difference(a, b)
        if paired is not None:
            return paired
    both = [(fit.alpha, fit.stderr, fit.points - len(fit.theta)) for fit in (first, second) if fit is not None]
    return separate_difference(a, b, both[0], both[1])


def _auto_verdict(fits: tuple[SeriesFit, ...], pairs: list[PairForms], quantity: str) -> str:
    """What every form agrees on."""
    if not pairs:
        return _verdict(fits, [], [], ())
    parts = []
    for pair in pairs:
        name = shown(" / ".join([*pair.stratum, f"{pair.a} against {pair.b}"]))
        signs = {1: "a larger exponent", -1: "a smaller exponent", 0: "cannot tell whether the exponents differ"}
        said = signs[pair.exponents]
        if pair.exponents == 0 and pair.gaps:
            said += " (" + ", ".join(f"{gap.form} {gap.difference:+.4f}" for gap in pair.gaps)
            said += "; too few sizes to exclude an offset)" if pair.untested else ")"
        trend = {
            "grows": "the speed-up grows",
            "holds": f"the speed-up holds within {SETTINGS.held - 1:.0%}",
            "attenuates": "the speed-up attenuates",
            "cannot tell": "how the speed-up moves it cannot tell",
        }[pair.trend]
        parts.append(f"{name}: {said}; {trend}.")
    return " ".join(parts)


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
        if fit is None:
            return "No series has an exponent."
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
