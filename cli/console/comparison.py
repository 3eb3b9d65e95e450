"""A comparison as printed and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import print_table, say

if TYPE_CHECKING:
    from ...compare.runs import Comparison


def comparison_json(comparison: Comparison, status: str) -> dict[str, Any]:
    """The JSON content of a comparison.

    Args:
        comparison: A run beside theory and published values.
        status: What became of the prediction, a sentence.

    Returns:
        The comparison as plain values, and under `prediction` whether there is one and the status.
    """
    made = comparison.prediction is not None
    return comparison.to_json() | {"prediction": {"available": made, "status": status}}


def show_comparison(comparison: Comparison, status: str) -> None:
    """Print the answer, the table and what was found.

    Args:
        comparison: A run beside theory and published values.
        status: Why there is no prediction, printed where there is none.
    """
    from ...compare.runs import HEADINGS, headline, supports

    say(" ".join([headline(comparison), *supports(comparison)]) + "\n")
    print_table(HEADINGS, [row.texts() for row in comparison.table()])
    sentences = [f"Theory made no prediction: {status}", *comparison.sentences[1:]]
    say("\n" + "\n".join(comparison.sentences if comparison.prediction is not None else sentences))
