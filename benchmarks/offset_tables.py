"""Speed-ups of two optimizers whose curves have an offset: what `fit` says of 200 sweeps, whether its intervals hold.

L = E + A N^-a + C (20 N)^-d, five sizes, three rates times two seeds, the law and its numbers drawn at random around
those of a language model trained on twenty tokens a parameter. The true speed-up is found by inverting the law. Its
change over the sizes is small, so that "grows" and "attenuates" are nearly always wrong. Beside `auto` the same table
by a power law alone.

    python benchmarks/offset_tables.py [tables] [processes]
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from optscaling.compare.fits import fit

SIZES = 1e7 * 2.0 ** np.arange(5)
RATES = {1e-3: 0.02, 3e-3: 0.0, 1e-2: 0.03}  # rate -> how far log L lies above that of the best rate
HELD = np.log(1.10)


def losses(n: np.ndarray, theta: tuple[float, ...]) -> np.ndarray:
    """The law at tokens = 20 n."""
    floor, prefactor, alpha, data, beta = theta
    return floor + prefactor * n**-alpha + data * (20 * n) ** -beta


def table(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """A sweep, and the true log speed-up at each size."""
    rng = np.random.default_rng([32, seed])
    floor, data, beta = rng.uniform(1.5, 2.0), rng.uniform(300, 500), rng.uniform(0.25, 0.32)
    alpha, prefactor = rng.uniform(0.30, 0.38), rng.uniform(300, 500)
    gain = rng.uniform(1.1, 1.6)
    other = alpha + rng.choice([0.0, 0.01])
    baseline = (floor, prefactor, alpha, data, beta)
    better = (floor, prefactor * SIZES[0] ** (other - alpha) * gain**-other, other, data, beta)
    noise = 10 ** rng.uniform(-3.3, -2.5)
    rows = []
    for name, theta in (("adamw", baseline), ("muon", better)):
        for n, loss in zip(SIZES, losses(SIZES, theta), strict=True):
            for rate, above in RATES.items():
                for draw in range(2):
                    value = loss * np.exp(above + noise * rng.standard_normal())
                    rows.append(
                        {"optimizer": name, "params": n, "tokens": 20 * n, "loss": value, "lr": rate, "seed": draw}
                    )
    x = np.linspace(np.log(SIZES[0]) - 3, np.log(SIZES[-1]) + 3, 20_001)
    curve = -np.log(losses(np.exp(x), baseline))
    true = np.interp(-np.log(losses(SIZES, better)), curve, x) - np.log(SIZES)
    return pd.DataFrame(rows), true


def judged(seed: int) -> dict[str, tuple[str, float, int, int]]:
    """Form -> (what is said of the speed-up's movement, its true change, points held, points with an interval)."""
    rows, true = table(seed)
    made = {}
    for form in ("auto", "power"):
        result = fit(rows, form, draws=0, baseline="adamw")
        if not result.speedup:
            made[form] = ("none", float(true[-1] - true[0]), 0, 0)
            continue
        points = result.speedup[0].points
        at = {round(float(np.log(n)), 6): t for n, t in zip(SIZES, true, strict=True)}
        pairs = [(p.interval, at[round(float(np.log(p.size)), 6)]) for p in points if p.interval is not None]
        held = sum(ends[0] <= np.exp(t) <= ends[1] for ends, t in pairs)
        made[form] = (result.speedup[0].trend, float(true[-1] - true[0]), held, len(pairs))
    return made


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with ProcessPoolExecutor(processes) as pool:
        found = list(pool.map(judged, range(count), chunksize=4))
    change = np.array([each["auto"][1] for each in found])
    print(f"{count} sweeps; the true log speed-up changes by {change.min():.3f} to {change.max():.3f} over the sizes")
    print(f"{'form':6} {'grows':>7} {'attenuates':>11} {'holds':>7} {'cannot':>7} {'wrong':>7} {'intervals hold':>15}")
    for form in ("auto", "power"):
        said = Counter(each[form][0] for each in found)
        right = {"grows": lambda c: c > 0, "attenuates": lambda c: c < 0, "holds": lambda c: abs(c) < HELD}
        wrong = sum(each[form][0] in right and not right[each[form][0]](each[form][1]) for each in found)
        held, points = (sum(each[form][k] for each in found) for k in (2, 3))
        shares = [100 * said[each] / count for each in ("grows", "attenuates", "holds", "cannot tell")]
        print(
            f"{form:6} {shares[0]:6.1f}% {shares[1]:10.1f}% {shares[2]:6.1f}% {shares[3]:6.1f}%"
            f" {100 * wrong / count:6.1f}% {100 * held / max(points, 1):8.1f}% of {points}"
        )


if __name__ == "__main__":
    main()
