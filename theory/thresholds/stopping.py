"""Stopping: the number of steps at which the risk is smallest, where more steps fit the noise of the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr

from ...errors import InputError
from ..exponents import ScalingPoint, law_of, need_numbers, sources
from ..optimizers import Optimizer
from ..symbolic import AMARI, Number, R, S, Source, block, formula, json_number, latex, line, number, plain
from .compute_optimal import SIZE, Budget


@dataclass(frozen=True)
class Stopping:
    """The best alpha over tau in T = N^tau, and the smallest tau that has it.

    Args:
        optimizer: Its name.
        s: Spectral exponent, a number or its symbol.
        r: Source exponent.
        samples: nu in n = N^nu; None is the population's gradient.
        noise: Labels carry noise of a fixed variance.
        alpha: The best exponent, in s where that was left out.
        tau: The smallest tau that has it.
        tied: The terms that are equal at the best tau.
        assumptions: What it rests on, sentences without full stops.
        status: How it was found, a sentence.
        sources: The papers it rests on.
    """

    optimizer: str
    s: Expr
    r: Expr
    samples: Expr | None
    noise: bool
    alpha: Expr
    tau: Expr
    tied: tuple[str, ...]
    assumptions: tuple[str, ...]
    status: str
    sources: tuple[Source, ...] = ()

    @property
    def value(self) -> float | None:
        """alpha as a number, where nothing is left symbolic."""
        return float(self.alpha) if self.alpha.is_number else None

    def __str__(self) -> str:
        rows = [
            ("optimizer", (self.optimizer,)),
            ("s, r", (f"{plain(self.s)}, {plain(self.r)}",)),
            *([] if self.samples is None else [("nu", (plain(self.samples),))]),
            ("alpha", number(self.alpha, self.alpha if self.alpha.is_Rational else None)),
            ("best tau", number(self.tau, self.tau if self.tau.is_Rational else None)),
            ("balance", (" = ".join(self.tied) or "differs with s",)),
            ("kind", ("asymptotic (N to infinity), at the best number of steps",)),
            ("assuming", self.assumptions),
            ("status", (self.status,)),
        ]
        return block(rows)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle \alpha = {latex(self.alpha)},\quad \tau = {latex(self.tau)}$"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with the keys of an exponent; tau is the best one."""
        return {
            "optimizer": self.optimizer,
            "s": json_number(self.s),
            "r": json_number(self.r),
            "tau": json_number(self.tau),
            "alpha": {"symbolic": formula(self.alpha), "value": self.value},
            "regime": " = ".join(self.tied) or None,
            "assumptions": list(self.assumptions),
            "status": self.status,
            "kind": "asymptotic",
            "samples": None if self.samples is None else json_number(self.samples),
            "noise": self.noise,
            "sources": [str(source) for source in self.sources],
        }


def best_stop(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    samples: Number | None = None,
    noise: bool = False,
) -> Stopping:
    """The tau in T = N^tau with the largest alpha.

    It is a linear program over tau alone. With n = N^nu noisy samples gradient descent attains r nu/(1+r) while the
    natural gradient is left with nu - 1 where that is less: preconditioning hurts there (Amari et al. 2021).

    Args:
        optimizer: An Optimizer or its command-line name.
        s: Spectral exponent; left out, it stays symbolic.
        r: Source exponent, a number; left out, r = s.
        samples: nu in n = N^nu, a number; left out, the gradient is the population's.
        noise: Labels carry noise of a fixed variance.

    Returns:
        The best tau and the alpha it has.

    Raises:
        InputError: r or nu is a symbol, or the optimizer's law does not cover it.

    >>> best_stop("gd", s=1, samples="3/2", noise=True).alpha
    3/4
    """
    point = ScalingPoint.of(s, r, None, samples, noise)
    name, law = law_of(optimizer)
    point.check(name, law)
    if point.r == R or (point.samples is not None and not point.samples.is_number):
        raise InputError("The best tau needs numbers for r and nu; give --r 1 --samples 2, or leave out --r (r = s).")
    if law.axis:
        raise InputError("The best tau of sign-axis is not derived; give --tau.")
    limited = point.samples is not None
    need_numbers(name, law, limited, noise)
    budget = Budget(law, SIZE, limited, noise, S if point.isotropic else point.r, point.samples)
    best, stop, tied = _at(budget, point.s) if point.s.is_number else _along(budget, point.lowest(law))
    told = "Derived; the fewest steps that have the largest alpha."
    if law.sudden:
        told += " At tau = 0 it takes any tau above, however small."
    return Stopping(
        name,
        point.s,
        point.r,
        point.samples,
        noise,
        best,
        stop,
        tied,
        point.assumptions(law, path=None),
        told,
        (*sources(law, limited, noise), AMARI),
    )


_Stop = tuple[Expr, Expr, tuple[str, ...]]


def _at(budget: Budget, s: Expr) -> _Stop:
    """alpha, tau and what is tied at a given s, which may lie on a boundary: there the formulas of both sides agree."""
    found, _ = budget.answer({S: s})
    return found.eta.subs({S: s}), found.steps.subs({S: s}), found.tied


def _along(budget: Budget, low: Expr) -> _Stop:
    """alpha and tau for every s > low, and what is tied where that is the same everywhere."""

    def answer(at: dict[Expr, Expr]) -> tuple[_Stop, tuple[Expr, ...]]:
        found, guards = budget.answer(at)
        return (found.eta, found.steps, found.tied), guards

    pieces = line(answer, S, low)
    ends = [sympy.true if piece.high is None else sympy.Le(S, piece.high) for piece in pieces]
    best, stop = (
        sympy.Piecewise(*((piece.label[i], end) for piece, end in zip(pieces, ends, strict=True))) for i in (0, 1)
    )
    return best, stop, pieces[0].label[2] if len(pieces) == 1 else ()
