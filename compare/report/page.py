"""The report: one HTML page with everything in it, readable by somebody who has never seen the project."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from ...atomic_file import write_atomically
from ..figures import INK, draw_figures, rendered, styles
from ..runs import HEADINGS, SETTINGS, Comparison, headline, supports
from .budget_views import budget_views

_PIXELS = 102  # of a page, for one inch of a figure
_CAPTIONS = {
    "alpha-against-s": (
        "alpha of each optimizer",
        "Filled marks are measured, lines predicted, hollow marks (if any) published. The thick bar is the 95 % "
        "interval over seeds; the thin bar is the 95 % t interval of the straight line, which a bend widens too.",
    ),
    "gap-against-s": (
        "What preconditioning adds",
        "The difference of the two exponents on the same draws, for several numbers of steps. Above zero the "
        "optimizer changes the exponent. A triangle marks s* at the largest size.",
    ),
    "risk-against-size": (
        "Risk against size",
        "Mean over seeds with a band of one standard deviation from draw to draw; dashed: predicted. The shaded "
        "sizes are those of the fit. Where a curve bends, alpha is the mean slope of that window.",
    ),
    "alpha-against-steps": (
        "alpha against training steps",
        "More steps let gradient descent learn the modes it is slow on, so its exponent moves towards that of the "
        "natural gradient. Bars are 95 % over seeds; dashed: predicted; hollow: published.",
    ),
}


def write_report(
    comparison: Comparison, path: str | Path, *, command: str | None = None, date: datetime | None = None
) -> Path:
    """Write the page of a comparison; nothing in it is loaded from elsewhere.

    Args:
        comparison: the run against theory.
        path: of the page.
        command: the command line that made the run, shown as it is.
        date: now unless given.

    Returns:
        The path.

    Raises:
        InputError: where `path` cannot be written.
    """
    return write_atomically(Path(path), report_html(comparison, command=command, date=date).encode())


def report_html(comparison: Comparison, *, command: str | None = None, date: datetime | None = None) -> str:
    """The page as text, every word from outside escaped; the numbers its script draws are JSON inside it.

    Args:
        comparison: the run against theory.
        command: the command line that made the run, shown as it is.
        date: now unless given.

    Returns:
        HTML.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files(__package__) / "report.html").read_text("utf-8"))
    made = comparison.measurement
    overall = comparison.agreement()
    figures = _figures(comparison)
    budget = budget_views(comparison)
    moving, names = None, ["report_page.js"]
    if budget is not None:  # this figure moves, and stands still where scripts do not run
        names.insert(0, "report_moving.js")
        moving = figures.pop("alpha-against-s" if len(made.s) > 1 else "risk-against-size")
    scripts = [(files(__package__) / name).read_text("utf-8") for name in names]
    return template.render(
        name=made.experiment.name,
        headline=headline(comparison),
        supports=supports(comparison),
        comparison=comparison,
        overall=overall,
        errors=_errors(overall["errors"]),
        rows=_rows(comparison),
        figures=list(figures.values()),
        budget=budget,
        moving=moving,
        scripts=[Markup(script) for script in scripts],
        policy=_policy(scripts),
        stars=[(n, value) for n, value in comparison.threshold.s_star if n in made.experiment.fit_sizes],
        margin=SETTINGS.margin,
        notes={} if comparison.prediction is None else comparison.prediction.notes,
        facts=_facts(comparison),
        experiment=json.dumps(made.experiment.to_dict(), indent=2),
        command=command,
        date=(date or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M %Z").strip(),
    )


def _figures(comparison: Comparison) -> dict[str, dict[str, Any]]:
    """What the page shows of each figure, by name."""
    return {
        name: {
            "name": name,
            "title": _CAPTIONS[name][0],
            "caption": _CAPTIONS[name][1],
            "svg": inline_svg(figure, name),
            "width": round(_PIXELS * figure.get_figwidth()),
        }
        for name, figure in draw_figures(comparison).items()
    }


def _rows(comparison: Comparison) -> list[dict[str, Any]]:
    """What the page's table shows of each point at the headline T."""

    def number(value: float | None, places: int) -> str:
        return "-" if value is None else f"{value:.{places}f}"

    optimizers = comparison.measurement.optimizers
    return [
        {
            "texts": dict(zip(HEADINGS, row.texts(), strict=True)),
            "colour": styles(optimizers)[row.cell.optimizer].colour,
            "verdict": row.cell.verdict,
            "errors": [
                number(row.cell.z, 1),
                *(number(value, 4) for value in (row.cell.monte_carlo, row.cell.one_draw, row.cell.theory)),
            ],
            "status": row.cell.measured.status,
            "first": row.cell.optimizer == optimizers[0],
        }
        for row in comparison.table()
    ]


def inline_svg(figure: Figure, name: str) -> Markup:
    """A figure as SVG to stand inside the page: no background, ink in the page's colour, its own ids.

    Args:
        figure: to draw.
        name: from which its ids are made.

    Returns:
        The SVG element.
    """
    text = rendered(figure, "svg", name=name, clear=True).decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\1{name}-", text)
    text = text.replace(INK, "currentColor").replace('xlink:href="', 'href="')
    text = re.sub(r' (?:width|height)="[\d.]+pt"', "", text, count=2)
    # drawn by matplotlib from numbers and optimizer names, with text as outlines: nothing left to escape
    return Markup(text.replace("<svg", f'<svg role="img" aria-labelledby="{name}-title"', 1))


def _policy(scripts: list[str]) -> str:
    """What the browser lets the page do: run these scripts and no others, and fetch nothing at all."""
    allowed = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src blob:"


def _errors(found: dict[str, float | None]) -> list[tuple[str, str, str]]:
    def show(value: float | None) -> str:
        return "not available" if value is None else f"{value:.4f}"

    return [
        (
            "Monte Carlo",
            show(found["monte_carlo"]),
            "Standard error of the measured alpha, because the mean is over a limited number of seeds.",
        ),
        (
            "Draw to draw",
            show(found["one_draw"]),
            "How far alpha of one draw of data and features lies from another: the error of a single run.",
        ),
        (
            "Theory",
            show(found["theory"]),
            "The prediction's own error: it is exact for large models and approximate at these sizes.",
        ),
    ]


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    made = comparison.measurement
    experiment = made.experiment
    samples = experiment.samples
    rule = (
        "infinite (population gradient)"
        if samples.infinite
        else f"{samples.minimum:g}"
        if samples.minimum == samples.maximum
        else f"{samples.per_feature:g} N, at least {samples.minimum:g}, at most {samples.maximum:g}"
    )
    window = experiment.fit_sizes
    facts = [
        ("Experiment", experiment.name),
        ("Problem", experiment.problem.kind),
        ("Optimizers", ", ".join(made.optimizers)),
        ("Sizes N", ", ".join(str(n) for n in made.sizes)),
        ("Fit", f"log mean risk on log N, N = {window[0]} to {window[-1]} ({len(window)} sizes)"),
        ("Training samples", rule),
        ("Steps T", ", ".join(str(t) for t in made.steps)),
        ("Step size", f"{experiment.eta:g} over the largest eigenvalue"),
        ("Seeds", str(made.seeds)),
        ("optscaling", made.version or "not recorded"),
        ("Fingerprint", made.fingerprint or "not recorded"),
    ]
    if made.versions is not None:
        others = [f"{name} {version}" for name, version in made.versions.items() if name != "optscaling"]
        facts.append(("Libraries", ", ".join(others)))
    if made.seed_rule is not None:
        facts.append(("Random numbers", made.seed_rule))
    if made.device is not None:
        facts.append(("Device", made.device))
    if made.seconds is not None:
        facts.append(("Time to measure", f"{made.seconds:.3g} s"))
    return facts
