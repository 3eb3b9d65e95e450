"""Optimizers as declared objects: their filters, names, parameters and limits of the step.

`base.py` says what all of them share, and each family has a file: `filters.py`, `preconditioners.py`, `growing.py`
(parameters that grow with N), `momentum.py`, `one_pass.py`, `adaptive.py` (Adam and its kin in one pass), `muon.py` (on
matrices), `sign.py` and `stepped.py` (run step by step, optax's among them); `averaged.py` averages the iterates of
gradient descent. A class reads its own name from the parts that `names.py` takes it apart into; `registry.py` lists the
classes and turns a name into an object, `stand_ins.py` knows the names in use elsewhere (muon, adamw). `decay.py` takes
(1 - u)^T without losing digits. No spectrum is known here; sympy is never imported, and numpy only when a filter meets
an array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .adaptive import Adagrad as Adagrad
    from .adaptive import Adam as Adam
    from .adaptive import Adaptive as Adaptive
    from .adaptive import Lion as Lion
    from .adaptive import StochasticSign as StochasticSign
    from .averaged import Averaged as Averaged
    from .base import Filter as Filter
    from .base import Optimizer as Optimizer
    from .base import StandIn as StandIn
    from .filters import Damped as Damped
    from .filters import GradientDescent as GradientDescent
    from .filters import NaturalGradient as NaturalGradient
    from .filters import Power as Power
    from .filters import Ridge as Ridge
    from .growing import GrowingBlocks as GrowingBlocks
    from .growing import GrowingDamping as GrowingDamping
    from .in_one_pass import IN_ONE_PASS as IN_ONE_PASS
    from .in_one_pass import one_pass_optimizer as one_pass_optimizer
    from .momentum import ConjugateGradients as ConjugateGradients
    from .momentum import HeavyBall as HeavyBall
    from .momentum import Nesterov as Nesterov
    from .momentum import ScheduledHeavyBall as ScheduledHeavyBall
    from .muon import Muon as Muon
    from .one_pass import DanaConstant as DanaConstant
    from .one_pass import DanaDecaying as DanaDecaying
    from .one_pass import DataPowerSGD as DataPowerSGD
    from .one_pass import FeaturePowerSGD as FeaturePowerSGD
    from .one_pass import OnePass as OnePass
    from .one_pass import StochasticGradientDescent as StochasticGradientDescent
    from .one_pass import StochasticMomentum as StochasticMomentum
    from .preconditioners import BlockDiagonal as BlockDiagonal
    from .preconditioners import DataPower as DataPower
    from .preconditioners import Diagonal as Diagonal
    from .preconditioners import whitened_exponent as whitened_exponent
    from .registry import EXPONENTS_ONLY as EXPONENTS_ONLY
    from .registry import KINDS as KINDS
    from .registry import MATRIX_METHODS as MATRIX_METHODS
    from .registry import PREDICTED_ONLY as PREDICTED_ONLY
    from .registry import SIMULATED_ONLY as SIMULATED_ONLY
    from .registry import optimizer as optimizer
    from .sign import AxisSign as AxisSign
    from .sign import Sign as Sign
    from .stand_ins import STAND_INS as STAND_INS
    from .stand_ins import stand_in_summary as stand_in_summary
    from .stepped import OptaxRule as OptaxRule
    from .stepped import Stepped as Stepped

_HOMES = {
    "MATRIX_METHODS": "registry",
    "Muon": "muon",
    "Adagrad": "adaptive",
    "Adam": "adaptive",
    "Adaptive": "adaptive",
    "IN_ONE_PASS": "in_one_pass",
    "Lion": "adaptive",
    "StochasticSign": "adaptive",
    "one_pass_optimizer": "in_one_pass",
    "Averaged": "averaged",
    "AxisSign": "sign",
    "BlockDiagonal": "preconditioners",
    "ConjugateGradients": "momentum",
    "Damped": "filters",
    "DanaConstant": "one_pass",
    "DanaDecaying": "one_pass",
    "DataPower": "preconditioners",
    "DataPowerSGD": "one_pass",
    "Diagonal": "preconditioners",
    "EXPONENTS_ONLY": "registry",
    "FeaturePowerSGD": "one_pass",
    "Filter": "base",
    "GradientDescent": "filters",
    "GrowingBlocks": "growing",
    "GrowingDamping": "growing",
    "HeavyBall": "momentum",
    "KINDS": "registry",
    "NaturalGradient": "filters",
    "Nesterov": "momentum",
    "OnePass": "one_pass",
    "OptaxRule": "stepped",
    "Optimizer": "base",
    "PREDICTED_ONLY": "registry",
    "Power": "filters",
    "Ridge": "filters",
    "SIMULATED_ONLY": "registry",
    "STAND_INS": "stand_ins",
    "ScheduledHeavyBall": "momentum",
    "Sign": "sign",
    "StandIn": "base",
    "Stepped": "stepped",
    "StochasticGradientDescent": "one_pass",
    "StochasticMomentum": "one_pass",
    "optimizer": "registry",
    "stand_in_summary": "stand_ins",
    "whitened_exponent": "preconditioners",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
