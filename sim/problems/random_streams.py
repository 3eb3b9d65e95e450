"""Random streams: every draw is a function of (seed, s, N, what is drawn, block of rows) and of nothing else.

A block of rows has its own stream and a fixed length, so results depend neither on the order in which cells run,
nor on what else the experiment holds, nor on threads or memory.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np

from ..devices import cores

BATCH_STEPS = 32  # steps whose batches come from one stream
SEED_RULE = (
    "numpy PCG64 from SeedSequence((seed, bits of s as float64, N, stream, block)), rows in blocks of 1024; "
    "streams: teacher 0 (N = 0), features 1, training inputs 2, label noise 3, test inputs 4, split 5 (N = 0), "
    "steps 6 in blocks of 256, batches 7 in blocks of 32, outputs 8 (N = 0); teacher j of several is block j; "
    "Student-t scales continue their inputs' stream, jumped once"
)

_Drawn = TypeVar("_Drawn")


class Stream(IntEnum):
    """What a stream of random numbers is for."""

    TEACHER = 0
    FEATURES = 1
    TRAIN = 2
    NOISE = 3
    TEST = 4
    SPLIT = 5
    STEPS = 6
    BATCH = 7
    OUTPUTS = 8


@dataclass(frozen=True)
class CellSeed:
    """The seed of one cell.

    Attributes:
        s: Spectral exponent, NaN for data.
        size: N.
        seed: The seed's number.
    """

    s: float
    size: int
    seed: int

    def bits(self, stream: Stream, block: int = 0) -> np.random.PCG64:
        """The random bits of one block of one stream; teacher, split and outputs are shared by all sizes."""
        shared = stream in (Stream.TEACHER, Stream.SPLIT, Stream.OUTPUTS)
        s = math.nan if math.isnan(self.s) else self.s + 0.0  # one NaN, one zero
        bits = struct.unpack("<Q", struct.pack("<d", s))[0]
        entropy = (self.seed, bits, 0 if shared else self.size, int(stream), block)
        return np.random.PCG64(np.random.SeedSequence(entropy))

    def generator(self, stream: Stream, block: int = 0) -> np.random.Generator:
        """The generator on the bits of one block of one stream."""
        return np.random.Generator(self.bits(stream, block))

    def normal(self, stream: Stream, rows: int, columns: int, block: int = 0) -> np.ndarray:
        """Standard normal numbers of shape (rows, columns)."""
        return self.generator(stream, block).standard_normal((rows, columns))


def ahead(make: Callable[[int], _Drawn], count: int, depth: int, share: tuple[int, int] = (0, 1)) -> Iterator[_Drawn]:
    """make(p), make(p + P), ... below `count`, in order, some of them made ahead in threads.

    Args:
        make: Makes one item of its index.
        count: How many items there are in all.
        depth: Items made ahead of their use; 0 has no threads.
        share: (p, P), the items of one process of P; (0, 1) are all of them.

    Yields:
        The items.
    """
    wanted = range(share[0], count, share[1])
    count = len(wanted)
    if depth < 1 or count < 2:
        yield from map(make, wanted)
        return
    with ThreadPoolExecutor(min(depth, cores())) as pool:
        waiting: deque[Future[_Drawn]] = deque(pool.submit(make, i) for i in wanted[:depth])
        try:
            for following in range(len(waiting), count + len(waiting)):
                ready = waiting.popleft().result()
                if following < count:
                    waiting.append(pool.submit(make, wanted[following]))
                yield ready
        finally:
            for future in waiting:
                future.cancel()
