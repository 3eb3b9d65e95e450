"""What `fit` finds in a table of losses: a law for each series, differences, speed-ups, and what to make of them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from ..isoflop import IsoFlops
from ..text_table import aligned
from .exponent_choice import ExponentChoice
from .form_choice import WHY, FormChoice
from .form_gaps import PairForms
from .intervals import Interval
from .law_fit import LawFit
from .loss_table import LossTable, shown
from .paired_difference import ExponentDifference
from .speedup import Speedup
from .window import SubWindow

ASSUMPTIONS = (
    "deviations of log loss from the law are independent, with one variance (t and profile intervals: normal)",
    "an interval is about the law of this form; another form that fits as well has another alpha",
    "intervals of single exponents, differences and speed-ups are 95 % each, not jointly",
)


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """One series.

    Attributes:
        optimizer: its name.
        stratum: values of the other columns it is grouped by.
        sizes: N of its points.
        losses: L of its points.
        fit: None where it was refused, and status says why.
        window: what the window rule did.
        sub_windows: alpha elsewhere.
        caveats: from the columns of marks.
        status: sentences on the fit, or the refusal.
        choice: all forms that were tried; for the form auto.
        isoflops: bottoms at equal compute; where tokens vary.
    """

    optimizer: str
    stratum: tuple[str, ...]
    sizes: tuple[float, ...]
    losses: tuple[float, ...]
    fit: LawFit | None
    window: str
    sub_windows: tuple[SubWindow, ...]
    caveats: tuple[str, ...]
    status: str
    choice: FormChoice | None = None
    isoflops: IsoFlops | None = None

    @property
    def name(self) -> str:
        """Stratum and optimizer."""
        return " / ".join([*self.stratum, self.optimizer])

    def to_json(self, form: str) -> dict[str, Any]:
        """Plain values; alpha is None where the series was refused."""
        none: dict[str, Any] = {"form": form, "parameters": {}, "alpha": None, "interval": None}
        return {
            "optimizer": self.optimizer,
            "stratum": list(self.stratum),
            **(none if self.fit is None else self.fit.to_json()),
            "window_rule": self.window,
            "sub_windows": [{"window": [w.low, w.high], "sizes": w.sizes, "alpha": w.alpha} for w in self.sub_windows],
            "caveats": list(self.caveats),
            "status": self.status,
            **({} if self.choice is None else {"forms": [each.to_json() for each in self.choice.results]}),
            **({} if self.isoflops is None else {"isoflops": self.isoflops.to_json()}),
        }


@dataclass(frozen=True, eq=False)
class LossFits:
    """What `fit` finds in a table.

    Attributes:
        table: the series and how they were read.
        form: that was asked for.
        fits: of each series.
        comparison: exponents against the baseline of each stratum.
        caveats: of each comparison, in the same order.
        choice: one exponent or one each, for power and shared.
        speedup: over the baseline.
        verdict: one sentence.
        notes: what was done with rows.
        pairs: what each form says; for the form auto.
    """

    table: LossTable
    form: str
    fits: tuple[SeriesFit, ...]
    comparison: tuple[ExponentDifference, ...]
    caveats: tuple[tuple[str, ...], ...]
    choice: tuple[ExponentChoice, ...]
    speedup: tuple[Speedup, ...]
    verdict: str
    notes: tuple[str, ...]
    pairs: tuple[PairForms, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""
        table = self.table
        return {
            "fits": [each.to_json(self.form) for each in self.fits],
            "comparison": [
                each.to_json() | {"caveats": list(caveats)}
                for each, caveats in zip(self.comparison, self.caveats, strict=True)
            ],
            "choice": [each.to_json() for each in self.choice],
            "speedup": [each.to_json() for each in self.speedup],
            **({"by_form": [each.to_json() for each in self.pairs]} if self.pairs else {}),
            "verdict": self.verdict,
            "source": table.source,
            "columns": {"loss": table.loss, "size": table.size, "tokens": table.tokens, "by": list(table.by)},
            "best": table.best,
            "notes": list(self.notes),
            "assumptions": list(ASSUMPTIONS),
            "reading": table.reading_json(),
        }

    def __str__(self) -> str:
        blocks = [
            _reading_text(self),
            _fits_text(self),
            _forms_text(self),
            _differences_text(self),
            _speedups_text(self),
            _remarks_text(self),
            _wrapped(self.verdict),
        ]
        return "\n\n".join(block for block in blocks if block)


def _reading_text(result: LossFits) -> str:
    """Which column is what, what was left out, and what was done with rows that differ: before any number."""
    table = result.table
    if table.reading is None:
        return f"{shown(table.source)}: loss {shown(table.loss)}, size {shown(table.size)}; form {result.form}"
    lines = [*str(table.reading).splitlines(), *(f"rows: {note}" for note in table.notes)]
    return "\n".join([*(_wrapped(line) for line in lines), f"form: {result.form}"])


def _fits_text(result: LossFits) -> str:
    heads = ("series", "form", "alpha", "95 %", "by", "points", "other windows", "parameters")
    rows = [heads, *map(_row, result.fits)]
    kept = [k for k in range(len(heads)) if any(row[k] != "-" for row in rows[1:])]
    return aligned([tuple(row[k] for k in kept) for row in rows])


def _forms_text(result: LossFits) -> str:
    rows = [("forms tried", "", "alpha", "SE", "AICc", "largest left out", "")]
    for each in result.fits:
        for form in each.choice.results if each.choice is not None else ():
            out = "" if form.excluded is None else f"excluded: {WHY[form.excluded]}"
            rows.append(
                (
                    shown(each.name),
                    form.form,
                    f"{form.fit.alpha:.4f}",
                    _number(form.error, ".4f"),
                    _number(form.aicc, ".1f"),
                    _number(form.held_out, ".2%"),
                    out,
                )
            )
    return aligned(rows) if len(rows) > 1 else ""


def _differences_text(result: LossFits) -> str:
    rows = [("difference of alpha", "value", "SE", "95 %", "", "")]
    pairs = {(pair.stratum, pair.a, pair.b): pair for pair in result.pairs}
    for each in result.comparison:
        told = "cannot tell" if each.undecided else ""
        name = shown(" / ".join([*each.stratum, f"{each.a} - {each.b}"]))
        pair = pairs.get((each.stratum, each.a, each.b))
        if pair is None:
            how = f"paired, {each.sizes} sizes" if each.paired else "not paired"
            value = (_number(each.difference, "+.4f"), _number(each.error, ".4f"), _pair(each.interval, "+.4f"))
            rows.append((name, *value, how, told))
            continue
        for gap in pair.gaps:
            value = (f"{gap.difference:+.4f}", _number(gap.error, ".4f"), _pair(gap.interval, "+.4f"))
            rows.append((name, *value, gap.form, told))
    return aligned(rows) if len(rows) > 1 else ""


def _speedups_text(result: LossFits) -> str:
    rows = [("speed-up", "", "smallest", "95 %", "largest", "95 %", "")]
    pairs = {(pair.stratum, pair.a, pair.b): pair for pair in result.pairs}
    for gain in result.speedup:
        name = shown(" / ".join([*gain.stratum, f"{gain.a} over {gain.baseline}"]))
        pair = pairs.get((gain.stratum, gain.a, gain.baseline))
        listed = [(gain.points, "", gain.trend)] if pair is None else []
        if pair is not None:
            listed = [(gap.points, gap.form, gap.trend) for gap in pair.gaps if gap.points]
            listed += [(pair.interpolated, "between points", "")] if pair.interpolated else []  # type: ignore[list-item]
        for points, form, trend in listed:
            ends = []
            for point in (points[0], points[-1]):
                beyond = "*" if point.beyond else ""
                ends += [f"{point.value:.3f}{beyond} at {point.size:.3g}", _pair(point.interval, ".3f")]
            rows.append((name, form, *ends, trend))  # type: ignore[arg-type]
    if len(rows) == 1:
        return ""
    starred = any("*" in cell for row in rows for cell in row)
    return aligned(rows) + ("\n* beyond the baseline's largest run: an extrapolation" if starred else "")


def _remarks_text(result: LossFits) -> str:
    parts = []
    for choice in result.choice:
        where = f"{shown(' / '.join(choice.stratum))}: " if choice.stratum else ""
        parts.append(_wrapped(where + choice.status, "- "))
    parts += [_wrapped(f"{shown(e.name)}: {e.status}", "- ") for e in result.fits if e.status]
    if result.table.reading is None:
        parts += [_wrapped(note, "- ") for note in result.notes]
    caveats = dict.fromkeys(text for group in result.caveats for text in group)
    caveats |= dict.fromkeys(f"{e.name}: {text}" for e in result.fits if not result.comparison for text in e.caveats)
    parts += [_wrapped(f"Caveat: {shown(text, 300)}", "- ") for text in caveats]
    return "\n".join(parts)


def _row(each: SeriesFit) -> tuple[str, ...]:
    fit = each.fit
    if fit is None:
        return (shown(each.name), "-", "-", "-", "-", str(len(each.sizes)), "-", "-")
    alphas = [window.alpha for window in each.sub_windows]
    others = f"{min(alphas):.3f} to {max(alphas):.3f}" if len(alphas) > 1 else "-"
    values = ", ".join(f"{shown(name, 20)} {p.value:.5g}" for name, p in fit.parameters.items() if name != "alpha")
    return (
        shown(each.name),
        fit.form,
        f"{fit.alpha:.4f}",
        _pair(fit.interval, ".4f"),
        fit.kind or "-",
        str(fit.points),
        others,
        values,
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _pair(interval: Interval | None, form: str) -> str:
    return "-" if interval is None else f"[{interval[0]:{form}}, {interval[1]:{form}}]"


def _wrapped(text: str, first: str = "") -> str:
    return textwrap.fill(text, 108, initial_indent=first, subsequent_indent=" " * len(first))
