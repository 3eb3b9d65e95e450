"""Numbers as people write them in cells: 124M, 1.4B, 2e3, 12 %, 1,234, 0,94, 2^20, Infinity."""

from __future__ import annotations

import math
import re

_SCALE = {
    "": 1.0, "k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "g": 1e9, "billion": 1e9,
    "t": 1e12, "tn": 1e12, "trillion": 1e12, "p": 1e15, "%": 0.01, "percent": 0.01,
}  # fmt: skip
_WORDS = r"(?:params?|parameters|tokens?|toks?|flops?|steps?|samples?)?"
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_UNIT = re.compile(rf"(.*?[\d.])\s*(%|[a-zA-Z]*?)\s*{_WORDS}", re.DOTALL)
_POWER = re.compile(r"(?:([+-]?[\d.]+)\s*[x*×·]\s*)?(\d+)\s*(?:\^|\*\*)\s*([+-]?\d+)")
_NAMED = {"inf": math.inf, "infinity": math.inf, "+inf": math.inf, "-inf": -math.inf, "-infinity": -math.inf}
MISSING = frozenset(("", "nan", "na", "n/a", "none", "null", "-", "--", "?", "#n/a", "#value!", "nil", "missing"))


def is_missing(cell: str) -> bool:
    """Whether a cell says that it has no value.

    >>> [is_missing(cell) for cell in ("", " - ", "NaN", "0")]
    [True, True, True, False]
    """
    return cell.strip().lower() in MISSING


def number_in(cell: str, decimal: str = ".", thousands: str | None = None) -> float | None:
    """The number that a cell holds, with its unit, or None.

    Args:
        cell: text of one cell.
        decimal: the decimal mark.
        thousands: the mark between groups of three digits, or None where there is none.

    Returns:
        The number, or None for text. Nothing is evaluated.

    >>> [number_in(cell) for cell in ("124M", "12 %", "2e3", "1.4B tokens", "2^20", "=1+1", "run7")]
    [124000000.0, 0.12, 2000.0, 1400000000.0, 1048576.0, None, None]
    >>> number_in("1.234,5", ",", "."), number_in("1,2", ".", ",")
    (1234.5, None)
    """
    text = cell.strip().replace("\u00a0", " ").replace("\u2212", "-").replace("\u202f", " ")
    if not text or len(text) > 60:
        return None
    named = _NAMED.get(text.lower())
    if named is not None:
        return named
    mark = {" ": r"[ ]", ".": r"\.", "'": r"['’]", ",": ","}.get(thousands or "")
    if mark is not None:
        grouped = re.match(rf"[+-]?\d{{1,3}}(?:{mark}\d{{3}})+(?!\d)", text)
        if grouped:
            text = re.sub(mark, "", grouped.group()) + text[grouped.end() :]
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".", 1)
    text = re.sub(r"(?<=\d)_(?=\d{3})", "", text)
    if _PLAIN.fullmatch(text):
        return float(text)
    power = _POWER.fullmatch(text)
    if power:
        factor, base, exponent = power.groups()
        return float(factor or 1) * float(base) ** int(exponent) if abs(int(exponent)) < 300 else None
    united = _UNIT.fullmatch(text)
    if united and _PLAIN.fullmatch(united[1].strip()) and united[2].lower() in _SCALE:
        scale = _SCALE[united[2].lower()]
        value = float(united[1])
        return value / 100 if scale == 0.01 else value * scale
    return None
