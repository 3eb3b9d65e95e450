"""How a text table is written: its encoding, comments, delimiter, decimal mark and thousands, from its first 64 kB.

Every candidate is tried: the lines are split and the cells that are numbers counted. The one that leaves the rows as
wide as the header and finds most numbers is taken, the plainest of equals.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass

from ...errors import InputError
from .cell_numbers import is_missing, number_in
from .settings import SETTINGS

DELIMITERS = (",", ";", "\t", "|", " ")
_MARKS = (
    (".", None), (".", ","), (",", None), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"),
)  # fmt: skip
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}


@dataclass(frozen=True)
class TextFormat:
    """How to read the file.

    header: the columns' names. comment: lines that begin with it are left out. leading: lines before the header.
    row_names: rows have one cell more than the header, their name. markdown: bars at both ends and a rule.
    headless: the header stands in a comment, and the first line holds a run.
    """

    encoding: str
    delimiter: str
    decimal: str
    thousands: str | None
    comment: str | None
    leading: int
    header: tuple[str, ...]
    row_names: bool = False
    markdown: bool = False
    headless: bool = False

    @property
    def plain(self) -> bool:
        """Whether numbers are written as Python writes them."""
        return self.decimal == "." and self.thousands is None

    def __str__(self) -> str:
        parts = ["a markdown table" if self.markdown else f"{NAMES[self.delimiter]} between cells"]
        parts += ["decimal commas"] if self.decimal == "," else []
        if self.thousands is not None:
            parts.append(f"'{self.thousands}' between thousands")
        parts += [f"comments after {self.comment}"] if self.comment else []
        parts += [self.encoding] if self.encoding not in ("utf-8", "utf-8-sig") else []
        return ", ".join(parts)


def encoding_of(head: bytes, source: str) -> str:
    """The encoding of a text, by its byte order mark, its NUL bytes, or whether it is UTF-8.

    Raises:
        InputError: where it is no text.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) > 0.3 * len(head) / 2 and min(even, odd) < 0.05 * len(head):
            return "utf-16-le" if odd > even else "utf-16-be"
        raise InputError(f"{source} is not text; expected a table as csv, tsv, JSON, JSON lines or parquet.")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decoded(head: bytes, encoding: str, source: str, whole: bool) -> str:
    """The first lines as text; a last line that is cut is left out."""
    try:
        text = codecs.getincrementaldecoder(encoding)(errors="replace" if encoding == "cp1252" else "strict").decode(
            head
        )
    except UnicodeDecodeError:
        raise InputError(f"{source} is not text in {encoding}; save it as UTF-8.") from None
    text = text.removeprefix("\ufeff")
    return text if whole or "\n" not in text else text[: text.rindex("\n") + 1]


def text_format(head: bytes, source: str, *, whole: bool = True, decimal: str | None = None) -> TextFormat:
    """Decide how a text table is written.

    Args:
        head: its first bytes.
        source: its name, for messages.
        whole: whether `head` is all of it.
        decimal: the decimal mark where it is known.

    Raises:
        InputError: where there is no table, or where a mark may be either decimal or thousands.
    """
    encoding = encoding_of(head, source)
    lines = decoded(head, encoding, source, whole).splitlines()
    forced, leading = None, 0
    for line in lines:
        if line.strip() and not (found := re.fullmatch(r"\s*\"?sep=(.)\"?\s*", line)):
            break
        forced = found[1] if line.strip() and found else forced
        leading += 1
    comment = next((c for c in ("#", "//", "%") for line in lines[leading:][:1] if line.lstrip().startswith(c)), None)
    if comment is None and any(line.startswith("#") for line in lines[leading:]):
        comment = "#"
    body = [line for line in lines[leading:] if line.strip()]
    if comment is not None:
        if _header_is_commented(body, comment):
            return _commented_header(body, comment, source, encoding)
        body = [line for line in body if not line.lstrip().startswith(comment)]
    if not body:
        raise InputError(f"{source} is empty; expected a table with a header line and one line for each run.")
    markdown = sum(line.strip().startswith("|") for line in body) > len(body) / 2
    body = [bare_row(line) for line in body if not is_rule(line)] if markdown else body
    delimiters = ("|",) if markdown else (forced,) if forced else DELIMITERS
    best = _best(body[: SETTINGS.sampled], delimiters, decimal, source)
    delimiter, mark, thousands, header, named = best
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    if twice:
        raise InputError(f"{source}: the header has '{twice[0][:60]}' twice; columns need different names.")
    if len(header) > 0 and all(number_in(name) is not None for name in header):
        raise InputError(f"{source} begins with numbers; expected a header line with the columns' names.")
    return TextFormat(encoding, delimiter, mark, thousands, comment, leading, header, named, markdown)


def is_rule(line: str) -> bool:
    """Whether a line of a markdown table is the rule below its header."""
    return bool(re.fullmatch(r"[\s|:\-+]+", line)) and "-" in line


def bare_row(line: str) -> str:
    """A line of a markdown table without the bars at its ends."""
    return line.strip().removeprefix("|").removesuffix("|")


def split_row(line: str, delimiter: str) -> list[str]:
    """The cells of one line."""
    if delimiter == " ":
        return next(csv.reader([re.sub(r"\s+", " ", line.strip())], delimiter=" "), [])
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]


def _header_is_commented(body: list[str], comment: str) -> bool:
    """Whether the line after the comments at the top is a run: it holds a number, and they end in as many cells."""
    first = next((k for k, line in enumerate(body) if not line.lstrip().startswith(comment)), len(body))
    if first in (0, len(body)):
        return False
    for delimiter in DELIMITERS:
        names = split_row(body[first - 1].lstrip().removeprefix(comment).strip(), delimiter)
        cells = split_row(body[first], delimiter)
        if len(names) == len(cells) and any(number_in(cell) is not None for cell in cells):
            return not any(number_in(name) is not None for name in names)
    return False


def _commented_header(body: list[str], comment: str, source: str, encoding: str) -> TextFormat:
    """A table whose header stands in the last comment before its first row."""
    first = next(k for k, line in enumerate(body) if not line.lstrip().startswith(comment))
    header = body[first - 1].lstrip().removeprefix(comment).strip()
    rows = [header, *(line for line in body[first:] if not line.lstrip().startswith(comment))]
    delimiter, mark, thousands, names, named = _best(rows[: SETTINGS.sampled], DELIMITERS, None, source)
    return TextFormat(encoding, delimiter, mark, thousands, comment, 0, names, named, headless=True)


def _best(
    lines: list[str], delimiters: tuple[str, ...], decimal: str | None, source: str
) -> tuple[str, str, str | None, tuple[str, ...], bool]:
    """The candidate with most numbers; delimiter, decimal, thousands, header, and whether rows have names."""
    tried: list[tuple[int, int, int, tuple[str, str, str | None, tuple[str, ...], bool]]] = []
    for delimiter in delimiters:
        header, *rows = [split_row(line, delimiter) for line in lines]
        wide = max((sum(1 for cell in row if cell) for row in rows), default=0)
        named = bool(rows) and len(header) > 1 and all(len(row) == len(header) + 1 and row[-1] for row in rows)
        if not named and sum(any(row[len(header) :]) for row in rows) > 0.1 * len(rows):
            continue
        if len(header) == 1 and any(mark in header[0] for mark in ",;\t"):
            continue
        if delimiter == " " and any(len(row) != len(header) for row in rows):
            continue
        cells = [cell for row in rows for cell in row if not is_missing(cell)]
        for order, (mark, thousands) in enumerate(_MARKS):
            if mark == delimiter or (decimal is not None and mark != decimal):
                continue
            count = sum(number_in(cell, mark, thousands) is not None for cell in cells)
            tried.append(
                (count, min(len(header), wide or 1), -order, (delimiter, mark, thousands, tuple(header), named))
            )
    if not tried:
        raise InputError(
            f"{source}: the rows have other numbers of cells than the header, whether cells are separated by commas, "
            "semicolons, tabs, bars or spaces; correct the rows or export the table again."
        )
    most = max(entry[0] for entry in tried)
    best = max(entry[:3] for entry in tried)
    equal = [entry[3] for entry in tried if entry[0] == most and entry[1] == best[1]]
    found = next(entry[3] for entry in tried if entry[:3] == best)
    rivals = {(mark, thousands) for delimiter, mark, thousands, *_ in equal if delimiter == found[0]}
    if decimal is None and found[2] == "," and (",", None) in rivals:
        return _decimal_or_thousands(found, lines, source)
    return found


def _decimal_or_thousands(
    found: tuple[str, str, str | None, tuple[str, ...], bool], lines: list[str], source: str
) -> tuple[str, str, str | None, tuple[str, ...], bool]:
    """Cells such as 3,412 with nothing else to go by: a decimal comma where a number begins with 0 or ends in ;."""
    delimiter, _, _, header, named = found
    if delimiter == ";" or any(re.match(r"0,\d", cell) for line in lines for cell in split_row(line, delimiter)):
        return delimiter, ",", None, header, named
    raise InputError(
        f"{source}: a comma with three digits behind it may be a decimal or a thousands mark here; say which with "
        "--decimal , or --decimal . ."
    )
