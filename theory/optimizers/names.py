"""Names as they are typed: a word and a parameter, `block:8`, from which each optimizer reads its own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..._numerals import LIMITS, read_fraction
from ...errors import InputError


@dataclass(frozen=True)
class Name:
    """A name taken apart: `block:8` is the word `block` with the parameter `8`, `gd` a word alone.

    Args:
        text: The name as it was typed, for messages.
        word: What stands before the colon, in small letters, with `-` for `_`.
        parameter: What stands behind it; None where there is no colon.
    """

    text: str
    word: str
    parameter: str | None = None

    @classmethod
    def of(cls, text: str) -> Name:
        """Take a name apart.

        Args:
            text: As it was typed.

        Returns:
            Its parts.

        >>> Name.of("Heavy_Ball:9/10")
        Name(text='Heavy_Ball:9/10', word='heavy-ball', parameter='9/10')
        """
        word, colon, parameter = text.strip().partition(":")
        return cls(text.strip(), word.strip().lower().replace("_", "-"), parameter.strip() if colon else None)

    def after(self, prefix: str) -> str | None:
        """The rest of a parameter that starts with `prefix`, as `1/2` in `block:N^1/2`; None where it does not."""
        if self.parameter is None or not self.parameter.startswith(prefix):
            return None
        return self.parameter.removeprefix(prefix)

    def number(self, text: str | None = None) -> Fraction:
        """The parameter, or the part of it that is given, as an exact number.

        Args:
            text: The part to read; None is the whole parameter.

        Returns:
            The number.

        Raises:
            InputError: It is no number, or one with too many digits.
        """
        shown = (self.parameter or "") if text is None else text
        value = read_fraction(shown)
        if value is None:
            raise InputError(
                f"In optimizer '{self.text[:40]}', '{shown[:40]}' is not a number (with {LIMITS}); try a decimal or a "
                "fraction such as 1/2."
            )
        return value

    def number_or_symbol(self, symbol: str, text: str | None = None) -> Fraction | None:
        """The same, where the symbol itself may stand in place of the number: None then."""
        shown = self.parameter if text is None else text
        return None if shown == symbol else self.number(text)

    def whole(self, what: str) -> int:
        """The parameter as a whole number; `what` is what the error calls it.

        Raises:
            InputError: It is no whole number.
        """
        value = self.number()
        if value.denominator != 1:
            raise InputError(f"The {what} is {self.parameter}, but it must be a whole number; try {self.word}:64.")
        return int(value)
