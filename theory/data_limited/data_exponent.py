"""alpha in risk ~ D^-alpha after one pass over D = B T samples, with a schedule and the best step.

Rates eta phi(t/T), S = sum of them, and S(T) - S(t) = u. A mode learned at the rate x = lambda^q (1 + s_q = (1+s) q,
zeta = r/(1 + s_q)) leaves the signal S^-zeta and keeps the noise (sigma^2/B) int eta(u) K(u) du, where the kernel is
K = sum x^2 exp(-2 x u) ~ u^-(2 - 1/(1 + s_q)). A schedule that ends as (1 - x)^delta has eta(u) ~ eta (u/S)^(delta/
(1 + delta)), so with S = eta T the noise is

    (sigma^2/D) S^v,   v = max(1/(1 + delta), 1/(1 + s_q)),

and balancing it against the signal, with S at most D, gives S = D^min(1, 1/(zeta + v)) and

    alpha = r / max(1 + s_q, 1 + r, r + (1 + s_q)/(1 + delta)).

Adaptive methods (Adam, Adagrad, sign) divide a step by sqrt(lambda (L + sigma^2)/B), the noise of a coordinate: with
label noise q = 1/2 in all of this. Without, the risk L sets the pace itself: the rates are eta sqrt(lambda B/L), noise
keeps L above (eta sum_{k<k*} sqrt(lambda_k))^2, and the best constant step has k*^max(1 + s_q, 1) = T, so

    alpha = min(r/max(1 + s_q, 1), 2),   eta ~ T^-(alpha/2 + max(0, -s_q)),   r <= 1 + s where s < 1.

Without label noise the noise of SGD is that of the risk itself. A decay changes no exponent then; a warm-up as
t^omega takes the memory of the large early risk away: alpha = min(zeta, 2 - 1/(1 + s_q) + omega/(1 + omega)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sympy
from sympy import Expr

from ...errors import InputError
from ..optimizers import Optimizer, one_pass_optimizer
from ..schedules import Schedule, parse_schedule
from ..symbolic import Number, R, S, Source, block, exact, formula, json_number, latex, number, plain
from .one_pass_pace import Pace, pace_of

Per = Literal["data", "compute"]
_POSITIVE = sympy.Symbol("s", positive=True)  # s > 0 in one pass, so that maxima come out short


@dataclass(frozen=True)
class DataExponent:
    """The exponent of the risk in the data, or in compute f = N D, of a one-pass optimizer at its best step.

    Args:
        optimizer: Its name.
        s: Spectral exponent, a rational or its symbol.
        r: Source exponent, a rational or its symbol.
        schedule: Of the step.
        noise: Labels carry noise of a fixed variance.
        per: "data" for D, "compute" for f.
        decay: 1 + s_q, the power with which the rates of modes fall.
        symbolic: alpha, in the s and r that were left out.
        span: The exponent of S = eta T in D.
        batch: That of the critical batch D/S, which is also how the best step falls, eta ~ D^-batch at fixed B.
        regime: What decides, a clause.
        logarithm: What carries a factor log D; None where nothing does.
        assumptions: What it rests on, sentences without full stops.
        sources: The papers it rests on.
    """

    optimizer: str
    s: Expr
    r: Expr
    schedule: Schedule
    noise: bool
    per: Per
    decay: Expr
    symbolic: Expr
    span: Expr
    batch: Expr
    regime: str
    logarithm: str | None
    assumptions: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def value(self) -> sympy.Rational | None:
        """alpha as an exact rational, where nothing is left symbolic."""
        return self.symbolic if self.symbolic.is_Rational else None

    @property
    def status(self) -> str:
        """How it was found."""
        told = "Derived; exact as D grows" if self.value is not None else "Derived; symbolic in what was left out"
        return told + (f"; {self.logarithm}." if self.logarithm else ".")

    def __float__(self) -> float:
        if self.value is None:
            raise InputError(f"alpha has no single value here: {self.status}")
        return float(self.value)

    def __str__(self) -> str:
        rows = [
            ("optimizer", (self.optimizer,)),
            ("s, r", (f"{plain(self.s)}, {plain(self.r)}",)),
            ("schedule", (self.schedule.name,)),
            ("alpha", number(self.symbolic, self.value)),
            ("risk", ("~ D^-alpha, D = B T samples" if self.per == "data" else "~ f^-alpha, f = N D",)),
            ("best step", (f"eta ~ D^-({plain(self.batch)})" if self.batch != 0 else "the largest stable one",)),
            ("regime", (self.regime,)),
            ("kind", ("asymptotic (D to infinity), at the best step",)),
            ("assuming", self.assumptions),
            ("status", (self.status,)),
        ]
        return block(rows)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle \alpha = {latex(self.symbolic)}$"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with the keys of an exponent; tau has no meaning here and is None."""
        return {
            "optimizer": self.optimizer,
            "s": json_number(self.s),
            "r": json_number(self.r),
            "tau": None,
            "alpha": {"symbolic": formula(self.symbolic), "value": None if self.value is None else float(self.value)},
            "regime": self.regime,
            "assumptions": list(self.assumptions),
            "status": self.status,
            "kind": "asymptotic",
            "samples": None,
            "noise": self.noise,
            "per": self.per,
            "schedule": self.schedule.name,
            "best_step": {
                "symbolic": formula(-self.batch),
                "value": float(-self.batch) if self.batch.is_number else None,
            },
            "sources": [str(source) for source in self.sources],
        }


@dataclass(frozen=True)
class DataPoint:
    """Where an exponent in the data is asked for.

    Args:
        name: The optimizer's name.
        pace: The power of an eigenvalue that it works at.
        s: Spectral exponent, > 0, a rational or its symbol.
        r: Source exponent, > 0, a rational or its symbol.
        noise: Labels carry noise of a fixed variance.
    """

    name: str
    pace: Pace
    s: Expr
    r: Expr
    noise: bool

    @classmethod
    def of(cls, optimizer: Optimizer | str, s: Number | None, r: Number | None, noise: bool = False) -> DataPoint:
        """Read the numbers.

        Args:
            optimizer: An object or its command-line name.
            s: A number; None keeps the symbol.
            r: A number; None is isotropic, r = s, and "r" keeps the symbol.
            noise: Labels carry noise of a fixed variance.

        Returns:
            The point.

        Raises:
            InputError: The optimizer has no law in the data, s <= 0, r <= 0, or a preconditioner leaves s' too small.
        """
        rule = one_pass_optimizer(optimizer) if isinstance(optimizer, str) else optimizer
        pace = pace_of(rule)
        at_s = S if s is None else exact(s, "s")
        if at_s.is_number and at_s <= 0:
            raise InputError(
                f"s is {at_s}, but one pass over samples with N not limiting needs a finite trace, s > 0; try s = 1, "
                "or --per size."
            )
        at_r = at_s if r is None else R if isinstance(r, str) and r.strip() == "r" else exact(r, "r")
        if at_r.is_number and at_r <= 0:
            raise InputError(f"r is {at_r}, but target energies k^-(1+r) need r > 0; try r = 1.")
        point = cls(rule.name, pace, at_s, at_r, noise)
        inner = point.decay - 1
        low = -sympy.Rational(1, 2) if noise or pace.adaptive else sympy.S.Zero
        if inner.is_number and inner <= low:
            raise InputError(
                f"s' = (1+s)(1-p) - 1 is {inner} for {rule.name} at s = {at_s}, but s' > {low} is needed "
                f"{'(below it the noise of unlearned modes adds up without bound)' if noise else 'without label noise'}"
                "; try a smaller p or a larger s."
            )
        return point

    @property
    def decay(self) -> Expr:
        """1 + s_q at this s."""
        return sympy.expand(self.pace.decay.xreplace({S: self.s}))

    def simplest(self, expression: Expr) -> Expr:
        """With maxima decided where s > 0 and r > 0 decide them."""
        return expression.xreplace({S: _POSITIVE}).doit().xreplace({_POSITIVE: S})


def alpha_per_data(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    schedule: Schedule | str = "constant",
    *,
    noise: bool = False,
    per: Per = "data",
) -> DataExponent:
    """alpha in risk ~ D^-alpha of a one-pass optimizer at its best step, or in f = N D at the best N.

    Args:
        optimizer: An object or its command-line name: sgd, sgd-momentum, sgd-power:p, sgd-data-power:p, adam,
            adagrad, sign, lion.
        s: Spectral exponent, > 0; None keeps the symbol.
        r: Source exponent; None is isotropic, r = s, and "r" keeps the symbol.
        schedule: An object or its name.
        noise: Whether labels carry noise of a fixed variance.
        per: "data" for D = B T, "compute" for f = N D, which needs r <= 1 + s.

    Returns:
        alpha, with the best step and what decides.

    Raises:
        InputError: The optimizer has more than one pass or no derived law, or s or r is not positive.

    Source: Li et al. (2025, 2026) for SGD under schedules; the module's docstring has the derivation.

    >>> alpha_per_data("sgd", "1/2", 1, "linear", noise=True).value
    1/2
    >>> alpha_per_data("sgd", "1/2", 1, noise=True).value
    2/5
    >>> alpha_per_data("adam", 2, 1, "cosine", noise=True).value, alpha_per_data("adam", 2, 1).value
    (1/2, 2/3)
    """
    shape = parse_schedule(schedule) if isinstance(schedule, str) else schedule
    point = DataPoint.of(optimizer, s, r, noise)
    value, span, batch, regime, logarithm = _law(point, shape)
    if per == "compute":
        _check_capacity(point)
        value = point.simplest(point.r / (1 + _largest(point, shape)) if noise else 1 / (1 / point.r + 1 / value))
    return DataExponent(
        point.name,
        point.s,
        point.r,
        shape,
        noise,
        per,
        point.decay,
        value,
        span,
        batch,
        regime,
        logarithm,
        _assumptions(point, shape, per),
        point.pace.sources,
    )


def _law(point: DataPoint, shape: Schedule) -> tuple[Expr, Expr, Expr, str, str | None]:
    """alpha, the exponents of S and of the critical batch in D, what decides, and where a logarithm stands."""
    decay = point.decay
    if point.noise:
        most = _largest(point, shape)
        span = point.simplest(decay / most)
        return point.simplest(point.r / most), span, point.simplest(1 - span), *_noisy_regime(point, shape)
    if point.pace.adaptive:
        value = _own_noise(point, shape)
        falls = point.simplest(value / 2 + sympy.Max(0, 1 - decay))
        return value, sympy.S.One, falls, _OWN_NOISE, None
    start = sympy.Rational(shape.start.numerator, shape.start.denominator)
    zeta, forgotten = point.r / decay, 2 - 1 / decay + start / (1 + start)
    value = point.simplest(sympy.Min(zeta, forgotten))
    return value, sympy.S.One, sympy.S.Zero, _noiseless_regime(zeta, forgotten), None


_OWN_NOISE = "modes not yet learned and the noise of the risk itself balance at the best constant step"


def _own_noise(point: DataPoint, shape: Schedule) -> Expr:
    """alpha of an adaptive method without label noise, min(r/max(1 + s_q, 1), 2). Raises InputError."""
    if shape.end != 0 or shape.start != 0:
        raise InputError(
            f"Without label noise the exponent of {point.name} is derived for a constant step only, as its noise is "
            f"that of the risk itself; leave out the schedule {shape.name}, or add --noise."
        )
    heavy = point.decay < 1
    if heavy == sympy.true and (point.r > 2 * point.decay) == sympy.true:
        raise InputError(
            f"s = {point.s} and r = {point.r}, but without label noise the exponent of {point.name} is not known for "
            "s < 1 and r > 1 + s; give a smaller r, or add --noise."
        )
    return point.simplest(sympy.Min(point.r / sympy.Max(point.decay, 1), 2))


def _limits(point: DataPoint, shape: Schedule) -> tuple[Expr, Expr, Expr]:
    """1 + s_q, 1 + r and r + (1 + s_q)/(1 + delta): a hard task, the balance with noise, noise of the last steps."""
    delta = sympy.Rational(shape.end.numerator, shape.end.denominator)
    return point.decay, 1 + point.r, point.r + point.decay / (1 + delta)


def _largest(point: DataPoint, shape: Schedule) -> Expr:
    """The largest of the limits, the denominator of alpha with label noise."""
    positive = (each.xreplace({S: _POSITIVE}) for each in _limits(point, shape))
    return sympy.Max(*positive).xreplace({_POSITIVE: S})


_DECIDES = (
    "hard task: steps of the largest stable size do not reach the noise",
    "signal and the noise of learned modes balance, and no schedule has a larger alpha",
    "the noise of the last steps decides, and a decay that ends with a larger delta has a larger alpha",
)


def _noisy_regime(point: DataPoint, shape: Schedule) -> tuple[str, str | None]:
    """Which of the three limits decides, and the logarithm at delta = s_q, where the last two are equal."""
    limits = _limits(point, shape)
    if not all(each.is_number for each in limits):
        told = "; ".join(
            f"{what} where {plain(each)} is the largest" for what, each in zip(_DECIDES, limits, strict=True)
        )
        inner = "s" if point.pace.order == 1 else "s'"
        return (
            told,
            f"where delta = {inner} and r >= {inner} the noise carries a factor log D" if shape.end > 0 else None,
        )
    ruling = [i for i, each in enumerate(limits) if each == max(limits)]
    logs = "at delta = s exactly the noise carries a factor log D" if {1, 2} <= set(ruling) else None
    told = "; and: ".join(_DECIDES[i] for i in ruling)
    return told if len(ruling) == 1 else f"on the boundary of regimes: {told}", logs


def _noiseless_regime(zeta: Expr, forgotten: Expr) -> str:
    signal = "the signal of modes not yet learned decides"
    memory = "the noise of the early, large risk is still remembered; a warm-up takes it away"
    if zeta.is_number:
        return signal if zeta <= forgotten else memory
    return f"{signal} where {plain(zeta)} <= {plain(forgotten)}, otherwise {memory}"


def _check_capacity(point: DataPoint) -> None:
    """f = N D balances N^-r against D^-a, which gives r a/(r + a). Raises InputError where the capacity is not N^-r."""
    wall = point.decay if point.pace.whitened else 1 + point.s
    if (point.r - wall).is_number and point.r > wall:
        raise InputError(
            f"r is {point.r}, but the exponent in compute is derived for r <= {wall}, where the capacity is N^-r; give "
            "a smaller r, or use --per data."
        )


def _assumptions(point: DataPoint, shape: Schedule, per: Per) -> tuple[str, ...]:
    target = "isotropic, r = s" if point.r == point.s else "energies k^-(1+r)"
    labels = "labels with noise of fixed variance" if point.noise else "no label noise"
    found = [
        f"eigenvalues k^-(1+s), s > 0; target {target}",
        f"squared loss, one pass, fixed B, {labels}",
        "N and dim do not limit" if per == "data" else "N chosen best, r <= 1 + s, compute f = N D",
        "the schedule keeps its shape as T grows (shares of the run are constant)",
    ]
    if point.noise:
        found.append("the step is the best one at each D")
    elif point.pace.adaptive:
        found.append("the best constant step")
        if not (point.decay.is_number and point.r.is_number):
            found.append("r <= 1 + s where s < 1")
    else:
        found.append("the largest stable step")
    if point.pace.order != 1 and (point.noise or not point.pace.adaptive):
        inner = point.decay - 1
        if not inner.is_number:
            found.append(f"s' = {plain(inner)} > {'-1/2' if point.noise else '0'}")
    return (*found, *point.pace.assumptions)
