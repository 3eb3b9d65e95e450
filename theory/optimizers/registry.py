"""The families there are, and the optimizer that a name stands for."""

from __future__ import annotations

from difflib import get_close_matches

from ...errors import InputError
from .averaged import Averaged
from .base import Optimizer
from .filters import Damped, GradientDescent, NaturalGradient, Power, Ridge
from .growing import GrowingBlocks, GrowingDamping
from .momentum import ConjugateGradients, HeavyBall, Nesterov, ScheduledHeavyBall
from .muon import Muon
from .names import Name
from .one_pass import (
    DanaConstant,
    DanaDecaying,
    DataPowerSGD,
    FeaturePowerSGD,
    StochasticGradientDescent,
    StochasticMomentum,
)
from .preconditioners import BlockDiagonal, DataPower, Diagonal
from .sign import AxisSign, Sign
from .stand_ins import STAND_INS, stand_in
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


MATRIX_METHODS: tuple[type[Optimizer], ...] = (Muon,)  # exponents alone, under a schedule


def optimizer(name: str) -> Optimizer:
    """The optimizer a name stands for.

    Capitals and `_` for `-` do not matter in its word. A name in use elsewhere (muon, adamw, kfac:64) gives the
    optimizer that theory takes for it; its `stands_for` says when the two are alike.

    Args:
        name: As on the command line: a word, and a parameter behind a colon where there is one.

    Returns:
        The optimizer, a frozen object.

    Raises:
        InputError: The name is not known, asks for more than it says, or its parameter is out of range.

    >>> optimizer("power:1/4").rate(16.0)
    8.0
    >>> optimizer("matrix-sign") == optimizer("power:1/2")
    True
    >>> optimizer("damped:N^-1/2").at(100).name
    'damped:0.1'
    >>> optimizer("Muon").stands_for.when
    'the half power, which Muon is where its averaged gradient is noise (without noise see muon:m=M)'
    """
    parts = Name.of(name)
    for kind in (*KINDS, *PREDICTED_ONLY, *SIMULATED_ONLY, *EXPONENTS_ONLY, *MATRIX_METHODS):
        chosen = kind.named(parts)
        if chosen is not None:
            return chosen
    taken = stand_in(parts)
    if taken is not None:
        return taken
    if parts.word == "custom":
        raise InputError(
            f"'{name[:40]}' was given in Python as an object, which no name or file can bring back; read such a "
            "run with open_run and fit_exponent, or name the optimizer as in optax:adam(learning_rate=1e-3)."
        )
    raise InputError(_unknown(name))


def _unknown(name: str) -> str:
    """The sentence on a name that is not known, with those that are nearest."""
    known = [*STAND_INS]
    for kind in (*KINDS, *PREDICTED_ONLY, *SIMULATED_ONLY, *EXPONENTS_ONLY, *MATRIX_METHODS):
        known += [kind.keyword, kind.word(), *kind.also]
    shown = "".join(c if c.isprintable() else "?" for c in name[:40])
    close = list(dict.fromkeys(get_close_matches(shown.lower(), known, n=3, cutoff=0.5)))
    advice = f"did you mean {' or '.join(close)}?" if close else "expected one such as gd, power:1/2, damped:1e-3, sgd."
    return f"'{shown}' is not an optimizer; {advice} `optscaling list` names them all."
