"""What a diagnosis says of itself: its status, sentence by sentence, and what it assumes."""

from __future__ import annotations

from .prepared_modes import Fitted
from .verdict import RULE


def status_of(
    fitted: Fitted,
    kind: str | None,
    notes: list[str],
    steps: int | None,
    count: int,
    finite: tuple[float, ...] | None,
    samples: float | None,
) -> tuple[str, ...]:
    """What was fitted, what was chosen for the user, and what samples do.

    notes: on the data and the modes. steps: T as given, None where `count` is a default. finite: by size, the factor of
    n samples on the converged risk, None for infinitely many.
    """
    status = [fitted.s.status.replace("A straight line", "s: a straight line")]
    if fitted.r is not None and fitted.r.status != fitted.s.status:
        status.append(f"r: {fitted.r.status[0].lower()}{fitted.r.status[1:]}")
    elif kind is not None and fitted.r is None:
        status.append("r: the target's energies are too few or too noisy for an exponent; more rows would help.")
    status += [*notes, RULE]
    if steps is None:
        status.append(f"T = {count} is a default; give steps to ask about other training lengths.")
    if finite is None:
        status.append("Infinitely many training samples are assumed; give samples to predict what they do.")
    else:
        status.append(
            f"Predicted on n = {samples:g} samples, which multiply the converged risk at the largest size by "
            f"{finite[-1]:.3g}."
        )
    return tuple(status)


def assumptions_of(kind: str | None) -> tuple[str, ...]:
    """What a prediction takes for granted. kind: of features, 'kernel', or None for bare eigenvalues."""
    shared = (
        "features act as Gaussian ones of the same covariance",
        "sign descent by a mean field with locking, an approximation",
        "on n samples the risk moves with the spectrum as on infinitely many",
        "the threshold s* is to leading order, with constants of order one set to one",
    )
    if kind == "kernel":
        return ("rows are independent draws from one population", "the kernel is that of the features", *shared)
    if kind is not None:
        return (
            "rows are independent draws from one population",
            f"random {kind} features of centred inputs over one common scale",
            *shared,
        )
    return (
        "the target is isotropic, r = s, because the file holds eigenvalues alone",
        "the scatter of the eigenvalues around the fitted line measures the error of s",
        "sign descent sees eigenvalues over the largest one",
        *shared,
    )
