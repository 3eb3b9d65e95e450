"""A spectrum and a target together: what is learned, and its modes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...errors import InputError
from .modes import Modes
from .power_law_modes import HEAD, compressed_modes
from .spectrum import Measured, PowerLaw, Spectrum
from .target import Isotropic, MeasuredTarget, PowerLawTarget, Target


@dataclass(frozen=True)
class SpectralProblem:
    """What a linear optimizer sees of a problem: a spectrum, a target on it, and label noise.

    Args:
        spectrum: eigenvalues of the input covariance.
        target: energies on them; left out, all weights have the same size.
        noise: label-noise variance over the target's variance.

    Raises:
        InputError: for noise that is negative or not finite, energies that are not one for each eigenvalue, and a
            target of infinite variance.

    >>> SpectralProblem(PowerLaw(1.0, 1000), PowerLawTarget(0.5)).source
    0.5
    """

    spectrum: Spectrum
    target: Target = field(default_factory=Isotropic)
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.noise < np.inf:
            raise InputError(f"noise is {self.noise}, but a variance is finite and not negative; try 0.")
        if isinstance(self.target, MeasuredTarget):
            if not isinstance(self.spectrum, Measured):
                raise InputError("Measured energies need a measured spectrum; give both or neither.")
            if len(self.target.energies) != self.spectrum.dim:
                raise InputError(
                    f"The target has {len(self.target.energies)} energies, but the spectrum has "
                    f"{self.spectrum.dim} eigenvalues; give one energy for each."
                )
        if isinstance(self.spectrum, PowerLaw) and self.spectrum.dim is None and self.source <= 0:
            raise InputError(
                f"r is {self.source:g} with infinite dim, but the target's variance is finite only for r > 0; "
                "give a finite dim."
            )

    @property
    def source(self) -> float:
        """The source exponent r (NaN where the target is measured)."""
        if isinstance(self.target, PowerLawTarget):
            return self.target.r
        if isinstance(self.target, Isotropic) and isinstance(self.spectrum, PowerLaw):
            return self.spectrum.s
        return float("nan")

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues and energies one by one.

        Returns:
            Two arrays, shape (dim,) each, eigenvalues from the largest to the smallest, each with its own energy.

        Raises:
            InputError: for infinite dim.
        """
        if isinstance(self.spectrum, Measured):
            given = np.array(self.spectrum.values)
            order = np.argsort(-given, kind="stable")
            values = given[order]
            if isinstance(self.target, MeasuredTarget):
                return values, np.array(self.target.energies)[order]
        elif self.spectrum.dim is None:
            raise InputError("dim is infinite, but modes can be listed only for a finite dim; try dim = 1000.")
        else:
            values = np.arange(1, self.spectrum.dim + 1, dtype=float) ** -(1 + self.spectrum.s)
        if isinstance(self.target, Isotropic):
            return values, values.copy()
        return values, np.arange(1, len(values) + 1, dtype=float) ** -(1 + self.source)

    def modes(self, largest_size: int) -> Modes:
        """The problem as weighted modes.

        Args:
            largest_size: N up to which they are accurate.

        Returns:
            The modes: a few hundred, more only as log dim.
        """
        dim = self.spectrum.dim
        if isinstance(self.spectrum, Measured) or (dim is not None and dim <= 4 * HEAD):
            return Modes.of(*self.dense())
        return compressed_modes(self.spectrum.s, self.source, dim, largest_size)
