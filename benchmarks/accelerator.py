"""What cells cost on an accelerator, against that card's own speed, and how far its formats move a risk.

The card's rooflines are measured first: products of matrices of 8,192 rows in each format, and a copy. Then

    agreement   one cell in each precision against the host's float64: what differs, and what was stated
    cells       seconds of sums, factorisations and test at each size, as multiples of their floors: sums
                n N (2 dim + N) operations at the product's speed, factorisations one reading of the panels for each
                product with G at the copy's speed
    seeds       cells of several seeds at once, in threads that share the card, against one after the other
    bases       making a vector orthogonal to 512 others on the host and on the card, against reading them once
    steps       adam by optax, every step a product with G, against reading G once a step

    python benchmarks/accelerator.py --sizes 20000 100000 --out results.json
    python benchmarks/accelerator.py --only cells --precisions float32 --sizes 100000

On a machine without an accelerator it runs on the CPU, which shows that it runs and nothing else.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from optscaling.sim.cells import measure, problem_of
from optscaling.sim.devices import GramSums, MemoryBudget, PanelGram, Precision
from optscaling.sim.devices.accelerator import Accelerator
from optscaling.sim.devices.basis import DeviceBasis, HostBasis
from optscaling.sim.devices.host import Host
from optscaling.sim.devices.panels import zero_panels
from optscaling.theory.experiments import Experiment, from_dict

_Made = TypeVar("_Made")
ALGORITHMS = ("TF32_TF32_F32_X3", "BF16_BF16_F32_X6", "BF16_BF16_F32_X9")
FAST = ALGORITHMS[1]  # what `product_of` takes on a card
FILTERS = ("gd", "matrix-sign")
STAGES = ("agreement", "seeds", "steps", "products", "bases", "cells")
PRECISIONS: tuple[Precision, ...] = ("float64", "mixed", "float32")


@dataclass(frozen=True)
class Timed(Accelerator):
    """An accelerator that notes the seconds of each stage, and the products with G."""

    seconds: dict[str, float] = field(default_factory=dict, hash=False)

    def _timed(self, stage: str, work: Callable[[], _Made]) -> _Made:
        begun = time.perf_counter()
        made = work()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun
        return made

    def sums(self, *arguments: Any, **named: Any) -> GramSums:
        """See Device."""
        made = self._timed("sums", lambda: super(Timed, self).sums(*arguments, **named))
        if isinstance(made.gram, PanelGram):
            return made._replace(gram=Counted(made.gram, self.seconds))
        return made

    def errors(self, *arguments: Any, **named: Any) -> np.ndarray:
        """See Device."""
        return self._timed("test", lambda: super(Timed, self).errors(*arguments, **named))

    def together(self, tasks: Sequence[Callable[[], _Made]], size: int) -> list[_Made]:
        """See Device."""
        return self._timed("factorisations", lambda: super(Timed, self).together(tasks, size))


class Counted(PanelGram):
    """A Gram matrix that counts its products, and their seconds."""

    def __init__(self, gram: PanelGram, seconds: dict[str, float]) -> None:
        super().__init__(gram._panels)
        self._seconds = seconds

    def times(self, vector: np.ndarray) -> np.ndarray:
        """See Gram."""
        begun = time.perf_counter()
        made = super().times(vector)
        self._seconds["products"] = self._seconds.get("products", 0) + 1
        self._seconds["in products"] = self._seconds.get("in products", 0.0) + time.perf_counter() - begun
        return made


def best(work: Callable[[], Any], times: int = 5) -> float:
    """The least seconds of several runs after one that compiles."""
    jax.block_until_ready(work())
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        jax.block_until_ready(work())
        taken.append(time.perf_counter() - begun)
    return min(taken)


def rooflines(size: int) -> dict[str, float]:
    """Operations a second of products in each format, with the error of each, and bytes a second of a copy."""
    made: dict[str, float] = {}
    with jax.enable_x64(True):
        small = jax.random.normal(jax.random.key(0), (size, size), jnp.float32)
        wide = small.astype(jnp.float64)
        exact = wide[:256] @ wide
        scale = float(jnp.linalg.norm(wide[0]) * jnp.linalg.norm(wide[:, 0]))
        modes: dict[str, Any] = {"float32": jax.lax.Precision.HIGHEST}
        modes |= {name: getattr(jax.lax.DotAlgorithmPreset, name) for name in ALGORITHMS}
        for name, mode in modes.items():
            product = jax.jit(lambda a, b, mode=mode: jnp.matmul(a, b, precision=mode))
            try:
                made[name] = 2 * size**3 / best(lambda product=product: product(small, small))
                error = product(small[:256], small).astype(jnp.float64) - exact
                made[f"{name} error"] = float(jnp.sqrt(jnp.mean(error**2))) / scale
            except Exception as error:
                print(f"{name}: {type(error).__name__}")
        made["float64"] = 2 * size**3 / best(lambda: wide @ wide)
        copied = jnp.zeros(2**28 if size > 4000 else 2**22, jnp.float32)
        made["bytes"] = 2 * copied.nbytes / best(jax.jit(lambda: copied + 1))
    return made


def experiment(
    size: int, samples: int, seeds: int = 1, optimizers: Sequence[str] = ("gd", "matrix-sign")
) -> Experiment:
    """ReLU features, s = 1, 1,000 inputs, T to 1,000."""
    return from_dict(
        {
            "problem": {"kind": "relu", "s": 1.0, "dim": 1000, "noise": 0.1},
            "model": {"sizes": [size], "samples": samples, "test_samples": 8192},
            "training": {"optimizers": list(optimizers), "steps": [10, 100, 1000], "eta": 1.0},
            "measure": {"seeds": seeds},
        },
        "accelerator",
    )


def agreement(size: int) -> list[dict[str, Any]]:
    """One cell in each precision against the host's float64."""
    made = experiment(size, 10 * size, optimizers=("gd", "diagonal", "matrix-sign", "natural-gradient"))
    problem = problem_of(made)
    exact = measure(made, problem, 1.0, size, 0, on=Host()).risk
    lines = []
    for precision in PRECISIONS:
        cell = measure(made, problem, 1.0, size, 0, on=Accelerator(precision))
        off = np.abs(cell.risk / exact - 1).max(axis=1)
        told = [0.0] * len(off) if cell.precision_error is None else cell.precision_error.max(axis=1).tolist()
        for name, moved, stated in zip(made.optimizers, off, told, strict=True):
            lines.append({"precision": precision, "optimizer": name.name, "off": float(moved), "stated": stated})
            print(f"N = {size}, {precision:>8}, {name.name:>17}: off by {moved:.1e}, stated {stated:.1e}", flush=True)
    return lines


def cells(
    sizes: Sequence[int],
    precisions: Sequence[Precision],
    rates: dict[str, float],
    lines: list[dict[str, Any]],
    keep: Callable[[], None],
) -> None:
    """Seconds of each stage, and over their floors, kept line by line."""
    for size in sizes:
        made = experiment(size, 2 * size)
        problem = problem_of(made)
        for precision in precisions:
            on = Timed(precision, MemoryBudget(dense=size <= 5000))
            if size <= 50_000:  # programs are compiled by a seed of their own; a large cell has them in its time
                measure(made, problem, 1.0, size, 1, depth=8, on=on)
                on.seconds.clear()
            begun = time.perf_counter()
            cell = measure(made, problem, 1.0, size, 0, depth=8, on=on)
            whole = time.perf_counter() - begun
            # F'F is symmetric: half of 2 n N^2
            work = 2.0 * size * size * (2 * 1000 + size)
            floor = work / rates["float64" if precision == "float64" else FAST if FAST in rates else "float32"]
            held = size**2 / 2 * (4 if precision == "float32" else 8)
            reading = on.seconds["products"] * held / rates["bytes"]
            line = {
                "N": size,
                "precision": precision,
                "seconds": whole,
                **on.seconds,
                "sums over floor": on.seconds["sums"] / floor,
                "products over floor": on.seconds["in products"] / reading,
                "risk": cell.risk.tolist(),
                "stated": None if cell.precision_error is None else cell.precision_error.tolist(),
                "peak of the host": cell.peak,
            }
            lines.append(line)
            print({k: v for k, v in line.items() if k not in ("risk", "stated")}, flush=True)
            keep()


def seeds(size: int, count: int, rates: Sequence[int]) -> list[dict[str, float]]:
    """Cells a second of `count` seeds, so many at once."""
    made = experiment(size, 10 * size, count)
    problem, lines = problem_of(made), []
    on = Accelerator("float32")
    measure(made, problem, 1.0, size, 0, on=on)
    for at_once in rates:
        begun = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda seed: measure(made, problem, 1.0, size, seed, depth=2, on=on), range(count)))
        taken = time.perf_counter() - begun
        lines.append({"N": size, "at once": at_once, "cells a second": count / taken})
        print(lines[-1], flush=True)
    return lines


def products(sizes: Sequence[int], rates: dict[str, float]) -> list[dict[str, Any]]:
    """A product of G in float32 panels with a vector, against reading what is held once; the vector on the host."""
    lines = []
    for size in sizes:
        gram = PanelGram(zero_panels(size, np.float32, jax.local_devices()[0]))
        vector = np.ones(size)
        taken = best(lambda gram=gram, vector=vector: gram.times(vector))
        lines.append({"N": size, "seconds": taken, "over reading": taken / (2 * size**2 / rates["bytes"])})
        print(lines[-1], flush=True)
    return lines


def bases(sizes: Sequence[int], rates: dict[str, float], count: int = 512) -> list[dict[str, Any]]:
    """A vector made orthogonal to `count` others, on the host and on the card."""
    lines = []
    for size in sizes:
        line: dict[str, Any] = {"N": size, "vectors": count}
        for name, made in (("host", HostBasis(size, count)), ("card", DeviceBasis(size, count))):
            one = np.ones(size) / np.sqrt(size)
            for _ in range(count):
                made.append(one)
            line[name] = best(lambda made=made, one=one: made.project_out(one.copy()))
        line |= {"card over reading": line["card"] / (8 * size * count / rates["bytes"])}
        line |= {"host over card": line["host"] / line["card"]}
        lines.append(line)
        print(line, flush=True)
    return lines


def steps(size: int, rates: dict[str, float]) -> dict[str, float]:
    """Seconds of an adam step, three learning rates side by side, over those of reading G once."""
    from optscaling.sim.stepping.full_batch import descend
    from optscaling.theory.optimizers import optimizer

    rule: Any = optimizer("optax:adam(learning_rate=1e-3)")
    rng = np.random.default_rng(0)
    gram = np.diag(np.arange(1, size + 1) ** -1.5)
    moment = rng.standard_normal((size, 1)) * np.diag(gram)[:, None]

    def run(count: int) -> float:
        begun = time.perf_counter()
        descend(rule, gram, moment, 1.0, np.array([count]))
        return time.perf_counter() - begun

    run(10)
    each = (run(1010) - run(10)) / 1000
    line = {"N": size, "seconds a step": each, "over reading G": each / (8 * size**2 / rates["bytes"])}
    print(line, flush=True)
    return line


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000, 20_000])
    parser.add_argument("--only", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS[::-1], help="of the cells")
    parser.add_argument("--agree", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--small", type=int, default=2000, help="N of the cells of several seeds")
    parser.add_argument("--matrix", type=int, default=8192, help="rows of the matrices that measure the card")
    parser.add_argument("--stepped", type=int, default=10_000, help="N of optax's steps")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    card = jax.devices()[0]
    found: dict[str, Any] = {"device": str(card.device_kind), "jax": jax.__version__}
    print(found, flush=True)

    def keep() -> None:
        if given.out:
            given.out.write_text(json.dumps(found, indent=1))

    found["rooflines"] = rates = rooflines(given.matrix)
    print({name: f"{rate:.3g}" for name, rate in rates.items()}, flush=True)
    stages: dict[str, Callable[[], Any]] = {
        "agreement": lambda: agreement(given.agree),
        "seeds": lambda: seeds(given.small, given.seeds, [1, 2, 4]),
        "steps": lambda: steps(given.stepped, rates),
        "products": lambda: products(given.sizes, rates),
        "bases": lambda: bases(given.sizes, rates),
    }
    for stage, work in stages.items():
        if stage in given.only:
            found[stage] = work()
            keep()
    if "cells" in given.only:
        found["cells"] = []
        cells(given.sizes, given.precisions, rates, found["cells"], keep)


if __name__ == "__main__":
    main()
