"""Figures: they are drawn on the axes given, saved whole, and show every optimizer in its colour."""

from __future__ import annotations

import inspect
import math
import re
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from support import synthetic

import optscaling.compare as public
from optscaling.compare import compare, plot_alpha, plot_gaps, plot_loss, plot_steps, save_figure, save_figures
from optscaling.compare.figures.axes import legend_columns, log_sizes, new_figure, number_text
from optscaling.compare.figures.comparison_figures import draw_figures
from optscaling.compare.figures.figure_files import rendered
from optscaling.compare.figures.journal_column import INCHES, Column
from optscaling.compare.figures.palette import styles
from optscaling.errors import InputError

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


@pytest.mark.parametrize("width", ["single", "double"])
def test_paper_figures_have_the_width_of_a_column_and_hold_their_text(width: Column) -> None:
    for name, figure in draw_figures(FOUND, width=width).items():
        inches = figure.get_size_inches()
        assert inches[0] == INCHES[width]
        assert inches[1] <= 9.0
        page = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", rendered(figure, "pdf"))
        assert page is not None
        assert float(page[1]) == pytest.approx(72 * INCHES[width])
        # every word lies on the paper, at a size that can be read
        figure.draw_without_rendering()
        whole = figure.get_window_extent()
        for text in figure.findobj(Text):
            if not text.get_text().strip() or not text.get_visible() or _tick_out_of_view(text):
                continue
            box = text.get_window_extent()
            assert text.get_fontsize() >= 6, (name, text.get_text())
            assert whole.x0 - 1 <= box.x0 < box.x1 <= whole.x1 + 1, (name, text.get_text())
            assert whole.y0 - 1 <= box.y0 < box.y1 <= whole.y1 + 1, (name, text.get_text())


def _tick_out_of_view(text: Text) -> bool:
    """Ticks beyond the limits of their axis keep a label that is not drawn."""
    for ax in text.figure.axes if isinstance(text.figure, Figure) else ():
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if text in (tick.label1, tick.label2):
                    return not low <= tick.get_loc() <= high
    return False


def test_a_pdf_keeps_text_as_text_and_no_date() -> None:
    first, second = (rendered(plot_steps(FOUND, s=1.0).figure, "pdf") for _ in range(2))  # type: ignore[arg-type]
    assert first == second
    assert first.startswith(b"%PDF")
    assert b"/Type3" not in first
    assert b"CreationDate" not in first


def test_the_end_of_a_name_decides(tmp_path: Path) -> None:
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")):
        path = save_figure(new_figure(2, 1), tmp_path / f"a.{kind}")
        assert path.read_bytes().startswith(start)
    with pytest.raises(InputError, match=r"'.*a.gif' ends in '.gif', but .png, .svg or .pdf is expected"):
        save_figure(new_figure(2, 1), tmp_path / "a.gif")


def test_no_figure_changes_global_state() -> None:
    before = dict(matplotlib.rcParams), matplotlib.get_backend(auto_select=False)
    for ax in (None, Figure().add_subplot()):
        plot_alpha(FOUND, ax=ax)
        plot_gaps(FOUND, ax=ax)
        plot_loss(FOUND, s=1.0, ax=ax)
        plot_steps(FOUND, s=1.0, ax=ax)
    rendered(draw_figures(FOUND, width="single")["alpha-against-s"], "svg")
    assert (dict(matplotlib.rcParams), matplotlib.get_backend(auto_select=False)) == before
    pyplot = sys.modules.get("matplotlib.pyplot")  # not loaded by any of these, perhaps by another test
    assert pyplot is None or pyplot.get_fignums() == []


def test_every_public_plot_takes_axes() -> None:
    plots = [name for name in public.__all__ if name.startswith("plot_")]
    assert len(plots) >= 7
    for name in plots:
        parameter = inspect.signature(getattr(public, name)).parameters["ax"]
        assert parameter.default is None, name


@pytest.mark.parametrize("see", ["deuteranope", "protanope"])
def test_the_usual_colours_differ_for_colour_blind_eyes(see: str) -> None:
    # Vienot, Brettel and Mollon (1999): what a dichromat sees, in linear RGB
    cone = {
        "protanope": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
        "deuteranope": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    }[see]
    names = ["gd", "diagonal", "matrix-sign", "natural-gradient", "sign"]
    drawn = styles(names)
    seen = {n: np.array(cone) @ np.array(to_rgb(drawn[n].colour)) ** 2.2 for n in names}
    for i, one in enumerate(names):
        for other in names[:i]:
            apart = np.linalg.norm(np.clip(seen[one], 0, 1) ** (1 / 2.2) - np.clip(seen[other], 0, 1) ** (1 / 2.2))
            assert apart > 0.1, (one, other)  # a tenth of an RGB axis, chosen as clearly apart on screen
            assert drawn[one].marker != drawn[other].marker  # nor is colour ever the only sign


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
