"""Input laws: what x = sqrt(lambda) z is drawn from, with unit variance in every coordinate of z."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import InputError

GAUSSIAN = "gaussian"
_ELLIPTICAL, _IID = "student-t", "iid-student-t"


@dataclass(frozen=True)
class StudentT:
    """Student-t inputs: z = sqrt((nu - 2)/c) g, with g standard normal and c ~ chi^2_nu.

    Where nu <= 4 the fourth moment is infinite: entries of a sample Gram matrix have an infinite variance, measured
    risks scatter by rare large samples, and intervals over seeds hold in name only.

    Args:
        nu: degrees of freedom, > 2.
        elliptical: one c for a whole sample, so that |x| itself has heavy tails and coordinates, though uncorrelated,
            are large together; otherwise each coordinate has its own c.

    Raises:
        InputError: for nu <= 2, where the variance is infinite.
    """

    nu: float
    elliptical: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.nu) and self.nu > 2):
            raise InputError(
                f"nu is {self.nu:g} in '{self.name}', but inputs have a finite variance only for nu > 2; try "
                f"{self._word}:5 (nu > 4 for Gram matrices whose entries have one too)."
            )

    @property
    def kurtosis(self) -> float:
        """Excess kurtosis of a coordinate, 6/(nu - 4); infinite for nu <= 4."""
        return 6 / (self.nu - 4) if self.nu > 4 else math.inf

    @property
    def _word(self) -> str:
        return _ELLIPTICAL if self.elliptical else _IID

    @property
    def name(self) -> str:
        """As experiment files write it, such as student-t:5."""
        return f"{self._word}:{str(float(self.nu)).removesuffix('.0')}"


def input_law(name: object) -> StudentT | None:
    """The law of that name.

    Args:
        name: gaussian, student-t:NU or iid-student-t:NU.

    Returns:
        The law, None for Gaussian inputs.

    Raises:
        InputError: for another name, and where the law refuses its parameter.

    >>> input_law("student-t:5")
    StudentT(nu=5.0, elliptical=True)
    """
    if name == GAUSSIAN:
        return None
    word, _, text = name.strip().partition(":") if isinstance(name, str) else ("", "", "")
    if word in (_ELLIPTICAL, _IID):
        try:
            nu = float(text)
        except ValueError:
            nu = None
        if nu is not None:
            return StudentT(nu, word == _ELLIPTICAL)
    shown = name[:40] if isinstance(name, str) else name
    raise InputError(
        f'problem.inputs is {shown!r}, but "gaussian", "student-t:NU" or "iid-student-t:NU" is expected; try '
        '"student-t:5".'
    )
