"""A comparison as printed and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import print_table, say

if TYPE_CHECKING:
    from ...compare.runs import Comparison


def comparison_json(comparison: Comparison, status: str) -> dict[str, Any]:
    """The comparison as plain values, with what became of the prediction."""
    made = comparison.prediction is not None
    return comparison.to_json() | {"prediction": {"available": made, "status": status}}


def show_comparison(comparison: Comparison, status: str) -> None:
    """Print the answer, the table and what was found."""
    from ...compare.runs import HEADINGS, headline, supports

    say(" ".join([headline(comparison), *supports(comparison)]) + "\n")
    print_table(HEADINGS, [row.texts() for row in comparison.table()])
    sentences = [f"Theory made no prediction: {status}", *comparison.sentences[1:]]
    say("\n" + "\n".join(comparison.sentences if comparison.prediction is not None else sentences))
