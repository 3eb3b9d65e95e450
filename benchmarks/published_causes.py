"""Why the exponents of Ramani and Jain (2026) differ from ours: changes of the set-up, and the scatter of their draws.

1. Table 1 as measured in full (docs/table-1), and as it would be with one change of the set-up at a time, the effect of
   which is predicted from the kernels; held against all that the paper prints: 24 alphas of four optimizers, their half
   widths and R^2, and two gaps (gd - ridge)/ridge. The last change is no theory: one factor on the risk of each size,
   the same for every optimizer and every s, fitted to the alphas and half widths (4 numbers against 48).
2. How the level of the risk scatters from teacher to teacher, and how much of that optimizers and spectra share, by
   many teachers on one draw of data and features whose standard normal numbers all spectra share.
3. What scatter of Table 1 follows when teachers and draws are renewed or shared in one way or another. The printed
   tables are docs/published-causes.txt.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import least_squares

from optscaling.compare.runs.published import published_table
from optscaling.sim import open_run
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.load import load_experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.experiment_modes import feature_modes
from optscaling.theory.prediction.feature_modes import FeatureModes
from optscaling.theory.prediction.model_at_size import Setting
from optscaling.theory.prediction.risk_at_size import predict_at
from optscaling.theory.problems.teacher import TEACHER_OUTPUT, TEACHER_UNITS

OPTIMIZERS = ["gd", "diagonal", "natural-gradient", "matrix-sign"]
TABLE = published_table()
SPECTRA, SIZES, STEPS = TABLE.setup["s"], TABLE.fit_sizes, TABLE.steps
_ROWS = [[TABLE.alphas[name, s] for s in SPECTRA] for name in OPTIMIZERS]
ALPHA = np.array([[each.value for each in row] for row in _ROWS])
HALF = np.array([[each.interval[1] - each.value for each in row] for row in _ROWS])
SQUARE = np.array([[each.r_squared for each in row] for row in _ROWS])
_TEACHERS = 40
_ERROR = 0.005  # of a measured alpha or half width, about
_REST = 0.036  # sd of log risk over draws of data and features, teacher apart: ten seeds of docs/reproduction.txt


def experiment() -> Experiment:
    """The preset with the optimizers that theory predicts."""
    content = load_experiment("ramani-jain").to_dict()
    content["model"]["sizes"] = list(SIZES)
    content["training"] |= {"optimizers": OPTIMIZERS, "steps": [STEPS]}
    return from_dict(content, "published-causes")


def line(log_risk: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """alpha, 1.96 standard errors and R^2 of straight lines over the last axis, the sizes, as the paper fits them."""
    x = np.log(SIZES) - np.mean(np.log(SIZES))
    y = log_risk - log_risk.mean(-1, keepdims=True)
    slope = y @ x / (x @ x)
    left = np.sum((y - slope[..., None] * x) ** 2, axis=-1)
    return -slope, 1.96 * np.sqrt(left / (len(x) - 2) / (x @ x)), 1 - left / np.sum(y**2, axis=-1)


def log_risks(
    planned: Experiment,
    modes: list[FeatureModes],
    samples: Callable[[int], float],
    noise: float = 0.0,
    eta: float = TABLE.setup["eta"],
) -> np.ndarray:
    """Predicted log risk, shape (optimizer, s, N)."""
    found, steps = np.empty((len(OPTIMIZERS), len(SPECTRA), len(SIZES))), np.array(planned.steps)
    for j, s in enumerate(SPECTRA):
        for k, size in enumerate(SIZES):
            setting = Setting(modes[j], size, samples(size), steps, eta, noise, s, float(size), linear=False)
            for i, rule in enumerate(planned.optimizers):
                found[i, j, k] = math.log(predict_at(rule.at(size), setting).risk[-1])
    return found


def measured() -> np.ndarray:
    """Measured log of mean risk, shape (optimizer, s, N)."""
    run = open_run(Path(__file__).parents[1] / "docs" / "table-1")
    risk = run.risk.sel(optimizer=OPTIMIZERS, N=list(SIZES), s=SPECTRA, steps=STEPS).mean("seed")
    return np.log(risk.transpose("optimizer", "s", "N").values)


def common_factor(log_risk: np.ndarray) -> np.ndarray:
    """log of the factor per size, of mean 0, that brings alphas and half widths nearest to the published ones."""

    def off(factor: np.ndarray) -> np.ndarray:
        alpha, half, _ = line(log_risk + factor - factor.mean())
        both = np.concatenate([(alpha - ALPHA).ravel(), (half - HALF).ravel()])
        return np.concatenate([both / _ERROR, [factor.sum()]])

    starts = np.random.default_rng(0).normal(scale=0.05, size=(20, len(SIZES)))  # half widths are quadratic: minima
    best = min((least_squares(off, start) for start in starts), key=lambda each: float(each.cost))
    return np.asarray(best.x - best.x.mean())


def show(name: str, log_risk: np.ndarray) -> None:
    """One line of the first table."""
    fit = line(log_risk)
    off = [np.sqrt(np.mean((ours - theirs) ** 2)) for ours, theirs in zip(fit, (ALPHA, HALF, SQUARE), strict=True)]
    ratio = np.expm1(log_risk[OPTIMIZERS.index("gd")] - log_risk[OPTIMIZERS.index("natural-gradient")])
    gaps = " ".join(f"{ratio[SPECTRA.index(gap.s), SIZES.index(gap.size)]:7.3f}" for gap in TABLE.gaps)
    print(f"{name:34s}{np.mean(fit[0] - ALPHA):8.4f}{off[0]:8.4f}{off[1]:8.4f}{off[2]:8.3f}  {gaps}")


def show_alphas(name: str, log_risk: np.ndarray) -> None:
    """alpha of every optimizer beside the published."""
    alpha, _, square = line(log_risk)
    for i, optimizer in enumerate(OPTIMIZERS):
        values = " ".join(f"{a:6.3f} ({p:5.3f})" for a, p in zip(alpha[i], ALPHA[i], strict=True))
        print(f"{name:12s}{optimizer:18s}{values}   R^2 " + " ".join(f"{v:.3f}" for v in square[i]))


def levels(teachers: int, size: int = SIZES[0], rows: int = 10_000, tests: int = 5_000) -> np.ndarray:
    """Risk of gd and of least squares for each teacher, over the mean of all teachers; shape (teacher, s, 2)."""
    rng, dim = np.random.default_rng(0), TABLE.setup["dim"]
    inputs, weights = rng.standard_normal((rows + tests, dim)), rng.standard_normal((dim, size))
    hidden = rng.standard_normal((teachers, dim, TEACHER_UNITS))
    risk = np.empty((teachers, len(SPECTRA), 2))
    for j, s in enumerate(SPECTRA):
        scaled = inputs * np.arange(1, dim + 1) ** (-(1 + s) / 2) / math.sqrt(dim)
        target = np.stack([np.maximum(scaled @ each, 0) @ TEACHER_OUTPUT for each in hidden], axis=1)
        target = (target - target[:rows].mean(0)) / target[:rows].std(0)
        features = np.maximum(scaled @ weights, 0)
        values, vectors = eigh(features[:rows].T @ features[:rows] / rows)
        moment = vectors.T @ (features[:rows].T @ target[:rows] / rows)
        left = (1 - TABLE.setup["eta"] * values / values[-1]) ** STEPS
        for i, learned in enumerate((1 - left, np.ones(size))):
            fitted = features[rows:] @ (vectors @ ((learned / values)[:, None] * moment))
            risk[:, j, i] = np.mean((fitted - target[rows:]) ** 2, axis=0)
    return risk / risk.mean(0)


def tables(level: np.ndarray, per_size: bool, across: bool, draws: int = 1000) -> np.ndarray:
    """Synthetic log factors of ten-seed means, shape (draw, 1, s, N), all optimizers alike.

    level: shape (teacher, s). per_size: whether each size has teachers of its own. across: whether all spectra share
    teachers and draws; the part that is no teacher's is then taken to be wholly shared.
    """
    rng, seeds = np.random.default_rng(1), TABLE.setup["seeds"]
    shape = (draws, seeds, 1 if across else len(SPECTRA), len(SIZES) if per_size else 1)
    which = np.broadcast_to(rng.integers(len(level), size=shape), (draws, seeds, len(SPECTRA), len(SIZES)))
    rest = _REST * rng.standard_normal((draws, seeds, 1 if across else len(SPECTRA), len(SIZES)))
    whole = level[which, np.arange(len(SPECTRA))[:, None]] * np.exp(rest)
    return np.asarray(np.log(whole.mean(1))[:, None])


def summary(alpha: np.ndarray, half: np.ndarray, plain: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Of (..., optimizer, s): mean shift of alpha, its sd over s, and the rms change of half widths; shape (..., 3)."""
    moved = (alpha - plain[0]).mean(-2)
    bent = np.sqrt(np.mean((half - plain[1]) ** 2, axis=(-2, -1)))
    return np.stack([moved.mean(-1), moved.std(-1, ddof=1), bent], axis=-1)


def changes(planned: Experiment) -> np.ndarray:
    """Print the first table; what was measured."""
    modes = [feature_modes(planned, s).whole for s in SPECTRA]
    samples = planned.samples.count
    plain, predicted = measured(), log_risks(planned, modes, samples)
    print(f"{'measured minus published':34s}{'mean':>8s}{'rms':>8s}{'half':>8s}{'R^2':>8s}  gaps, published")
    print(
        f"{'':34s}{'alpha':>8s}{'alpha':>8s}{'rms':>8s}{'rms':>8s}  "
        + " and ".join(f"{gap.value:g} (s = {gap.s:g}, N = {gap.size})" for gap in TABLE.gaps)
    )
    show("as the paper has it", plain)
    less = plain - predicted
    show("training noise, variance 0.05", less + log_risks(planned, modes, samples, noise=0.05))
    show("test noise, variance 0.01", np.log(np.exp(plain) + 0.01))
    show(
        "n = min(25000, max(10000, 10 N))", less + log_risks(planned, modes, lambda n: min(25_000, max(10_000, 10 * n)))
    )
    show("step 1/lmax", less + log_risks(planned, modes, samples, eta=1.0))
    factor = common_factor(plain)
    show("one factor per size, fitted", plain + factor)
    print("that factor - 1:", ", ".join(f"{v:+.3f} (N = {n})" for n, v in zip(SIZES, np.expm1(factor), strict=True)))
    print("alpha (published) at s =", ", ".join(f"{s:g}" for s in SPECTRA))
    show_alphas("plain", plain)
    show_alphas("with factor", plain + factor)
    return plain


def scatter(plain: np.ndarray, level: np.ndarray) -> None:
    """Print the second and the third table."""
    logs = np.log(level)
    print(f"\nsd of log risk over {len(level)} teachers, N = {SIZES[0]}:", np.round(logs[:, :, 0].std(0, ddof=1), 3))
    alike = np.corrcoef(logs[:, :, 0].T)
    pairs = min(np.corrcoef(logs[:, j].T)[0, 1] for j in range(len(SPECTRA)))
    print(f"correlation of gd and ridge {pairs:.4f} or more, of the first s and the last {alike[0, -1]:.2f}, of next s "
          f"{np.diagonal(alike, 1).min():.2f} or more")  # fmt: skip
    seen = line(plain)[:2]
    heading = "shift of alpha (ten seeds), 90 % of 1000 tables"
    print(f"\n{heading:50s}{'mean':>16s}{'sd over s':>16s}{'half widths':>16s}")
    print(f"{'published minus measured':50s}" + "".join(f"{value:16.4f}" for value in summary(ALPHA, HALF, seen)))
    for name, per_size, across in (
        ("teacher per (s, seed), the rest per (s, seed, N)", False, False),
        ("the same, numbers shared by all s", False, True),
        ("teacher and the rest per (s, seed, N)", True, False),
        ("the same, numbers shared by all s", True, True),
    ):
        alpha, half, _ = line(plain + tables(level[:, :, 0], per_size, across))
        ranges = zip(*np.quantile(summary(alpha, half, seen), [0.05, 0.95], axis=0), strict=True)
        text = [f"{low:.3f} to {high:.3f}" for low, high in ranges]
        print(f"{name:50s}{text[0]:>16s}{text[1]:>16s}{text[2]:>16s}")


def main() -> None:
    """The three tables."""
    scatter(changes(experiment()), levels(_TEACHERS))


if __name__ == "__main__":
    main()
