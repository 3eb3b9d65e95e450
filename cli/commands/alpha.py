"""optscaling alpha: the asymptotic exponent, its derivation and its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ...errors import InputError
from ..console import listed, print_json, say, say_stand_ins, stand_ins_json, stand_ins_of

if TYPE_CHECKING:
    from ...theory.derivations import Derivation


@click.command(short_help="The scaling exponent of an optimizer, symbolic or as a number.")
@click.argument("optimizer")
@click.option("--s", metavar="S", help="Spectral exponent: eigenvalues k^-(1+s); a list too. Symbolic if left out.")
@click.option(
    "--r", metavar="R", help="Source exponent: target energies k^-(1+r). Isotropic (r = s) if left out; r for a symbol."
)
@click.option("--tau", metavar="TAU", help="Path exponent: T = N^tau steps; best: stop best. Symbolic if left out.")
@click.option("--samples", metavar="NU", help="Sample exponent: n = N^nu samples. Population gradient if left out.")
@click.option("--noise", is_flag=True, help="Labels carry noise of a fixed variance.")
@click.option(
    "--per", type=click.Choice(["size", "data", "compute"]), help="Risk against N (along T = N^tau), D = B*T, or N*D."
)
@click.option(
    "--schedule", metavar="SCHEDULE", help="With --per data or muon:m=M: constant, linear, cosine, wsd:SHARE, power:D."
)
@click.option("--warmup", metavar="OMEGA,SHARE", help="With --per data: a rise as t^OMEGA over a SHARE of the run.")
@click.option("--derive", is_flag=True, help="Show how it is derived, step by step.")
@click.option("--latex", "as_latex", is_flag=True, help="The derivation as a LaTeX document.")
@click.option("--cite", is_flag=True, help="BibTeX of the papers it rests on.")
@click.option(
    "--witness", "with_witness", is_flag=True, help="Show what numbers give: risks up to N = 1e12, the slope."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    optimizer: str,
    s: str | None,
    r: str | None,
    tau: str | None,
    samples: str | None,
    noise: bool,
    derive: bool,
    as_latex: bool,
    cite: bool,
    with_witness: bool,
    as_json: bool,
    per: str | None,
    schedule: str | None,
    warmup: str | None,
) -> None:
    """The exponent alpha of OPTIMIZER in risk ~ N^-alpha along T = N^tau, as N grows.

    Numbers may be fractions. `optscaling list` names the optimizers; power:p keeps p symbolic.

    \b
    optscaling alpha gd --s 1 --tau 1
    optscaling alpha power:1/4 --s 1/2
    optscaling alpha matrix-sign --r r --derive
    optscaling alpha block:N^1/2 --s 1 --tau 1/2
    optscaling alpha sgd --s 1 --r 7/2 --tau 4/5 --witness
    optscaling alpha gd --s 1 --samples 3/2 --noise --tau best
    optscaling alpha sgd --s 1/2 --r 1 --per data --noise --schedule linear
    optscaling alpha adam --s 2 --r 1 --per data --noise
    optscaling alpha muon:m=N^1/2 --s 1 --tau 2/5 --schedule linear
    """
    data = per in ("data", "compute")
    taken = stand_ins_of((optimizer,), one_pass=data)
    if data and (tau is not None or samples is not None or with_witness):
        raise InputError(
            f"--per {per} is about one pass over D = B*T samples, so --tau, --samples and --witness have no "
            "meaning with it; leave them out."
        )
    if not data and warmup is not None:
        raise InputError("A warm-up changes exponents in the data; add --per data, or leave it out.")
    shown, found = _Shown(derive, as_latex, cite, with_witness), []
    for each in listed(s, "s"):
        ask = _Question(optimizer, each, r, tau, samples, noise, None if data else schedule)
        if data and per is not None:
            found.append(_per_data(ask, per, schedule, warmup, shown))
        elif tau is not None and tau.strip() == "best":
            if derive or as_latex or cite or with_witness:
                raise InputError("--tau best has no derivation or witness of its own; ask at the tau that it gives.")
            found.append(_best_stop(ask))
        else:
            found.append(_exponent(ask, shown))
    if as_json:
        contents = [content for content, _ in found]
        one = contents[0] if len(contents) == 1 else {"optimizer": contents[0]["optimizer"], "results": contents}
        print_json(one | stand_ins_json(taken))
        return
    if not (as_latex or cite):
        say_stand_ins(taken)
    say("\n\n".join(text for _, text in found))


class _Question(NamedTuple):
    """The arguments of `alpha`."""

    optimizer: str
    s: str | None
    r: str | None
    tau: str | None
    samples: str | None
    noise: bool
    schedule: str | None


class _Shown(NamedTuple):
    """What is shown beside the exponent."""

    derive: bool
    as_latex: bool
    cite: bool
    with_witness: bool


def _best_stop(ask: _Question) -> tuple[dict[str, Any], str]:
    """The exponent at the best tau, as JSON and as text."""
    from ...theory.thresholds import best_stop

    stopped = best_stop(ask.optimizer, ask.s, ask.r, ask.samples, ask.noise)
    return stopped.to_json(), str(stopped)


def _beside(derivation: Derivation | None, result: Any, shown: _Shown) -> tuple[dict[str, Any], list[str]]:
    """A result, or in its place what of its derivation is wanted, as JSON and as blocks of text."""
    content: dict[str, Any] = result.to_json()
    parts: list[str] = []
    if derivation is None:
        return content, [str(result)]
    if shown.derive:
        content["derivation"] = derivation.to_json()
        parts.append(str(derivation))
    if shown.as_latex:
        content["latex"] = derivation.latex()
        parts.append(derivation.latex().rstrip())
    if shown.cite:
        content["bibtex"] = derivation.bibtex
        parts.append(derivation.bibtex or result.status)
    return content, parts or [str(result)]


def _per_data(
    ask: _Question, per: str, schedule: str | None, warmup: str | None, shown: _Shown
) -> tuple[dict[str, Any], str]:
    """The exponent in the data or in the compute of one pass, with what else is wanted, as JSON and as text."""
    from ...theory.derivations import derive_per_data
    from ...theory.schedules import parse_schedule

    shape = parse_schedule(schedule or "constant", warmup)
    derivation = derive_per_data(
        ask.optimizer, ask.s, ask.r, shape, noise=ask.noise, per="data" if per == "data" else "compute"
    )
    content, parts = _beside(derivation, derivation.result, shown)
    return content, "\n\n".join(parts)


def _exponent(ask: _Question, shown: _Shown) -> tuple[dict[str, Any], str]:
    """The exponent with what else is wanted, as JSON and as text."""
    from ...theory.exponents import alpha

    result = alpha(*ask)
    if ask.schedule is not None and any(shown):
        raise InputError(
            f"The exponent of {result.optimizer} under a schedule has no derivation or witness of its own; leave out "
            "--derive, --latex, --cite and --witness (docs/muon.md tells how it comes about)."
        )
    derivation = None
    if shown.derive or shown.as_latex or shown.cite:
        from ...theory.derivations import derive

        derivation = derive(*ask[:-1])
    content, parts = _beside(derivation, result, shown)
    if shown.with_witness:
        from ...theory.witness import witness

        found = witness(*ask[:-1])
        content["witness"] = found.to_json()
        parts.append(str(found))
    return content, "\n\n".join(parts)
