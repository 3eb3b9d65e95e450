"""Published exponents, so that a run of the same set-up can be held against them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ...errors import InputError
from ...theory.experiments import Experiment
from ..confidence import NORMAL, student_quantile


@dataclass(frozen=True)
class PublishedAlpha:
    """One published exponent.

    Attributes:
        value: alpha.
        interval: as printed, value -/+ 1.96 standard errors.
        widened: the t interval of the same standard error, which is the honest 95 % for so few sizes.
        dof: degrees of freedom, sizes - 2.
        r_squared: of the paper's fit.
        source: title of the paper.
    """

    value: float
    interval: tuple[float, float]
    widened: tuple[float, float]
    dof: int
    r_squared: float
    source: str

    def inside_printed(self, alpha: float) -> bool:
        """True where alpha lies in the interval as printed."""
        return self.interval[0] <= alpha <= self.interval[1]

    def inside_widened(self, alpha: float) -> bool:
        """True where alpha lies in the t interval."""
        return self.widened[0] <= alpha <= self.widened[1]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "value": self.value,
            "interval": list(self.interval),
            "widened_interval": list(self.widened),
            "r_squared": self.r_squared,
            "source": self.source,
        }


@dataclass(frozen=True)
class PublishedGap:
    """(gd loss - ridge loss) / ridge loss after the published number of steps.

    Attributes:
        s: spectral exponent.
        size: N.
        value: the relative gap.
    """

    s: float
    size: int
    value: float


@dataclass(frozen=True)
class PublishedTable:
    """A paper's exponents and the set-up they belong to.

    Attributes:
        name: of the table, as `published_table` takes it.
        title: of the paper.
        source: who wrote it, and when.
        url: where it is.
        setup: problem, samples, step size, T and sizes, by the keys of an experiment.
        alphas: exponents by (optimizer, s).
        gaps: of gradient descent over ridge.
    """

    name: str
    title: str
    source: str
    url: str
    setup: dict[str, Any]
    alphas: dict[tuple[str, float], PublishedAlpha]
    gaps: tuple[PublishedGap, ...]

    @property
    def steps(self) -> int:
        """The T of every published exponent."""
        return int(self.setup["steps"])

    @property
    def fit_sizes(self) -> tuple[int, ...]:
        """The sizes of the published fits."""
        return tuple(self.setup["fit_sizes"])

    def lookup(self, optimizer: str, s: float | None, steps: int) -> PublishedAlpha | None:
        """The published exponent of an optimizer (command-line name) at s after `steps` steps, if there is one."""
        return self.alphas.get((optimizer, s)) if s is not None and steps == self.steps else None

    def applies_to(self, experiment: Experiment) -> bool:
        """True where problem, samples and step size are the paper's; sizes and seeds are free."""
        rule = self.setup["samples"]
        problem, samples = experiment.problem, experiment.samples
        return (
            problem.kind == self.setup["kind"]
            and problem.dim == self.setup["dim"]
            and problem.noise == self.setup["noise"]
            and experiment.eta == self.setup["eta"]
            and (samples.per_feature, samples.minimum, samples.maximum)
            == (rule["per_feature"], rule["min"], rule["max"])
        )

    def same_window(self, experiment: Experiment) -> bool:
        """True where the experiment's fit uses the paper's sizes; alpha depends on them where the curve bends."""
        return experiment.fit_sizes == self.fit_sizes


def published_tables() -> list[str]:
    """Names of the published tables that ship with the package.

    Returns:
        The names, sorted, as `published_table` takes them.
    """
    folder = files(__package__) / "published"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


@cache
def published_table(name: str = "ramani_jain_2026") -> PublishedTable:
    """A published table by its name.

    Args:
        name: one of `published_tables()`.

    Returns:
        The exponents with the set-up they belong to.

    Raises:
        InputError: where there is no table of that name.

    Example:
        >>> published_table().lookup("gd", 1.0, 2000).value
        0.118
    """
    if name not in published_tables():
        known = ", ".join(published_tables())
        raise InputError(f"'{name}' is not a published table; expected one of {known}.")
    content = tomllib.loads((files(__package__) / "published" / f"{name}.toml").read_text("utf-8"))
    setup = content["setup"]
    dof = len(setup["fit_sizes"]) - 2
    widening = student_quantile(dof) / NORMAL
    alphas = {}
    for optimizer, values in content["alpha"].items():
        halves, squares = content["halfwidth"][optimizer], content["r_squared"][optimizer]
        for s, value, half, r_squared in zip(setup["s"], values, halves, squares, strict=True):
            wide = half * widening
            alphas[optimizer, s] = PublishedAlpha(
                value, (value - half, value + half), (value - wide, value + wide), dof, r_squared, content["title"]
            )
    return PublishedTable(
        name=name,
        title=content["title"],
        source=content["source"],
        url=content["url"],
        setup=setup,
        alphas=alphas,
        gaps=tuple(PublishedGap(**gap) for gap in content["gap"]),
    )


def published_for(experiment: Experiment) -> PublishedTable | None:
    """The published table of an experiment's set-up.

    Args:
        experiment: What is, or would be, measured.

    Returns:
        The table whose conditions it meets; None where there is none.
    """
    for name in published_tables():
        table = published_table(name)
        if table.applies_to(experiment):
            return table
    return None
