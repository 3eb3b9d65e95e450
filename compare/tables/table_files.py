"""Tables from files, standard input and objects, as a pandas DataFrame whose columns are numbers or text.

A text file is read in pieces, with its format decided beforehand and told to pandas in full: on its own pandas takes
0,94632717 for 94632717. Cells with units, percent signs or thousands become numbers once the column is whole.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from ...errors import InputError
from .cell_numbers import is_missing, number_in
from .settings import SETTINGS
from .text_format import TextFormat, bare_row, is_rule, text_format

NAN = float("nan")
Progress = Callable[[float, str], None]
_ARRAYS = {
    b"\x93NUMPY": ".npy array",
    b"PK\x03\x04": "zip, .npz or .xlsx file",
    b"\x89HDF": "HDF5 file",
    b"\x1f\x8b": "gzip file",
}


def read_frame(
    source: Any, *, decimal: str | None = None, progress: Progress | None = None
) -> tuple[pd.DataFrame, str, str]:
    """Read a table.

    Args:
        source: a path, "-" for standard input, a DataFrame, an xarray Dataset, or a mapping of columns.
        decimal: the decimal mark of a text file, where it cannot be told.
        progress: called with the share that is read and a label.

    Returns:
        The table, its name, and how it was written.

    Raises:
        InputError: where it is no table.
    """
    if isinstance(source, pd.DataFrame):
        return _of_object(source), "the DataFrame", "a DataFrame"
    if hasattr(source, "to_dataframe"):
        frame = source.to_dataframe()
        return (
            _of_object(frame.reset_index() if frame.index.names != [None] else frame),
            "the Dataset",
            "an xarray Dataset",
        )
    if isinstance(source, Mapping):
        return _of_object(pd.DataFrame(source)), "the table", "columns"
    if isinstance(source, str | Path) and str(source) != "-":
        path = Path(source)
        if not path.is_file():
            raise InputError(
                f"'{source}' is not a file; give a table (csv, tsv, JSON, JSON lines, parquet) or - for input."
            )
        with path.open("rb") as stream:
            frame, how = _of_stream(_Counted(stream, path.stat().st_size, progress), str(source), decimal)
        return frame, str(source), how
    given: Any = sys.stdin.buffer if isinstance(source, str | Path) else source
    name = "standard input" if isinstance(source, str | Path) else getattr(source, "name", "the stream")
    frame, how = _of_stream(_Counted(given, 0, progress), name, decimal)
    return frame, name, how


class _Counted(io.RawIOBase):
    """Bytes of a stream whose first can be looked at beforehand, with progress as they are read."""

    def __init__(self, stream: BinaryIO, size: int, progress: Progress | None) -> None:
        self._stream, self._size, self._progress = stream, size, progress
        self._ahead = b""
        self._read = 0

    def readable(self) -> bool:
        return True

    def head(self) -> bytes:
        """The first bytes, which stay to be read."""
        while len(self._ahead) < SETTINGS.head:
            more = self._stream.read(SETTINGS.head - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead

    def readinto(self, buffer: Any) -> int:
        taken, self._ahead = self._ahead[: len(buffer)], self._ahead[len(buffer) :]
        if not taken:
            taken = self._stream.read(len(buffer)) or b""
        buffer[: len(taken)] = taken
        self._read += len(taken)
        if self._progress is not None and self._size:
            self._progress(min(self._read / self._size, 1.0), "reading the table")
        return len(taken)


def _of_stream(stream: _Counted, name: str, decimal: str | None) -> tuple[pd.DataFrame, str]:
    head = stream.head()
    if head.startswith(b"PAR1"):
        return _parquet(stream.readall(), name), "parquet"
    for magic, kind in _ARRAYS.items():
        if head.startswith(magic):
            raise InputError(f"{name} is a {kind}; expected a table as csv, tsv, JSON, JSON lines or parquet.")
    whole = len(head) < SETTINGS.head
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _json(io.BufferedReader(stream), name)
    written = text_format(head, name, whole=whole, decimal=decimal)
    lines = io.TextIOWrapper(
        io.BufferedReader(stream, 1 << 20), encoding=written.encoding, newline="",
        errors="replace" if written.encoding == "cp1252" else "strict",
    )  # fmt: skip
    for _ in range(written.leading):
        lines.readline()
    try:
        frame = _pieces_joined(_pieces(lines, written), written)
    except UnicodeDecodeError:
        raise InputError(f"{name} is not text in {written.encoding} to its end; save it as UTF-8.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        what = " ".join(str(error).replace("Error tokenizing data. C error: ", "").split())
        raise InputError(f"{name}: {what}; the rows must be as wide as the header.") from None
    return frame, str(written)


def _pieces(lines: io.TextIOWrapper, written: TextFormat) -> Iterator[pd.DataFrame]:
    """Pieces of a text table."""
    names = [name or f"unnamed {k}" for k, name in enumerate(written.header)]
    if written.row_names:
        names = ["row", *names]
    filtered = written.comment is not None or written.markdown
    options: dict[str, Any] = {
        "names": names,
        "header": None if written.headless else 0,
        "index_col": False,
        "sep": r"\s+" if written.delimiter == " " else written.delimiter,
        "skipinitialspace": True,
        "dtype": None if written.plain else str,
        "chunksize": SETTINGS.chunk,
        "low_memory": False,
    }
    if int(pd.__version__.partition(".")[0]) < 3:  # later ones always read to the last digit
        options["float_precision"] = "round_trip"
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        yield from pd.read_csv(_Filtered(lines, written) if filtered else lines, **options)


class _Filtered(io.TextIOBase):
    """The lines of a text without comments, and without what frames a markdown table."""

    def __init__(self, lines: Iterable[str], written: TextFormat) -> None:
        self._lines, self._written, self._left = iter(lines), written, ""

    def readable(self) -> bool:
        return True

    def _kept(self, line: str) -> str:
        if self._written.comment is not None and line.lstrip().startswith(self._written.comment):
            return ""
        if self._written.markdown:
            return "" if is_rule(line) or not line.strip() else bare_row(line) + "\n"
        return line

    def read(self, size: int | None = -1) -> str:
        parts, length = [self._left], len(self._left)
        for line in self._lines:
            parts.append(self._kept(line))
            length += len(parts[-1])
            if size is not None and 0 <= size <= length:
                break
        text = "".join(parts)
        most = len(text) if size is None or size < 0 else size
        self._left = text[most:]
        return text[:most]

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        return (kept for line in self._lines if (kept := self._kept(line)))


def _pieces_joined(pieces: Iterable[pd.DataFrame], written: TextFormat) -> pd.DataFrame:
    """One table of columns that are numbers or text; equal texts are held once."""
    known: dict[str, str] = {}
    columns: dict[str, list[np.ndarray]] = {}
    for piece in pieces:
        for name in piece.columns:
            column = piece[name]
            if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
                values = column.to_numpy(float)
            else:
                values = np.array(
                    [known.setdefault(cell, cell) if isinstance(cell, str) else cell for cell in column], dtype=object
                )
            columns.setdefault(str(name).strip(), []).append(values)
    made = {}
    for name in list(columns):
        parts = columns.pop(name)
        kinds = {part.dtype.kind for part in parts}
        joined = np.concatenate(parts) if len(kinds) == 1 else np.concatenate([part.astype(object) for part in parts])
        made[name] = as_column(joined, written.decimal, written.thousands)
    return pd.DataFrame(made)


def as_column(values: np.ndarray, decimal: str = ".", thousands: str | None = None) -> np.ndarray:
    """Numbers where half of the cells that hold something are numbers, text otherwise; None and NaN: missing.

    >>> as_column(np.array(["124M", "1.4B", ""], dtype=object))
    array([1.24e+08, 1.40e+09,      nan])
    """
    if values.dtype.kind in "iuf":
        return values.astype(float)
    codes, unique = pd.factorize(values, use_na_sentinel=True)
    texts = [str(each) for each in unique]
    missing = np.array([is_missing(text) for text in texts], bool)
    numbers = [_number(each, decimal, thousands) for each in unique]
    found = np.array([NAN if number is None else number for number in numbers], float)
    numeric = np.array([number is not None for number in numbers], bool)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts)) if len(texts) else np.zeros(0, int)
    told = counts[~missing].sum() if len(texts) else 0
    if len(texts) == 0 or told == 0:
        return np.full(len(values), np.nan)
    if counts[numeric & ~missing].sum() >= 0.5 * told:
        return np.where(codes >= 0, np.append(found, NAN)[codes], NAN)
    shown = np.array(
        [None if gone else text.strip() for gone, text in zip(missing, texts, strict=True)] + [None], object
    )
    return np.asarray(shown[codes], dtype=object)


def _number(cell: Any, decimal: str, thousands: str | None) -> float | None:
    if isinstance(cell, bool | np.bool_):
        return None
    if isinstance(cell, int | float | np.number):
        return float(cell)
    return number_in(str(cell), decimal, thousands)


def _of_object(frame: pd.DataFrame) -> pd.DataFrame:
    """A DataFrame's columns as numbers or text, its own object untouched."""
    names = [str(name).strip() for name in frame.columns]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(f"The table has the column '{twice[0]}' twice; columns need different names.")
    if not len(frame):
        raise InputError("The table has a header and no rows; expected one row for each run.")
    made = {}
    for k, name in enumerate(names):
        column = frame.iloc[:, k]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        made[name] = column.to_numpy(float, na_value=NAN) if numeric else as_column(column.astype(object).to_numpy())
    return pd.DataFrame(made)


def _parquet(content: bytes, name: str) -> pd.DataFrame:
    try:
        return _of_object(pd.read_parquet(io.BytesIO(content)))
    except ImportError:
        raise InputError(f"{name} is parquet, which needs pyarrow; install optscaling[parquet].") from None
    except Exception as error:
        raise InputError(f"{name} cannot be read as parquet: {' '.join(str(error).split())[:120]}.") from None


def _json(stream: io.BufferedReader, name: str) -> tuple[pd.DataFrame, str]:
    """JSON lines where the first line is a record of its own, else JSON: records, columns, or records under one key."""
    first = b""
    while not first.strip():
        first = stream.readline()
        if not first:
            break
    try:
        record = json.loads(first)
    except ValueError:
        record = None
    if isinstance(record, dict) and not any(
        isinstance(value, dict | list) and len(value) > 20 for value in record.values()
    ):
        rest = stream.read(1)
        if rest:
            return _of_object(_json_lines(record, rest, stream, name)), "JSON lines"
    try:
        content = record if record is not None else json.loads(first + stream.read())
    except ValueError as error:
        raise InputError(
            f"{name} begins like JSON but is none ({error}); expected records or one record a line."
        ) from None
    if isinstance(content, dict):
        tables = [
            value for value in content.values() if isinstance(value, list) and value and isinstance(value[0], dict)
        ]
        if "data" in content and isinstance(content.get("columns"), list):
            return _of_object(pd.DataFrame(content["data"], columns=content["columns"])), "JSON"
        content = tables[0] if len(tables) == 1 else content
    try:
        frame = pd.DataFrame(content) if isinstance(content, dict) else pd.json_normalize(content)
    except (ValueError, TypeError, AttributeError, NotImplementedError):
        raise InputError(
            f"{name} is JSON but no table; expected a list of records, or columns of equal length."
        ) from None
    return _of_object(frame), "JSON"


def _json_lines(record: dict[str, Any], rest: bytes, stream: io.BufferedReader, name: str) -> pd.DataFrame:
    pieces, rows = [], [record]
    for number, line in enumerate(_first_and_rest(rest, stream), 2):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            raise InputError(
                f"{name}: line {number} is no JSON record ({error}); correct it or leave it out."
            ) from None
        if len(rows) >= SETTINGS.chunk:
            pieces.append(pd.json_normalize(rows))
            rows = []
    return pd.concat([*pieces, pd.json_normalize(rows)] if rows else pieces, ignore_index=True)


def _first_and_rest(rest: bytes, stream: io.BufferedReader) -> Iterator[bytes]:
    yield rest + stream.readline()
    yield from stream
