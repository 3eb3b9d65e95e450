"""Figures: they are drawn on the axes given, saved whole, and show every optimizer in its colour."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from optscaling.compare import compare, plot_alpha, plot_gaps, plot_loss, plot_steps, save_figures
from optscaling.compare.axes import legend_columns, log_sizes, number_text
from optscaling.compare.figures import rendered
from optscaling.compare.palette import styles
from optscaling.theory.errors import InputError

from . import synthetic

MADE = synthetic.experiment()
FOUND = compare(synthetic.run(MADE), synthetic.forecast(MADE))


def test_plots_draw_on_the_axes_given_and_make_their_own() -> None:
    for ax in (None, Figure().add_subplot()):
        for plot, options in (
            (plot_alpha, {}),
            (plot_gaps, {}),
            (plot_loss, {"s": 1.0}),
            (plot_steps, {"s": 1.0}),
        ):
            drawn = plot(FOUND, ax=ax, **options)
            assert isinstance(drawn, Axes)
            assert ax is None or drawn is ax
            assert drawn.get_ylabel()
            assert drawn.get_legend() is not None or ax is not None


def test_measured_risks_are_where_they_are() -> None:
    ax = plot_loss(FOUND, s=1.0)
    line = next(
        line for line in ax.lines if line.get_color() == styles(["gd"])["gd"].colour and line.get_marker() == "o"
    )
    mean = FOUND.measurement.mean("gd", 1.0, 2000)
    np.testing.assert_allclose(line.get_ydata(), mean)
    assert ax.get_yscale() == ax.get_xscale() == "log"


def test_every_figure_is_saved_twice(tmp_path: Path) -> None:
    paths = save_figures(FOUND, tmp_path / "new" / "figures")
    assert len(paths) == 8
    for path in paths:
        start = path.read_bytes()[:200]
        assert start.startswith(b"\x89PNG") if path.suffix == ".png" else b"<?xml" in start
    assert not list(paths[0].parent.glob(".*"))


def test_the_same_run_gives_the_same_file() -> None:
    first, second = (rendered(plot_steps(FOUND, s=1.0).figure, "svg") for _ in range(2))  # type: ignore[arg-type]
    assert first == second


@pytest.mark.parametrize("kind", ["data", "one of each"])
def test_the_smallest_runs_are_drawn(kind: str, tmp_path: Path) -> None:
    made = (
        synthetic.experiment("data", s=(), sizes=(64, 128), fit_from=64, seeds=1, steps=(5,))
        if kind == "data"
        else synthetic.experiment(
            "gaussian", s=(1.0,), sizes=(64,), fit_from=64, seeds=1, steps=(5,), optimizers=("gd",)
        )
    )
    assert save_figures(compare(synthetic.run(made)), tmp_path)


def test_a_run_without_usable_risks_is_drawn(tmp_path: Path) -> None:
    run = synthetic.run(synthetic.experiment(s=(1.0,), steps=(5,)))
    run["risk"][:] = np.nan
    assert save_figures(compare(run), tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        save_figures(FOUND, tmp_path / "file" / "figures")


def test_colours_are_distinct_and_fixed() -> None:
    names = ["power:1/4", "gd", "block:8", "sign", "natural-gradient", "damped:0.1", "matrix-sign", "diagonal"]
    made = styles(names)
    assert len({style.colour for style in made.values()}) == len(names)
    assert made["gd"] == styles(["gd"])["gd"]
    assert all(to_hex(style.colour) for style in made.values())


def test_crowded_sizes_are_thinned() -> None:
    ax = Figure().add_subplot()
    log_sizes(ax, (100, 101, 102, 1000, 5000))
    assert list(ax.get_xticks()) == [100, 1000, 5000]
    assert number_text(200) == "200"
    assert legend_columns(13, 6) == math.ceil(13 / 3)
