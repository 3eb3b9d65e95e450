"""What a diagnosis says of itself: its status, sentence by sentence, and what it assumes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..spectra import SlopeFit
from .costs import how_measured
from .forecast import OPTIMIZERS
from .prepared_modes import Fitted
from .verdict import RULE, Reach

_RISE = 1e-3  # of log risk from one size to the next: less is rounding


def status_of(
    fitted: Fitted,
    notes: Sequence[str],
    by_default: bool,
    reach: Reach,
    finite: tuple[float, ...] | None,
    measured: bool,
) -> tuple[str, ...]:
    """What was fitted, what was chosen for the user, and what samples do.

    Args:
        fitted: The laws.
        notes: On the data and the modes.
        by_default: Whether T is the default.
        reach: The training.
        finite: By size, the factor of n samples on the converged risk, None for infinitely many.
        measured: Whether any cost was measured.
    """
    status = [f"s: {_said(fitted.s)}"]
    if fitted.r is not None:
        status.append(f"r: {_said(fitted.r)}")
    elif fitted.refused is not None:
        status.append(f"r: {fitted.refused}.")
    status += [*notes, RULE]
    if measured:
        status.append(how_measured())
    if by_default:
        status.append(f"T = {reach.steps} is a default; give steps to ask about other training lengths.")
    if finite is None:
        status.append("Infinitely many training samples are assumed; give samples to predict what they do.")
    else:
        status.append(
            f"Predicted on n = {reach.samples:g} samples, which multiply the converged risk at the largest size by "
            f"{finite[-1]:.3g}."
        )
    return tuple(status)


def _said(fit: SlopeFit) -> str:
    return f"{fit.status[0].lower()}{fit.status[1:]}"


def absurdities(sizes: Sequence[int], log_risk: np.ndarray, samples: float | None) -> dict[str, str]:
    """By optimizer why its risks have no exponent: they rise with N, or are above that of the target's mean.

    Args:
        sizes: N, shape (s,).
        log_risk: Of OPTIMIZERS, shape (o, s).
        samples: n, None for infinitely many.
    """
    told = {}
    for name, logs in zip(OPTIMIZERS, log_risk, strict=True):
        rises = np.flatnonzero(np.diff(logs) > _RISE)
        worst = int(np.argmax(logs))
        if not len(rises) and logs[worst] <= _RISE:
            continue
        if samples is not None:
            cause = f"it fits noise and chance, as N comes near to n = {samples:g} or T is long for n"
        elif name == "sign":
            cause = "its step, the best one for T, leaves noise that grows with N"
        else:
            cause = "the prediction is not accurate enough there"
        seen = f"rises from N = {sizes[rises[0]]} to {sizes[rises[0] + 1]}" if len(rises) else "does not fall below 1"
        above = f" and reaches {np.exp(logs[worst]):.3g} at N = {sizes[worst]}" if logs[worst] > _RISE else ""
        told[name] = f"No exponent is given for {name}: its risk {seen}{above}, where 1 is that of the mean; {cause}."
    return told


def assumptions_of(kind: str | None, has_target: bool) -> tuple[str, ...]:
    """What a prediction takes for granted.

    Args:
        kind: Of features, "kernel", or None for bare eigenvalues.
        has_target: Whether the target's energies are known.
    """
    shared = (
        "features act as Gaussian ones of the same covariance",
        "sign descent by a mean field with locking, an approximation",
        "on n samples the risk moves with the spectrum as on infinitely many",
        "the threshold s* is to leading order, with constants of order one set to one",
        "diagonal stands for Adam and matrix-sign for Muon, as preconditioners of the covariance",
    )
    if kind == "kernel":
        return ("rows are independent draws from one population", "the kernel is that of the features", *shared)
    if kind is not None:
        return (
            "rows are independent draws from one population",
            f"random {kind} features of centred inputs over one common scale",
            *shared,
        )
    isotropic = ("the target is isotropic, r = s, because the file holds eigenvalues alone",)
    return (
        *(("the energies are exact",) if has_target else isotropic),
        "the scatter of the eigenvalues around the fitted line measures the error of s",
        "sign descent sees eigenvalues over the largest one",
        *shared,
    )
