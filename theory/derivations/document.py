"""Proof: the parts of a derivation (formulas and steps), shown as text and as a LaTeX document."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from ..data_limited import DataExponent
from ..exponents import AlphaResult
from ..symbolic import Source, bibliography, latex, plain

_WIDTH = 100
# formulas that are wider than the line are drawn smaller
_FIT = r"\newcommand{\fit}[1]{\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{$\displaystyle #1$}}"


@dataclass(frozen=True)
class Formula:
    """One displayed formula, in plain text and in LaTeX."""

    text: str
    latex: str

    @classmethod
    def of(cls, left: str, left_latex: str, right: Expr, relation: str = "=") -> Formula:
        """left (=, ~) right."""
        sign = {"=": "=", "~": r"\sim"}[relation]
        return cls(f"{left} {relation} {plain(right)}", f"{left_latex} {sign} {latex(right)}")


@dataclass(frozen=True)
class Step:
    """One step: what is done, in words without formulas, then the formulas and their sources."""

    title: str
    words: str
    formulas: tuple[Formula, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """The steps to an exponent.

    Args:
        result: The exponent that they lead to.
        steps: The steps, in order.
    """

    result: AlphaResult | DataExponent
    steps: tuple[Step, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """The papers the steps rest on, in the order of first use."""
        return tuple(dict.fromkeys(source for step in self.steps for source in step.sources))

    @property
    def bibtex(self) -> str:
        """The sources as BibTeX."""
        return bibliography(self.sources)

    def __str__(self) -> str:
        lines = [f"alpha of {self.result.optimizer}, step by step"]
        for count, step in enumerate(self.steps, 1):
            lines += ["", f"{count}. {step.title}"]
            lines += textwrap.wrap(step.words, _WIDTH, initial_indent="   ", subsequent_indent="   ")
            lines += [f"       {formula.text}" for formula in step.formulas]
        lines += ["", *textwrap.wrap(self.result.status, _WIDTH)]
        if self.sources:
            lines += ["", "Sources", *(f"   {source}" for source in self.sources)]
        return "\n".join(lines)

    def latex(self) -> str:
        """A whole LaTeX document, which needs amsmath and graphicx."""
        body = []
        for step in self.steps:
            cited = ",".join(source.key for source in step.sources)
            body.append(rf"\section{{{_escape(step.title)}}}")
            body.append(_escape(step.words) + (rf" \cite{{{cited}}}" if cited else ""))
            body += [rf"\[ \fit{{{formula.latex}}} \]" for formula in step.formulas]
        entries = [rf"\bibitem{{{source.key}}} {_escape(str(source))}" for source in self.sources]
        if entries:
            body += [r"\begin{thebibliography}{9}", *entries, r"\end{thebibliography}"]
        return "\n".join(
            [
                r"\documentclass{article}",
                r"\usepackage{amsmath,graphicx}",
                _FIT,
                rf"\title{{The scaling exponent of {_escape(self.result.optimizer)}}}",
                r"\date{}",
                r"\begin{document}",
                r"\maketitle",
                *body,
                r"\section{Result}",
                _escape(" ".join((self.result.status, "Assumed:", "; ".join(self.result.assumptions) + "."))),
                r"\end{document}",
                "",
            ]
        )

    def _repr_latex_(self) -> str:
        return self.result._repr_latex_()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "steps": [
                {
                    "title": step.title,
                    "words": step.words,
                    "formulas": [{"text": each.text, "latex": each.latex} for each in step.formulas],
                    "sources": [source.key for source in step.sources],
                }
                for step in self.steps
            ],
            "sources": [str(source) for source in self.sources],
            "bibtex": self.bibtex,
        }


_SPECIAL = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
_SPECIAL |= {character: "\\" + character for character in "_%&#${}"} | {"<": r"$<$", ">": r"$>$"}


def _escape(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)
