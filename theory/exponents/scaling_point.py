"""Point: where an exponent is asked for, and what holds there."""

from __future__ import annotations

from dataclasses import dataclass

import sympy
from sympy import Expr

from ...errors import InputError
from ..symbolic import NU, TAU, Number, Path, R, S, exact
from .learning_law import Law

ALONG_PATH = "N grows along T = N^tau and nothing else is limited; with unlimited steps no optimizer changes alpha"


@dataclass(frozen=True)
class ScalingPoint:
    """Where an exponent is asked for: s, r and tau, each a rational or its symbol; isotropic means r = s.

    Args:
        s: Spectral exponent.
        r: Source exponent.
        tau: T = N^tau.
        isotropic: Whether r was left out, so that r = s.
        samples: nu where n = N^nu; None where the gradient is the population's.
        noise: Labels carry noise.
    """

    s: Expr
    r: Expr
    tau: Expr
    isotropic: bool
    samples: Expr | None = None
    noise: bool = False

    @classmethod
    def of(
        cls,
        s: Number | None,
        r: Number | None,
        tau: Number | None,
        samples: Number | None = None,
        noise: bool = False,
    ) -> ScalingPoint:
        """Read the numbers.

        Args:
            s: A number; None or "s" keeps the symbol.
            r: A number; None is isotropic, r = s; "r" keeps the symbol.
            tau: A number; None or "tau" keeps the symbol.
            samples: nu, a number; None is the population's gradient; "nu" keeps the symbol.
            noise: Labels carry noise.

        Returns:
            The point.

        Raises:
            InputError: s <= -1, r <= 0, tau < 0, nu <= 0, or something is no finite number.
        """
        at_s = _number_or(S, s)
        at_tau = _number_or(TAU, tau)
        if at_s.is_number and at_s <= -1:
            raise InputError(f"s is {at_s}, but eigenvalues k^-(1+s) fall only for s > -1; try s = 1.")
        if at_tau.is_number and at_tau < 0:
            raise InputError(f"tau is {at_tau}, but the path T = N^tau needs tau >= 0; try tau = 1.")
        if r is None:
            if at_s.is_number and at_s <= 0:
                raise InputError(
                    f"s is {at_s} and r was left out, which means an isotropic target with r = s, but r must be "
                    "positive; give r as well, such as r = 1/2."
                )
            at_r = at_s
        else:
            at_r = _number_or(R, r)
            if at_r.is_number and at_r <= 0:
                raise InputError(f"r is {at_r}, but target energies k^-(1+r) need r > 0; try r = 1.")
        nu = None
        if samples is not None:
            nu = _number_or(NU, samples)
            if nu.is_number and nu <= 0:
                raise InputError(f"nu is {nu}, but n = N^nu samples need nu > 0; try nu = 1.")
        return cls(at_s, at_r, at_tau, r is None, nu, noise)

    def path(self, law: Law) -> Path:
        """How T, n and B grow with N."""
        return Path(self.tau, self.samples or Path(self.tau).samples, law.growth)

    def lowest(self, law: Law) -> Expr:
        """The s above which a law holds here; an isotropic target has s = r > 0."""
        return sympy.Max(0 if self.isotropic else -1, law.lowest(self.samples is not None, self.noise))

    def values(self, law: Law) -> dict[Expr, Expr]:
        """What stands in place of s and r in the terms of a law."""
        return {S: law.spectrum.xreplace({S: self.s}), R: self.r}

    def check(self, name: str, law: Law) -> None:
        """Raises InputError where the law needs more than s > -1 and r > 0 and the numbers break it."""
        for condition, sentence in law.conditions(self.samples is not None, self.noise):
            if condition.xreplace({S: self.s}) is sympy.false:
                other = "" if law.spectrum == S else f" (s' = {law.spectrum.xreplace({S: self.s})} after whitening)"
                raise InputError(f"s is {self.s}{other}, but {sentence}; try a larger s, or leave {name}.")

    def assumptions(self, *laws: Law, path: str | None = ALONG_PATH, samples: bool = True) -> tuple[str, ...]:
        """What every exponent at this point rests on.

        Args:
            *laws: The laws of the optimizers that are compared.
            path: How N and T grow; None leaves it out.
            samples: Whether it is said how many samples the gradient of a full-batch method is taken on.

        Returns:
            Sentences without full stops, each once.
        """
        return tuple(dict.fromkeys(each for law in laws for each in self._assumptions(law, path, samples)))

    def _assumptions(self, law: Law, path: str | None, told_samples: bool) -> tuple[str, ...]:
        target = "isotropic, r = s > 0" if self.isotropic else "energies k^-(1+r)"
        labels = "labels with noise of fixed variance" if self.noise else "no label noise"
        if law.order is not None:
            drawn = "one pass: n = B*T samples in all"
        elif self.samples is not None:
            drawn = f"n = N^{_power(self.samples)} samples"
        else:
            drawn = "population gradient, or samples n far above N"
        found = [
            f"eigenvalues k^-(1+s); target {target}",
            f"squared loss, {labels}, {law.stepping}",
            *([drawn] if told_samples or law.order is not None else []),
            *([] if path is None else [path]),
            "features behave as Gaussian ones of the same covariance (universality)",
        ]
        s = law.spectrum.xreplace({S: self.s})
        conditions = law.conditions(self.samples is not None, self.noise)
        light = (s.is_number and s > 0) or (self.isotropic and law.spectrum == S)
        if conditions:
            told = [sentence for condition, sentence in conditions if condition.xreplace({S: self.s}) is not sympy.true]
            found += told if not self.isotropic or law.spectrum != S else []
        elif not light:
            which = "s" if law.spectrum == S else f"s' = {law.spectrum}"
            found.append(f"where {which} <= 0, dim grows in proportion to N")
        if self.samples == 1 and law.kind in ("solved", "exponential"):
            found.append("n = c N with c not 1: at n = N the variance of a full solve diverges")
        return (*found, *law.assumptions)


def _number_or(symbol: Expr, value: Number | None) -> Expr:
    """A number read exactly; the symbol where nothing or its own name was given."""
    if value is None or (isinstance(value, str) and value.strip() == symbol.name):
        return symbol
    return exact(value, symbol.name)


def _power(exponent: Expr) -> str:
    return str(exponent) if exponent.is_Symbol or exponent.is_Integer else f"({exponent})"
