"""Synthetic runs with known answers: risk_N = c N^-alpha, log-normal scatter shared and own to each size."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import parse_experiment
from optscaling.theory.prediction.prediction import Prediction

PAPER_SIZES = (25, 50, 100, 200, 500, 1000, 2000, 5000)


def experiment(
    kind: str = "relu",
    *,
    s: tuple[float, ...] = (0.5, 1.0),
    sizes: tuple[int, ...] = PAPER_SIZES,
    steps: tuple[int, ...] = (100, 2000),
    optimizers: tuple[str, ...] = ("gd", "diagonal", "natural-gradient", "matrix-sign"),
    seeds: int = 10,
    fit_from: int = 200,
    name: str = "synthetic",
) -> Experiment:
    problem = {
        "relu": f'kind = "relu"\ns = {list(s)}\ndim = 1000',
        "gaussian": f'kind = "gaussian"\ns = {list(s)}\ndim = 1000',
        "data": 'kind = "data"\npath = "x.npz"\nfeatures = "linear"',
    }[kind]
    return parse_experiment(
        f"""[problem]
{problem}
[model]
sizes = {list(sizes)}
samples = {{ per_feature = 20, min = 10000, max = 50000 }}
[training]
optimizers = {json.dumps(list(optimizers))}
steps = {list(steps)}
eta = 1.5
[measure]
seeds = {seeds}
fit_from = {fit_from}
""",
        name,
    )


def true_alpha(optimizer: str, s: float, steps: int) -> float:
    """Made-up exponents in the order theory expects, gd and diagonal growing with T."""
    s = 1.0 if np.isnan(s) else s
    reach = min(1.0, (np.log10(steps) + 1) / 6)
    top = 0.38 - 0.07 * s
    return {
        "gd": top * reach / (1 + 0.8 * s),
        "diagonal": top * (0.2 + 0.8 * reach) / (1 + 0.5 * s),
        "matrix-sign": top,
        "natural-gradient": top + 0.002,
        "sign": 0.1,
    }.get(optimizer, top * 0.7)


def true_risk(made: Experiment) -> np.ndarray:
    """Shape (optimizer, s, N, steps)."""
    s = made.problem.s or (np.nan,)
    sizes = np.array(made.sizes, dtype=float)
    return np.array(
        [[[0.5 * sizes ** -true_alpha(o.name, value, t) for t in made.steps] for value in s] for o in made.optimizers]
    ).swapaxes(2, 3)


def run(made: Experiment, *, scatter: float = 0.05, seed: int = 0) -> xr.Dataset:
    """A run; scatter is the standard deviation of log risk, half its variance common to the optimizers."""
    rng = np.random.default_rng(seed)
    truth = true_risk(made)[:, :, :, None, :]
    shape = (len(made.optimizers), truth.shape[1], len(made.sizes), made.seeds, 1)
    common = rng.normal(size=(1, *shape[1:]))
    own = rng.normal(size=shape)
    noise = scatter * (common + own) / np.sqrt(2)
    risk = truth * np.exp(noise - scatter**2 / 2)
    return xr.Dataset(
        {"risk": (("optimizer", "s", "N", "seed", "steps"), risk)},
        coords={
            "optimizer": [o.name for o in made.optimizers],
            "s": list(made.problem.s) or [np.nan],
            "N": list(made.sizes),
            "seed": list(range(made.seeds)),
            "steps": list(made.steps),
        },
        attrs={
            "experiment": json.dumps(made.to_dict()),
            "fingerprint": made.fingerprint,
            "version": "0.1.0",
            "seconds": 12.5,
        },
    )


def forecast(made: Experiment, *, error: float = 0.01, tilt: float = 0.0, notes: dict | None = None) -> Prediction:
    """The true risks times N^-tilt, so alpha is off by tilt."""
    truth = true_risk(made)
    risk = truth * (np.array(made.sizes, dtype=float) ** -tilt)[:, None]
    return Prediction(
        experiment=made,
        risk=risk,
        error=np.full_like(risk, error),
        common=np.zeros(risk[:, :, 0].shape),
        optimizers=tuple(o.name for o in made.optimizers),
        s=tuple(made.problem.s) or (float("nan"),),
        sizes=made.sizes,
        steps=made.steps,
        notes=notes or {},
    )
