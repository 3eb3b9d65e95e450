"""The law of each optimizer: its clock, tail and noise, and what it assumes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import singledispatch

import sympy
from sympy import Expr

from ...errors import InputError
from ..optimizers import (
    Averaged,
    AxisSign,
    BlockDiagonal,
    ConjugateGradients,
    Damped,
    DanaConstant,
    DanaDecaying,
    DataPower,
    DataPowerSGD,
    Diagonal,
    FeaturePowerSGD,
    Filter,
    GradientDescent,
    GrowingBlocks,
    GrowingDamping,
    HeavyBall,
    Muon,
    NaturalGradient,
    Nesterov,
    OnePass,
    Optimizer,
    Power,
    Ridge,
    ScheduledHeavyBall,
    Sign,
    Stepped,
    StochasticGradientDescent,
    StochasticMomentum,
    optimizer,
    whitened_exponent,
)
from ..symbolic import (
    BLOCK,
    DAMPING,
    DEFILIPPIS,
    DELTA,
    ETA,
    FERBACH,
    KUNSTNER_BACH,
    PAQUETTE,
    RIDGE,
    VELIKANOV_YAROTSKY,
    Monomial,
    P,
    S,
    T,
    X,
)
from .cost import BATCHED, BATCHED_MATRIX, MATRIX, SOLVE, STEP, Cost
from .learning_law import ONE, Law
from .spectral_rate import SpectralRate, power_symbolic, rate_of


def law_of(given: Optimizer | str) -> tuple[str, Law]:
    """Name and law of an optimizer.

    Args:
        given: The optimizer, or its command-line name; "power:p" keeps p a symbol.

    Returns:
        Its name, and what level 1 knows of it.

    Raises:
        InputError: The name is not known, or the optimizer is one of which nothing is known but its steps.
    """
    if isinstance(given, str) and given.strip() == "power:p":
        return "power:p", _of_rate(power_symbolic(), MATRIX)
    chosen = optimizer(given) if isinstance(given, str) else given
    law = law_of_kind(chosen)
    if chosen.stands_for is not None:
        law = replace(law, assumptions=(str(chosen.stands_for), *law.assumptions))
    return chosen.name, law


@singledispatch
def law_of_kind(chosen: Optimizer) -> Law:
    """The law of one kind of optimizer: the registry of level 1, with a function for each kind.

    Args:
        chosen: The optimizer.

    Returns:
        Its law.

    Raises:
        InputError: Nothing is known of it but its steps.
        TypeError: No law is registered for its class.
    """
    raise TypeError(f"{type(chosen).__name__} has no law; register one with law_of_kind.")


def _of_rate(found: SpectralRate, cost: Cost = STEP) -> Law:
    clocks = (Monomial(steps=1 / found.order),) if found.kind == "power" else ()
    return Law(found.kind, clocks, found, sudden=found.kind == "exponential", cost=cost, assumptions=found.assumptions)


def _clock(steps: Expr | int, size: Expr | int = 0, samples: Expr | int = 0, rate: Expr | int = 0) -> Monomial:
    return Monomial(*(sympy.sympify(each) for each in (size, steps, samples, 0, rate)))


def _number(value: Fraction | None, symbol: Expr) -> Expr:
    return symbol if value is None else sympy.Rational(value.numerator, value.denominator)


@law_of_kind.register
def _stepped(chosen: Stepped) -> Law:
    raise InputError(
        f"{chosen.name} is run step by step and has no derived exponent; measure it by `optscaling simulate`, or "
        "take a proxy such as sign, diagonal or matrix-sign."
    )


@law_of_kind.register
def _muon(chosen: Muon) -> Law:
    raise InputError(
        f"{chosen.name} has its exponent along T = N^tau under a schedule only; try `optscaling alpha {chosen.name} "
        "--schedule linear --s 1 --tau 1/2`, or matrix-sign."
    )


@law_of_kind.register
def _filter(chosen: Filter) -> Law:
    return _of_rate(rate_of(chosen))


@law_of_kind.register
def _power(chosen: Power) -> Law:
    return _of_rate(rate_of(chosen), STEP if chosen.p == 0 else MATRIX)


@law_of_kind.register
def _damped(chosen: Damped) -> Law:
    return _of_rate(rate_of(chosen), MATRIX)


@law_of_kind.register
def _natural_gradient(chosen: NaturalGradient) -> Law:
    told = "the ridge is negligible: ridge/n is far below the smallest eigenvalue, N^-(1+s)"
    return replace(_of_rate(rate_of(chosen), SOLVE), stepping="one solve, no steps", assumptions=(told,))


@law_of_kind.register
def _averaged(chosen: Averaged) -> Law:
    told = "the mean of the iterates: h^2 falls as (eta x T)^-2 above x = 1/(eta T)"
    law = Law("power", (_clock(1),), tail=sympy.Integer(2), assumptions=(told,))
    return replace(law, stepping="full-batch steps of one size, 0 < eta <= 2 in units of 1/lambda_max")


@law_of_kind.register
def _block(chosen: BlockDiagonal) -> Law:
    kappa = sympy.Symbol("kappa_B", positive=True)
    found = SpectralRate(
        "power",
        ONE,
        (1 + kappa) / kappa,
        (1 - ETA * (1 + kappa) * X / (X + kappa)) ** T,
        ("a block diagonal acts as damping with eps = kappa(B), the spectral scale of B features, B fixed",),
    )
    return _of_rate(found)


@law_of_kind.register
def _diagonal(chosen: Diagonal) -> Law:
    told = "feature norms concentrate (rotated features), so P = diag(F'F)^(-1/2) changes constants only"
    return replace(law_of_kind(GradientDescent()), assumptions=(told,))


@law_of_kind.register
def _growing_damping(chosen: GrowingDamping) -> Law:
    told = "damping eps = N^-d: modes above eps are learned at one rate, those below it as by gradient descent"
    clock = _clock(1, size=_number(chosen.d, DAMPING))
    return Law("power", (clock,), sudden=True, cost=MATRIX, assumptions=(told,))


@law_of_kind.register
def _growing_blocks(chosen: GrowingBlocks) -> Law:
    told = (
        "a block diagonal acts as damping with eps = kappa(B), B = N^b: N^-(b(1+s)) for s >= 0, and N^-max(0, b+s) "
        "for s < 0, where dim grows with N"
    )
    b = _number(chosen.b, BLOCK)
    damping = sympy.Max(0, b + S) - (1 - b) * sympy.Max(0, S)
    # with b a symbol the largest blocks are assumed
    cost = MATRIX if b.is_Symbol else Cost.of(f"N^{1 + b}*T + N^{1 + 2 * b}")
    return Law("power", (_clock(1, size=damping),), sudden=True, cost=cost, assumptions=(told,))


@law_of_kind.register
def _sign(chosen: Sign) -> Law:
    told = (
        "rotated features: the signs of a gradient spread over all coordinates add up to its direction, so it "
        "is gradient descent with normalised steps; constant step, the best for the final T"
    )
    law = law_of_kind(GradientDescent())
    return replace(law, oscillates=True, stepping="full-batch sign steps", assumptions=(told,))


@law_of_kind.register
def _axis_sign(chosen: AxisSign) -> Law:
    told = "features are the N leading eigen-coordinates; constant step, the best for the final T"
    return Law(
        "power",
        axis=True,
        finite_samples=False,
        stepping="full-batch sign steps",
        assumptions=(told,),
        sources=(KUNSTNER_BACH,),
    )


@law_of_kind.register
def _heavy_ball(chosen: HeavyBall) -> Law:
    told = "constant momentum is gradient descent with step eta/(1-beta)"
    return Law("power", (_clock(1),), assumptions=(told,), sources=(VELIKANOV_YAROTSKY,))


@law_of_kind.register
def _scheduled(chosen: ScheduledHeavyBall) -> Law:
    told = "momentum 1 - delta/t: h^2 falls as (x T^2)^(-delta/2) above x = T^-2"
    tail = _number(chosen.delta, DELTA) / 2
    return Law("power", (_clock(2),), tail=tail, assumptions=(told,), sources=(VELIKANOV_YAROTSKY,))


@law_of_kind.register
def _nesterov(chosen: Nesterov) -> Law:
    told = "momentum 1 - delta/t: h^2 falls as (x T^2)^(-delta/2) from x = T^-2 to 1/T, exponentially above"
    tail = _number(chosen.delta, DELTA) / 2
    return Law("power", (_clock(2),), tail=tail, cut=_clock(1), assumptions=(told,), sources=(VELIKANOV_YAROTSKY,))


@law_of_kind.register
def _conjugate(chosen: ConjugateGradients) -> Law:
    told = "exact arithmetic: in double precision rounding hides this law"
    law = Law("power", (_clock(3 + S),), finite_samples=False, assumptions=(told,))
    return replace(law, stepping="one product with G a step", sources=(VELIKANOV_YAROTSKY,))


_WHITENED = "inputs whitened by Sigma^(-p/2) before the features: s becomes (1+s)(1-p) - 1, the capacity too"


@law_of_kind.register
def _data_power(chosen: DataPower) -> Law:
    return replace(law_of_kind(GradientDescent()), spectrum=_whitened(chosen.p), assumptions=(_WHITENED,))


@law_of_kind.register
def _ridge(chosen: Ridge) -> Law:
    told = "ridge n^-l against eigenvalues of order one (n^-(l-1) on F'F); T does not enter"
    clock = _clock(0, samples=_number(chosen.decay, RIDGE))
    law = Law("power", (clock,), tail=sympy.Integer(2), cost=SOLVE, assumptions=(told,))
    return replace(law, stepping="one solve, no steps", sources=(DEFILIPPIS,))


def _whitened(p: Fraction) -> Expr:
    return sympy.expand(whitened_exponent(S, _number(p, P)))


def _one_pass(chosen: OnePass, *assumptions: str) -> Law:
    """What one-pass methods share."""
    told = "one pass over fresh samples, B at a step; the largest stable step, which falls as N^s for s < 0"
    return Law(
        "power",
        (_clock(1, rate=1),),
        order=ONE,
        growth=_number(None if chosen.batch is None and chosen.growth is None else chosen.growth, P),
        finite_samples=False,
        cost=BATCHED,
        stepping="one-pass steps of one size",
        assumptions=(told, *assumptions),
        sources=(PAQUETTE,),
    )


@law_of_kind.register
def _sgd(chosen: StochasticGradientDescent) -> Law:
    return _one_pass(chosen)


@law_of_kind.register
def _feature_power(chosen: FeaturePowerSGD) -> Law:
    order = 1 - _number(chosen.p, P)
    told = "the preconditioner G^-p acts on the N weights: the capacity stays, the clocks move to (1+s)(1-p)"
    clock = _clock(1 / order, rate=1 / order)
    return replace(_one_pass(chosen, told), clocks=(clock,), order=order, cost=BATCHED_MATRIX)


@law_of_kind.register
def _data_power_sgd(chosen: DataPowerSGD) -> Law:
    return replace(_one_pass(chosen, _WHITENED), spectrum=_whitened(chosen.p))


@law_of_kind.register
def _momentum(chosen: StochasticMomentum) -> Law:
    return replace(_one_pass(chosen, "constant momentum is SGD with step eta/(1-beta)"), sources=(PAQUETTE, FERBACH))


@law_of_kind.register
def _dana_constant(chosen: DanaConstant) -> Law:
    law = _one_pass(chosen, "momentum step eta/N: eta T learned as by SGD, eta T^2/N once T > N")
    clocks = (_clock(1, rate=1), _clock(2, size=-1, rate=1))
    return replace(law, clocks=clocks, momentum=True, sources=(PAQUETTE, FERBACH))


@law_of_kind.register
def _dana_decaying(chosen: DanaDecaying) -> Law:
    law = _one_pass(chosen, "momentum step eta t^(-1/(1+s))")
    needs = ((sympy.Gt(S, 0), "dana-decaying needs s > 0, where its momentum step falls slower than 1/t"),)
    clock = _clock(2 - 1 / (1 + S), rate=1)
    return replace(law, clocks=(clock,), momentum=True, needs=needs, sources=(PAQUETTE, FERBACH))
