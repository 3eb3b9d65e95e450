"""The phase diagram: every phase has an area, a name and a law in the legend; a point is marked."""

from __future__ import annotations

import pytest
from matplotlib.collections import PolyCollection

from optscaling.compare.figures.phase_diagram import plot_phases
from optscaling.theory.thresholds.phase_diagram import phases


@pytest.mark.parametrize("name", ["sgd", "dana-decaying", "natural-gradient"])
def test_every_phase_is_drawn(name: str) -> None:
    diagram = phases(name)
    ax = plot_phases(diagram)
    areas = [each for each in ax.collections if isinstance(each, PolyCollection)]
    assert len(areas) == sum(len(phase.pieces) for phase in diagram.phases)
    legend = ax.get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == len(diagram.phases)
    assert {phase.name for phase in diagram.phases} <= {text.get_text() for text in ax.texts}


def test_areas_meet_at_the_boundaries() -> None:
    ax = plot_phases(phases("sgd"))
    ends = sorted(
        (float(box.x0), float(box.x1))
        for box in (each.get_datalim(ax.transData) for each in ax.collections if isinstance(each, PolyCollection))
    )
    assert ends[0][0] == pytest.approx(-1, abs=1e-6)
    assert {round(left, 6) for left, _ in ends[1:]} <= {round(right, 6) for _, right in ends} | {-1.0}


def test_a_point_is_marked() -> None:
    ax = plot_phases(phases("sgd").at(1, "5/2"))
    assert any(tuple(line.get_xydata()[0]) == (1.0, 2.5) for line in ax.lines if len(line.get_xydata()) == 1)
