"""Whether a change of exponent that the best law shows survives: fewer runs, a tuning gap, another constant, rivals.

Followed are the optimizers whose 95 % interval leaves out 0 in the best law on all runs. Under each check:

    term    the best law there has the change of exponent still
    sign    the 95 % interval there leaves out 0 on the same side
    size    the 95 % interval there holds the estimate from all runs

Data that a law with constants only made take the sign away where they give the estimate as well and that law is not
excluded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..loss_laws import Interval
from .joint_fit import Estimate, JointFit
from .lattice_fit import LatticeFit, fit_lattice
from .run_data import RunData
from .simulated_data import RivalCheck
from .terms import CONSTANT_TERMS, EXPONENT_TERMS, label, ordered
from .tuning_gap import TunedFit

_MOST_LEFT_OUT = 0.6  # of the runs
_AS_MUCH = 2.0  # standard deviations within which data without a change of exponent give the same estimate
_CHANCE = 0.05  # of such data that prefer the term as much, up to which the term survives


@dataclass(frozen=True, eq=False)
class Survival:
    """The lattice without some runs.

    Attributes:
        without: which runs, in words of the design.
        fit: the lattice fitted to the rest.
    """

    without: str
    fit: LatticeFit


def left_out(data: RunData) -> list[tuple[str, np.ndarray]]:
    """Label and mask of what is left out: each size in turn, the shortest and the longest runs."""
    sizes = data.size_groups()
    groups = sizes if len(sizes) > 2 else []
    ratios = data.ratio_groups()
    if len(ratios) > 2:
        groups = [*groups, ratios[0], ratios[-1]]
    return [(label, mask) for label, mask in groups if 0 < mask.mean() <= _MOST_LEFT_OUT]


def survivals(whole: LatticeFit) -> list[Survival]:
    """The lattice refitted without each of `left_out`, where enough runs remain."""
    found = []
    for without, mask in left_out(whole.data):
        rest = whole.data.subset(~mask)
        if len(rest.y) > len(whole.best.theta) + 2 and rest.baseline == whole.data.baseline:
            found.append(Survival(without, fit_lattice(rest, whole.settings, near=whole.fits)))
    return found


@dataclass(frozen=True)
class Check:
    """One way in which a change of exponent could go away.

    Attributes:
        under: what was changed, in words.
        law: the best law there, or the one that was looked at.
        term: whether the change of exponent is in the best law; None where that is not asked.
        values: estimates there, by optimizer (mean and deviation for data that a rival made).
        sign: whether the sign survives, by optimizer.
        size: whether the size survives, by optimizer; empty for data that a rival made.
        share: of a rival's data sets that prefer the term as much as the runs do; None elsewhere.
    """

    under: str
    law: str
    term: bool | None
    values: dict[str, Estimate]
    sign: dict[str, bool]
    size: dict[str, bool]
    share: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self) | {"values": {name: vars(found) for name, found in self.values.items()}}


def leading(best: JointFit, intervals: dict[str, dict[str, Interval]]) -> tuple[str, list[str]]:
    """The change of exponent in the best law, and the optimizers whose interval leaves out 0; most evidence first."""
    term = next((name for name in ordered(best.terms) if name in EXPONENT_TERMS), "")
    if not term:
        return "", []
    found = best.term(term)
    apart = [name for name, (low, high) in intervals[term].items() if low > 0 or high < 0]
    return term, sorted(apart, key=lambda name: -abs(found[name].value) / max(found[name].stderr, 1e-12))


def checks_of(
    whole: LatticeFit,
    intervals: dict[str, dict[str, Interval]],
    others: Sequence[Survival],
    tuned: TunedFit,
    rivals: Sequence[RivalCheck],
) -> list[Check]:
    """Every check of the leading optimizers; none where the best law has no change of exponent.

    Args:
        whole: the lattice on all runs.
        intervals: of the best law's terms.
        others: the lattice without some of the runs.
        tuned: the best law with a tuning gap.
        rivals: what the best law says on data of others.

    Returns:
        Without some runs, then the tuning gap, then the other constant, then data with constants only.
    """
    best = whole.best
    term, names = leading(best, intervals)
    if not names:
        return []
    at = {name: best.term(term)[name].value for name in names}
    found = []
    for other in others:
        fit = other.fit.fits.get(best.terms)
        if fit is not None:
            found.append(_check(f"without {other.without}", other.fit.best.name, fit, term, at, other.fit.best.terms))
    found.append(_check(f"a tuning gap of {tuned.gap:.4f}", best.name, tuned.fit, term, at, None))
    constants = best.terms & set(CONSTANT_TERMS)
    for swapped in CONSTANT_TERMS:
        terms = (best.terms - constants) | {swapped}
        if terms != best.terms and terms in whole.fits:
            without = whole.fits.get(terms - {term})
            kept = terms if without is None or whole.fits[terms].aicc < without.aicc else terms - {term}
            found.append(_check(f"{swapped} as the constant", label(terms), whole.fits[terms], term, at, kept))
    alone = whole.constants_only
    for rival in rivals:
        if alone is not None and rival.rival == alone.name and term in rival.bias:
            found.append(_against(rival, whole, term, at))
    return found


def _check(under: str, law: str, fit: JointFit, term: str, at: dict[str, float], best: frozenset[str] | None) -> Check:
    from scipy.special import stdtrit

    reach = float(stdtrit(fit.dof, 0.975))
    values = {name: e for name, e in fit.term(term).items() if name in at}
    sign = {n: abs(e.value) > reach * e.stderr and e.value * at[n] > 0 for n, e in values.items()}
    size = {n: abs(e.value - at[n]) <= reach * e.stderr for n, e in values.items()}
    return Check(under, law, None if best is None else term in best, values, sign, size)


def _against(rival: RivalCheck, whole: LatticeFit, term: str, at: dict[str, float]) -> Check:
    place = {name: whole.data.names.index(name) - 1 for name in at}
    values = {n: Estimate(float(rival.bias[term][k]), float(rival.spread[term][k])) for n, k in place.items()}
    excluded = all(fit.name != rival.rival for fit in whole.accounts)  # what it would give is then no matter
    sign = {n: excluded or not as_much(at[n], e.value, e.stderr) for n, e in values.items()}
    return Check(f"data made from {rival.rival}", rival.law, rival.share <= _CHANCE, values, sign, {}, rival.share)


def as_much(estimate: float, bias: float, spread: float) -> bool:
    """Whether data without a change of exponent give an estimate as large on the same side."""
    return bool(bias * estimate > 0 and abs(estimate) <= abs(bias) + _AS_MUCH * spread)
