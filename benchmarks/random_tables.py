"""Verdicts of `fit --form auto` on random tables whose answer is known: how many are wrong, how many cannot tell.

Each table has a law (power, offset, broken), one or two optimizers with the same or with other exponents, 4 to 8 sizes
and noise; rows are single runs, seeds, a sweep of rates, or histories. A verdict is wrong where it says that exponents
differ and they do not, gives the wrong sign, or says that the speed-up moves in a way in which it does not by more
than its own limit. Beside it: the same verdicts by a power law alone, which is what most people fit.

    python benchmarks/random_tables.py [tables] [processes]
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from optscaling.compare.fits import fit
from optscaling.errors import InputError

KINDS = ("power", "offset", "broken")
ROWS = ("runs", "seeds", "sweep", "history")
HELD = np.log(1.10)  # change of a speed-up over the sizes that counts as none


def level(kind: str, n: np.ndarray, prefactor: float, alpha: float, floor: float, place: float) -> np.ndarray:
    """The law, above its floor."""
    if kind == "broken":
        bend = np.logaddexp(0.0, (np.log(n) - place) / 0.25) * 0.25
        return prefactor * np.exp(-0.4 * alpha * (np.log(n) - place) - 0.6 * alpha * bend)
    return floor + prefactor * (n / 1e6) ** -alpha


def true_speedup(law, first, second, sizes: np.ndarray) -> np.ndarray:
    """log S at each size, by inverting the baseline's law on a fine grid."""
    x = np.linspace(np.log(sizes[0]) - 12, np.log(sizes[-1]) + 12, 20_001)
    curve = -np.log(law(np.exp(x), *second))
    return np.interp(-np.log(law(sizes, *first)), curve, x) - np.log(sizes)


def rows_of(rng: np.random.Generator, how: str, name: str, n: float, loss: float, noise: float) -> list[dict]:
    """What a table holds of one optimizer at one size."""

    def noisy() -> float:
        return loss * float(np.exp(noise * rng.standard_normal()))

    base = {"optimizer": name, "params": n}
    if how == "seeds":
        return [base | {"seed": seed, "val_loss": noisy()} for seed in range(3)]
    if how == "sweep":
        best = rng.uniform(-0.3, 0.3)
        return [
            base | {"lr": 2e-3 * 2.0**k, "val_loss": noisy() * float(np.exp(0.01 * (k - best) ** 2))}
            for k in (-2, -1, 0, 1, 2)
        ]
    if how == "history":
        return [
            base | {"run": f"{name}-{n:.6g}", "step": t, "val_loss": noisy() * (1 + (1 - t / 1000) * 0.5)}
            for t in (250, 500, 750, 1000)
        ]
    return [base | {"val_loss": noisy()}]


def outcome(told: bool, right: bool) -> str:
    """Of a verdict."""
    return "cannot tell" if not told else "right" if right else "wrong"


def verdicts(seed: int) -> list[tuple[str, str, str, str]]:
    """(law, rows, who, outcome) for one table."""
    rng = np.random.default_rng([13, seed])
    kind, how = KINDS[seed % 3], ROWS[int(rng.integers(4))]
    sizes = np.geomspace(1e6, 1e6 * 10 ** rng.uniform(1.2, 3), int(rng.integers(4, 9)))
    alpha, noise = rng.uniform(0.05, 0.5), 10 ** rng.uniform(-3.3, -2)
    floor = rng.uniform(1, 2.5) if kind == "offset" else 0.0
    place = rng.uniform(np.log(sizes[1]), np.log(sizes[-2]))
    differs = rng.random() < 0.5
    other = alpha * (rng.choice([0.85, 1.15]) if differs else 1.0)

    def law(n: np.ndarray, prefactor: float, exponent: float) -> np.ndarray:
        return level(kind, np.asarray(n), prefactor, exponent, floor, place)

    second, first = (2.0, alpha), (2.0 * float(np.exp(rng.uniform(-0.08, 0.0))), other)
    rows = []
    for name, theta in (("adamw", second), ("muon", first)):
        for n in sizes:
            rows += rows_of(rng, how, name, float(n), float(law(n, *theta)), noise)
    table = pd.DataFrame(rows).sample(frac=1, random_state=seed)
    sign, gain = int(np.sign(other - alpha)), true_speedup(law, first, second, sizes)
    change = float(gain[-1] - gain[0])
    found = []
    for form in ("auto", "power"):
        try:
            result = fit(table, form, draws=0, baseline="adamw")
        except InputError:
            found += [(kind, how, f"{form} exponents", "refused"), (kind, how, f"{form} speed-up", "refused")]
            continue
        told, trend = 0, "cannot tell"
        if result.comparison:
            gap = result.comparison[0]
            told = 0 if gap.undecided or gap.difference is None else int(np.sign(gap.difference))
            told = gap.agreed if gap.agreed is not None else told
        if result.speedup:
            trend = result.speedup[0].trend
        right = {"grows": change > 0, "attenuates": change < 0, "holds": abs(change) < HELD}
        found.append((kind, how, f"{form} exponents", outcome(told != 0, told == sign)))
        found.append((kind, how, f"{form} speed-up", outcome(trend != "cannot tell", right.get(trend, False))))
    return found


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with ProcessPoolExecutor(processes) as pool:
        outcomes = [each for found in pool.map(verdicts, range(count), chunksize=8) for each in found]
    print(f"{count} tables; share of verdicts in per cent")
    print(f"{'law':8} {'verdict':16} {'right':>6} {'cannot':>7} {'wrong':>6} {'refused':>8}")
    for kind in (*KINDS, "all"):
        for what in ("auto exponents", "power exponents", "auto speed-up", "power speed-up"):
            counted = Counter(o for k, _, w, o in outcomes if w == what and kind in (k, "all"))
            shares = [100 * counted[o] / counted.total() for o in ("right", "cannot tell", "wrong", "refused")]
            print(f"{kind:8} {what:16} {shares[0]:6.1f} {shares[1]:7.1f} {shares[2]:6.1f} {shares[3]:8.1f}")
    for how in ROWS:
        wrong = [o for _, h, w, o in outcomes if w.startswith("auto") and h == how]
        print(
            f"{how:8} auto, both verdicts: {100 * wrong.count('wrong') / max(len(wrong), 1):.1f} wrong of {len(wrong)}"
        )


if __name__ == "__main__":
    main()
