"""The sizes N and n that the two-point function takes, and how far apart they must be."""

from __future__ import annotations

from ...errors import InputError
from ..problems import Modes


def check_sizes(modes: Modes, features: float, samples: float) -> None:
    """Refuse sizes at which the spectrum reaches 0.

    Args:
        modes: of the inputs.
        features: N.
        samples: n.

    Raises:
        InputError: for sizes below 1, for N = n and for min(N, n) equal to the rank.
    """
    fewer, more = min(features, samples), max(features, samples)
    if not (features >= 1 and samples >= 1):
        raise InputError(
            f"N is {features:g} and n is {samples:g}, but a model has at least one feature and one sample; try N = 64."
        )
    if fewer in (more, modes.rank):
        raise InputError(
            f"N is {features:g}, n is {samples:g} and the rank is {modes.rank:g}, but the spectrum reaches 0 where the "
            "two smallest of these are equal; take one feature or sample more."
        )


def separated_sizes(features: int, samples: int, rank: float) -> tuple[int, int]:
    """The nearest N and n that leave a gap above 0 in the spectrum: N not n, and the smaller one not the rank.

    Args:
        features: N.
        samples: n.
        rank: number of modes with a positive eigenvalue.

    Returns:
        N and n.
    """
    fewer, more = sorted((features, samples))
    fewer += fewer == rank
    more += max(0, fewer + 1 - more)
    return (fewer, more) if features <= samples else (more, fewer)
