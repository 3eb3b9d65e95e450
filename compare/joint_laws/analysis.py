"""The whole analysis of a table of runs: every law, what survives, what rivals can do, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..loss_laws import Interval
from ..text_table import aligned
from .conclusion import Conclusion, conclusions
from .intervals import term_intervals
from .joint_fit import Estimate, JointFit, fit_joint
from .lattice_fit import LatticeFit, fit_lattice
from .run_data import RunData, runs_of
from .settings import JointSettings
from .simulated_data import RivalCheck, against_rival
from .survival import Survival, survivals
from .terms import CONSTANT_TERMS, EXPONENT_TERMS, OWN_FLOOR, ordered
from .tuning_gap import TunedFit, with_tuning_gap

if TYPE_CHECKING:
    from pandas import DataFrame

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class JointLaws:
    """Does the optimizer change an exponent of L(N, D) in these runs?

    Attributes:
        lattice: every law, by which terms the optimizers change.
        intervals: 95 % profile-likelihood intervals of the best law's terms, by term and optimizer.
        survivals: the lattice without some of the runs.
        rivals: what the best law says on data made from each other law that is not excluded.
        tuned: the best law with a half-normal tuning gap.
        own_floor: the best law with a floor E of each optimizer, None where the runs are too few.
        conclusions: one for each optimizer.
    """

    lattice: LatticeFit
    intervals: dict[str, dict[str, Interval]]
    survivals: list[Survival]
    rivals: list[RivalCheck]
    tuned: TunedFit
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
        data = self.lattice.data
        if len(data.names) == 1:
            return "One optimizer, so nothing to compare."
        told = [c for c in self.conclusions if c.verdict != "cannot tell"]
        about = ordered(self.best.terms)
        term = next((t for t in about if t in EXPONENT_TERMS), None)
        if told:
            start = "; ".join(f"{c.optimizer} {c.verdict}" for c in told)
            first = f"The exponent changes in every account that remains for: {start}. "
        elif term is None and not self.conclusions:
            first = "No law with a change of exponent is among those that the data do not exclude; constants suffice. "
        else:
            first = f"Whether an optimizer changes an exponent cannot be told from these {len(data.y)} runs. "
        excluded = self.lattice.constants_only
        if excluded is not None and term is not None:
            gap = self.lattice.difference(excluded.terms)
            check = next((c for c in self.rivals if c.rival == excluded.name), None)
            chance = "" if check is None else f" (as much in {check.share:.1%} of data sets made from it)"
            first += f"The best law has {term}, {gap:.1f} of AICc ahead of constants alone{chance}. "
        repeats = self.replicate_noise()
        if repeats is None:
            first += "One run a cell: noise between seeds is not seen, and is taken from the residuals."
        return first.strip()

    def to_json(self) -> dict[str, Any]:
        """Plain values with a schema version."""
        fits = sorted(self.lattice.fits.values(), key=lambda fit: fit.aicc)
        weights = self.lattice.weights
        return {
            "schema": SCHEMA,
            "kind": "joint laws",
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
            "own_floor": None if self.own_floor is None else {"aicc": self.own_floor.aicc},
            "conclusions": [vars(c) | {"reasons": list(c.reasons), "span": list(c.span)} for c in self.conclusions],
            "sentence": self.sentence(),
        }

    def __str__(self) -> str:
        """Tables of laws and of what survives, and the sentences."""
        data = self.lattice.data
        unit = "" if data.token_unit is None else f", D0 = {data.token_unit:.3g}"
        head = (
            f"{len(data.y)} runs of {len(data.names)} optimizers; rho and d are against {data.baseline} "
            f"at N0 = {data.size_unit:.3g}{unit}."
        )
        shared = ", ".join(f"{name} {_shown(found)}" for name, found in self.best.shared().items())
        lines = [head, "", aligned(self._laws()), "", f"{self.best.name}: {shared}; residual SD {self.best.sigma:.4f}"]
        if len(data.names) > 1 and self.best.terms:
            lines += ["", aligned(self._terms())]
            if self.survivals:
                lines += ["", aligned(self._survival())]
        lines += ["", *(str(c) for c in self.conclusions), "", self.sentence()]
        return "\n".join(lines)

    def _laws(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("terms", "parameters", "AICc", "above best", "not determined")]
        fits = sorted(self.lattice.fits.values(), key=lambda fit: fit.aicc)
        if self.own_floor is not None:
            fits = sorted([*fits, self.own_floor], key=lambda fit: fit.aicc)
        for fit in fits:
            weak = f"{len(fit.undetermined)} of {len(fit.theta)}" if fit.undetermined else ""
            rows.append((fit.name, str(fit.parameters), f"{fit.aicc:.1f}", f"{fit.aicc - self.best.aicc:.1f}", weak))
        return rows

    def _terms(self) -> list[tuple[str, ...]]:
        terms = ordered(self.best.terms)
        tuned = {term: self.tuned.fit.term(term) for term in terms}
        constants = next((c for c in self.rivals if c.rival == getattr(self.lattice.constants_only, "name", "")), None)
        changes = [t for t in terms if t in EXPONENT_TERMS]
        others = [f for f in self.lattice.accounts if f is not self.best and f.terms.issuperset(changes) and changes][
            :2
        ]
        rows: list[tuple[str, ...]] = [
            (
                "optimizer",
                *(f"{t} [95 %]" for t in terms),
                *(f"{t}, tuning gap" for t in terms),
                *(f"{t} in {fit.name}" for fit in others for t in changes),
                *(f"{t} on data of {constants.rival}" for t in changes if constants is not None),
            )
        ]
        values = {term: self.best.term(term) for term in terms}
        for k, name in enumerate(self.lattice.data.names[1:]):
            row = [name]
            for term in terms:
                low, high = self.intervals[term][name]
                row.append(f"{_shown(values[term][name])} [{low:.3f}, {high:.3f}]")
            row += [_shown(tuned[term][name]) for term in terms]
            row += [_shown(fit.term(t)[name]) for fit in others for t in changes]
            if constants is not None:
                row += [f"{constants.bias[t][k]:+.3f}({1e3 * constants.spread[t][k]:.0f})" for t in changes]
            rows.append(tuple(row))
        return rows

    def _survival(self) -> list[tuple[str, ...]]:
        terms = [t for t in ordered(self.best.terms) if t in EXPONENT_TERMS] or ordered(self.best.terms)[:1]
        names = sorted(self.lattice.data.names[1:], key=lambda o: -_evidence(self.best.term(terms[0])[o], terms[0]))[:4]
        rows: list[tuple[str, ...]] = [("without", "best law", *(f"{t} {name}" for t in terms for name in names))]
        for survival in self.survivals:
            fit = survival.fit.fits.get(self.best.terms)
            cells = [
                _shown(fit.term(t)[name]) if fit is not None and name in fit.data.names else "-"
                for t in terms
                for name in names
            ]
            rows.append((survival.without, survival.fit.best.name, *cells))
        return rows


def analyse_runs(
    table: DataFrame | RunData,
    roles: Mapping[str, str] | None = None,
    *,
    baseline: str | None = None,
    units: tuple[float | None, float | None] = (None, None),
    settings: JointSettings | None = None,
) -> JointLaws:
    """Every joint law of runs, compared, and what each optimizer changes.

        log L = log(E + A (rho_N N/N0)^-(alpha + d_alpha) + B (rho_D D/D0)^-(beta + d_beta))

    Args:
        table: a DataFrame with one row a run, or runs already read.
        roles: loss, size, tokens or optimizer to the name of its column, where the reader should not guess.
        baseline: name of the optimizer with rho = 1 and d = 0: AdamW, Adam, SGD or the first.
        units: N0 and D0, where the constants are quoted; None for geometric means.
        settings: how many draws, and from which AICc a law is excluded.

    Returns:
        The lattice of laws, intervals, drop-outs, rivals and conclusions.

    Raises:
        InputError: a column is missing, a value is no positive number, or the runs are too few for any law.
    """
    settings = settings or JointSettings()
    data = runs_of(table, roles, baseline=baseline, units=units)
    lattice = fit_lattice(data, settings)
    best = lattice.best
    noise = replicate_noise(data)
    tuned = with_tuning_gap(best, None if noise is None else noise[0])
    rivals = [against_rival(best, fit, settings.draws, settings.seed) for fit in _rivals(lattice)]
    survived = survivals(lattice) if len(data.names) > 1 else []
    return JointLaws(
        lattice,
        {term: term_intervals(best, term) for term in ordered(best.terms)},
        survived,
        rivals,
        tuned,
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


def _evidence(found: Estimate, term: str) -> float:
    return abs(found.value - (1.0 if term in CONSTANT_TERMS else 0.0)) / max(found.stderr, 1e-12)


def _shown(found: Estimate) -> str:
    return f"{found.value:.3f}({1e3 * found.stderr:.0f})"
