"""What the exponents in the data need to know of a one-pass optimizer: the power of an eigenvalue it works at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import sympy
from sympy import Expr

from ...errors import InputError
from ..optimizers import (
    Adaptive,
    DanaConstant,
    DanaDecaying,
    DataPowerSGD,
    FeaturePowerSGD,
    Lion,
    OnePass,
    Optimizer,
    StochasticMomentum,
)
from ..symbolic import FUNCTIONAL_SCALING, PAQUETTE, S, Source

_ONE = sympy.S.One


@dataclass(frozen=True)
class Pace:
    """A mode of eigenvalue lambda is learned at rate eta lambda^order, and gradient noise enters at the same rate.

    Args:
        order: q in (0, 1].
        whitened: The inputs are preconditioned, so that the features' capacity sees q as well.
        adaptive: Steps are divided by the size of the gradient, noise included: eta is in the units of the weights,
            and without label noise the risk's own noise sets the pace.
        assumptions: What the reduction to this rests on.
        sources: The papers it rests on.
    """

    order: Expr = _ONE
    whitened: bool = False
    adaptive: bool = False
    assumptions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = (PAQUETTE, FUNCTIONAL_SCALING)

    @property
    def decay(self) -> Expr:
        """1 + s_q = (1 + s) q, the power with which the rates of modes fall."""
        return sympy.expand((1 + S) * self.order)


@singledispatch
def pace_of(optimizer: Optimizer) -> Pace:
    """The pace of an optimizer: a registry, with a function for each kind.

    Args:
        optimizer: A one-pass method.

    Returns:
        Its pace.

    Raises:
        InputError: Exponents in the data are not derived for it.
    """
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


_NOISY = "a coordinate's mean square is noise, lambda_k (L + sigma^2)/B, so the pace is that of Sigma^(-1/2)"
_AXES = "coordinates are eigenvectors; on rotated features see diagonal and sign"


@pace_of.register
def _(optimizer: Adaptive) -> Pace:
    return Pace(sympy.Rational(1, 2), adaptive=True, assumptions=(_AXES, _NOISY))


@pace_of.register
def _(optimizer: Lion) -> Pace:
    told = "signs of averaged gradients are signs of gradients with a step and a batch that are larger by a constant"
    return Pace(sympy.Rational(1, 2), adaptive=True, assumptions=(_AXES, _NOISY, told))


def _check_batch(optimizer: OnePass) -> None:
    if optimizer.batch is None and optimizer.growth != 0:
        raise InputError(
            f"{optimizer.name} has a batch that grows with N, but exponents in the data keep B fixed (`batch` gives "
            "the largest B that costs nothing); leave it out."
        )
