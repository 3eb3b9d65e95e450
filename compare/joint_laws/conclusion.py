"""Per optimizer: whether it changes an exponent of the law, said only where every account that remains agrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..loss_laws import Interval
from .joint_fit import JointFit
from .lattice_fit import LatticeFit
from .simulated_data import RivalCheck
from .survival import Survival, as_much
from .terms import D_ALPHA, D_BETA, EXPONENT_TERMS, ordered

Verdict = Literal["smaller", "larger", "cannot tell"]
_WHICH = {D_BETA: "data exponent beta", D_ALPHA: "size exponent alpha"}


@dataclass(frozen=True)
class Conclusion:
    """What the runs say of one optimizer's exponent.

    Attributes:
        optimizer: its name.
        term: d_beta or d_alpha, whichever the laws that remain have.
        verdict: smaller, larger, or cannot tell.
        span: the union of the 95 % intervals over the laws that have the term and are not excluded.
        reasons: why it cannot be told; empty for a verdict.
    """

    optimizer: str
    term: str
    verdict: Verdict
    span: Interval
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """One sentence."""
        what = f"{self.optimizer}: {_WHICH[self.term]}"
        span = f"between {self.span[0]:+.3f} and {self.span[1]:+.3f} where it is in the law"
        if self.verdict == "cannot tell":
            return f"{what}: cannot tell ({span}), because {'; '.join(self.reasons)}."
        return f"{what} {self.verdict} than the baseline's in every account that remains ({span})."


def conclusions(
    whole: LatticeFit, others: Sequence[Survival], rivals: Sequence[RivalCheck], tuned: JointFit
) -> list[Conclusion]:
    """One for each optimizer besides the baseline; none where no law with a change of exponent remains.

    A verdict needs: no law without the term among those not excluded, on all runs and on each part of them; the same
    sign, with an interval (Bonferroni over optimizers) that leaves out 0, in each; the same with a tuning gap; and an
    estimate that data made by a law without the term that remains do not give as well.
    """
    with_term = [term for term in ordered(whole.best.terms) if term in EXPONENT_TERMS]
    accounts = [term for fit in whole.accounts for term in ordered(fit.terms) if term in EXPONENT_TERMS]
    if not accounts:
        return []
    term = with_term[0] if with_term else max(set(accounts), key=accounts.count)
    return [_conclude(name, term, whole, others, rivals, tuned) for name in whole.data.names[1:]]


def _conclude(
    name: str,
    term: str,
    whole: LatticeFit,
    others: Sequence[Survival],
    rivals: Sequence[RivalCheck],
    tuned: JointFit,
) -> Conclusion:
    place = whole.data.names.index(name) - 1
    tests = len(whole.data.names) - 1
    ends = [_interval(fit, name, term, 1) for fit in whole.accounts if term in fit.terms]
    reasons: list[str] = []
    signs: set[float] = set()
    lacking = [fit.name for fit in whole.accounts if term not in fit.terms]
    if lacking:
        reasons.append(f"the law {lacking[0]} has no such term and is not excluded")
    parts = [("", whole), *((f" without {other.without}", other.fit) for other in others)]
    for where, lattice in parts:
        if where and lattice.best.terms.isdisjoint({term}):
            reasons.append(f"{lattice.best.name} is the best law{where}")
        fits = [fit for fit in lattice.accounts if term in fit.terms and name in fit.data.names]
        signs |= (found := {_sign(_interval(fit, name, term, tests)) for fit in fits})
        if 0.0 in found:
            reasons.append(f"the interval holds 0{where}" if where else "the interval holds 0 on all runs")
    if term in tuned.terms and (sign := _sign(_interval(tuned, name, term, tests))) not in signs:
        signs.add(sign)
        reasons.append("a tuning gap takes the difference away")
    estimate = whole.best.term(term)[name].value if term in whole.best.terms else float(np.mean(ends))
    for check in rivals:
        if (
            check.rival in lacking
            and term in check.bias
            and as_much(estimate, float(check.bias[term][place]), float(check.spread[term][place]))
        ):
            reasons.append(f"data made from {check.rival} give {check.bias[term][place]:+.3f} as well")
    span = (min(low for low, _ in ends), max(high for _, high in ends))
    if reasons or len(signs) != 1:
        short = _shortened(reasons)
        return Conclusion(name, term, "cannot tell", span, short or ("its sign differs between accounts",))
    return Conclusion(name, term, "smaller" if signs.pop() < 0 else "larger", span, ())


def _shortened(reasons: list[str]) -> tuple[str, ...]:
    """The first three, which are the most general."""
    return tuple(dict.fromkeys(reasons))[:3]


def _interval(fit: JointFit, name: str, term: str, tests: int) -> Interval:
    from scipy.special import stdtrit

    found = fit.term(term)[name]
    reach = float(stdtrit(fit.dof, 1 - 0.025 / tests)) * found.stderr
    return found.value - reach, found.value + reach


def _sign(interval: Interval) -> float:
    return -1.0 if interval[1] < 0 else 1.0 if interval[0] > 0 else 0.0
