"""Which power of the eigenvalues a one-pass optimizer works at, as the recursion needs it."""

from __future__ import annotations

from functools import singledispatch

from ...errors import InputError
from ..optimizers import DanaConstant, DanaDecaying, DataPowerSGD, FeaturePowerSGD, OnePass, Optimizer


@singledispatch
def stochastic_power(optimizer: Optimizer) -> float:
    """p where modes are learned at rates lambda^(1-p), N and dim without limit.

    Raises InputError where the recursion with a schedule does not cover the optimizer.
    """
    raise InputError(f"{optimizer.name} is not covered by the recursion with a schedule; try sgd or sgd-power:1/2.")


@stochastic_power.register
def _(optimizer: OnePass) -> float:
    return 0.0


@stochastic_power.register(FeaturePowerSGD)
@stochastic_power.register(DataPowerSGD)
def _(optimizer: FeaturePowerSGD | DataPowerSGD) -> float:
    return float(optimizer.p)


@stochastic_power.register(DanaConstant)
@stochastic_power.register(DanaDecaying)
def _(optimizer: OnePass) -> float:
    raise InputError(
        f"{optimizer.name} with a schedule is not covered: its momentum has a schedule of its own; try sgd."
    )
