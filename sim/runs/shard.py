"""Shards: parts of a sweep for machines that know nothing of each other, cut by a hash of each cell."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from hashlib import sha256

from ...errors import InputError
from ..store import Key


@dataclass(frozen=True)
class Shard:
    """The cells whose hash leaves `index` - 1 when it is divided by `count`.

    A cell is in the same shard whatever else the experiment holds.

    Attributes:
        index: From 1 to count.
        count: How many shards there are.

    Raises:
        InputError: It is no such part.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count <= 1_000_000:
            raise InputError(
                f"The shard is {self.index}/{self.count}, but it must be i/n with i from 1 to n; try 1/{self.count}."
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """A shard as typed. Raises InputError.

        >>> Shard.parse("2/3")
        Shard(index=2, count=3)
        """
        found = re.fullmatch(r"([0-9]{1,7})/([0-9]{1,7})", text.strip())
        if found is None:
            raise InputError(f"'{text[:40]}' is no shard; expected i/n, such as 1/3 for the first of three.")
        return cls(int(found[1]), int(found[2]))

    def has(self, key: Key) -> bool:
        """Whether a cell is in this part."""
        s, size, seed = key
        written = json.dumps([None if math.isnan(s) else float(s), size, seed])
        return int.from_bytes(sha256(written.encode()).digest()[:8], "big") % self.count == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"
