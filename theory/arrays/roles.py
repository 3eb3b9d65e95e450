"""Which array of a file is what, by the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ...errors import InputError
from .border import shown

Role = Literal["eigenvalues", "energies", "features", "kernel", "target"]

_WORDS: dict[Role, str] = {
    "eigenvalues": "eigenvalue eigenvalues eigval eigvals eig eigs eval evals lambda lambdas lam spectrum",
    "energies": "energy energies targetenergy targetenergies modeenergy modeenergies",
    "features": "x xs features feature inputs input data design designmatrix phi embeddings images",
    "kernel": "k kernel gram grammatrix kernelmatrix ntk covariance cov c",
    "target": "y ys target targets label labels output outputs response t",
}
_NAMES: dict[Role, frozenset[str]] = {role: frozenset(words.split()) for role, words in _WORDS.items()}
_HELD_OUT = ("test", "val", "valid", "validation", "eval")
_SINGLE = re.compile(r"[^a-z0-9]")
_NUMBERED = re.compile(r"(.*[a-z])\d*")


@dataclass(frozen=True)
class Roles:
    """Role -> name of the array, and the names that have no role, or are held out."""

    names: Mapping[Role, str]
    rest: tuple[str, ...] = ()
    held_out: tuple[str, ...] = field(default=())


def role_of(name: str) -> Role | None:
    """The role that a name tells, in any case and punctuation, with or without "train".

    >>> role_of("X_train"), role_of("train-labels"), role_of("Eigenvalues"), role_of("x_test")
    ('features', 'target', 'eigenvalues', None)
    """
    plain = _SINGLE.sub("", name.lower())
    for affixed in (plain.removesuffix("train"), plain.removeprefix("train"), plain.removesuffix("training"), plain):
        for role, names in _NAMES.items():
            if affixed in names:
                return role
    return None


def energies_among(names: Iterable[str]) -> list[int]:
    """Which of the names are of energies, those of several outputs included: energy, energy_0, energies.1."""
    found = []
    for j, name in enumerate(names):
        base = _NUMBERED.fullmatch(_SINGLE.sub("", name.lower()))
        if base is not None and base.group(1) in _NAMES["energies"]:
            found.append(j)
    return found


def roles_among(names: Iterable[str], target: str | None, source: str) -> Roles:
    """What each of several arrays is.

    Args:
        names: Of the arrays.
        target: The name of the target, where the user gave it.
        source: The file's name, for the sentence.

    Raises:
        InputError: Where two arrays claim one role, with the choices.
    """
    found: dict[Role, str] = {}
    rest: list[str] = []
    held: list[str] = []
    for name in names:
        if target is not None and name == target:
            continue
        role = role_of(name)
        if role is None:
            (held if _is_held_out(name) else rest).append(name)
        elif role == "target" and target is not None and target in names:
            rest.append(name)
        elif role in found:
            raise InputError(
                f"{source} holds both {shown(found[role])} and {shown(name)}, and either may be the "
                f"{role}; keep one of them."
            )
        else:
            found[role] = name
    if target is not None and target in names:
        found["target"] = target
    return Roles(found, tuple(rest), tuple(held))


def _is_held_out(name: str) -> bool:
    plain = _SINGLE.sub("", name.lower())
    return any(
        role_of(plain.removesuffix(end)) is not None or role_of(plain.removeprefix(end)) is not None
        for end in _HELD_OUT
        if plain.endswith(end) or plain.startswith(end)
    )
