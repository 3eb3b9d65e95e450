"""Names: capitals and underscores, limits on numbers, and names in use elsewhere."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import optscaling as osc
from optscaling._numerals import MOST_DIGITS, read_count, read_fraction, within_limits
from optscaling.errors import InputError
from optscaling.theory.optimizers import EXPONENTS_ONLY, KINDS, PREDICTED_ONLY, STAND_INS, optimizer


@pytest.mark.parametrize("kind", [*KINDS, *PREDICTED_ONLY, *EXPONENTS_ONLY], ids=lambda kind: kind.__name__)
def test_capitals_and_underscores_do_not_matter(kind) -> None:
    if ":" in kind.keyword or kind.keyword == "sgd":
        return
    assert optimizer(kind.keyword.upper().replace("-", "_")) == optimizer(kind.keyword)


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("muon", "matrix-sign"),
        ("Muon", "matrix-sign"),
        ("adam", "diagonal"),
        ("AdamW", "diagonal"),
        ("adam_w", "diagonal"),
        ("LION", "sign"),
        ("momentum", "heavy-ball"),
        ("momentum:0.95", "heavy-ball:19/20"),
        ("kfac:64", "block:64"),
        ("K-FAC:64", "block:64"),
        ("shampoo:N^1/2", "block:N^1/2"),
        ("SOAP:8", "block:8"),
    ],
)
def test_names_in_use_elsewhere_say_what_is_taken(asked: str, taken: str) -> None:
    found = optimizer(asked)
    assert found.name == taken
    assert found == optimizer(taken)
    assert optimizer(taken).stands_for is None
    assert found.stands_for is not None
    assert found.stands_for.taken == taken
    result = osc.alpha(asked, s=1, tau=1)
    assert result.optimizer == taken  # never under the name that was asked for
    assert str(found.stands_for) in result.assumptions
    assert result.value == osc.alpha(taken, s=1, tau=1).value


@pytest.mark.parametrize("name", ["kfac", "shampoo", "SOAP"])
def test_blocks_ask_for_their_size(name: str) -> None:
    with pytest.raises(InputError, match=f"{name.lower()}:64"):
        optimizer(name)


@pytest.mark.parametrize("name", ["SGD", "Sgd", "SGD:8"])
def test_sgd_in_capitals_asks_which(name: str) -> None:
    with pytest.raises(InputError, match="write sgd or gd"):
        optimizer(name)


@pytest.mark.parametrize("name", ["muon:3", "adam:0.9", "lion:1", "kfac:x", "kfac:0", "momentum:2"])
def test_parameters_of_stand_ins_are_checked(name: str) -> None:
    with pytest.raises(InputError):
        optimizer(name)


def test_every_stand_in_is_an_optimizer() -> None:
    for name in STAND_INS:
        assert optimizer(f"{name}:8" if name in ("kfac", "shampoo", "soap") else name).stands_for.asked == name


@pytest.mark.parametrize(
    "name",
    ["power:1e-999999999", "nesterov:1e300", "nesterov:1e999999999", "heavy-ball:1e-31", f"power:1/{'9' * 40}"],
)
def test_numbers_have_stated_limits(name: str) -> None:
    with pytest.raises(InputError, match=f"at most {MOST_DIGITS} digits"):
        optimizer(name)


@given(st.fractions(max_denominator=10**20))
@example(Fraction(10**30 + 1))
@example(Fraction(10**30))
def test_fractions_are_read_back(value: Fraction) -> None:
    assert read_fraction(str(value)) == (value if within_limits(value) else None)


@given(st.text(max_size=80))
def test_any_text_is_a_number_within_limits_or_none(text: str) -> None:
    value = read_fraction(text)
    assert value is None or max(abs(value.numerator), value.denominator) <= 10**MOST_DIGITS
    count = read_count(text)
    assert count is None or count >= 0


@given(st.text(max_size=60))
def test_any_name_is_an_optimizer_or_a_sentence(name: str) -> None:
    with contextlib.suppress(InputError):
        assert optimizer(name).name
