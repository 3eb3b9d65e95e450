"""Exact algebra of level 1: symbols, rationals, monomials and partitions of a parameter plane.

`symbols.py` has the symbols of every formula, `rationals.py` reads numbers exactly, `monomial.py` has the powers that
terms are made of. `linear_program.py` solves programs with symbolic coefficients, `cell_decomposition.py` cuts a
plane into the parts on which one formula holds. `formatting.py` prints, `references.py` names the papers. Nothing
here knows of an optimizer, and nothing uses numpy, scipy or jax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .cell_decomposition import Column as Column
    from .cell_decomposition import Strip as Strip
    from .cell_decomposition import line as line
    from .cell_decomposition import plane as plane
    from .cell_decomposition import positive as positive
    from .formatting import block as block
    from .formatting import formula as formula
    from .formatting import json_number as json_number
    from .formatting import latex as latex
    from .formatting import number as number
    from .formatting import plain as plain
    from .formatting import plain_condition as plain_condition
    from .linear_program import Constraint as Constraint
    from .linear_program import Optimum as Optimum
    from .linear_program import maximise as maximise
    from .monomial import Monomial as Monomial
    from .monomial import Path as Path
    from .rationals import Number as Number
    from .rationals import exact as exact
    from .references import AMARI as AMARI
    from .references import DEFILIPPIS as DEFILIPPIS
    from .references import FERBACH as FERBACH
    from .references import FUNCTIONAL_SCALING as FUNCTIONAL_SCALING
    from .references import KUNSTNER_BACH as KUNSTNER_BACH
    from .references import MALONEY as MALONEY
    from .references import OPTIMAL_SCHEDULES as OPTIMAL_SCHEDULES
    from .references import PAQUETTE as PAQUETTE
    from .references import RAMANI_JAIN as RAMANI_JAIN
    from .references import VELIKANOV_YAROTSKY as VELIKANOV_YAROTSKY
    from .references import Source as Source
    from .references import bibliography as bibliography
    from .symbols import BATCH as BATCH
    from .symbols import BLOCK as BLOCK
    from .symbols import DAMPING as DAMPING
    from .symbols import DELTA as DELTA
    from .symbols import ETA as ETA
    from .symbols import NU as NU
    from .symbols import RIDGE as RIDGE
    from .symbols import SAMPLES as SAMPLES
    from .symbols import TAU as TAU
    from .symbols import N as N
    from .symbols import P as P
    from .symbols import R as R
    from .symbols import S as S
    from .symbols import T as T
    from .symbols import X as X

_HOMES = {
    "AMARI": "references",
    "BATCH": "symbols",
    "BLOCK": "symbols",
    "Column": "cell_decomposition",
    "Constraint": "linear_program",
    "DAMPING": "symbols",
    "DEFILIPPIS": "references",
    "DELTA": "symbols",
    "ETA": "symbols",
    "FERBACH": "references",
    "FUNCTIONAL_SCALING": "references",
    "KUNSTNER_BACH": "references",
    "MALONEY": "references",
    "Monomial": "monomial",
    "N": "symbols",
    "NU": "symbols",
    "Number": "rationals",
    "Optimum": "linear_program",
    "P": "symbols",
    "OPTIMAL_SCHEDULES": "references",
    "PAQUETTE": "references",
    "Path": "monomial",
    "R": "symbols",
    "RAMANI_JAIN": "references",
    "RIDGE": "symbols",
    "S": "symbols",
    "SAMPLES": "symbols",
    "Source": "references",
    "Strip": "cell_decomposition",
    "T": "symbols",
    "TAU": "symbols",
    "VELIKANOV_YAROTSKY": "references",
    "X": "symbols",
    "bibliography": "references",
    "block": "formatting",
    "exact": "rationals",
    "formula": "formatting",
    "json_number": "formatting",
    "latex": "formatting",
    "line": "cell_decomposition",
    "maximise": "linear_program",
    "number": "formatting",
    "plain": "formatting",
    "plain_condition": "formatting",
    "plane": "cell_decomposition",
    "positive": "cell_decomposition",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
