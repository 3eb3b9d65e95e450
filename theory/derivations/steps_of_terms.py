"""Derivation of what is no filter: the clock of a law, and a step for each kind of term it has."""

from __future__ import annotations

from ..exponents import Case, Law, Term
from ..symbolic import BATCH, ETA, RAMANI_JAIN, SAMPLES, Monomial, N, S, Source, T, X, latex, plain
from .document import Formula, Step

_WORDS = {
    "signal": "Energy on eigenvalues below x* is not learned yet. Ranks k > k* hold a tail of k*^-r.",
    "tail": "Above x* the residual falls only as a power of x, so learned eigenvalues keep a share of their energy "
    "that may exceed what lies below x*.",
    "noise": "Each step adds gradient noise in proportion to the risk and to the eigenvalue; what lies on eigenvalues "
    "that are not learned is not forgotten. It is the memory kernel of a Volterra equation for the risk.",
    "distortion": "Where r > 1 + s and s > 0, each learned mode leaks a share of order 1/N over the spectrum, which "
    "the optimizer has to learn again, down to x*.",
    "distortion tail": "The leak that sits above x* keeps the share that the tail of the residual leaves.",
    "label noise": "Labels with noise feed every step, and a constant step never averages them: each learned mode "
    "keeps a variance of eta/B times its eigenvalue.",
    "samples": "Modes beyond the number of samples cannot be told from the data.",
    "saturation": "A solution that interpolates n samples leaves each learned mode a residual of kappa/lambda with "
    "kappa ~ n^-(1+s), which counts once the target is smooth.",
    "sampled distortion": "With the samples exhausted, k* = n, the leak of the features is left at x = n^-(1+s).",
    "fluctuation": "The learned modes' sampling error is fed into modes not learned yet, in proportion to their "
    "eigenvalues squared; it counts for smooth targets.",
    "variance": "Fitting a mode to n noisy labels costs a variance of 1/n; the modes fitted are min(k*, N, n). "
    "Where the rate is nearly flat, (1+s) q <= 1/2, the many modes that are fitted a little count for more.",
    "oscillation": "A coordinate moves at the speed eta until it arrives, then oscillates with that amplitude. The "
    "best constant step for T is as small as the way to go allows.",
    "residual": "The residual does not change with T, so a fixed share of the target stays.",
}


def stand_in(law: Law) -> list[Step]:
    """What is assumed of an optimizer that is no filter itself."""
    if not law.assumptions:
        return []
    words = ". ".join(each[0].upper() + each[1:] for each in law.assumptions) + "."
    return [Step("What is taken for it", words, (), law.sources)]


def clock_step(law: Law) -> Step:
    """The smallest eigenvalue learned, and how many modes that is."""
    formulas = [
        Formula("lambda_k = k^-(1+s),  E_k = k^-(1+r)", r"\lambda_k = k^{-(1+s)}, \quad E_k = k^{-(1+r)}"),
    ]
    words = "Every optimizer learns large eigenvalues first. "
    if law.axis:
        return Step("How it learns", words + "Sign descent moves every coordinate at the same speed.", tuple(formulas))
    words += "By step T it has learned those above x*, which are k* modes."
    for clock in law.clocks:
        formulas.append(Formula.of("x*", r"x^\star", _value(clock), "~"))
    if len(law.clocks) > 1:
        words += " The smallest of several x* holds."
    formulas.append(Formula.of("k*", r"k^\star", X ** (-1 / (1 + S)), "~"))
    if law.order is not None and law.decay != 0:
        words += " Where the trace diverges the largest stable step shrinks."
        formulas.append(Formula.of("eta", r"\eta", N**-law.decay, "~"))
    if law.tail is not None:
        words += " Above x* the squared residual falls as a power."
        star = X / _value(law.clocks[0])
        formulas.append(Formula.of("h_T(x)^2", "h_T(x)^2", star**-law.tail, "~"))
    return Step("How it learns", words, tuple(formulas), law.sources or (RAMANI_JAIN,))


def _value(monomial: Monomial) -> object:
    found = 1
    for base, power in zip((N, T, SAMPLES, BATCH, ETA), monomial.exponents, strict=True):
        found *= base**-power
    return found


def term_steps(found: tuple[Case, ...], shown: set[str]) -> list[Step]:
    """A step for each term of the cases that has not been shown yet, in s and r as they were put in."""
    listed: dict[str, dict[Term, str]] = {}
    for case in found:
        for term in case.terms:
            if term.name not in shown:
                listed.setdefault(term.name, {}).setdefault(term, case.text)
    steps = []
    for name, terms in listed.items():
        formulas = tuple(_formula(name, term, text if len(found) > 1 else "") for term, text in terms.items())
        sources: tuple[Source, ...] = tuple(dict.fromkeys(source for term in terms for source in term.sources))
        steps.append(Step(f"The term: {name}", _WORDS[name], formulas, sources))
    return steps


def _formula(name: str, term: Term, place: str) -> Formula:
    values = [_value(monomial) for monomial in term.monomials]
    text, math = ", ".join(plain(each) for each in values), ", ".join(latex(each) for each in values)
    if len(values) > 1:
        text, math = f"the smallest of {text}", rf"\min({math})"
    where = f"   for {place}" if place else ""
    return Formula(f"{name} ~ {text}{where}", rf"F_{{\mathrm{{{name.replace(' ', chr(92) + ' ')}}}}} \sim {math}")
