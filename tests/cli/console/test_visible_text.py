"""Text as a terminal may show it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.calling import call, refused

from optscaling.cli.console.visible_text import LONGEST_SENTENCE, LONGEST_WORD, brief, visible


@given(st.text(st.characters(codec=None)))
def test_every_sign_is_printed_as_itself(text: str) -> None:
    shown = visible(text)
    assert all(sign.isprintable() or sign in "\n\t" for sign in shown)
    assert visible(shown) == shown
    if all(sign.isprintable() for sign in text):
        assert shown == text


@given(
    st.text(st.characters(codec=None), max_size=30), st.integers(0, 3 * LONGEST_SENTENCE), st.sampled_from(["", " "])
)
def test_a_sentence_is_one_short_line_and_keeps_its_ends(text: str, times: int, between: str) -> None:
    shown = brief("The size is '" + (text + between) * times + "', but a number is expected; try 2.")
    assert "\n" not in shown
    assert len(shown) <= LONGEST_SENTENCE + 40
    assert all(len(word) <= LONGEST_WORD + 40 for word in shown.split())
    assert shown.startswith("The size is '")
    assert shown.endswith("try 2.")


def test_what_is_given_is_never_echoed_as_it_came() -> None:
    for odd in ("\u202egd", "\x1b[31mgd", "x" * 100_000, "gd\x00", "gd\u2066"):
        told = refused("alpha", odd)
        assert len(told) < LONGEST_SENTENCE + 60
        assert told.strip().isprintable()
        assert call(odd).err.strip().isprintable()
