"""Which column is which: sensible guesses from names, and the columns whose marks are caveats."""

from __future__ import annotations

from ...errors import InputError

_EXACT = {
    "size": (
        "params", "parameters", "n", "n_params", "num_params", "param_count", "model_size", "size", "width", "dim",
        "params_nonembed", "non_embedding_params", "flops", "compute", "model_flops", "c",
    ),
    "loss": (
        "loss", "val_loss", "validation_loss", "eval_loss", "test_loss", "final_loss", "l", "risk", "test_risk",
        "error", "test_error", "bpb", "nll", "perplexity", "train_loss", "value",
    ),
    "tokens": ("tokens", "d", "n_tokens", "num_tokens", "training_tokens", "train_tokens"),
}  # fmt: skip
_PART = {"size": ("params", "size", "width"), "loss": ("loss", "bpb", "risk", "error"), "tokens": ("tokens",)}
_OPTIMIZER = ("optimizer", "optimiser", "optim", "opt")
_MARK = ("flag", "flags", "caveat", "caveats", "note", "notes", "warning", "warnings", "outlier")


def numeric(cell: str) -> bool:
    """Whether a cell is a plain decimal number (nan and inf included).

    >>> [numeric(cell) for cell in ("1e-3", " 2", "1_000", "=1+1", "")]
    [True, True, False, False, False]
    """
    if "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def guess(what: str, header: list[str], cells: list[list[str]], source: str) -> str | None:
    """The name of the column for size, loss or tokens: a usual name, then the only name that holds one; None if none.

    cells: the first rows. Only columns with a number in every one of them count. Raises InputError where two names
    are as likely for a size or a loss.
    """
    folded = {name.lower(): name for name in _numbers(header, cells)}
    for name in _EXACT[what]:
        if name in folded:
            return folded[name]
    likely = [name for low, name in folded.items() if any(part in low for part in _PART[what])]
    if len(likely) > 1 and what != "tokens":
        raise InputError(f"{source} has {' and '.join(likely)} for the {what}; name one with --{what}.")
    return likely[0] if len(likely) == 1 else None


def needed(what: str, header: list[str], cells: list[list[str]], source: str) -> str:
    """`guess` for a column that must be there. Raises InputError."""
    if not cells:
        raise InputError(f"{source} has a header and no rows; expected one line for each run.")
    found = guess(what, header, cells, source)
    if found is None:
        known = ", ".join(_numbers(header, cells)[:12]) or "none with a number in every row"
        raise InputError(
            f"{source} has no column that looks like the {what}; name it with --{what} (numbers: {known})."
        )
    return found


def _numbers(header: list[str], cells: list[list[str]]) -> list[str]:
    return [name for k, name in enumerate(header) if cells and all(k < len(row) and numeric(row[k]) for row in cells)]


def optimizer_column(header: list[str]) -> int | None:
    """The optimizer's column, if there is one."""
    folded = [name.lower() for name in header]
    return next((folded.index(name) for name in _OPTIMIZER if name in folded), None)


def marks_in(header: list[str], cells: list[list[str]], used: set[int | None]) -> list[int]:
    """Columns of marks: by their names, and those that hold only 0 and 1 (but not `best`, which selects)."""
    found = []
    for k, name in enumerate(header):
        if k in used or name.lower() == "best":
            continue
        values = {row[k].strip() for row in cells if k < len(row)} - {""}
        by_name = name.lower() in _MARK or name.lower().endswith("_edge")
        if by_name or (values and values <= {"0", "1"}):
            found.append(k)
    return found
