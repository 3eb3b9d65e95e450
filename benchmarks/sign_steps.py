"""Sign descent by the signs that change, against one product with G a step, on the ReLU problem of Ramani and Jain.

For each size: seconds of three runs of 2,000 steps that follow changed signs, and of the compiled loop of products with
G for all three at once, some steps of which are timed and scaled; the columns of G read by the former, as a share.

    python benchmarks/sign_steps.py --sizes 1000 2000 5000
"""

from __future__ import annotations

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np

from optscaling.sim.cells.cell import problem_of
from optscaling.sim.devices.select import device
from optscaling.sim.problems.draw import Sampled
from optscaling.sim.stepping.sign import _descend, by_changes
from optscaling.theory.experiments.load import load_experiment
from optscaling.theory.optimizers.sign import Sign

STEPS, TIMED = 2000, 100


class Counted(np.ndarray):
    """A matrix that counts the rows taken from it."""

    taken = 0

    def __getitem__(self, key):  # type: ignore[no-untyped-def]
        Counted.taken += len(key) if isinstance(key, np.ndarray) else 0
        return np.asarray(self)[key]


def main() -> None:
    """Print one line a size and spectrum."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 2000, 5000], help="features N (1000 2000 5000)")
    parser.add_argument("--s", type=float, nargs="+", default=[0.25, 1.0, 2.0], help="spectral exponents (0.25 1 2)")
    given = parser.parse_args()
    tried = Sign().steps_tried
    print(f"{'N':>6}{'s':>6}{'changes s':>11}{'products s':>12}{'ratio':>8}{'columns read':>14}")
    for size in given.sizes:
        for s in given.s:
            draw = problem_of(load_experiment("ramani-jain")).draw(s, size, 0)
            assert isinstance(draw, Sampled)
            sums = device().sums(draw.train(1), draw.matrix, draw.activation)
            gram = np.ascontiguousarray(sums.gram.whole() / sums.rows)
            moment = sums.cross @ draw.combination(sums.labels, sums.rows) / sums.rows
            started = time.perf_counter()
            for step in tried:
                by_changes(gram, moment, np.array([STEPS]), step)
            fast = time.perf_counter() - started
            Counted.taken = 0
            for step in tried:
                by_changes(gram.view(Counted), moment, np.array([STEPS]), step)
            with jax.enable_x64(True):
                on_device = jnp.asarray(gram), jnp.asarray(moment)
                for count in (1, TIMED):  # the first compiles
                    started = time.perf_counter()
                    _descend(*on_device, np.array([count]), np.array(tried)).block_until_ready()
            slow = (time.perf_counter() - started) * STEPS / TIMED
            share = Counted.taken / (size * STEPS * len(tried))
            print(f"{size:6d}{s:6g}{fast:11.2f}{slow:12.2f}{slow / fast:8.1f}{share:14.2%}")


if __name__ == "__main__":
    main()
