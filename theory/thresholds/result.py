"""What a threshold is: s* as a formula, as ranges of s, or at each size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sympy import Expr

from ..symbolic import Source, block, formula, json_number, latex, number, plain

Path = Literal["given", "best", "compute"]  # T = N^tau; each at its best stop; each at its best path at equal compute


@dataclass(frozen=True)
class SizeThreshold:
    """The threshold at one size.

    Args:
        size: N.
        s_star: s*; None where the size has none (N = 1).
    """

    size: int
    s_star: float | None


@dataclass(frozen=True)
class Range:
    """Who has the larger exponent for low < s < high.

    Args:
        low: Lower bound of s.
        high: Upper bound; None where there is none.
        ahead: Who it is.
        gain: By how much the optimizer is ahead there.
        path: The range of tau; "" for every tau.
    """

    low: Expr
    high: Expr | None
    ahead: Literal["optimizer", "baseline", "neither"]
    gain: Expr
    path: str = ""

    def told(self, optimizer: str, baseline: str) -> str:
        """The range and who is ahead on it, by name."""
        left = "" if self.low == -1 else f"{plain(self.low)} < "
        told = f"{left}s < {plain(self.high)}" if self.high is not None else f"s > {plain(self.low)}"
        where = f"{told}, {self.path}" if self.path else told
        if self.ahead == "neither":
            return f"{where}: the same exponent"
        return f"{where}: {optimizer if self.ahead == 'optimizer' else baseline} ahead, gain {plain(self.gain)}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        found: dict[str, Any] = {
            "low": formula(self.low),
            "high": None if self.high is None else formula(self.high),
            "ahead": self.ahead,
            "gain": formula(self.gain),
        }
        return found | ({"tau": self.path} if self.path else {})


@dataclass(frozen=True)
class ThresholdResult:
    """Where an optimizer's exponent exceeds a baseline's.

    Args:
        optimizer: Its name.
        baseline: The other's name.
        s: Where the gain was asked for, a number or its symbol.
        r: Source exponent, a number or its symbol.
        tau: T = N^tau; None at a fixed T, at equal compute and at the best stop.
        s_star: The optimizer gains exactly for s > s_star; None where there is no such threshold (see status).
        gain: alpha of the optimizer minus alpha of the baseline.
        regime: How far the baseline gets, a sentence.
        assumptions: What it rests on, sentences without full stops.
        status: What was found, a sentence.
        steps: T, of the form at a fixed T.
        eta: The step size of that form, in units of 1/lambda_max.
        sizes: One threshold for each N, of that form.
        where: The ranges of s (and tau) on which one or the other is ahead, where they were worked out one by one.
        samples: nu in n = N^nu; None is the population's gradient.
        noise: Labels carry noise of a fixed variance.
        compute: The exponents compared are those of risk against compute.
        sources: The papers it rests on.
    """

    optimizer: str
    baseline: str
    s: Expr
    r: Expr
    tau: Expr | None
    s_star: Expr | None
    gain: Expr | None
    regime: str | None
    assumptions: tuple[str, ...]
    status: str
    steps: int | None = None
    eta: float | None = None
    sizes: tuple[SizeThreshold, ...] = ()
    where: tuple[Range, ...] = ()
    samples: Expr | None = None
    noise: bool = False
    compute: bool = False
    sources: tuple[Source, ...] = ()

    @property
    def value(self) -> float | None:
        """s_star as a number, where nothing in it is symbolic."""
        return float(self.s_star) if self.s_star is not None and self.s_star.is_number else None

    def __str__(self) -> str:
        rational = self.s_star if self.s_star is not None and self.s_star.is_number else None
        rows: list[tuple[str, tuple[str, ...]]] = [
            ("optimizer", (f"{self.optimizer} against {self.baseline}",)),
            ("s_star", number(self.s_star, rational)),
            ("gain", number(self.gain, self.gain if self.gain is not None and self.gain.is_number else None)),
            ("regime", (self.regime or "none",)),
            *(
                [("ranges", tuple(each.told(self.optimizer, self.baseline) for each in self.where))]
                if self.where
                else []
            ),
            ("assuming", self.assumptions),
            ("status", (self.status,)),
        ]
        if self.steps is not None:
            told = [
                f"N = {each.size}:  s_star = " + ("none" if each.s_star is None else f"{each.s_star:.4g}")
                for each in self.sizes
            ]
            rows[2:3] = [("at", (f"T = {self.steps}, eta = {self.eta:g}", *told))]
        return block(rows)

    def _repr_latex_(self) -> str:
        shown = r"\text{none}" if self.s_star is None else latex(self.s_star)
        return rf"$\displaystyle s^\star = {shown}$"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; what is not available is None, and what was left out is its symbol."""
        symbolic = None if self.s_star is None else formula(self.s_star)
        found: dict[str, Any] = {
            "optimizer": self.optimizer,
            "baseline": self.baseline,
            "s": json_number(self.s),
            "r": json_number(self.r),
            "tau": None if self.tau is None else json_number(self.tau),
            "s_star": {"symbolic": symbolic, "value": self.value},
            "gain": None if self.gain is None else formula(self.gain),
            "regime": self.regime,
            "status": self.status,
            "assumptions": list(self.assumptions),
            "samples": None if self.samples is None else json_number(self.samples),
            "noise": self.noise,
            "compute": self.compute,
            "ranges": [each.to_json() for each in self.where],
            "sources": [str(source) for source in self.sources],
        }
        if self.steps is not None:
            found |= {
                "steps": self.steps,
                "eta": self.eta,
                "sizes": [{"N": each.size, "s_star": each.s_star} for each in self.sizes],
            }
        return found
