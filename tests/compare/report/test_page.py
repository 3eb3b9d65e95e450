"""The report: one page, nothing loaded from elsewhere, nothing from outside taken as markup."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from markupsafe import escape
from support import synthetic

from optscaling.compare import compare, write_report
from optscaling.compare.report.budget_views import budget_views
from optscaling.compare.report.page import report_html
from optscaling.compare.runs.measurement import Measurement
from optscaling.compare.runs.predicted_exponent import with_budgets
from optscaling.errors import InputError
from optscaling.theory.prediction.prediction import predict

MADE = synthetic.experiment()
FOUND = compare(synthetic.run(MADE), synthetic.forecast(MADE, notes={"sign": "not a filter"}))
EVIL = '<script>alert("x")</script>'


SMALL = synthetic.experiment(s=(1.0,), steps=(2000,))


@cache
def usual_page() -> str:
    return report_html(FOUND, command="optscaling reproduce", date=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))


class Tags(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_stands_alone() -> None:
    page = usual_page()
    seen = Tags(page)
    assert not {"link", "iframe", "img", "object", "embed"} & set(seen.tags)
    assert seen.tags.count("script") == 3  # the numbers, the moving figure, the page's buttons
    assert "src" not in dict(seen.attributes)
    assert seen.tags.count("svg") == 4
    for name, value in seen.attributes:
        if name in ("src", "href", "xlink:href", "action"):
            assert value is not None
            assert value.startswith("#")
        assert not name.startswith("on")
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_ids_are_unique_and_references_resolve() -> None:
    page = usual_page()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', page)) <= set(ids)


def test_every_svg_is_well_formed() -> None:
    for text in re.findall(r"<svg.*?</svg>", usual_page(), flags=re.DOTALL):
        ElementTree.fromstring(text)
        assert "currentColor" in text


def test_everything_from_outside_is_escaped() -> None:
    run = Measurement.from_dataset(synthetic.run(SMALL))
    evil = replace(run, experiment=replace(run.experiment, name=EVIL), version=EVIL, fingerprint=EVIL, seed_rule=EVIL)
    evil = replace(evil, versions={"numpy": EVIL})
    prediction = synthetic.forecast(SMALL, notes={EVIL: EVIL, "gd": EVIL})
    page = report_html(compare(evil, prediction), command=f"optscaling compare {EVIL}")
    assert EVIL not in page
    assert page.count("<script") == 1
    assert f"numpy {escape(EVIL)}" in page
    assert page.count("&lt;script&gt;") >= 5


def test_optimizer_names_are_escaped() -> None:
    made = Measurement.from_dataset(synthetic.run(SMALL))
    evil = replace(made, optimizers=("gd", EVIL, "natural-gradient", "matrix-sign"))
    page = report_html(compare(evil, replace(synthetic.forecast(with_budgets(SMALL)), optimizers=evil.optimizers)))
    assert EVIL not in page
    assert page.count("<script") == 3
    assert budget(page)["optimizers"][1]["name"] == EVIL


def budget(page: str) -> dict:
    return json.loads(re.findall(r'<script type="application/json" id="budget">(.*?)</script>', page, re.DOTALL)[0])


def test_the_browser_may_run_these_scripts_and_fetch_nothing() -> None:
    page = usual_page()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[0].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    for text in re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL):
        assert b64encode(sha256(text.encode()).digest()).decode() in policy


def test_the_moving_figure_holds_the_numbers_of_the_comparison() -> None:
    ahead = compare(synthetic.run(MADE), synthetic.forecast(with_budgets(MADE)))
    made = budget_views(ahead)
    assert made is not None
    assert made["steps"][made["start"]] == ahead.steps == 2000
    assert {100, 2000, 10, 30_000, 10_000_000} <= set(made["steps"])
    view = made["views"][0]
    place, o, s = made["steps"].index(30_000), ahead.measurement.optimizers.index("gd"), 1
    assert view["predicted"][o][place][s] == pytest.approx(synthetic.true_alpha("gd", 1.0, 30_000), abs=1e-5)
    assert view["measured"][o][place] is None
    cell = ahead.cell("gd", 1.0, 2000)
    assert view["measured"][o][made["start"]][s][0] == pytest.approx(cell.measured.value, rel=1e-5)
    assert view["published"][o][made["start"]][s][0] == 0.118
    gap = next(g for g in ahead.threshold.gaps if g.s == 1.0)
    assert view["gap"]["measured"][made["start"]][0] == pytest.approx(gap.value, rel=1e-5)
    risks = made["views"][2]
    mean = ahead.measurement.mean("gd", 1.0, 2000)
    assert [mark[0] for mark in risks["measured"][o][made["start"]]] == pytest.approx(list(mean), rel=1e-5)
    assert budget_views(compare(synthetic.run(SMALL))) is None
    json.dumps(made, allow_nan=False)


def test_more_budgets_leave_the_predictions_of_a_run_alone() -> None:
    made = synthetic.experiment(
        "gaussian", s=(1.0,), sizes=(64,), fit_from=64, steps=(100, 300), optimizers=("gd", "sign", "diagonal")
    )
    alone, ahead = predict(made), predict(with_budgets(made))
    assert len(ahead.steps) == len(set(ahead.steps)) == 13
    at = [ahead.steps.index(t) for t in made.steps]
    np.testing.assert_array_equal(ahead.risk[[0, 2]][..., at], alone.risk[[0, 2]])
    # sign's mean field is integrated on a grid that reaches to the last T, so it moves a little, far inside its error
    shift = np.abs(ahead.risk[1][..., at] / alone.risk[1] - 1)
    assert np.all(shift < 0.01 * alone.error[1])


def test_the_answer_is_at_the_top() -> None:
    page = usual_page()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    cell = FOUND.cell("natural-gradient", 1.0)
    assert f"the natural gradient has alpha = {cell.measured.value:.3f}" in text
    assert "here the optimizer changes the exponent" in text
    assert "Ramani and Jain (2026) printed 0.314 and 0.118" in text
    assert "2026-01-02 03:04 UTC" in text
    assert "optscaling reproduce" in text
    assert "not a filter" in text
    assert "nan" not in text.lower().replace("ramani", "").split()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("data", {"s": (), "sizes": (64, 128, 256), "fit_from": 64, "seeds": 3, "steps": (5,)}),
        ("gaussian", {"seeds": 1, "s": (1.0,)}),
        ("gaussian", {"optimizers": ("sign",), "seeds": 2, "s": (1.0,)}),
        ("relu", {"sizes": (200, 500, 1000), "optimizers": ("gd", "power:1/4"), "s": (1.0,)}),
    ],
)
def test_other_runs_are_reported(kind: str, options: dict) -> None:
    made = synthetic.experiment(kind, **options)
    page = report_html(compare(synthetic.run(made)))
    assert "Does the optimizer change" in page
    assert ">nan<" not in page.lower()


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    small = compare(synthetic.run(SMALL))
    path = write_report(small, tmp_path / "new" / "report.html", command="x")
    assert path.read_text("utf-8").rstrip().endswith("</html>")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(small, tmp_path / "file" / "report.html")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(small, tmp_path / "new")
