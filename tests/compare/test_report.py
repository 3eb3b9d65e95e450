"""The report: one page, nothing loaded from elsewhere, nothing from outside taken as markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from optscaling.compare import compare, write_report
from optscaling.compare.measurement import Measurement
from optscaling.compare.report import report_html
from optscaling.theory.errors import InputError

from . import synthetic

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
    assert not {"script", "link", "iframe", "img", "object", "embed"} & set(seen.tags)
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
    evil = replace(run, experiment=replace(run.experiment, name=EVIL), version=EVIL, fingerprint=EVIL)
    prediction = synthetic.forecast(SMALL, notes={EVIL: EVIL, "gd": EVIL})
    page = report_html(compare(evil, prediction), command=f"optscaling compare {EVIL}")
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 5


def test_optimizer_names_are_escaped() -> None:
    made = Measurement.from_dataset(synthetic.run(SMALL))
    evil = replace(made, optimizers=("gd", EVIL, "natural-gradient", "matrix-sign"))
    assert "<script" not in report_html(compare(evil))


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
