"""What an optimizer's run costs in steps of gradient descent, by the user's figure or by the cost models of theory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import InputError
from ...theory.exponents import MATRIX, SOLVE, STEP, Cost

_MODELS: dict[str, Cost] = {"diagonal": STEP, "matrix-sign": MATRIX, "natural-gradient": SOLVE, "sign": STEP}


@dataclass(frozen=True)
class Price:
    """The cost of one optimizer. given: of a step over a step of gd (natural-gradient: of its one solve)."""

    optimizer: str
    given: float | None = None

    def in_gd_steps(self, size: int, steps: float) -> float:
        """Compute of `steps` steps at N = size over that of one step of gd.

        By `theory.cost` where nothing was given: f(N, T)/f_gd(N, 1), f_gd = N T.
        """
        if self.given is not None:
            return self.given if self.optimizer == "natural-gradient" else self.given * steps
        return _value(_MODELS[self.optimizer], size, steps) / _value(STEP, size, 1)

    @property
    def told(self) -> str:
        """Where the figure is from."""
        if self.given is None:
            model = _MODELS[self.optimizer]
            return f"cost as {model.text} against {STEP.text}" if model is not STEP else "a step costs as one of gd"
        of = "its solve" if self.optimizer == "natural-gradient" else "a step"
        return f"{of} costs {self.given:g} steps of gd" if self.given != 1 else f"{of} costs one step of gd"


def _value(cost: Cost, size: int, steps: float) -> float:
    return float(sum(size ** -float(m.size) * steps ** -float(m.steps) for m in cost.monomials))


def prices(given: Mapping[str, float] | None) -> dict[str, Price]:
    """A price for each optimizer but gd. Raises InputError for a name that is not judged or a cost that is not > 0."""
    told = dict(given or {})
    for name, cost in told.items():
        if name not in _MODELS:
            raise InputError(f"cost names {name!r}, but {', '.join(_MODELS)} are judged; take one of these.")
        if not 0 < cost < math.inf:
            raise InputError(f"The cost of {name} is {cost:g}, but a positive number is expected; try {name}=2.")
    return {name: Price(name, told.get(name)) for name in _MODELS}
