"""How a table of text is written: encoding, comments, delimiter, decimal mark and header, from its first 64 kB.

Each pair of delimiter and decimal mark is tried on the lines, and the one that reads most cells as numbers in rows of
one width is taken. A library's defaults would read a decimal comma as two columns, or as thousands, without a word.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from ...errors import InputError

SAMPLE = 2**16  # bytes from which a dialect is told
_DELIMITERS = (",", ";", "\t", "|", " ", "")  # " " is any white space, "" none: one column
_COMMENTS = ("#", "%")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NUMBER = {
    mark: re.compile(rf"[+-]?(\d+{point}?\d*|{point}\d+)([eE][+-]?\d+)?|[+-]?(nan|inf(inity)?)", re.IGNORECASE)
    for mark, point in ((".", r"\."), (",", ","))
}


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        encoding: A codec's name.
        delimiter: Between cells; " " stands for any white space, "" for one column.
        decimal: "." or ",".
        comment: What a line of comment begins with, None where there is none.
        skipped: Lines before the first row of data, comments and blank ones included.
        names: Of the columns, empty where there is no header.
        width: Columns.
    """

    encoding: str
    delimiter: str
    decimal: str
    comment: str | None
    skipped: int
    names: tuple[str, ...]
    width: int


def dialect_of(start: bytes, whole: bool, source: str) -> Dialect | None:
    """The dialect of a table by its first bytes; None for a table without any cell.

    Args:
        start: The first `SAMPLE` bytes, or all of them.
        whole: Whether they are all.
        source: The file's name, for the sentence.

    Raises:
        InputError: For rows of different widths, with the first that is.
    """
    text, encoding = _decoded(start)
    lines = text.splitlines()
    if not whole and len(lines) > 1:
        lines = lines[:-1]  # cut somewhere
    given = None
    first = 0
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) <= 5:
        given, first = lines[0][4:5] or None, 1
    numbered = [(i, line) for i, line in enumerate(lines) if i >= first and line.strip()]
    comment = next((line.lstrip()[0] for _, line in numbered if line.lstrip()[0] in _COMMENTS), None)
    rows = [(i, line) for i, line in numbered if not line.lstrip().startswith(_COMMENTS)]
    if not rows:
        return None
    delimiter, decimal, cells = _best([line for _, line in rows], given)
    header = _has_header(cells, decimal)
    names = tuple(cell.strip() for cell in cells[0]) if header else ()
    data = cells[1:] if header else cells
    if not data:
        return None
    width = len(names) if header else Counter(map(len, data)).most_common(1)[0][0]
    for k, row in enumerate(data):
        if len(row) != width and not (len(row) == width + 1 and not row[-1].strip()):
            raise InputError(f"{source}: data row {k + 1} has {len(row)} columns, but {width} are expected.")
    start_of_data = rows[1][0] if header else rows[0][0]
    if not header:
        names = _names_in_comment(lines[first:start_of_data], delimiter, width)
    return Dialect(encoding, delimiter, decimal, comment, start_of_data, names, width)


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell reads as a number with that decimal mark.

    >>> is_number(" -1.5e-3 "), is_number("0,5"), is_number("0,5", ",")
    (True, False, True)
    """
    return _NUMBER[decimal].fullmatch(cell.strip()) is not None


def _decoded(start: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return start.decode(encoding, "replace"), encoding
    try:
        return start.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start > len(start) - 4 and len(start) >= SAMPLE:  # a character that the sample cut
            return start[: error.start].decode("utf-8"), "utf-8"
        return start.decode("latin-1"), "latin-1"


def _split(lines: list[str], delimiter: str) -> list[list[str]]:
    if delimiter == "":
        return [[line.strip().strip('"')] for line in lines]
    if delimiter == " ":
        return [line.split() for line in lines]
    return list(csv.reader(lines, delimiter=delimiter))


def _best(lines: list[str], given: str | None) -> tuple[str, str, list[list[str]]]:
    """Delimiter, decimal mark and cells that read most as numbers; the earlier of two that read as many."""
    found: list[tuple[float, int, str, str, list[list[str]]]] = []
    for order, delimiter in enumerate(_DELIMITERS if given is None else (given,)):
        cells = _split(lines, delimiter)
        width, rows = Counter(map(len, cells)).most_common(1)[0]
        # the header is one line of many, but it has the width of all
        even = rows / len(cells) * (1.0 if len(cells[0]) == width else 0.5)
        for decimal in (".", ",") if delimiter != "," else (".",):
            body = [cell for row in cells[1:] or cells for cell in row]
            share = sum(is_number(cell, decimal) for cell in body) / max(len(body), 1)
            if decimal == "," and any("," in cell and not is_number(cell, ",") for cell in cells[0]):
                share /= 2  # a header with commas has them between names
            found.append((even * (share + 0.01), -order, delimiter, decimal, cells))
    _, _, delimiter, decimal, cells = max(found, key=lambda each: each[:2])
    if delimiter == "," and given is None and _is_decimal_comma(cells):
        return "", ",", _split(lines, "")
    return delimiter, decimal, cells


def _is_decimal_comma(cells: list[list[str]]) -> bool:
    """Whether two columns of digits without a header are one with a decimal comma: 0,05 has a zero no number has."""
    return all(len(row) == 2 for row in cells) and any(
        row[1].isdigit() and len(row[1]) > 1 and row[1].startswith("0") for row in cells
    )


def _has_header(cells: list[list[str]], decimal: str) -> bool:
    first, rest = cells[0], cells[1:]
    words = [j for j, cell in enumerate(first) if cell.strip() and not is_number(cell, decimal)]
    if not words or not rest:
        return bool(words)
    for j in words:
        below = [row[j] for row in rest if j < len(row)]
        if sum(is_number(cell, decimal) for cell in below) > len(below) / 2:
            return True
    return all(first[j] not in {row[j] for row in rest if j < len(row)} for j in words)


def _names_in_comment(before: list[str], delimiter: str, width: int) -> tuple[str, ...]:
    """Names in the last line of comment, as numpy.savetxt writes its header; none where they are not as many."""
    told = [line.lstrip().lstrip("#%").strip() for line in before if line.lstrip().startswith(_COMMENTS)]
    if not told:
        return ()
    names = tuple(cell.strip() for cell in _split([told[-1]], delimiter or ",")[0])
    return names if len(names) == width and not any(map(is_number, names)) else ()
