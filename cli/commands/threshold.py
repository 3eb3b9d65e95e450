"""optscaling threshold: the spectral exponent above which the optimizer changes alpha."""

from __future__ import annotations

import click

from ..console import COUNT, SIZES, Counts, print_json, say, say_stand_ins, stand_ins_json, stand_ins_of


@click.command(short_help="The spectral exponent above which an optimizer changes alpha.")
@click.argument("optimizer")
@click.option(
    "--baseline", metavar="OPTIMIZER", default="gd", show_default=True, help="The optimizer it is held against."
)
@click.option("--r", metavar="R", help="Source exponent of the target. Isotropic (r = s) if left out; r for a symbol.")
@click.option("--tau", metavar="TAU", help="Path exponent: T = N^tau steps. Symbolic if left out.")
@click.option("--samples", metavar="NU", help="Sample exponent: n = N^nu samples. Population gradient if left out.")
@click.option("--noise", is_flag=True, help="Labels carry noise of a fixed variance.")
@click.option("--compute", is_flag=True, help="At equal compute, each optimizer on its best path, not at equal steps.")
@click.option("--steps", type=COUNT, metavar="T", help="A fixed number of steps instead of a path.")
@click.option("--sizes", type=SIZES, help="With --steps: the sizes N, a range A:B or a list A,B,C.")
@click.option("--eta", metavar="ETA", help="With --steps: step size, in units of 1/lambda_max.  [default: 1.5]")
@click.option("--cite", is_flag=True, help="BibTeX of the papers it rests on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    optimizer: str,
    baseline: str,
    r: str | None,
    tau: str | None,
    samples: str | None,
    noise: bool,
    compute: bool,
    steps: int | None,
    sizes: Counts | None,
    eta: str | None,
    cite: bool,
    as_json: bool,
) -> None:
    """The spectral exponent s* above which OPTIMIZER has a larger alpha than the baseline.

    Along a path T = N^tau there is one s*; after a fixed number of steps there is one for each size.

    \b
    optscaling threshold natural-gradient --tau 3/2
    optscaling threshold natural-gradient --compute
    optscaling threshold natural-gradient --samples 3/2 --noise --tau 1
    optscaling threshold matrix-sign --steps 2000 --sizes 100:5000
    """
    from ...errors import InputError
    from ...theory.symbolic import bibliography
    from ...theory.thresholds import threshold, threshold_at

    taken = stand_ins_of((optimizer, baseline))
    if tau is not None and steps is not None:
        raise InputError("--tau and --steps exclude each other: give a path T = N^tau, or one T with --sizes.")
    if steps is None:
        given = [name for name, value in (("--sizes", sizes), ("--eta", eta)) if value is not None]
        if given:
            raise InputError(f"{given[0]} needs --steps, because along a path s* depends on neither; add --steps T.")
        if compute and tau is not None:
            raise InputError("--tau and --compute exclude each other: at equal compute the best path is taken.")
        path = "compute" if compute else tau
        result = threshold(optimizer, baseline, r=r, tau=path, samples=samples, noise=noise)
    else:
        if samples is not None or noise or compute:
            raise InputError("--steps is for a population gradient; leave out --samples, --noise and --compute.")
        if sizes is None:
            raise InputError("--steps needs --sizes, because at a fixed T each size has its own s*; add --sizes A:B.")
        result = threshold_at(optimizer, baseline, steps, sizes.values, "3/2" if eta is None else eta, r)
    if as_json:
        content = result.to_json() | stand_ins_json(taken)
        if cite:
            content["bibtex"] = bibliography(result.sources)
        print_json(content)
    else:
        if not cite:
            say_stand_ins(taken)
        say(bibliography(result.sources) if cite else str(result))
