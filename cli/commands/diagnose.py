"""optscaling diagnose: whether the optimizer will change alpha on one's own data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..console import SIZES, check_figure, meter, print_json, say


@click.command(short_help="Whether the optimizer will change alpha on your data.")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--target", multiple=True, metavar="NAME", help="The target's column, by name or number; may be repeated."
)
@click.option("--labels", type=click.Path(path_type=Path), metavar="FILE", help="The targets of the rows, as a file.")
@click.option("--exclude", multiple=True, metavar="NAME", help="A column that is no feature; may be repeated.")
@click.option("--classes", is_flag=True, help="Take whole numbers of the target as labels of classes.")
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
    help="Time of a step over that of a gd step (natural-gradient: of its solve), or model; measured where left out.",
)
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE", help="Spectrum and exponents, as .png, .svg or .pdf."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(data: Path, figure: Path | None, as_json: bool, **options: Any) -> None:
    """Say, for the data in DATA, which optimizers have a larger alpha than gradient descent for the same compute.

    DATA is a .npy, .npz, .mat, .safetensors, .csv or .txt file: eigenvalues (with energies), or features with --target
    or --labels (npz: keys X and y, X_train and y_train, ...), or a kernel matrix (npz: K and y; a symmetric matrix
    alone is taken for its eigenvalues).

    \b
    optscaling diagnose eigenvalues.csv --steps 1000 --sizes 64:4096
    optscaling diagnose houses.csv --target price --figure houses.svg
    optscaling diagnose x.npy --labels y.npy --cost matrix-sign=1.1 --samples 20000
    """
    check_figure(figure)
    costs, sizes = dict(map(_cost, options.pop("costs"))), options.pop("sizes")
    with meter("diagnose") as show:
        show.fraction(0.0, "loading")
        from ...compare.diagnosis import diagnose

        options |= {"cost": costs, "sizes": None if sizes is None else sizes.values, "progress": show.fraction}
        diagnosis = diagnose(data, options.pop("target") or None, **options)
    if figure is not None:
        from ...compare.figures import save_diagnosis

        save_diagnosis(diagnosis, figure)
    files = {} if figure is None else {"figure": str(figure)}
    if as_json:
        print_json(diagnosis.to_json() | files)
        return
    say(str(diagnosis))
    for name, path in files.items():
        say(f"{name}: {path}")


def _cost(text: str) -> tuple[str, float | str]:
    """Read OPTIMIZER=C. Raises InputError."""
    from ...errors import InputError

    name, equals, number = text.partition("=")
    try:
        if not equals:
            raise ValueError(text)
        return name.strip(), number.strip() if number.strip() == "model" else float(number)
    except ValueError:
        raise InputError(f"The cost is '{text[:40]}', but OPTIMIZER=C is expected; try matrix-sign=3.") from None
