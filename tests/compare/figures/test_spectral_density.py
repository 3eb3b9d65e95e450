"""The density figure draws what it is given."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from optscaling.compare.figures.spectral_density import plot_density
from optscaling.theory.gram.density import spectral_density
from optscaling.theory.problems.modes import Modes


def problem(dim: int) -> Modes:
    values = np.arange(1, dim + 1.0) ** -1.5
    return Modes.of(values, values)


def test_one_pair_of_lines_a_band() -> None:
    density = spectral_density(problem(200), 64, 200)
    ax = plot_density(density)
    strokes = len(density.outliers.position)
    assert strokes > 0
    assert len(ax.lines) == 2 * len(density.bands) + strokes
    at = np.concatenate([line.get_xdata() for line in ax.lines[: 2 * len(density.bands) : 2]])
    # every point but those at a band's very edge, where the density is below a millionth of its top
    assert len(at) > 0.95 * len(density.x)
    assert "energy is at 0" in ax.get_title(loc="left")


def test_histogram_has_the_area_of_the_density() -> None:
    figure = Figure()
    FigureCanvasAgg(figure)
    given = figure.add_subplot()
    modes = problem(20)
    density = spectral_density(modes, 40, 100)
    draws = np.exp(np.random.default_rng(0).normal(size=300))
    assert plot_density(density, draws=draws, ax=given) is given
    patch = given.patches[0].get_data()
    area = np.sum(patch.values * np.diff(np.log(patch.edges)))
    assert abs(area - 0.5) < 1e-12  # 20 of 40 eigenvalues are not zero
    figure.canvas.draw()
