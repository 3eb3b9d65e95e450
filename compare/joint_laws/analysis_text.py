"""An analysis of runs as text: tables of laws, values and checks, and in plain words how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..text_table import aligned
from .checks import leading
from .joint_fit import Estimate
from .terms import EXPONENT_TERMS, ordered

if TYPE_CHECKING:
    from .analysis import JointLaws


def text_of(found: JointLaws) -> str:
    """Tables and sentences."""
    data, best = found.lattice.data, found.best
    unit = "" if data.token_unit is None else f", D0 = {data.token_unit:.3g}"
    head = (
        f"{len(data.y)} runs of {len(data.names)} optimizers; rho and d are against {data.baseline} "
        f"at N0 = {data.size_unit:.3g}{unit}."
    )
    shared = ", ".join(f"{name} {_shown(value)}" for name, value in best.shared().items())
    lines = [head, "", aligned(_laws(found)), "", f"{best.name}: {shared}; residual SD {best.sigma:.4f}"]
    if len(data.names) > 1 and best.terms:
        lines += ["", aligned(_terms(found))]
        if found.checks:
            term = leading(best, found.intervals)[0]
            lines += ["", f"Does {term} survive, where its interval leaves out 0?", "", aligned(_checks(found))]
    return "\n".join([*lines, "", *_conclusions(found), "", sentence_of(found)])


def sentence_of(found: JointLaws) -> str:
    """How sure it is."""
    data = found.lattice.data
    if len(data.names) == 1:
        return "One optimizer, so nothing to compare."
    told = [c for c in found.conclusions if c.verdict != "cannot tell"]
    if told:
        start = "; ".join(f"{c.optimizer} {c.verdict}" for c in told)
        parts = [f"The exponent changes in every account that remains for: {start}."]
    elif not found.conclusions:
        parts = ["No law with a change of exponent is among those that the data do not exclude; constants suffice."]
    else:
        parts = [f"Whether an optimizer changes an exponent cannot be told from these {len(data.y)} runs."]
    parts += _evidence(found)
    if found.replicate_noise() is None:
        parts.append("One run a cell: noise between seeds is not seen, and is taken from the residuals.")
    return " ".join(parts)


def _evidence(found: JointLaws) -> list[str]:
    """How far constants alone fall behind, and how many checks the leading changes survive."""
    term, names = leading(found.best, found.intervals)
    constants = found.lattice.constants_only
    parts = []
    if constants is not None and term:
        check = next((c for c in found.rivals if c.rival == constants.name), None)
        chance = "" if check is None else f" (as much in {check.share:.1%} of data sets made from it)"
        gap = found.lattice.difference(constants.terms)
        parts.append(f"The best law has {term}, {gap:.1f} of AICc ahead of constants alone{chance}.")
    for name in names:
        real = [c for c in found.checks if c.share is None and name in c.sign]
        made = [c for c in found.checks if c.share is not None and name in c.sign]
        kept = sum(c.sign[name] for c in real)
        sure = f"{name}: the sign survives {kept} of {len(real)} checks"
        if made and not made[0].sign[name]:
            sure += f", but {made[0].under}, with no change of exponent, give {_shown(made[0].values[name])} as well"
        parts.append(f"{sure}.")
    return parts


def _laws(found: JointLaws) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("terms", "parameters", "AICc", "above best", "not determined")]
    fits = [*found.lattice.fits.values(), *([] if found.own_floor is None else [found.own_floor])]
    for fit in sorted(fits, key=lambda fit: fit.aicc):
        weak = f"{len(fit.undetermined)} of {len(fit.theta)}" if fit.undetermined else ""
        rows.append((fit.name, str(fit.parameters), f"{fit.aicc:.1f}", f"{fit.aicc - found.best.aicc:.1f}", weak))
    return rows


def _terms(found: JointLaws) -> list[tuple[str, ...]]:
    terms = ordered(found.best.terms)
    spans = {c.optimizer: c for c in found.conclusions}
    about = next((c.term for c in found.conclusions), "")
    rows: list[tuple[str, ...]] = [
        ("optimizer", *(f"{t} [95 %]" for t in terms), *([f"{about} over all laws that remain"] if about else []))
    ]
    values = {term: found.best.term(term) for term in terms}
    for name in found.lattice.data.names[1:]:
        row = [name]
        for term in terms:
            low, high = found.intervals[term][name]
            row.append(f"{_shown(values[term][name])} [{low:.3f}, {high:.3f}]")
        if about:
            row.append(f"[{spans[name].span[0]:+.3f}, {spans[name].span[1]:+.3f}], or no term")
        rows.append(tuple(row))
    if about and not any(about not in fit.terms for fit in found.lattice.accounts):
        rows = [tuple(cell.removesuffix(", or no term") for cell in row) for row in rows]
    return rows


def _checks(found: JointLaws) -> list[tuple[str, ...]]:
    term, names = leading(found.best, found.intervals)
    values = found.best.term(term)
    rows: list[tuple[str, ...]] = [("check", "best law", "term", *names, "sign", "size")]
    rows.append(("all runs", found.best.name, "yes", *(_shown(values[name]) for name in names), "", ""))
    for check in found.checks:
        kept = {None: "-", True: "yes", False: "no"}[check.term]
        if check.share is not None:
            kept = f"{kept} ({check.share:.1%})"
        cells = (_shown(check.values[name]) if name in check.values else "-" for name in names)
        sign, size = (f"{sum(s.values())} of {len(s)}" if s else "-" for s in (check.sign, check.size))
        rows.append((check.under, check.law, kept, *cells, sign, size))
    return rows


def _conclusions(found: JointLaws) -> list[str]:
    """One sentence for all optimizers of the same verdict and reasons."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for c in found.conclusions:
        groups.setdefault((c.term, c.verdict, c.reasons), []).append(c.optimizer)
    lines = []
    for (term, verdict, reasons), names in groups.items():
        what = f"{', '.join(names)}: {'alpha' if term == EXPONENT_TERMS[0] else 'beta'}"
        lines.append(
            f"{what}: cannot tell, because {'; '.join(reasons)}."
            if verdict == "cannot tell"
            else f"{what} {verdict} than the baseline's in every account that remains."
        )
    return lines


def _shown(found: Estimate) -> str:
    return f"{found.value:.3f}({1e3 * found.stderr:.0f})"
