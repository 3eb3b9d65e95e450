"""The whole analysis of a table of runs: every law, what survives, what rivals can do, and what can be concluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..loss_laws import Interval
from ..tables import SelectionRules
from .conclusion import Conclusion, conclusions
from .intervals import term_intervals
from .joint_fit import JointFit, fit_joint
from .lattice_fit import LatticeFit, fit_lattice
from .run_data import RunData, runs_of, untied
from .settings import JointSettings
from .shared_deviations import SharedDeviations, shared_deviations
from .simulated_data import RivalCheck, against_rival
from .survival import Check, Survival, checks_of, survivals
from .terms import OWN_FLOOR, ordered
from .tuning_gap import TunedFit, with_tuning_gap

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class JointLaws:
    """Does the optimizer change an exponent of L(N, D) in these runs?

    Attributes:
        lattice: every law, by which terms the optimizers change.
        intervals: 95 % profile-likelihood intervals of the best law's terms, by term and optimizer.
        survivals: the lattice without some of the runs.
        checks: whether the changes of exponent that the best law shows survive.
        rivals: what the best law says on data made from each other law that is not excluded.
        tuned: the best law with a half-normal tuning gap.
        shared: every law with deviations shared by cells, None where they pass as independent.
        own_floor: the best law with a floor E of each optimizer, None where the runs are too few.
        conclusions: one for each optimizer.
    """

    lattice: LatticeFit
    intervals: dict[str, dict[str, Interval]]
    survivals: list[Survival]
    checks: list[Check]
    rivals: list[RivalCheck]
    tuned: TunedFit
    shared: SharedDeviations | None
    own_floor: JointFit | None
    conclusions: list[Conclusion]

    @property
    def best(self) -> JointFit:
        """The fit of the least AICc."""
        return self.lattice.best

    def replicate_noise(self) -> tuple[float, int] | None:
        """Standard deviation of log L between runs of one optimizer, size and tokens, and its degrees of freedom."""
        return replicate_noise(self.lattice.data)

    def sentence(self) -> str:
        """How sure it is, in plain words."""
        from .analysis_text import sentence_of

        return sentence_of(self)

    def to_json(self) -> dict[str, Any]:
        """Plain values with a schema version."""
        fits = sorted(self.lattice.fits.values(), key=lambda fit: fit.aicc)
        weights = self.lattice.weights
        return {
            "schema": SCHEMA,
            "kind": "joint laws",
            "reading": list(self.lattice.data.reading),
            "runs": len(self.lattice.data.y),
            "optimizers": list(self.lattice.data.names),
            "N0": self.lattice.data.size_unit,
            "D0": self.lattice.data.token_unit,
            "laws": [
                f.to_json() | {"difference": self.lattice.difference(f.terms), "weight": weights[f.terms]} for f in fits
            ],
            "intervals": {t: {o: list(i) for o, i in found.items()} for t, found in self.intervals.items()},
            "survival": [
                {"without": s.without, "best": s.fit.best.name, "not_excluded": [f.name for f in s.fit.accounts]}
                | ({"values": _values(s.fit.fits[self.best.terms])} if self.best.terms in s.fit.fits else {})
                for s in self.survivals
            ],
            "checks": [check.to_json() for check in self.checks],
            "rivals": [
                {
                    "rival": c.rival,
                    "difference": c.observed,
                    "share": c.share,
                    "values": {
                        t: dict(zip(self.lattice.data.names[1:], c.bias[t].tolist(), strict=True)) for t in c.bias
                    },
                }
                for c in self.rivals
            ],
            "tuning_gap": {
                "mean": self.tuned.gap,
                "noise": self.tuned.noise,
                "values": _values(self.tuned.fit),
            },
            "shared_deviations": None if self.shared is None else self.shared.to_json(),
            "own_floor": None if self.own_floor is None else {"aicc": self.own_floor.aicc},
            "conclusions": [vars(c) | {"reasons": list(c.reasons), "span": list(c.span)} for c in self.conclusions],
            "sentence": self.sentence(),
        }

    def __str__(self) -> str:
        """Tables of laws and of what survives, and the sentences."""
        from .analysis_text import text_of

        return text_of(self)


def analyse_runs(
    table: Any,
    roles: Mapping[str, str | Sequence[str]] | None = None,
    *,
    rules: SelectionRules | None = None,
    baseline: str | None = None,
    units: tuple[float | None, float | None] = (None, None),
    settings: JointSettings | None = None,
) -> JointLaws:
    """Every joint law of runs, compared, and what each optimizer changes.

        log L = log(E + A (rho_N N/N0)^-(alpha + d_alpha) + B (rho_D D/D0)^-(beta + d_beta))

    Where tokens follow the size, so that their exponents cannot be told apart, a law of size alone is fitted.

    Args:
        table: a path, a DataFrame with one row a run, or runs already read.
        roles: loss, size, tokens or optimizer to the name of its column, where the reader should not guess.
        rules: what is done with rows of one optimizer, size and token count that differ.
        baseline: name of the optimizer with rho = 1 and d = 0: AdamW, Adam, SGD or the first.
        units: N0 and D0, where the constants are quoted; None for geometric means.
        settings: how many draws, and from which AICc a law is excluded.

    Returns:
        The lattice of laws, intervals, drop-outs, rivals and conclusions.

    Raises:
        InputError: a column is missing, a value is no positive number, or the runs are too few for any law.
    """
    settings = settings or JointSettings()
    data = untied(runs_of(table, roles, rules=rules, baseline=baseline, units=units))
    lattice = fit_lattice(data, settings)
    best = lattice.best
    noise = replicate_noise(data)
    tuned = with_tuning_gap(best, None if noise is None else noise[0])
    rivals = [against_rival(best, fit, settings.draws, settings.seed) for fit in _rivals(lattice)]
    intervals = {term: term_intervals(best, term) for term in ordered(best.terms)}
    survived = survivals(lattice) if len(data.names) > 1 else []
    return JointLaws(
        lattice,
        intervals,
        survived,
        checks_of(lattice, intervals, survived, tuned, rivals),
        rivals,
        tuned,
        shared_deviations(lattice) if len(data.names) > 1 else None,
        _own_floor(lattice),
        conclusions(lattice, survived, rivals, tuned.fit),
    )


def replicate_noise(data: RunData) -> tuple[float, int] | None:
    """Standard deviation of log L between runs of one cell, and its degrees of freedom; None without repeats."""
    tokens = np.zeros_like(data.sizes) if data.tokens is None else data.tokens
    cells = np.unique(np.stack([data.optimizer, data.sizes, tokens]), axis=1, return_inverse=True)[1].ravel()
    count = np.bincount(cells)
    dof = int(len(cells) - len(count))
    if dof < 1:
        return None
    means = np.bincount(cells, weights=data.y) / count
    return float(np.sqrt(np.sum((data.y - means[cells]) ** 2) / dof)), dof


def _rivals(lattice: LatticeFit) -> list[JointFit]:
    constants = lattice.constants_only
    kept = [fit for fit in lattice.accounts if fit is not lattice.best]
    if constants is not None and constants is not lattice.best and constants not in kept:
        kept.append(constants)
    return kept


def _own_floor(lattice: LatticeFit) -> JointFit | None:
    data, best = lattice.data, lattice.best
    terms = best.terms | {OWN_FLOOR}
    if len(data.names) == 1 or len(data.y) <= len(best.theta) + len(data.names) + 2:
        return None
    start = np.concatenate([best.theta, np.zeros(len(data.names) - 1)])
    return fit_joint(data, terms, lattice.settings.delta, starts=[start], scattered=0)


def _values(fit: JointFit) -> dict[str, dict[str, dict[str, float]]]:
    return {term: {o: vars(e) for o, e in fit.term(term).items()} for term in ordered(fit.terms)}
