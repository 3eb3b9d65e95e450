"""A published law against its own data: its objective there and at the minimum, and what the difference does.

The law is L = E + A N^-alpha + B D^-beta, the objective the sum of Huber's function of the log residuals. The distance
in standard errors uses the sandwich covariance of the minimum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ..joint_laws import JointFit, fit_joint, runs_of
from ..loss_laws import minimise
from ..tables import SelectionRules
from ..text_table import aligned

SCHEMA = 1
NAMES = ("E", "A", "alpha", "B", "beta")
_SAME = 1e-3  # share of the objective below which a printed law is the minimum
_FARTHER = 10.0  # times the compute of the largest run, where the forecasts are compared


@dataclass(frozen=True)
class Audit:
    """A law held against data.

    Attributes:
        published: E, A, alpha, B, beta as printed.
        found: the same at the minimum.
        errors: standard errors there (of the logarithm for E, A and B).
        delta: of Huber's function.
        objective: summed, at the published law and at the minimum.
        distance: between the two in standard errors, all parameters together (Mahalanobis).
        optimum: exponent of compute in the best N, beta/(alpha + beta), published and found.
        forecast: loss at the best N and D of 10 times the largest compute, published and found.
    """

    published: dict[str, float]
    found: dict[str, float]
    errors: dict[str, float]
    delta: float
    objective: tuple[float, float]
    distance: float
    optimum: tuple[float, float]
    forecast: tuple[float, float]

    @property
    def is_minimum(self) -> bool:
        """Whether the objective at the published law is the least there is, to a thousandth."""
        return self.objective[0] <= self.objective[1] * (1 + _SAME)

    def sentence(self) -> str:
        """In plain words."""
        if self.is_minimum:
            return "The published law is the minimum of its objective on these data, to a thousandth."
        worse = self.objective[0] / self.objective[1] - 1
        moved = max(("alpha", "beta"), key=lambda name: abs(self.found[name] - self.published[name]))
        return (
            f"The published law is no minimum: its objective is {worse:.2%} above the least, at which {moved} is "
            f"{self.found[moved]:.4f} in place of {self.published[moved]:.4f}."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values with a schema version."""
        return {
            "schema": SCHEMA,
            "kind": "audit",
            **{k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()},
            "is_minimum": self.is_minimum,
            "sentence": self.sentence(),
        }

    def __str__(self) -> str:
        """A table of parameters, the objectives, the sentence."""
        rows: list[tuple[str, ...]] = [("", "published", "minimum", "standard error")]
        for name in NAMES:
            error = self.errors[name] * (1.0 if name in ("alpha", "beta") else self.found[name])
            rows.append((name, f"{self.published[name]:.6g}", f"{self.found[name]:.6g}", f"{error:.2g}"))
        rows += [
            ("objective", *(f"{v:.6g}" for v in self.objective), ""),
            ("best N grows as C to", *(f"{v:.4f}" for v in self.optimum), ""),
            ("loss at 10 times the compute", *(f"{v:.4f}" for v in self.forecast), ""),
        ]
        return "\n".join([aligned(rows), "", f"Distance {self.distance:.1f} standard errors. {self.sentence()}"])


def audit(
    table: Any,
    parameters: Mapping[str, float],
    roles: Mapping[str, str | Sequence[str]] | None = None,
    *,
    rules: SelectionRules | None = None,
    delta: float = 1e-3,
) -> Audit:
    """Hold a published law against its own data.

    Args:
        table: a path, a DataFrame with one row a run or a record, or runs already read.
        parameters: E, A, alpha, B, beta, for N and D in the table's units; log E, log A or log B as ln_E, ln_A, ln_B.
        roles: loss, size or tokens to the name of its column, where the reader should not guess.
        rules: which rows count; every one by default, as published laws are fitted along runs too.
        delta: of Huber's function of the log residuals; infinite for least squares.

    Returns:
        Objectives, distance, and what the difference does to exponents and forecasts.

    Raises:
        InputError: a parameter is missing or no number, or the table has no tokens.
    """
    published = _read(parameters)
    data = runs_of(table, roles, rules=rules or SelectionRules(take="every"))
    if data.tokens is None:
        raise InputError("An audit needs the training tokens of every run, but the table has none; see --tokens.")
    if len(data.names) > 1:
        data = data.as_one()
    units = (data.size_unit, data.token_unit or 1.0)
    at = _theta(published, units)
    fit = fit_joint(data, frozenset(), delta, starts=[at])
    own, value, _ = minimise(fit.form, data.y, np.ones(len(data.y)), at[None], delta)
    theta = own[0] if 2 * value[0] < fit.value else fit.theta
    objective = [_objective(fit, each, delta) for each in (at, theta)]
    gap = at - theta
    distance = math.sqrt(max(float(gap @ np.linalg.pinv(fit.covariance, hermitian=True) @ gap), 0.0))
    found = _natural(theta, units)
    errors = {name: float(e) for name, e in zip(NAMES, _errors_in_units(fit, units), strict=True)}
    compute = _FARTHER * float((data.sizes * data.tokens).max())
    laws = (published, found)
    optimum = tuple(law["beta"] / (law["alpha"] + law["beta"]) for law in laws)
    losses = tuple(_best_loss(law, compute) for law in laws)
    return Audit(
        published, found, errors, delta, (objective[0], objective[1]), distance, (optimum[0], optimum[1]),
        (losses[0], losses[1]),
    )  # fmt: skip


def _read(parameters: Mapping[str, float]) -> dict[str, float]:
    found = {}
    for name in NAMES:
        log = parameters.get(f"ln_{name}")
        value = parameters.get(name) if log is None else None
        try:
            found[name] = math.exp(float(log)) if log is not None else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            raise InputError(
                f"The parameters have no number for {name}; expected E, A, alpha, B, beta (or ln_A for log A)."
            ) from None
        if not 0 < found[name] < math.inf:
            raise InputError(f"The parameter {name} is {found[name]:g}; expected a positive number.")
    return found


def _theta(law: Mapping[str, float], units: tuple[float, float]) -> np.ndarray:
    a, b = law["alpha"], law["beta"]
    amplitude = math.log(law["A"]) - a * math.log(units[0])
    return np.array([math.log(law["E"]), amplitude, a, math.log(law["B"]) - b * math.log(units[1]), b])


def _natural(theta: np.ndarray, units: tuple[float, float]) -> dict[str, float]:
    e, a_log, a, b_log, b = map(float, theta)
    size, tokens = math.log(units[0]), math.log(units[1])
    return {"E": math.exp(e), "A": math.exp(a_log + a * size), "alpha": a, "B": math.exp(b_log + b * tokens), "beta": b}


def _errors_in_units(fit: JointFit, units: tuple[float, float]) -> np.ndarray:
    carry = np.eye(5)
    carry[1, 2], carry[3, 4] = math.log(units[0]), math.log(units[1])
    return np.asarray(np.sqrt(np.maximum(np.diag(carry @ fit.covariance @ carry.T), 0.0)))


def _objective(fit: JointFit, theta: np.ndarray, delta: float) -> float:
    r = np.abs(fit.data.y - fit.form.evaluate(theta[None])[0][0])
    if math.isinf(delta):
        return float(np.sum(r**2) / 2)
    return float(np.sum(np.where(r <= delta, r**2 / 2, delta * (r - delta / 2))))


def _best_loss(law: Mapping[str, float], product: float) -> float:
    """At the best N with N D = product."""
    a, b = law["alpha"], law["beta"]
    size = math.exp((math.log(a * law["A"] / (b * law["B"])) + b * math.log(product)) / (a + b))
    return law["E"] + law["A"] * size**-a + law["B"] * (product / size) ** -b
