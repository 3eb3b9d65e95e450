"""The learning rate of every step, rebuilt from the steps at which it was recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...errors import InputError

_JUMP = 5.0  # times the changes before and after it, beyond which a change of the rate is a jump
_LEAST_JUMP = 0.05  # of the peak rate
_BLOCK = 16  # steps of a ramp whose increments are taken together at least, and
_BLOCKS = 1500  # how many of them a long curve has: together an error of 2e-4 of the loss at most


@dataclass(frozen=True, eq=False)
class Schedule:
    """Rates eta_t, their running sum S_t, and the increments that the law sums over.

    Attributes:
        steps: at which the loss was recorded, rising, shape (n,).
        sums: S at these steps, shape (n,).
        increments: eta_k - eta_(k-1), of blocks of steps, shape (m,).
        rates: eta_k of each block, shape (m,).
        before: S_(k-1) of each block, shape (m,).
    """

    steps: np.ndarray
    sums: np.ndarray
    increments: np.ndarray
    rates: np.ndarray
    before: np.ndarray

    @classmethod
    def recorded(cls, steps: np.ndarray, rates: np.ndarray, warm_up: int = 0) -> Schedule:
        """From records.

        Between records the rate is a straight line, or where it changes five times as much as before and after, a
        jump at the later one. Before the first record it rises from 0 over the warm-up and stays at the first
        record's rate from there.

        Args:
            steps: whole numbers, rising, shape (n,).
            rates: eta at these steps, positive, shape (n,).
            warm_up: steps over which the rate rises from 0; at most the first record's.

        Returns:
            The schedule.

        Raises:
            InputError: steps do not rise, a rate is not positive, or the warm-up ends after the first record.
        """
        steps, rates = np.asarray(steps), np.asarray(rates, float)
        if np.any(np.diff(steps) <= 0) or steps[0] < 0:
            raise InputError("The steps of a loss curve must rise; each curve needs a name of its own.")
        if not np.all(np.isfinite(rates)) or np.any(rates <= 0):
            raise InputError("A learning rate of a loss curve is not positive; drop the rows without one.")
        if not 0 <= warm_up <= steps[0]:
            raise InputError(
                f"The warm-up of {warm_up} steps ends after the first record, at step {int(steps[0])}; the rate "
                "within it is not in the table."
            )
        whole = steps.astype(int)
        every = _every_step(whole, rates, warm_up)
        sums = np.cumsum(every)
        change = np.diff(every, prepend=0.0)
        change[np.abs(change) < 1e-12 * rates.max()] = 0.0
        moved = np.flatnonzero(change)
        jumps = np.abs(change[moved]) > _LEAST_JUMP * rates.max()
        record = np.searchsorted(whole, moved)  # no block reaches over a record, where the sum is cut
        since = moved - np.concatenate([[0], whole])[record]
        length = np.where(moved <= warm_up, _BLOCK, max(_BLOCK, int(whole[-1]) // _BLOCKS))
        edges = [np.diff(v, prepend=-1) != 0 for v in (record, since // length, moved > warm_up)]
        block = np.cumsum(np.any([*edges, jumps, np.append(False, jumps[:-1])], axis=0))
        first = np.unique(block, return_index=True)[1]
        count = np.diff(np.append(first, moved.size))
        increments, rate, before = (np.add.reduceat(values[moved], first) for values in (change, every, sums - every))
        return cls(whole, sums[whole], increments, rate / count, before / count)

    def thinned(self, most: int) -> Schedule:
        """The same schedule with fewer recorded steps.

        Args:
            most: records that are kept at most, evenly spread.

        Returns:
            The schedule.
        """
        kept = self.kept(most)
        return replace(self, steps=self.steps[kept], sums=self.sums[kept])

    def kept(self, most: int) -> np.ndarray:
        """Indices of the records that `thinned` keeps."""
        count = len(self.steps)
        return np.arange(count)[:: -(-count // most)] if count > most else np.arange(count)


def _every_step(steps: np.ndarray, rates: np.ndarray, warm_up: int) -> np.ndarray:
    """The rate of the steps 0 to the last one recorded."""
    grid = np.arange(steps[-1] + 1)
    start = ([0, warm_up], [0.0, rates[0]]) if warm_up else ([0], [rates[0]])
    places = np.concatenate([start[0], steps])
    every = np.interp(grid, places, np.concatenate([start[1], rates]))
    change = np.abs(np.diff(rates))
    around = np.maximum(np.append(0.0, change[:-1]), np.append(change[1:], 0.0))
    for k in np.flatnonzero((change > _JUMP * around) & (change > _LEAST_JUMP * rates.max())):
        every[steps[k] : steps[k + 1]] = rates[k]
    return every
