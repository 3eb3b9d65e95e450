"""Sizes as typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optscaling.cli.console.counts import parse_counts
from optscaling.errors import InputError

WHOLE = st.integers(1, 10**9)


@given(WHOLE, WHOLE)
def test_a_range_has_both_ends_and_the_powers_of_two_between(a: int, b: int) -> None:
    low, high = sorted((a, b))
    found = parse_counts(f"{low}:{high}").values
    assert found == tuple(sorted({low, high, *(2**k for k in range(31) if low <= 2**k <= high)}))


@given(st.lists(WHOLE, min_size=1, max_size=8))
def test_a_list_is_sorted_without_repeats(values: list[int]) -> None:
    assert parse_counts(", ".join(map(str, values))).values == tuple(sorted(set(values)))


def test_a_range_picks_from_what_is_known() -> None:
    assert parse_counts("50:600").among((25, 50, 100, 500, 1000)) == (50, 100, 500)
    assert parse_counts("3:5").among((25, 50)) == (3, 4, 5)
    assert parse_counts("7,30").among((25, 50)) == (7, 30)


@pytest.mark.parametrize(
    "text", ["", ":", "0", "0:10", "10:5", "1:2:3", "-4", "1.5", "1e-3", "8,", "٣", "9" * 5000, "10000000000"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match="try 64:1024"):
        parse_counts(text)
