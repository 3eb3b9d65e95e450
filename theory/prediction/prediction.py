"""Predicted risk at finite size for a whole experiment, with an error and a note of what is approximate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ..experiments import Experiment
from .coverage import unserved
from .experiment_modes import feature_modes
from .feature_modes import FeatureModes
from .model_at_size import Setting
from .risk_at_size import predict_at

_SPECTRUM_SHARE = 0.5  # of the time that a prediction from a kernel takes, for the progress report
_TEACHER_SPREAD = (
    0.03  # risk is a mean over teachers each scaled to variance 1, 2 to 3.5 % above that of their mean variance
)
_MANY = 5  # samples per feature from which what samples do is the same for all replicates of a spectrum


@dataclass(frozen=True)
class Prediction:
    """Predicted risk of an experiment.

    Attributes:
        experiment: what was predicted.
        risk: over the target's variance, shape (optimizer, s, N, steps), NaN where there is no prediction.
        error: shape of `risk`, relative, one standard deviation, each size's own: terms of order 1/N and 1/n that are
            left out, what an approximation errs, and how the estimate of a spectrum varies between sizes.
        common: shape (optimizer, s, steps), relative, the part that all sizes share, so that it cannot move alpha.
        optimizers: names along the first axis.
        s: spectral exponents along the second, NaN for data.
        sizes: N along the third.
        steps: T along the last.
        notes: by name of an optimizer, what is approximate, or why there is no prediction.
    """

    experiment: Experiment
    risk: np.ndarray
    error: np.ndarray
    common: np.ndarray
    optimizers: tuple[str, ...]
    s: tuple[float, ...]
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    notes: dict[str, str]

    @property
    def total_error(self) -> np.ndarray:
        """Relative error of each risk, own and common part together, shape (optimizer, s, N, steps)."""
        return np.hypot(self.error, self.common[:, :, None, :])


def predict(experiment: Experiment, progress: Callable[[float, str], None] | None = None) -> Prediction:
    """Predict every optimizer, s, N and T of an experiment; no run is simulated.

    Finite samples go through the two-point formula. Cost: milliseconds to a second a size for Gaussian problems; for
    others also the spectra of kernels, some seconds each when first asked for, see `mode_cache`.

    Args:
        experiment: what to predict.
        progress: called with the fraction done and what is being done.

    Returns:
        Risks, errors and notes.

    Raises:
        InputError: for steps that are not stable, and for data that cannot be used.
    """
    spec = experiment.problem
    spectra = spec.s or (math.nan,)
    shape = (len(experiment.optimizers), len(spectra), len(experiment.sizes), len(experiment.steps))
    risk, error = np.full(shape, np.nan), np.full(shape, np.nan)
    common = np.full((shape[0], shape[1], shape[3]), np.nan)
    names = tuple(o.name for o in experiment.optimizers)
    notes = {o.name: why for o in experiment.optimizers if (why := unserved(o, experiment))}
    if len(notes) == len(names):
        return Prediction(experiment, risk, error, common, names, spectra, experiment.sizes, experiment.steps, notes)
    for j, s in enumerate(spectra):
        label = "data" if math.isnan(s) else f"s = {s:g}"
        started = 0.0 if spec.kind == "gaussian" else _SPECTRUM_SHARE
        if progress:
            progress(j / len(spectra), f"spectrum of {label}")
        found = feature_modes(experiment, s)
        changes = np.zeros((len(found.replicates), shape[0], shape[2], shape[3]))
        for k, size in enumerate(experiment.sizes):
            # the products are small: a second thread costs more than it brings; what overflows is no number in the end
            with threadpool_limits(1), np.errstate(all="ignore"):
                risk[:, j, k], error[:, j, k] = _at(experiment, found.whole, s, size, notes)
                if found.replicates:
                    changes[:, :, k] = _changes(experiment, found.whole, found.replicates, s, size)
            if progress:
                done = started + (1 - started) * (k + 1) / shape[2]
                progress((j + done) / len(spectra), f"{label}, N = {size}")
        own, shared = _estimation_error(changes)
        error[:, j] = np.hypot(error[:, j], own)
        common[:, j] = np.sqrt(
            shared**2 + (_TEACHER_SPREAD if spec.kind == "relu" and spec.teacher == "relu" else 0.0) ** 2
        )
    return Prediction(experiment, risk, error, common, names, spectra, experiment.sizes, experiment.steps, notes)


def _setting(
    experiment: Experiment,
    features: FeatureModes,
    s: float,
    size: int,
    samples: float,
    coarse: bool = False,
) -> Setting:
    spec = experiment.problem
    linear = spec.kind == "gaussian" or spec.features == "linear"
    scale = 1.0 if linear and spec.kind != "relu" else float(size)  # features of variance 1/N
    steps = np.array(experiment.steps)
    last = experiment.stepped_steps[-1] if experiment.stepped_steps else None
    heavy = 0.0 if spec.inputs is None or spec.inputs.elliptical else spec.inputs.kurtosis
    return Setting(features, size, samples, steps, experiment.eta, spec.noise, s, scale, linear, coarse, last, heavy)


def _at(
    experiment: Experiment, features: FeatureModes, s: float, size: int, notes: dict[str, str]
) -> tuple[np.ndarray, np.ndarray]:
    """Risk and relative error at one size, shape (optimizer, steps) each."""
    setting = _setting(experiment, features, s, size, experiment.samples.count(size))
    rows = []
    for optimizer in experiment.optimizers:
        if unserved(optimizer, experiment):
            rows.append((np.full(len(setting.steps), np.nan),) * 2)
            continue
        found = predict_at(optimizer.at(size), setting)
        if found.note:
            notes[optimizer.name] = found.note
        rows.append((found.risk, found.error))
    risks, errors = zip(*rows, strict=True)
    return np.stack(risks), np.stack(errors)


def _changes(
    experiment: Experiment,
    whole: FeatureModes,
    replicates: tuple[FeatureModes, ...],
    s: float,
    size: int,
) -> np.ndarray:
    """How log risk changes from `whole` to each replicate, shape (replicate, optimizer, steps); 0 where unknown."""
    samples = experiment.samples.count(size)
    if samples >= _MANY * size:
        samples = math.inf
    logs = []
    for features in (whole, *replicates):
        setting = _setting(experiment, features, s, size, samples, coarse=True)
        risk = [predict_at(each.at(size), setting).risk for each in experiment.optimizers]
        logs.append(np.log(np.maximum(np.stack(risk), 1e-300)))
    return np.nan_to_num(np.stack(logs[1:]) - logs[0])


def _estimation_error(changes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative error from an estimated spectrum; changes has shape (replicate, optimizer, N, steps).

    The variance is the sum over replicates of squared changes. Returns what varies between sizes, shape (optimizer, N,
    steps), and what they share, shape (optimizer, steps).
    """
    shared = changes.mean(axis=2)
    own = changes - shared[:, :, None]
    return np.sqrt(np.sum(own**2, axis=0)), np.sqrt(np.sum(shared**2, axis=0))
