"""optscaling alpha: the asymptotic exponent, its derivation and its sources."""

from __future__ import annotations

import click

from ...errors import InputError
from ..console import print_json


@click.command(short_help="The scaling exponent of an optimizer, symbolic or as a number.")
@click.argument("optimizer")
@click.option("--s", metavar="S", help="Spectral exponent: eigenvalues k^-(1+s). Symbolic if left out.")
@click.option(
    "--r", metavar="R", help="Source exponent: target energies k^-(1+r). Isotropic (r = s) if left out; r for a symbol."
)
@click.option("--tau", metavar="TAU", help="Path exponent: T = N^tau steps; best: stop best. Symbolic if left out.")
@click.option("--samples", metavar="NU", help="Sample exponent: n = N^nu samples. Population gradient if left out.")
@click.option("--noise", is_flag=True, help="Labels carry noise of a fixed variance.")
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
    """
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
