"""Names in use elsewhere, each with the optimizer that theory takes for it and when the two are alike.

No exponent of a stand-in goes under the name that was asked for: the optimizer keeps its own name, and says in
`stands_for` what it was taken for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from ...errors import InputError
from .base import Optimizer, StandIn
from .filters import Power
from .growing import GrowingBlocks
from .momentum import HeavyBall
from .names import Name
from .preconditioners import BlockDiagonal, Diagonal
from .sign import Sign


@dataclass(frozen=True)
class _Proxy:
    """shown: the name of what is taken. take: makes it of a name. when: a clause that says when it is one."""

    shown: str
    take: Callable[[Name], Optimizer]
    when: str


def _bare(chosen: Callable[[], Optimizer]) -> Callable[[Name], Optimizer]:
    def take(name: Name) -> Optimizer:
        if name.parameter is not None:
            raise InputError(f"'{name.text[:40]}' has a parameter, but {name.word} takes none; try {name.word}.")
        return chosen()

    return take


def _blocks(name: Name) -> Optimizer:
    word = BlockDiagonal.word()
    if name.parameter is None:
        raise InputError(
            f"{name.word} is taken for a preconditioner of diagonal blocks, {word}:B, but the number of features in a "
            f"block is not given; try {name.word}:64, or {name.word}:N^1/2 for blocks that grow with N."
        )
    own = Name(name.text, word, name.parameter)
    chosen = GrowingBlocks.named(own) or BlockDiagonal.named(own)
    if chosen is None:
        raise InputError(f"'{name.text[:40]}' is not understood; try {name.word}:64 or {name.word}:N^1/2.")
    return chosen


def _momentum(name: Name) -> Optimizer:
    return HeavyBall() if name.parameter is None else HeavyBall(name.number())


_MUON = "the half power, which Muon is where its averaged gradient is noise (without noise see muon:m=M)"
_ADAM = (
    "the inverse square root of the diagonal, which Adam's second moments settle to where gradients change slowly and "
    "steps are small; momentum and bias corrections are left out"
)
_MOMENTUM = "full-batch gradients with constant momentum; for one pass over data try sgd-momentum"
_BLOCKS = "it inverts the blocks exactly, where {} keeps running averages of factors of them"

STAND_INS: dict[str, _Proxy] = {
    "muon": _Proxy("matrix-sign", _bare(lambda: Power(Fraction(1, 2))), _MUON),
    "adam": _Proxy("diagonal", _bare(Diagonal), _ADAM),
    "adamw": _Proxy("diagonal", _bare(Diagonal), f"{_ADAM}; so is the weight decay"),
    "lion": _Proxy("sign", _bare(Sign), "the sign of the gradient, which Lion takes of its averaged gradient"),
    "kfac": _Proxy("block:B", _blocks, _BLOCKS.format("K-FAC")),
    "shampoo": _Proxy("block:B", _blocks, _BLOCKS.format("Shampoo")),
    "soap": _Proxy("block:B", _blocks, _BLOCKS.format("SOAP")),
    "momentum": _Proxy("heavy-ball", _momentum, _MOMENTUM),
}


def stand_in(name: Name) -> Optimizer | None:
    """The optimizer that is taken for a name in use elsewhere; None where there is none.

    Args:
        name: The name's parts.

    Returns:
        The optimizer, with `stands_for` set.

    Raises:
        InputError: The name asks for a block size that it does not give, or has a parameter where none is known.
    """
    word = {"k-fac": "kfac", "adam-w": "adamw"}.get(name.word, name.word)
    proxy = STAND_INS.get(word)
    if proxy is None:
        return None
    chosen = proxy.take(Name(name.text, word, name.parameter))
    return replace(chosen, stands_for=StandIn(word, chosen.name, proxy.when))


def stand_in_summary(name: str) -> str:
    """What is taken for one of `STAND_INS`, and when the two are alike.

    Args:
        name: A key of `STAND_INS`.

    Returns:
        A line without a full stop.

    >>> stand_in_summary("lion")
    'sign: the sign of the gradient, which Lion takes of its averaged gradient'
    """
    proxy = STAND_INS[name]
    return f"{proxy.shown}: {proxy.when}"
