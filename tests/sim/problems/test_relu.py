"""The ReLU problem equals, in law, a direct transcription of the paper's definition in plain steps."""

import numpy as np
from support.small import experiment

from optscaling.sim import simulate

DIM, N, SAMPLES, TEST, T, SEEDS = 30, 12, 400, 300, 50, 40


def transcription(seed: int) -> list[float]:
    """Test losses of gd, matrix-sign and ridge after T steps, by plain steps on F."""
    rng = np.random.default_rng([seed, 987])
    spread = np.arange(1, DIM + 1) ** -0.75
    teacher, w = rng.normal(size=(100, DIM)) / np.sqrt(DIM), rng.normal(size=(N, DIM)) / np.sqrt(DIM)

    def rows(count: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(count, DIM)) * spread
        y = sum((k + 1) ** -0.5 * np.maximum(x @ teacher[k], 0) for k in range(100))
        return np.maximum(x @ w.T, 0), np.asarray(y)

    features, y = rows(SAMPLES)
    unseen, y_unseen = rows(TEST)
    y, y_unseen = (y - y.mean()) / y.std(), (y_unseen - y.mean()) / y.std()
    gram = features.T @ features / SAMPLES
    values, vectors = np.linalg.eigh(gram)
    root = vectors @ np.diag(values**-0.5) @ vectors.T
    losses = []
    for step in (1.5 / values[-1] * np.eye(N), 1.5 / np.sqrt(values[-1]) * root):
        a = np.zeros(N)
        for _ in range(T):
            a -= step @ features.T @ (features @ a - y) / SAMPLES
        losses.append(np.mean((unseen @ a - y_unseen) ** 2))
    a = np.linalg.solve(features.T @ features + 1e-6 * np.eye(N), features.T @ y)
    return [*losses, np.mean((unseen @ a - y_unseen) ** 2)]


def test_same_law_as_the_transcription() -> None:
    made = experiment(
        "relu",
        sizes=[N],
        dim=DIM,
        samples=SAMPLES,
        test_samples=TEST,
        optimizers=["gd", "matrix-sign", "natural-gradient"],
        steps=[T],
        seeds=SEEDS,
    )
    ours = np.log(simulate(made).risk.values[:, 0, 0, :, 0])
    theirs = np.log([transcription(seed) for seed in range(SEEDS)]).T
    error = np.sqrt((ours.var(axis=1, ddof=1) + theirs.var(axis=1, ddof=1)) / SEEDS)
    assert np.all(np.abs(ours.mean(axis=1) - theirs.mean(axis=1)) < 4 * error)
    assert np.all(error < 0.1)


def test_preconditioning_pays_where_steps_run_out() -> None:
    """At s = 1 and few steps the published order of exponents: gd < diagonal < matrix-sign = natural gradient."""
    names = ["gd", "diagonal", "matrix-sign", "natural-gradient"]
    given = {"s": 1.0, "dim": 300, "samples": 4000, "test_samples": 2000}
    made = experiment("relu", sizes=[50, 200], optimizers=names, steps=[100], seeds=3, **given)
    risk = simulate(made).risk.isel(s=0, steps=0).mean("seed").values
    alpha = np.log(risk[:, 0] / risk[:, 1]) / np.log(4)
    assert alpha[0] < alpha[1] < alpha[2] - 0.1
    assert abs(alpha[2] - alpha[3]) < 0.02
