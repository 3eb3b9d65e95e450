"""Cost models: what a run costs, as a sum of monomials in N, T, n and B."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sympy

from ...errors import InputError
from ..symbolic import Monomial

_FACTOR = re.compile(r"([NTnB])(?:\^(\d{1,3}(?:/\d{1,3})?))?")
_PLACE = {"N": "size", "T": "steps", "n": "samples", "B": "batch"}


@dataclass(frozen=True)
class Cost:
    """f = sum of monomials; as N grows the largest decides.

    Args:
        text: As it is written, such as "N*T + N^3".
        monomials: The summands, with exponents of 1/N, 1/T, 1/n and 1/B.
    """

    text: str
    monomials: tuple[Monomial, ...]

    @classmethod
    def of(cls, text: str) -> Cost:
        """Read a cost.

        Args:
            text: A sum of products of powers of N, T, n and B, nothing else, such as "N^2*T + N^3".

        Returns:
            The cost.

        Raises:
            InputError: The text is no such sum.

        >>> Cost.of("N*T + N^3").monomials[0].size
        -1
        """
        found = []
        for product in text.split("+"):
            powers = dict.fromkeys(_PLACE.values(), sympy.S.Zero)
            for factor in product.split("*"):
                read = _FACTOR.fullmatch(factor.strip())
                try:
                    power = sympy.Rational(read[2] or 1) if read else None
                except ZeroDivisionError:
                    power = None
                if read is None or power is None or not power.is_finite:
                    raise InputError(
                        f"The cost is '{text[:60]}', but a sum of products of powers of N, T, n and B is expected; "
                        "try 'N*T' or 'N^2*T + N^3'."
                    )
                powers[_PLACE[read[1]]] -= power
            found.append(Monomial(**powers))
        return cls(" + ".join(part.strip() for part in text.split("+")), tuple(found))


STEP = Cost.of("N*T")  # a gradient step touches each weight once
MATRIX = Cost.of("N^2*T + N^3")  # a factorisation, then a dense product at each step
SOLVE = Cost.of("N^3")  # one factorisation
BATCHED = Cost.of("N*T*B")
BATCHED_MATRIX = Cost.of("N^2*T + N^3 + N*T*B")
