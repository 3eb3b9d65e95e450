"""Agreement: measured, predicted and published exponents of a run, cell by cell and overall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from ...theory.prediction import Prediction
from ..confidence import LEVEL
from ..text_table import aligned
from .expected_misses import ExpectedMisses
from .measured_threshold import Threshold
from .measurement import Measurement
from .ordering import Ordering
from .published import PublishedTable
from .ridge_gap import LossGap
from .scaling_point import ScalingPoint
from .table import HEADINGS, Row

BASELINE = "gd"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A run held against theory and, where its set-up is a paper's, against print.

    Attributes:
        measurement: what the run measured.
        prediction: finite-size theory of the same experiment; None without one.
        published: the paper's values; None where its set-up is another.
        cells: one point for each (optimizer, s, T).
        thresholds: one for each T.
        orderings: one for each s, at the headline T.
        loss_gaps: those of the paper, measured.
        misses: how many cells disagree with theory, and how many would by chance; None where none could be judged.
    """

    measurement: Measurement
    prediction: Prediction | None
    published: PublishedTable | None
    cells: tuple[ScalingPoint, ...]
    thresholds: tuple[Threshold, ...]
    orderings: tuple[Ordering, ...]
    loss_gaps: tuple[LossGap, ...]
    misses: ExpectedMisses | None = None

    @property
    def steps(self) -> int:
        """The headline T: that of the published values where the run has it, else the last."""
        return headline_steps(self.measurement, self.published)

    @property
    def threshold(self) -> Threshold:
        """The threshold at the headline T."""
        return next(t for t in self.thresholds if t.steps == self.steps)

    def cell(self, optimizer: str, s: float | None, steps: int | None = None) -> ScalingPoint:
        """One point.

        Args:
            optimizer: command-line name.
            s: spectral exponent; None for data.
            steps: T; the headline's unless given.

        Returns:
            The point.

        Raises:
            KeyError: where the run has none there.
        """
        wanted = (optimizer, s, self.steps if steps is None else steps)
        for cell in self.cells:
            if (cell.optimizer, cell.s, cell.steps) == wanted:
                return cell
        raise KeyError(wanted)

    def table(self, steps: int | None = None) -> list[Row]:
        """The rows at one T.

        Args:
            steps: T; the headline's unless given.

        Returns:
            Rows ordered by s and then as in the run.
        """
        at = self.steps if steps is None else steps
        return [Row(c) for s in self.measurement.s for c in self.cells if c.s == s and c.steps == at]

    @property
    def judged(self) -> tuple[ScalingPoint, ...]:
        """The cells in which prediction and measurement could be held against each other."""
        return tuple(c for c in self.cells if c.agrees is not None)

    @property
    def rms_z(self) -> float | None:
        """Root mean square of the cells' z: well below 1 the errors are stated too large, well above too small."""
        found = [c.z for c in self.judged if c.z is not None]
        return math.sqrt(sum(z * z for z in found) / len(found)) if found else None

    @property
    def status(self) -> str:
        """Overall agreement with theory, in a few sentences."""
        if self.prediction is None:
            return "No prediction was given, so there is nothing to hold the measurement against."
        if self.misses is None and all(c.predicted is None or c.predicted.value is None for c in self.cells):
            return "Theory predicts none of the cells, so there is nothing to hold the measurement against."
        if self.misses is None:
            return "No cell has both a prediction and a Monte Carlo error; run two seeds or more."
        sizes = [abs(c.difference) for c in self.judged if c.difference is not None]
        return (
            f"{self.misses.status} The root mean square of z is {self.rms_z:.2f}, where right errors give about 1. "
            f"The median difference of alpha is {median(sizes):.4f}, the largest {max(sizes):.4f}."
        )

    def agreement(self) -> dict[str, Any]:
        """Overall agreement as plain values."""
        judged = self.judged
        held = [c for c in self.cells if c.inside_printed is not None]
        ratios = [
            (q, c, n)
            for c in self.cells
            if c.risk is not None
            for n, q in zip(c.risk.sizes, c.risk.ratios, strict=True)
            if q is not None
        ]
        worst = max(ratios, key=lambda item: abs(np.log(item[0])), default=None)

        def middle(values: Sequence[float | None]) -> float | None:
            known = [v for v in values if v is not None]
            return float(median(known)) if known else None

        return {
            "cells": len(self.cells),
            "compared": len(judged),
            "agree": sum(c.agrees is True for c in judged),
            "rms_z": self.rms_z,
            "expected_misses": (1 - LEVEL) * len(judged),
            "misses": None if self.misses is None else self.misses.to_json(),
            "errors": {
                "monte_carlo": middle([c.monte_carlo for c in self.cells]),
                "one_draw": middle([c.one_draw for c in self.cells]),
                "theory": middle([c.theory for c in self.cells]),
            },
            "risk_ratio": {
                "median_deviation": middle([abs(q - 1) for q, _, _ in ratios]),
                "mean": float(np.exp(np.mean([np.log(q) for q, _, _ in ratios]))) if ratios else None,
                "worst": None
                if worst is None
                else {
                    "value": worst[0],
                    "optimizer": worst[1].optimizer,
                    "s": worst[1].s,
                    "N": worst[2],
                    "steps": worst[1].steps,
                },
            },
            "published": {
                "title": None if self.published is None else self.published.title,
                "compared": len(held),
                "inside_printed": sum(c.inside_printed is True for c in held),
                "inside_widened": sum(c.inside_widened is True for c in held),
                "loss_gap": [gap.to_json() for gap in self.loss_gaps],
            },
            "ordering": [ordering.to_json() for ordering in self.orderings],
            "status": self.status,
        }

    def to_json(self) -> dict[str, Any]:
        """Plain values, None for what is not available."""
        made = self.measurement
        return {
            "experiment": made.experiment.to_dict(),
            "fingerprint": made.fingerprint,
            "version": made.version,
            "seconds": made.seconds,
            "steps": self.steps,
            "cells": [cell.to_json() for cell in self.cells],
            "agreement": self.agreement(),
            "threshold": self.threshold.to_json() | {"by_steps": [t.to_json() for t in self.thresholds]},
            "notes": {} if self.prediction is None else dict(self.prediction.notes),
        }

    @property
    def published_status(self) -> str | None:
        """How many published intervals hold the measured value, in a sentence; None without published values."""
        held = self.agreement()["published"]
        if self.published is None or not held["compared"]:
            return None
        text = (
            f"Of {held['compared']} published values {held['inside_printed']} hold the measured one in their interval "
            f"as printed and {held['inside_widened']} in that interval widened to a t interval."
        )
        if all(cell.comparable for cell in self.cells if cell.published is not None):
            return text
        sizes = ", ".join(map(str, self.published.fit_sizes))
        return f"{text} * They were fitted on N = {sizes}; this run fits others, and where a curve bends alpha differs."

    @property
    def sentences(self) -> list[str]:
        """What the table shows, in sentences."""
        said = [self.status, self.published_status, *(o.sentence for o in self.orderings), self.threshold.status]
        return [sentence for sentence in said if sentence]

    def __str__(self) -> str:
        return "\n".join([aligned([HEADINGS, *(row.texts() for row in self.table())]), "", *self.sentences])


def headline_steps(measurement: Measurement, published: PublishedTable | None) -> int:
    """The T to show: the published one where the run has it, else the last.

    Args:
        measurement: the run.
        published: values of its set-up; None for none.

    Returns:
        T.
    """
    if published is not None and published.steps in measurement.steps:
        return published.steps
    return measurement.steps[-1]
