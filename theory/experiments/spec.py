"""What a problem and its samples are, as declared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ..problems import Isotropic, PowerLaw, PowerLawTarget, SpectralProblem, StudentT

Kind = Literal["gaussian", "relu", "data"]
FeatureMap = Literal["linear", "relu", "erf", "tanh", "gelu"]

PROBLEMS: dict[str, str] = {
    "gaussian": "Gaussian random features of variance 1/N, a linear target with energies k^-(1+r)",
    "relu": "random features and a teacher (both ReLU by default) on power-law inputs (Ramani and Jain 2026)",
    "data": "random features of the inputs in a file, with its target column",
}


@dataclass(frozen=True)
class ProblemSpec:
    """The problem family; `s` has one entry a curve (empty for data).

    r: None is isotropic. dim: None is infinite. noise: label-noise variance over the target's variance.
    features, teacher: f in f(w.x), a name in `activation`, of the features and of a ReLU problem's teacher. outputs:
    m, the target's columns. inputs: their law, None where it is Gaussian.
    """

    kind: Kind
    s: tuple[float, ...] = ()
    r: float | None = None
    dim: int | None = 1000
    noise: float = 0.0
    path: str | None = None
    target: str | None = None
    features: FeatureMap = "linear"
    outputs: int = 1
    inputs: StudentT | None = None
    teacher: FeatureMap = "relu"

    def spectral(self, s: float) -> SpectralProblem:
        """The Gaussian problem at spectral exponent s. Raises InputError."""
        target = Isotropic() if self.r is None else PowerLawTarget(self.r)
        return SpectralProblem(PowerLaw(s, self.dim), target, self.noise)


@dataclass(frozen=True)
class Samples:
    """Training samples as a function of size: n = min(maximum, max(minimum, per_feature N))."""

    per_feature: float = 0.0
    minimum: float = math.inf
    maximum: float = math.inf

    def count(self, size: int) -> float:
        """n for N = size; infinity is the population gradient."""
        return min(self.maximum, max(self.minimum, self.per_feature * size))

    @property
    def infinite(self) -> bool:
        """True where every size trains on the population."""
        return math.isinf(self.minimum) and math.isinf(self.maximum)
