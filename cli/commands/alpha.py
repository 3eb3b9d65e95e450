"""optscaling alpha: the asymptotic exponent, its derivation and its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...errors import InputError
from ..console import print_json

if TYPE_CHECKING:
    from ...theory.derivations import Derivation


@click.command(short_help="The scaling exponent of an optimizer, symbolic or as a number.")
@click.argument("optimizer")
@click.option("--s", metavar="S", help="Spectral exponent: eigenvalues k^-(1+s). Symbolic if left out.")
@click.option(
    "--r", metavar="R", help="Source exponent: target energies k^-(1+r). Isotropic (r = s) if left out; r for a symbol."
)
@click.option("--tau", metavar="TAU", help="Path exponent: T = N^tau steps; best: stop best. Symbolic if left out.")
@click.option("--samples", metavar="NU", help="Sample exponent: n = N^nu samples. Population gradient if left out.")
@click.option("--noise", is_flag=True, help="Labels carry noise of a fixed variance.")
@click.option(
    "--per", type=click.Choice(["size", "data", "compute"]), help="Risk against N (along T = N^tau), D = B*T, or N*D."
)
@click.option("--schedule", metavar="SCHEDULE", help="With --per data: constant, linear, cosine, wsd:SHARE, power:D.")
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
    """
    if per in ("data", "compute"):
        if tau is not None or samples is not None or with_witness:
            raise InputError(
                f"--per {per} is about one pass over D = B*T samples, so --tau, --samples and --witness have no "
                "meaning with it; leave them out."
            )
        from ...theory.derivations import derive_per_data
        from ...theory.schedules import parse_schedule

        shape = parse_schedule(schedule or "constant", warmup)
        steps = derive_per_data(optimizer, s, r, shape, noise=noise, per="data" if per == "data" else "compute")
        _show(steps, derive, as_latex, cite, as_json)
        return
    if schedule is not None or warmup is not None:
        raise InputError("A schedule changes exponents in the data; add --per data, or leave out the schedule.")
    from ...theory.exponents import alpha

    if tau is not None and tau.strip() == "best":
        from ...theory.thresholds import best_stop

        if derive or as_latex or cite or with_witness:
            raise InputError("--tau best has no derivation or witness of its own; ask at the tau that it gives.")
        stopped = best_stop(optimizer, s, r, samples, noise)
        if as_json:
            print_json(stopped.to_json())
        else:
            click.echo(str(stopped))
        return
    result = alpha(optimizer, s, r, tau, samples, noise)
    content, parts = result.to_json(), []
    if derive or as_latex or cite:
        from ...theory.derivations import derive as derivation_of

        derivation = derivation_of(optimizer, s, r, tau, samples, noise)
        if derive:
            content["derivation"] = derivation.to_json()
            parts.append(str(derivation))
        if as_latex:
            content["latex"] = derivation.latex()
            parts.append(derivation.latex().rstrip())
        if cite:
            content["bibtex"] = derivation.bibtex
            parts.append(derivation.bibtex or result.status)
    else:
        parts.append(str(result))
    if with_witness:
        from ...theory.witness import witness

        found = witness(optimizer, s, r, tau, samples, noise)
        content["witness"] = found.to_json()
        parts.append(str(found))
    if as_json:
        print_json(content)
    else:
        click.echo("\n\n".join(parts))


def _show(found: Derivation, derive: bool, as_latex: bool, cite: bool, as_json: bool) -> None:
    """An exponent with what was asked for beside it."""
    content, parts = found.result.to_json(), []
    if derive:
        content["derivation"] = found.to_json()
        parts.append(str(found))
    if as_latex:
        content["latex"] = found.latex()
        parts.append(found.latex().rstrip())
    if cite:
        content["bibtex"] = found.bibtex
        parts.append(found.bibtex)
    if as_json:
        print_json(content)
    else:
        click.echo("\n\n".join(parts or [str(found.result)]))
