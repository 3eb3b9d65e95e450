"""The report in a real browser: it opens cleanly, the slider moves the curves, values show, and files come out."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import synthetic

from optscaling.compare import compare, write_report
from optscaling.compare.runs.measurement import Measurement
from optscaling.compare.runs.predicted_exponent import with_budgets

sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium, chromium-browser or google-chrome is installed")

FLAGS = (
    "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync"
)
MADE = synthetic.experiment(s=(0.5, 1.0), steps=(100, 2000))
EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync.sync_playwright() as driver:
        # a fresh profile of its own in a folder that goes with it
        running = driver.chromium.launch(executable_path=BROWSER, headless=True, args=FLAGS.split())
        yield running
        running.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = compare(synthetic.run(MADE), synthetic.forecast(with_budgets(MADE)))
    return write_report(found, tmp_path_factory.mktemp("page") / "report.html", command="optscaling compare run")


class Opened:
    """A page with what went wrong on it and what it asked for."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *failed: object) -> None:
        self.context.close()
        if failed[0] is None:
            assert self.errors == []
            assert [url for url in self.requests if not url.startswith(("file:", "blob:"))] == []


def gap(page: Any) -> float:
    """The predicted gap the page states."""
    return float(re.search(r"predicted (-?\d\.\d+)", page.inner_text(".readout"))[1])  # type: ignore[index]


def heights(page: Any, optimizer: str) -> np.ndarray:
    """Height of the predicted curve at each s, pixels from the top."""
    path = page.get_attribute(f'#stage path.predicted[data-optimizer="{optimizer}"]', "d")
    return np.array(re.findall(r"[\d.]+ ([\d.]+)", path), dtype=float)


def move_to(page: Any, steps: int) -> None:
    at = json.loads(page.text_content("#budget"))["steps"].index(steps)
    page.locator("#training-budget").fill(str(at))


def test_the_slider_moves_the_curves_and_the_gap_closes(browser: Any, report: Path) -> None:
    with Opened(browser, report) as page:
        assert not page.is_visible("#still")
        apart, said, marks = [], [], []
        for steps in (100, 2000, 100_000, 10_000_000):
            move_to(page, steps)
            assert f"{steps:,}" in page.inner_text("label.budget")
            gd, best = heights(page, "gd"), heights(page, "natural-gradient")
            apart.append(float(gd[1] - best[1]))  # at s = 1
            said.append(gap(page))
            marks.append(page.locator("#stage path.measured").count())
        expected = [
            synthetic.true_alpha("natural-gradient", 1.0, t) - synthetic.true_alpha("gd", 1.0, t)
            for t in (100, 2000, 100_000, 10_000_000)
        ]
        assert said == pytest.approx(expected, abs=5.1e-4)  # printed to three digits
        assert np.all(np.diff(said) <= 0)
        assert np.diff(apart).max() <= 0
        assert apart[0] / apart[1] == pytest.approx(expected[0] / expected[1], rel=0.01)  # paths have 0.01 px
        assert marks == [8, 8, 0, 0]  # four optimizers at two s, where the run has that T
        page.locator("#training-budget").focus()
        page.keyboard.press("ArrowLeft")
        assert "3,000,000" in page.inner_text("label.budget")
        page.select_option("select", label="risk against N, s = 1")
        assert "s = 1, T = 3000000 steps" in page.text_content("#stage svg")


def test_values_show_on_hover_by_keyboard_and_by_touch(browser: Any, report: Path) -> None:
    with Opened(browser, report, has_touch=True) as page:
        mark = page.locator("#stage path.measured").first
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        shown = page.inner_text(".tip")
        lines = shown.split("\n")
        assert all(re.fullmatch(r"[\w-]+, s = 0.5: \w+ 0\.\d{3}( \[.*\])?", line) for line in lines)
        value = compare(synthetic.run(MADE)).cell("gd", 0.5).measured.value
        assert any(line.startswith(f"gd, s = 0.5: measured {value:.3f} [") for line in lines)
        page.mouse.move(middle[0], middle[1] + 400)
        assert not page.is_visible(".tip")
        page.locator(".canvas svg").focus()
        page.keyboard.press("ArrowRight")
        first = page.inner_text(".tip")
        page.keyboard.press("ArrowRight")
        assert first != page.inner_text(".tip")
        page.keyboard.press("Escape")
        assert not page.is_visible(".tip")
        page.touchscreen.tap(*middle)
        assert page.inner_text(".tip") == shown


def test_light_dark_and_the_switch(browser: Any, report: Path) -> None:
    def paper(page: Any) -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    with Opened(browser, report, color_scheme="light") as page:
        light = paper(page)
        page.click("#theme button")
        dark = paper(page)
        page.emulate_media(media="print")
        assert paper(page) == light == "rgb(255, 255, 255)"
    with Opened(browser, report, color_scheme="dark") as page:
        assert paper(page) == dark != light
        ink = page.evaluate("getComputedStyle(document.querySelector('#stage svg')).color")
        assert min(map(int, re.findall(r"\d+", ink))) > 200
        page.click("#theme button")
        assert paper(page) == light


def test_a_phone_needs_no_sideways_scroll(browser: Any, report: Path) -> None:
    with Opened(browser, report, viewport={"width": 360, "height": 740}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        box = page.locator("#stage svg").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        page.set_viewport_size({"width": 1000, "height": 740})
        page.wait_for_function("document.querySelector('#stage svg').getBoundingClientRect().width > 700")


def test_every_figure_can_be_saved(browser: Any, report: Path, tmp_path: Path) -> None:
    with Opened(browser, report) as page:
        move_to(page, 100_000)
        count = page.locator("figure").count()
        assert page.get_by_text("Save SVG").count() == page.get_by_text("Save PNG").count() == count == 4
        for i in range(count):
            with page.expect_download() as found:
                page.get_by_text("Save SVG").nth(i).click()
            path = tmp_path / found.value.suggested_filename
            found.value.save_as(path)
            root = ElementTree.parse(path).getroot()
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            if i == 0:
                assert "T = 100000 steps" in path.read_text()
        with page.expect_download() as found:
            page.get_by_text("Save PNG").first.click()
        found.value.save_as(tmp_path / "a.png")
        assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_without_scripts_the_figure_stands(browser: Any, report: Path) -> None:
    with Opened(browser, report, java_script_enabled=False) as page:
        assert page.is_visible("#still svg")
        assert not page.is_visible("#stage")
        assert page.locator("figure svg:visible").count() == 4


def test_names_that_look_like_code_stay_text(browser: Any, tmp_path: Path) -> None:
    small = synthetic.experiment("data", s=(), sizes=(64, 128, 256), fit_from=64, seeds=3, steps=(5, 50))
    run = Measurement.from_dataset(synthetic.run(small))
    names = ("gd", EVIL, "natural-gradient", "matrix-sign")
    evil = replace(run, experiment=replace(run.experiment, name=EVIL), optimizers=names, version=EVIL)
    prediction = replace(synthetic.forecast(small, notes={EVIL: EVIL}), optimizers=names)
    path = write_report(compare(evil, prediction), tmp_path / "evil.html", command=EVIL)
    with Opened(browser, path) as page:
        assert page.evaluate("window.evil") is None
        assert EVIL in page.text_content("#stage svg")
        assert page.locator("img").count() == 0
        # on data there is no s: the slider moves risk against N
        before = heights(page, "gd")
        move_to(page, 5)
        assert heights(page, "gd").min() < before.min()
