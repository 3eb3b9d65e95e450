"""optscaling diagnose: whether the optimizer will change alpha on one's own data."""

from __future__ import annotations

from pathlib import Path

import click

from ..console import SIZES, Counts, check_figure, meter, print_json, save_figure


@click.command(short_help="Whether the optimizer will change alpha on your data.")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--target", metavar="NAME", help="The target's column in a table of features.")
@click.option("--steps", type=int, metavar="T", help="Training steps you can afford.")
@click.option("--sizes", type=SIZES, help="Model sizes N: a range A:B or a list A,B,C.")
@click.option("--samples", type=int, metavar="n", help="Training samples.")
@click.option("--noise", type=float, metavar="V", help="Label-noise variance over the target's variance.")
@click.option(
    "--features",
    type=click.Choice(["linear", "relu", "erf", "tanh", "gelu"]),
    default="linear",
    show_default=True,
    help="Random features of the inputs.",
)
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="OPTIMIZER=C",
    help="Time of a step over that of a gd step (natural-gradient: of its solve); judge it at equal compute.",
)
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE", help="Spectrum and exponents, as .png, .svg or .pdf."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    data: Path,
    target: str | None,
    steps: int | None,
    sizes: Counts | None,
    samples: int | None,
    noise: float | None,
    features: str,
    costs: tuple[str, ...],
    figure: Path | None,
    as_json: bool,
) -> None:
    """Say, for the data in DATA, which optimizers have a larger alpha than gradient descent.

    DATA is a .csv, .npy or .npz file: one column of eigenvalues, or features with --target (npz: keys X and y), or a
    kernel matrix (npz: keys K and y; K alone is taken for its eigenvalues).

    \b
    optscaling diagnose eigenvalues.csv --steps 1000 --sizes 64:4096
    optscaling diagnose houses.csv --target price --figure houses.svg
    optscaling diagnose houses.csv --target price --cost matrix-sign=3 --samples 20000
    """
    check_figure(figure)
    from ...compare.diagnosis import diagnose

    with meter("diagnose") as show:
        diagnosis = diagnose(
            data,
            target,
            steps=steps,
            sizes=None if sizes is None else sizes.values,
            samples=samples,
            noise=noise,
            features=features,
            cost=dict(map(_cost, costs)),
            progress=show.fraction,
        )
    if figure is not None:
        from matplotlib.figure import Figure

        from ...compare.figures import plot_diagnosis

        drawn = plot_diagnosis(diagnosis).figure
        assert isinstance(drawn, Figure)
        save_figure(drawn, figure)
    files = {} if figure is None else {"figure": str(figure)}
    if as_json:
        print_json(diagnosis.to_json() | files)
        return
    click.echo(str(diagnosis))
    for name, path in files.items():
        click.echo(f"{name}: {path}")


def _cost(text: str) -> tuple[str, float]:
    """Read OPTIMIZER=C. Raises InputError."""
    from ...errors import InputError

    name, equals, number = text.partition("=")
    try:
        if not equals:
            raise ValueError(text)
        return name.strip(), float(number)
    except ValueError:
        raise InputError(f"The cost is '{text[:40]}', but OPTIMIZER=C is expected; try matrix-sign=3.") from None
