"""Tables as aligned text."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of strings as text, two spaces between columns.

    Args:
        rows: at least one, of equal length; the first is a heading.

    Returns:
        The lines.

    Example:
        >>> print(aligned([("a", "bb"), ("ccc", "d")]))
        a    bb
        ccc  d
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
