"""The error of theory in a diagnosis, as deviations that are added to resampled log risks."""

from __future__ import annotations

import math

import numpy as np

from ..spectra import DataSpectrum
from .forecast import OPTIMIZERS, Forecast
from .settings import SETTINGS


def with_theory_error(
    predicted: Forecast, again: np.ndarray, spectrum: DataSpectrum, kind: str | None, seed: int
) -> np.ndarray:
    """Resampled log risks, shape (draws, o + g, s), with the theory's own error and that of the noise level added.

    The error falls as 1/N and 1/n, and rises as the last of `dim` modes are reached, N -> dim, and as N -> n. What two
    optimizers share cancels in their ratio: the log ratio q errs by sqrt(2) e min(1, |q|), nothing where theory says
    they are equal.

    Args:
        predicted: The forecast.
        again: Its log risks on resampled spectra, shape (draws, o + g, s).
        spectrum: Of the data.
        kind: The features, "kernel", or None for bare eigenvalues.
        seed: Of the deviations.
    """
    rng = np.random.default_rng((seed, 2))
    size, samples = np.array(predicted.sizes, dtype=float), predicted.last.training.samples
    left = len(spectrum.eigenvalues) - size if spectrum.complete else np.full(len(size), np.inf)
    base = SETTINGS.linear_error if kind in (None, "linear") else SETTINGS.kernel_error
    meeting = 1 / (np.abs(size - samples) + 1)  # fits in full have no finite mean at N = n
    error = np.sqrt(base**2 + size**-2 + (0.5 / left) ** 2 + (1 / samples) ** 2 + meeting**2)
    common = rng.standard_normal((len(again), len(size))) * error
    made = again + common[:, None, :]
    for i, name in enumerate(OPTIMIZERS):
        if i:
            spread = math.sqrt(2) * error * np.minimum(1, np.abs(again[:, i] - again[:, 0]))
            spread = np.hypot(spread, predicted.own_error[i])
            if name == "diagonal":
                spread = np.hypot(spread, SETTINGS.diagonal_error)
            made[:, i] += spread * rng.standard_normal(spread.shape)
    if spectrum.noise_error > 0:
        # the noise level is one unknown: all risks move together, each by the share that noise makes of it
        level = spectrum.noise_error / max(spectrum.noise, spectrum.noise_error)
        made += np.log1p(predicted.noisy * np.expm1(level * rng.standard_normal((len(again), 1, 1))).clip(-1, 3))
    return np.asarray(made)
