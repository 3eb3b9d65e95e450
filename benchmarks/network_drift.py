"""How far forecasts from a fixed kernel are off against how far the kernel drifts, for networks on digits.

f = A (net - net at the start), two hidden layers of ReLU, full-batch gradient descent at the largest stable step's
half, 1,000 rows of scikit-learn's digits (centred, one scale) and the others held out. A large output scale A leaves
the kernel where it is; a small width and A = 1 do not. One line a network: drift after all steps, and measured over
predicted risk on both sets of rows.

    python benchmarks/network_drift.py --widths 32 128 --scales 0.3 1 3 10 50
"""

from __future__ import annotations

import argparse
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

import optscaling as osc

STEPS = (10, 100, 1000)


def start(width: int, seed: int) -> dict[str, np.ndarray]:
    """Weights of variance 2 over the number of inputs."""
    random = np.random.default_rng(seed)
    sizes = {"a": (64, width), "b": (width, width), "c": (width, 10)}
    return {name: random.standard_normal(size) * np.sqrt(2 / size[0]) for name, size in sizes.items()}


def network(params: Any, x: Any) -> Any:
    """Two hidden layers."""
    return jax.nn.relu(jax.nn.relu(x @ params["a"]) @ params["b"]) @ params["c"]


def digits(seed: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """1,000 rows and the others; targets are classes as columns, centred."""
    images, labels = load_digits(return_X_y=True)
    inputs = images - images.mean(axis=0)
    inputs /= inputs.std()
    targets = np.eye(10)[labels] - 0.1
    order = np.random.default_rng(seed).permutation(len(inputs))
    return (inputs[order[:1000]], targets[order[:1000]]), (inputs[order[1000:]], targets[order[1000:]])


def trained(apply: Any, params: Any, rate: float, rows: Any, others: Any) -> tuple[Any, np.ndarray]:
    """Parameters after all steps, and risks on both sets of rows at each of STEPS, shape (2, T)."""
    with jax.enable_x64(True):
        now = jax.tree.map(jnp.asarray, params)
        sets = [tuple(map(jnp.asarray, part)) for part in (rows, others)]

        def risk(p: Any, part: Any) -> Any:
            return jnp.mean(jnp.sum((apply(p, part[0]) - part[1]) ** 2, axis=1))

        slope, told = jax.grad(lambda p: risk(p, sets[0]) / 2), []
        move = jax.jit(
            lambda p, count: jax.lax.fori_loop(
                0, count, lambda _, q: jax.tree.map(lambda a, g: a - rate * g, q, slope(q)), p
            )
        )
        for before, after in zip((0, *STEPS), STEPS, strict=False):
            now = move(now, after - before)
            told.append([float(risk(now, part)) for part in sets])
        return jax.tree.map(np.asarray, now), np.array(told).T


def main() -> None:
    """Print one line a network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--scales", type=float, nargs="+", default=[0.3, 1.0, 3.0, 10.0, 50.0])
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rows, others = digits(given.seed)
    print("width  A     drift        training risk at T = 10, 100, 1000    held-out risk (measured / predicted)")
    for width in given.widths:
        params = start(width, given.seed)
        for scale in given.scales:

            def apply(p: Any, x: Any, scale: float = scale, first: Any = params) -> Any:
                return scale * (network(p, x) - network(first, x))

            found = osc.measure(apply, params, *rows, held_out=others, vectors=150)
            rate = 1 / found.largest
            told = found.risk("gd", STEPS, rate=rate, tolerance=1e-4)
            later, risks = trained(apply, params, rate, rows, others)
            moved = osc.measure(apply, params, *rows, after=later, vectors=16).drift
            ratios = risks / np.array([told.train, told.held_out])
            lines = ["  ".join(f"{value:.3f}" for value in line) for line in ratios]
            error = f"{moved.value:.3f}({moved.error:.3f})" if moved else "?"
            print(f"{width:5d}  {scale:<4g}  {error:12s} {lines[0]:36s}  {lines[1]}", flush=True)


if __name__ == "__main__":
    main()
