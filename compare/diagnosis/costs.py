"""What an optimizer's run costs in steps of gradient descent: the user's figure, a measured one, or theory's model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...errors import InputError
from ...theory.exponents import MATRIX, SOLVE, STEP, Cost
from .step_timing import BATCH, WIDTH, measured_steps

MODEL = "model"
_MODELS: dict[str, Cost] = {"diagonal": STEP, "matrix-sign": MATRIX, "natural-gradient": SOLVE, "sign": STEP}
_MEASURED = {
    "diagonal": "a step of Adam",
    "matrix-sign": "a step of Muon",
    "natural-gradient": "a ridge solve",
    "sign": "a step of sign descent",
}


@dataclass(frozen=True)
class Price:
    """The cost of one optimizer.

    Attributes:
        optimizer: Its name.
        source: Who says so: the user, a measurement on this machine, or the cost models of `theory.exponents`.
        value: Of a step over a step of gd (natural-gradient: of its one solve at the size `width`); 0 for a model.
        spread: Standard deviation of its logarithm.
        width: The size at which a solve was measured, which grows in proportion to size; 0 where it was given.
    """

    optimizer: str
    source: Literal["given", "measured", "model"]
    value: float = 0.0
    spread: float = 0.0
    width: int = 0

    @property
    def is_solve(self) -> bool:
        """Whether there is one solve in place of steps."""
        return self.optimizer == "natural-gradient"

    def in_gd_steps(self, size: int, steps: float) -> float:
        """Compute of `steps` steps at N = size over that of one step of gd.

        A solve makes the Gram matrix, n N^2, where a step costs n N, so its cost in steps grows as N. By a model
        f(N, T)/f_gd(N, 1), f_gd = N T.

        Args:
            size: N.
            steps: T, of the optimizer.
        """
        if self.source == "model":
            return _value(_MODELS[self.optimizer], size, steps) / _value(STEP, size, 1)
        if self.is_solve:
            return self.value * (size / self.width if self.width else 1.0)
        return self.value * steps

    def told(self, size: int) -> str:
        """The cost, and where it is from, at N = size."""
        if self.source == "model":
            model = _MODELS[self.optimizer]
            return f"cost as {model.text} against {STEP.text}" if model is not STEP else "a step costs as one of gd"
        if self.source == "given":
            unit = "its solve costs" if self.is_solve else "a step costs"
            return f"{unit} {self.value:g} steps of gd" if self.value != 1 else f"{unit} one step of gd"
        if self.is_solve:
            cost = self.in_gd_steps(size, 1)
            return f"{_MEASURED[self.optimizer]} measured here at {cost:.3g} steps of gd for N = {size}"
        return f"{_MEASURED[self.optimizer]} measured here at {self.value:.2f} of gd's"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "source": self.source,
            "value": None if self.source == "model" else self.value,
            "size": self.width or None,
        }


def how_measured() -> str:
    """A sentence on the measurement."""
    return (
        f"Costs that were not given were measured on this machine: a {WIDTH} x {WIDTH} layer with a batch of {BATCH} "
        "in float32 on one thread; for other layers and batches give them (cost, --cost OPTIMIZER=C)."
    )


def check_prices(given: Mapping[str, float | str] | None) -> None:
    """Refuse costs that make no sense, before anything is measured.

    Args:
        given: As for `prices`.

    Raises:
        InputError: For a name that is not judged, or a cost that is not positive.
    """
    for name, figure in (given or {}).items():
        if name not in _MODELS:
            raise InputError(f"cost names {name!r}, but {', '.join(_MODELS)} are judged; take one of these.")
        if figure != MODEL and not (isinstance(figure, int | float) and 0 < figure < math.inf):
            raise InputError(f"The cost of {name} is {figure}, but a positive number is expected; try {name}=2.")


def prices(given: Mapping[str, float | str] | None) -> dict[str, Price]:
    """A price for each optimizer but gd.

    Args:
        given: Costs by optimizer, or "model" for the cost model of theory. Who is not named is measured.

    Raises:
        InputError: For a name that is not judged, or a cost that is not positive.
    """
    check_prices(given)
    told = dict(given or {})
    found = {}
    for name in _MODELS:
        cost: float | str | None = told.get(name)
        if cost == MODEL:
            found[name] = Price(name, "model")
        elif isinstance(cost, int | float):
            found[name] = Price(name, "given", float(cost))
        else:
            timing = measured_steps()[name]
            width = timing.width if name == "natural-gradient" else 0
            found[name] = Price(name, "measured", timing.value, timing.spread, width)
    return found


def _value(cost: Cost, size: int, steps: float) -> float:
    return float(sum(size ** -float(m.size) * steps ** -float(m.steps) for m in cost.monomials))
