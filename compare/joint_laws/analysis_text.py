"""An analysis of runs as text: tables of laws, values and checks, and in plain words how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..loss_laws import t_quantile
from ..text_table import aligned
from .joint_fit import Estimate
from .shared_deviations import SharedDeviations
from .survival import leading
from .terms import EXPONENT_TERMS, ordered

_SURE = 3.0  # standard errors, about 95 % for a dozen optimizers at once

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
    if data.tied:
        head += " Tokens follow the size, so exponents are along that path, with both growing."
    shared = ", ".join(f"{name} {_shown(value)}" for name, value in best.shared().items())
    lines = [
        *(f"{line}." for line in data.reading),
        head,
        "",
        aligned(_laws(found)),
        "",
        f"{best.name}: {shared}; residual SD {best.sigma:.4f}",
    ]
    if len(data.names) > 1 and best.terms:
        lines += ["", aligned(_terms(found))]
        if found.checks:
            term = leading(best, found.intervals)[0]
            lines += ["", f"Does {term} survive, where its interval leaves out 0?", "", aligned(_checks(found))]
    if found.shared is not None:
        lines += ["", *_shared(found, found.shared)]
    return "\n".join([*lines, "", *_conclusions(found), "", sentence_of(found)])


def _shared(found: JointLaws, shared: SharedDeviations) -> list[str]:
    """Laws that remain with deviations shared by cells, and what they say of the exponents."""
    names = found.lattice.data.names[1:]
    head = (
        f"Runs of one size and tokens deviate together (F = {shared.f:.1f} over {shared.cells} cells, chance "
        f"{shared.chance:.1g}), which the tables above take as independent. With deviations shared by cells:"
    )
    fits = [*shared.accounts, *([] if shared.constants_only in shared.accounts else [shared.constants_only])]
    changes = [(fit, t) for fit in fits for t in ordered(fit.terms) if t in EXPONENT_TERMS]
    rows: list[tuple[str, ...]] = [("terms", "above best", "within cells", *(f"{name}" for name in names))]
    for fit in fits:
        lines = [t for f, t in changes if f is fit] or [""]
        for t in lines:
            cells = [_shown(fit.values[t][name]) if t else "" for name in names]
            title = fit.name if len(lines) == 1 else f"{fit.name}: {t}"
            rows.append((title, f"{fit.aicc - shared.best.aicc:.1f}", f"{fit.sigma:.4f}", *cells))
    return [head, "", aligned(rows)]


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
        parts = [f"No change of exponent is needed: {found.best.name} suffices. {_bounds(found)}"]
    else:
        parts = [f"Whether an optimizer changes an exponent cannot be told from these {len(data.y)} runs."]
    parts += _evidence(found)
    parts += _with_shared(found)
    if found.replicate_noise() is None:
        parts.append("One run a cell: noise between seeds is not seen, and is taken from the residuals.")
    return " ".join(parts)


def _bounds(found: JointLaws) -> str:
    """How large a change of exponent beside the best law may be: that it is not needed does not make it 0."""
    ends = []
    for term in EXPONENT_TERMS:
        fit = found.lattice.fits.get(found.best.terms | {term})
        if fit is not None and term not in found.best.terms and fit.dof > 0:
            reach = t_quantile(fit.dof)
            values = fit.term(term).values()
            low, high = (s(e.value + k * reach * e.stderr for e in values) for s, k in ((min, -1), (max, 1)))
            ends.append(f"{term} between {low:+.3f} and {high:+.3f}")
    return f"Added to it, 95 % intervals leave {' or '.join(ends)}." if ends else "The runs are too few to bound one."


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


def _with_shared(found: JointLaws) -> list[str]:
    """Whether constants alone remain once deviations are shared by cells, and which signs all laws agree on."""
    shared = found.shared
    if shared is None:
        return []
    behind = shared.constants_only.aicc - shared.best.aicc
    start = f"With deviations shared by cells, a model better by {shared.gain:.0f} of AICc,"
    if behind <= shared.not_excluded:
        return [f"{start} constants alone remain too."]
    term = leading(found.best, found.intervals)[0]
    agreed = []
    for name in found.lattice.data.names[1:]:
        values = [fit.values[term][name] for fit in shared.accounts if term in fit.terms] if term else []
        signs = {0.0 if abs(v.value) < _SURE * v.stderr else float(v.value > 0) - 0.5 for v in values}
        if len(signs) == 1 and 0.0 not in signs and all(term in fit.terms for fit in shared.accounts):
            agreed.append(name)
    parts = [f"{start} constants alone fall {behind:.0f} behind."]
    if agreed:
        parts.append(
            f"There {term} of {', '.join(agreed)} has one sign, {_SURE:g} standard errors from 0 or more, in every law "
            "that remains. This rests on the form of the law, and is no verdict: a tuning gap that changes with size "
            "or tokens would look the same."
        )
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
