"""The law of each optimizer: its clock, tail and noise, and what it assumes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

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
    NaturalGradient,
    Nesterov,
    OnePass,
    Optimizer,
    Power,
    Ridge,
    ScheduledHeavyBall,
    Sign,
    Stepped,
    StochasticMomentum,
    optimizer,
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
    """Name and law of an optimizer or of its command-line name; "power:p" keeps p a symbol.

    Raises InputError.
    """
    if isinstance(given, str) and given.strip() == "power:p":
        return "power:p", _of_pace(power_symbolic(), MATRIX)
    chosen = optimizer(given) if isinstance(given, str) else given
    if isinstance(chosen, Stepped):
        raise InputError(
            f"{chosen.name} is run step by step and has no derived exponent; measure it by `optscaling simulate`, or "
            "take a proxy such as sign, diagonal or matrix-sign."
        )
    law = _law(chosen)
    if chosen.stands_for is not None:
        law = replace(law, assumptions=(str(chosen.stands_for), *law.assumptions))
    return chosen.name, law


def _of_pace(found: SpectralRate, cost: Cost = STEP) -> Law:
    clocks = (Monomial(steps=1 / found.order),) if found.kind == "power" else ()
    return Law(found.kind, clocks, found, sudden=found.kind == "exponential", cost=cost, assumptions=found.assumptions)


def _clock(steps: Expr | int, size: Expr | int = 0, samples: Expr | int = 0, rate: Expr | int = 0) -> Monomial:
    return Monomial(*(sympy.sympify(each) for each in (size, steps, samples, 0, rate)))


def _number(value: Fraction | None, symbol: Expr) -> Expr:
    return symbol if value is None else sympy.Rational(value.numerator, value.denominator)


def _law(chosen: Optimizer) -> Law:
    match chosen:
        case NaturalGradient():
            told = "the ridge is negligible: ridge/n is far below the smallest eigenvalue, N^-(1+s)"
            return replace(_of_pace(rate_of(chosen), SOLVE), stepping="one solve, no steps", assumptions=(told,))
        case Averaged():
            told = "the mean of the iterates: h^2 falls as (eta x T)^-2 above x = 1/(eta T)"
            law = Law("power", (_clock(1),), tail=sympy.Integer(2), assumptions=(told,))
            return replace(law, stepping="full-batch steps of one size, 0 < eta <= 2 in units of 1/lambda_max")
        case Filter():
            decomposes = isinstance(chosen, Power | Damped) and not _free(chosen)
            return _of_pace(rate_of(chosen), MATRIX if decomposes else STEP)
        case BlockDiagonal():
            return _block()
        case Diagonal():
            told = "feature norms concentrate (rotated features), so P = diag(F'F)^(-1/2) changes constants only"
            return replace(_of_pace(rate_of(GradientDescent())), assumptions=(told,))
        case GrowingDamping(d=d):
            told = "damping eps = N^-d: modes above eps are learned at one rate, those below it as by gradient descent"
            clock = _clock(1, size=_number(d, DAMPING))
            return Law("power", (clock,), sudden=True, cost=MATRIX, assumptions=(told,))
        case GrowingBlocks(b=b):
            return _growing_blocks(_number(b, BLOCK))
        case Sign():
            told = (
                "rotated features: the signs of a gradient spread over all coordinates add up to its direction, so it "
                "is gradient descent with normalised steps; constant step, the best for the final T"
            )
            law = _of_pace(rate_of(GradientDescent()))
            return replace(law, oscillates=True, stepping="full-batch sign steps", assumptions=(told,))
        case AxisSign():
            told = "features are the N leading eigen-coordinates; constant step, the best for the final T"
            return Law(
                "power",
                axis=True,
                finite_samples=False,
                stepping="full-batch sign steps",
                assumptions=(told,),
                sources=(KUNSTNER_BACH,),
            )
        case OnePass():
            return _one_pass(chosen)
        case _:
            return _full_batch(chosen)


def _free(chosen: Optimizer) -> bool:
    """Whether the preconditioner is no preconditioner at all."""
    return isinstance(chosen, Power) and chosen.p == 0


def _block() -> Law:
    kappa = sympy.Symbol("kappa_B", positive=True)
    found = SpectralRate(
        "power",
        ONE,
        (1 + kappa) / kappa,
        (1 - ETA * (1 + kappa) * X / (X + kappa)) ** T,
        ("a block diagonal acts as damping with eps = kappa(B), the spectral scale of B features, B fixed",),
    )
    return _of_pace(found)


def _growing_blocks(b: Expr) -> Law:
    told = (
        "a block diagonal acts as damping with eps = kappa(B), B = N^b: N^-(b(1+s)) for s >= 0, and N^-max(0, b+s) "
        "for s < 0, where dim grows with N"
    )
    damping = sympy.Max(0, b + S) - (1 - b) * sympy.Max(0, S)
    cost = BLOCKS if b.is_Symbol else Cost.of(f"N^{1 + b}*T + N^{1 + 2 * b}")
    return Law("power", (_clock(1, size=damping),), sudden=True, cost=cost, assumptions=(told,))


BLOCKS = MATRIX  # with b a symbol the largest blocks are assumed


def _full_batch(chosen: Optimizer) -> Law:
    match chosen:
        case HeavyBall():
            told = "constant momentum is gradient descent with step eta/(1-beta)"
            return Law("power", (_clock(1),), assumptions=(told,), sources=(VELIKANOV_YAROTSKY,))
        case ScheduledHeavyBall(delta=delta):
            told = "momentum 1 - delta/t: h^2 falls as (x T^2)^(-delta/2) above x = T^-2"
            tail = _number(delta, DELTA) / 2
            return Law("power", (_clock(2),), tail=tail, assumptions=(told,), sources=(VELIKANOV_YAROTSKY,))
        case Nesterov(delta=delta):
            told = "momentum 1 - delta/t: h^2 falls as (x T^2)^(-delta/2) from x = T^-2 to 1/T, exponentially above"
            tail = _number(delta, DELTA) / 2
            return Law(
                "power", (_clock(2),), tail=tail, cut=_clock(1), assumptions=(told,), sources=(VELIKANOV_YAROTSKY,)
            )
        case ConjugateGradients():
            told = "exact arithmetic: in double precision rounding hides this law"
            law = Law("power", (_clock(3 + S),), finite_samples=False, assumptions=(told,))
            return replace(law, stepping="one product with G a step", sources=(VELIKANOV_YAROTSKY,))
        case DataPower(p=p):
            told = "inputs whitened by Sigma^(-p/2) before the features: s becomes (1+s)(1-p) - 1, the capacity too"
            return replace(_of_pace(rate_of(GradientDescent())), spectrum=_whitened(p), assumptions=(told,))
        case Ridge(decay=decay):
            told = "ridge n^-l against eigenvalues of order one (n^-(l-1) on F'F); T does not enter"
            clock = _clock(0, samples=_number(decay, RIDGE))
            law = Law("power", (clock,), tail=sympy.Integer(2), cost=SOLVE, assumptions=(told,))
            return replace(law, stepping="one solve, no steps", sources=(DEFILIPPIS,))
    raise TypeError(f"{type(chosen).__name__} has no law")


def _whitened(p: Fraction) -> Expr:
    return sympy.expand((1 + S) * (1 - _number(p, P))) - 1


def _one_pass(chosen: OnePass) -> Law:
    told = "one pass over fresh samples, B at a step; the largest stable step, which falls as N^s for s < 0"
    law = Law(
        "power",
        (_clock(1, rate=1),),
        order=ONE,
        growth=_number(None if chosen.batch is None and chosen.growth is None else chosen.growth, P),
        finite_samples=False,
        cost=BATCHED,
        stepping="one-pass steps of one size",
        assumptions=(told,),
        sources=(PAQUETTE,),
    )
    match chosen:
        case FeaturePowerSGD(p=p):
            order = 1 - _number(p, P)
            said = "the preconditioner G^-p acts on the N weights: the capacity stays, the clocks move to (1+s)(1-p)"
            clock = _clock(1 / order, rate=1 / order)
            return replace(law, clocks=(clock,), order=order, cost=BATCHED_MATRIX, assumptions=(told, said))
        case DataPowerSGD(p=p):
            said = "inputs whitened by Sigma^(-p/2) before the features: s becomes (1+s)(1-p) - 1, the capacity too"
            return replace(law, spectrum=_whitened(p), assumptions=(told, said))
        case StochasticMomentum():
            said = "constant momentum is SGD with step eta/(1-beta)"
            return replace(law, assumptions=(told, said), sources=(PAQUETTE, FERBACH))
        case DanaConstant():
            said = "momentum step eta/N: eta T learned as by SGD, eta T^2/N once T > N"
            clocks = (_clock(1, rate=1), _clock(2, size=-1, rate=1))
            return replace(law, clocks=clocks, momentum=True, assumptions=(told, said), sources=(PAQUETTE, FERBACH))
        case DanaDecaying():
            said = "momentum step eta t^(-1/(1+s))"
            needs = ((sympy.Gt(S, 0), "dana-decaying needs s > 0, where its momentum step falls slower than 1/t"),)
            clock = _clock(2 - 1 / (1 + S), rate=1)
            return replace(
                law, clocks=(clock,), momentum=True, needs=needs, assumptions=(told, said), sources=(PAQUETTE, FERBACH)
            )
    return law
