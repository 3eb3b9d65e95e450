"""What `fit` finds in a table of losses: a law for each series, differences, speed-ups, and what to make of them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from ..text_table import aligned
from .exponent_choice import ExponentChoice
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
    """One series. fit: None where it was refused, and status says why. sizes, losses: its points.

    window: what the window rule did. sub_windows: alpha elsewhere. caveats: from the columns of marks.
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
        }


@dataclass(frozen=True, eq=False)
class LossFits:
    """All of it. caveats: of each comparison, in the order of `comparison`. verdict: one sentence."""

    table: LossTable
    form: str
    fits: tuple[SeriesFit, ...]
    comparison: tuple[ExponentDifference, ...]
    caveats: tuple[tuple[str, ...], ...]
    choice: tuple[ExponentChoice, ...]
    speedup: tuple[Speedup, ...]
    verdict: str
    notes: tuple[str, ...]

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
            "verdict": self.verdict,
            "source": table.source,
            "columns": {"loss": table.loss, "size": table.size, "tokens": table.tokens, "by": list(table.by)},
            "best": table.best,
            "notes": list(self.notes),
            "assumptions": list(ASSUMPTIONS),
        }

    def __str__(self) -> str:
        table = self.table
        columns = [f"loss {shown(table.loss)}", f"size {shown(table.size)}"]
        if table.tokens is not None:
            columns.append(f"tokens {shown(table.tokens)}")
        parts = [f"{shown(table.source)}: {', '.join(columns)}; form {self.form}", ""]
        heads = ("series", "alpha", "95 %", "by", "points", "other windows", "parameters")
        parts += [aligned([heads, *map(_row, self.fits)]), ""]
        if self.comparison:
            rows = [("difference of alpha", "value", "SE", "95 %", "", "")]
            for each in self.comparison:
                rows.append(
                    (
                        shown(" / ".join([*each.stratum, f"{each.a} - {each.b}"])),
                        _number(each.difference, "+.4f"),
                        _number(each.error, ".4f"),
                        _pair(each.interval, "+.4f"),
                        f"paired, {each.sizes} sizes" if each.paired else "not paired",
                        "cannot tell" if each.undecided else "",
                    )
                )
            parts += [aligned(rows), ""]
        if self.speedup:
            rows = [("speed-up", "smallest", "95 %", "largest", "95 %", "")]
            for gain in self.speedup:
                first, last = gain.points[0], gain.points[-1]
                rows.append(
                    (
                        shown(" / ".join([*gain.stratum, f"{gain.a} over {gain.baseline}"])),
                        f"{first.value:.3f}",
                        _pair(first.interval, ".3f"),
                        f"{last.value:.3f}",
                        _pair(last.interval, ".3f"),
                        gain.trend,
                    )
                )
            parts += [aligned(rows), ""]
        for choice in self.choice:
            where = f"{shown(' / '.join(choice.stratum))}: " if choice.stratum else ""
            parts.append(_wrapped(where + choice.status, "- "))
        parts += [_wrapped(f"{shown(e.name)}: {e.status}", "- ") for e in self.fits if e.status]
        parts += [_wrapped(note, "- ") for note in self.notes]
        caveats = dict.fromkeys(text for group in self.caveats for text in group)
        caveats |= dict.fromkeys(f"{e.name}: {text}" for e in self.fits if not self.comparison for text in e.caveats)
        parts += [_wrapped(f"Caveat: {shown(text, 300)}", "- ") for text in caveats]
        return "\n".join([*parts, "", _wrapped(self.verdict)])


def _row(each: SeriesFit) -> tuple[str, ...]:
    fit = each.fit
    if fit is None:
        return (shown(each.name), "-", "-", "-", str(len(each.sizes)), "-", "-")
    alphas = [window.alpha for window in each.sub_windows]
    others = f"{min(alphas):.3f} to {max(alphas):.3f}" if len(alphas) > 1 else "-"
    values = ", ".join(f"{shown(name, 20)} {p.value:.5g}" for name, p in fit.parameters.items() if name != "alpha")
    return (
        shown(each.name),
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
