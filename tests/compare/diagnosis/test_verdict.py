"""Verdicts on a few of the synthetic problems of benchmarks/verdicts.py: never wrong away from the threshold."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from optscaling.compare.diagnosis.data_diagnosis import diagnose
from optscaling.compare.diagnosis.verdict import GAP, RATIO
from optscaling.compare.exponent_fit import slope_weights
from optscaling.theory.optimizers.filters import GradientDescent, NaturalGradient, Power
from optscaling.theory.problems.modes import Modes
from optscaling.theory.samples.measure import sample_measure

SIZES = (8, 16, 32, 64)


def margin(s: float, r: float, dim: int, noise: float, steps: int, samples: float) -> np.ndarray:
    """The smaller of gap/GAP and log ratio/log RATIO, of matrix-sign and the natural gradient, by the true modes."""
    rank = np.arange(1, dim + 1.0)
    modes = Modes.of(rank ** -(1 + s), rank ** -(1 + r))
    log_risk = np.empty((3, len(SIZES)))
    for j, size in enumerate(SIZES):
        measure = sample_measure(modes, size, samples)
        for i, rule in enumerate((GradientDescent(), Power(0.5), NaturalGradient())):
            bias, variance = measure.risk(rule, np.array([steps]), 1.5)
            log_risk[i, j] = math.log(float(bias[0] + noise * variance[0]))
    ahead = log_risk[0] - log_risk[1:]
    return np.minimum(-(ahead @ slope_weights(SIZES)) / GAP, ahead[:, -1] / math.log(RATIO))


@pytest.mark.parametrize(
    ("s", "r", "rows", "noise", "steps", "samples"),
    [
        (1.0, 1.0, None, 0.0, 30, math.inf),
        (1.0, 1.0, None, 0.0, 10**6, math.inf),
        (0.5, 0.5, None, 0.0, 3000, math.inf),
        (1.0, 0.6, 500, 0.1, 50, math.inf),
        (0.6, 1.2, 500, 0.0, 10**5, math.inf),
        (1.0, 1.0, 500, 0.2, 1000, 200.0),
        (1.5, 1.0, 500, 0.0, 100, 1000.0),
    ],
)
def test_verdict_is_the_truth(
    tmp_path: Path, s: float, r: float, rows: int | None, noise: float, steps: int, samples: float
) -> None:
    dim = 1500
    rank, rng = np.arange(1, dim + 1.0), np.random.default_rng(11)
    if rows is None:
        np.savez(tmp_path / "a.npz", rank ** -(1 + s) * np.exp(0.05 * rng.standard_normal(dim)))
    else:
        inputs = rng.standard_normal((rows, dim)) * rank ** (-(1 + s) / 2)
        y = inputs @ (rank ** ((s - r) / 2) * rng.choice([-1, 1], dim))
        y += math.sqrt(noise * float(np.sum(rank ** -(1 + r)))) * rng.standard_normal(rows)
        np.savez(tmp_path / "a.npz", X=inputs, y=y)
    found = diagnose(tmp_path / "a.npz", steps=steps, sizes=SIZES, samples=samples)
    said = {v.optimizer: v.word for v in found.judged}
    for name, m in zip(("matrix-sign", "natural-gradient"), margin(s, r, dim, noise, steps, samples), strict=True):
        assert m >= 2 or m <= 0.5, "the problem is to lie away from the threshold"
        assert said[name] == ("pays" if m >= 1 else "does not pay")
