"""All laws of the lattice fitted to the same runs and compared by AICc."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from .joint_fit import JointFit, embed, fit_joint
from .run_data import RunData
from .settings import JointSettings
from .terms import CONSTANT_TERMS, EXPONENT_TERMS, Terms, lattice


@dataclass(frozen=True, eq=False)
class LatticeFit:
    """Fits by their terms, and which of them the data do not exclude.

    Attributes:
        data: the runs.
        fits: one for each choice of terms that the runs suffice for.
        settings: which difference of AICc excludes a law.
    """

    data: RunData
    fits: Mapping[Terms, JointFit]
    settings: JointSettings

    @property
    def best(self) -> JointFit:
        """The fit of the least AICc."""
        return min(self.fits.values(), key=lambda fit: fit.aicc)

    def difference(self, terms: Terms) -> float:
        """AICc above the best."""
        return self.fits[terms].aicc - self.best.aicc

    @property
    def accounts(self) -> list[JointFit]:
        """The fits that the data do not exclude, best first."""
        kept = [fit for terms, fit in self.fits.items() if self.difference(terms) <= self.settings.not_excluded]
        return sorted(kept, key=lambda fit: fit.aicc)

    @property
    def weights(self) -> dict[Terms, float]:
        """Akaike weights, exp(-difference/2) normalised."""
        raw = {terms: math.exp(-self.difference(terms) / 2) for terms in self.fits}
        total = sum(raw.values())
        return {terms: value / total for terms, value in raw.items()}

    @property
    def constants_only(self) -> JointFit | None:
        """The best fit in which optimizers change constants and no exponent; None for one optimizer."""
        kept = [f for terms, f in self.fits.items() if terms & set(CONSTANT_TERMS) and not terms & set(EXPONENT_TERMS)]
        return min(kept, key=lambda fit: fit.aicc, default=None)


def fit_lattice(
    data: RunData,
    settings: JointSettings | None = None,
    *,
    own_floor: bool = False,
    near: Mapping[Terms, JointFit] | None = None,
) -> LatticeFit:
    """Fit every law, from the solutions of the laws with one term less, so that no law ends above one it contains.

    Args:
        data: the runs.
        settings: Huber's delta, scattered starts, and which difference of AICc excludes a law.
        own_floor: whether every law has a floor E of each optimizer as well.
        near: fits of the same laws to much the same runs, to start from as well.

    Returns:
        The fits, by their terms.

    Raises:
        InputError: the runs are too few for the law that all optimizers share.
    """
    settings = settings or JointSettings()
    fits: dict[Terms, JointFit] = {}
    for terms in lattice(data, own_floor=own_floor):
        if len(data.y) <= 4 + (len(data.names) - 1) * len(terms) + (0 if data.tokens is None else 2):
            continue
        starts = [
            embed(fit.theta, data, small, terms)
            for small, fit in fits.items()
            if small < terms and len(small) == len(terms) - 1
        ]
        if near is not None and terms in near:
            starts.append(carried(near[terms], data))
        scattered = settings.scattered if near is None else 0
        fits[terms] = fit_joint(
            data,
            terms,
            settings.delta,
            starts=starts,
            cold=near is None or not terms,
            scattered=scattered,
            seed=settings.seed,
        )
    if not fits:
        least = 4 if data.tokens is None else 6
        raise InputError(f"A joint law needs more than {least} runs, but there are {len(data.y)}; add runs.")
    return LatticeFit(data, fits, settings)


def carried(fit: JointFit, data: RunData) -> np.ndarray:
    """Theta of a fit to other runs for the optimizers that `data` has."""
    shared = 3 if data.tokens is None else 5
    old = len(fit.data.names) - 1
    blocks = fit.theta[shared:].reshape(-1, old) if old else np.empty((0, 0))
    kept = [fit.data.names.index(name) - 1 for name in data.names[1:]]
    change = blocks[:, kept] if data.names[0] == fit.data.names[0] else np.zeros((len(fit.terms), len(kept)))
    return np.concatenate([fit.theta[:shared], change.ravel()])
