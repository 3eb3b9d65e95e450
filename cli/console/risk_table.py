"""Risks and exponents of an experiment as printed tables."""

from __future__ import annotations

from ...compare.runs import Interval, RiskTable
from .output import print_table, say


def print_rows(rows: RiskTable) -> None:
    """Print alpha of each optimizer at each s and T, or the risks where no exponent can be had.

    Args:
        rows: Exponents and risks, each with half of its 95 % interval.
    """
    names = list(dict.fromkeys(each.optimizer for each in rows.exponents))
    if any(each.value is not None for each in rows.exponents):
        alphas = {
            (_s(each.s), f"{each.steps}", each.optimizer): _number(each.value, each.interval, ".3f")
            for each in rows.exponents
        }
        places = dict.fromkeys((s, steps) for s, steps, _ in alphas)
        say("alpha, with half its 95 % interval")
        print_table(("s", "T", *names), [(*at, *(alphas[(*at, name)] for name in names)) for at in places], names)
        return
    say("risk, with half its 95 % interval (alpha needs two sizes with a risk)")
    risks = {
        (_s(each.s), f"{each.size}", f"{each.steps}", each.optimizer): _number(each.value, each.interval, ".4g")
        for each in rows.risks
    }
    at_each = dict.fromkeys((s, size, steps) for s, size, steps, _ in risks)
    print_table(("s", "N", "T", *names), [(*at, *(risks[(*at, name)] for name in names)) for at in at_each], names)


def _s(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _number(value: float | None, interval: Interval | None, form: str) -> str:
    if value is None:
        return "-"
    half = "" if interval is None else f" ± {(interval[1] - interval[0]) / 2:{'.3f' if form == '.3f' else '.2g'}}"
    return f"{value:{form}}{half}"
