"""What the exponents in the data need to know of a one-pass optimizer: the power of an eigenvalue it works at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import sympy
from sympy import Expr

from ...errors import InputError
from ..optimizers import (
    DanaConstant,
    DanaDecaying,
    DataPowerSGD,
    FeaturePowerSGD,
    OnePass,
    Optimizer,
    StochasticMomentum,
)
from ..symbolic import FUNCTIONAL_SCALING, PAQUETTE, S, Source

_ONE = sympy.S.One


@dataclass(frozen=True)
class Pace:
    """A mode of eigenvalue lambda is learned at rate eta lambda^order, and gradient noise enters at the same rate.

    order: q in (0, 1]. whitened: the inputs are preconditioned, so that the features' capacity sees q as well.
    limited_batch: whether the batch is O(1). assumptions: what the reduction to this rests on.
    """

    order: Expr = _ONE
    whitened: bool = False
    assumptions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = (PAQUETTE, FUNCTIONAL_SCALING)

    @property
    def decay(self) -> Expr:
        """1 + s_q = (1 + s) q, the power with which the rates of modes fall."""
        return sympy.expand((1 + S) * self.order)


@singledispatch
def pace_of(optimizer: Optimizer) -> Pace:
    """The pace of an optimizer. Raises InputError where exponents in the data are not derived for it."""
    raise InputError(
        f"{optimizer.name} is no one-pass method, but exponents in the data D = B T are about samples seen once; try "
        "sgd, or --per size."
    )


@pace_of.register
def _(optimizer: OnePass) -> Pace:
    _check_batch(optimizer)
    return Pace()


@pace_of.register
def _(optimizer: StochasticMomentum) -> Pace:
    _check_batch(optimizer)
    return Pace(assumptions=("constant momentum is SGD with the step eta/(1 - beta), which changes no exponent",))


@pace_of.register(DanaConstant)
@pace_of.register(DanaDecaying)
def _(optimizer: OnePass) -> Pace:
    raise InputError(
        f"The exponent of {optimizer.name} in the data is not derived: its momentum grows with t, and a schedule on "
        "top of that has no law here; try sgd or sgd-momentum, or --per size."
    )


@pace_of.register
def _(optimizer: FeaturePowerSGD) -> Pace:
    _check_batch(optimizer)
    return Pace(order=sympy.Rational(str(1 - optimizer.p)))


@pace_of.register
def _(optimizer: DataPowerSGD) -> Pace:
    _check_batch(optimizer)
    return Pace(order=sympy.Rational(str(1 - optimizer.p)), whitened=True)


def _check_batch(optimizer: OnePass) -> None:
    if optimizer.batch is None and optimizer.growth != 0:
        raise InputError(
            f"{optimizer.name} has a batch that grows with N, but exponents in the data keep B fixed (`batch` gives "
            "the largest B that costs nothing); leave it out."
        )
