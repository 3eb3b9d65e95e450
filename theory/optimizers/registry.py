"""Names: the optimizer that a command-line name stands for."""

from __future__ import annotations

import math
from collections.abc import Callable
from difflib import get_close_matches
from fractions import Fraction

from ...errors import InputError
from .averaged import Averaged
from .base import Optimizer
from .filters import Damped, GradientDescent, NaturalGradient, Power, Ridge
from .growing import GrowingBlocks, GrowingDamping
from .momentum import ConjugateGradients, HeavyBall, Nesterov, ScheduledHeavyBall
from .one_pass import (
    DanaConstant,
    DanaDecaying,
    DataPowerSGD,
    FeaturePowerSGD,
    OnePass,
    StochasticGradientDescent,
    StochasticMomentum,
)
from .preconditioners import BlockDiagonal, DataPower, Diagonal
from .sign import AxisSign, Sign
from .stepped import OptaxRule

# what experiments predict and simulate, what they predict only or simulate only, and what has exponents alone
KINDS: tuple[type[Optimizer], ...] = (
    GradientDescent,
    Averaged,
    Power,
    NaturalGradient,
    Damped,
    GrowingDamping,
    BlockDiagonal,
    GrowingBlocks,
    Diagonal,
    HeavyBall,
    ScheduledHeavyBall,
    Nesterov,
    Sign,
    StochasticGradientDescent,
    StochasticMomentum,
    DanaConstant,
    DanaDecaying,
    FeaturePowerSGD,
)
PREDICTED_ONLY: tuple[type[Optimizer], ...] = (DataPower, DataPowerSGD)
SIMULATED_ONLY: tuple[type[Optimizer], ...] = (OptaxRule,)
EXPONENTS_ONLY: tuple[type[Optimizer], ...] = (
    ConjugateGradients,
    Ridge,
    AxisSign,
)

_BARE: dict[str, Callable[[], Optimizer]] = {
    "gd": GradientDescent,
    "averaged": Averaged,
    "matrix-sign": lambda: Power(Fraction(1, 2)),
    "natural-gradient": NaturalGradient,
    "diagonal": Diagonal,
    "sign": Sign,
    "sign-axis": AxisSign,
    "cg": ConjugateGradients,
    "heavy-ball": HeavyBall,
    "nesterov": lambda: Nesterov(Fraction(3)),
    "sgd": StochasticGradientDescent,
    "sgd-momentum": StochasticMomentum,
    "dana-constant": DanaConstant,
    "dana-decaying": DanaDecaying,
}
_ONE_PASS: dict[str, type[OnePass]] = {
    each.keyword: each for each in (StochasticGradientDescent, StochasticMomentum, DanaConstant, DanaDecaying)
}


def _number(text: str, name: str) -> Fraction:
    try:
        if len(text) > 40 or not math.isfinite(float(text) if "/" not in text else 0.0):
            raise ValueError(text)
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InputError(
            f"In optimizer '{name}', '{text}' is not a number; try a decimal or a fraction such as 1/2."
        ) from None


def _whole(text: str, name: str, what: str) -> int:
    size = _number(text, name)
    if size.denominator != 1:
        raise InputError(f"The {what} is {text}, but it must be a whole number; try {name.partition(':')[0]}:64.")
    return int(size)


def _exponent(text: str, name: str, symbol: str) -> Fraction | None:
    """The number in a power such as N^-1/2; None where the symbol itself stands there."""
    return None if text == symbol else _number(text, name)


def optimizer(name: str) -> Optimizer:
    """The optimizer a command-line name stands for.

    Raises InputError for a name that is not known or a parameter out of range.

    >>> optimizer("power:1/4").rate(16.0)
    8.0
    >>> optimizer("matrix-sign") == Power(Fraction(1, 2))
    True
    >>> optimizer("damped:N^-1/2").at(100).name
    'damped:0.1'
    """
    word, colon, text = name.strip().partition(":")
    if not colon and word in _BARE:
        return _BARE[word]()
    if colon:
        found = _with_parameter(word, text, name)
        if found is not None:
            return found
    known = [
        *_BARE,
        *(kind.keyword for kind in (*KINDS, *PREDICTED_ONLY, *SIMULATED_ONLY, *EXPONENTS_ONLY) if ":" in kind.keyword),
    ]
    close = get_close_matches(name[:40], known, n=3, cutoff=0.5)
    told = f"did you mean {' or '.join(close)}?" if close else "expected one such as gd, power:1/2, damped:1e-3, sgd."
    raise InputError(f"'{name[:40]}' is not an optimizer; {told} `optscaling list` names them all.")


def _with_parameter(word: str, text: str, name: str) -> Optimizer | None:
    match word:
        case "optax":
            return OptaxRule(text)
        case "custom":
            raise InputError(
                f"'{name[:40]}' was given in Python as an object, which no name or file can bring back; read such a "
                "run with open_run and fit_exponent, or name the optimizer as in optax:adam(learning_rate=1e-3)."
            )
        case "natural-gradient":
            return NaturalGradient(float(_number(text, name)))
        case "power":
            return Power(_number(text, name))
        case "damped" if text.startswith("N^-"):
            return GrowingDamping(_exponent(text[3:], name, "d"))
        case "damped":
            return Damped(float(_number(text, name)))
        case "block" if text.startswith("N^"):
            return GrowingBlocks(_exponent(text[2:], name, "b"))
        case "block":
            return BlockDiagonal(_whole(text, name, "block size"))
        case "ridge" if text.startswith("n^-"):
            return Ridge(_exponent(text[3:], name, "l"))
        case "heavy-ball":
            return HeavyBall(_number(text, name))
        case "heavy-ball-schedule":
            return ScheduledHeavyBall(_exponent(text, name, "delta"))
        case "nesterov":
            return Nesterov(_exponent(text, name, "delta"))
        case "data-power":
            return DataPower(_number(text, name))
        case "sgd-power":
            return FeaturePowerSGD(p=_number(text, name))
        case "sgd-data-power":
            return DataPowerSGD(p=_number(text, name))
        case _ if word in _ONE_PASS and text.startswith("N^"):
            return _ONE_PASS[word](None, _number(text[2:], name))
        case _ if word in _ONE_PASS:
            return _ONE_PASS[word](_whole(text, name, "batch"))
    return None
