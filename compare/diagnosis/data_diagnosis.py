"""Diagnosis: will the optimizer change alpha on this data? Spectrum, predicted exponents, threshold and verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import numpy as np
from threadpoolctl import threadpool_limits

from ...errors import InputError
from ...theory.arrays import Eigenvalues, Features, Kernel, read_data
from ...theory.problems import activation
from ...theory.thresholds import threshold_at
from ..exponent_fit import slope_weights
from ..spectra import DataSpectrum, spectrum_of
from .binned_modes import weighted
from .costs import check_prices, prices
from .forecast import OPTIMIZERS, Forecast, forecast
from .judgement import judged
from .prepared_modes import Fitted, Prepared, check_reach, fitted_laws, prepared_modes
from .result import Diagnosis, SizeSide
from .risk_at_size import Training
from .settings import SETTINGS
from .status import absurdities, assumptions_of, status_of
from .theory_error import with_theory_error
from .verdict import Reach, overall

Progress = Callable[[float, str], None]


class Options(TypedDict, total=False):
    """What can be said of the data and of the training, by keyword; `diagnose` says what each is."""

    X: Any
    y: Any
    eigenvalues: Any
    energies: Any
    labels: Any
    exclude: Sequence[str | int]
    classes: bool
    steps: int | None
    sizes: Sequence[int] | None
    samples: float | None
    noise: float | None
    features: str
    cost: Mapping[str, float | str] | None
    eta: float
    seed: int
    progress: Progress | None


@dataclass(frozen=True)
class Question:
    """The training that is asked about, checked.

    Attributes:
        steps: T, None for the default.
        sizes: N, None where they are chosen from the data.
        samples: n, None for infinitely many.
        noise: Label-noise variance over the variance of the noise-free target; None estimates it.
        features: Which random features see the inputs.
        eta: Step size in units of 1/lambda_max.
        seed: Of the resampling.
    """

    steps: int | None = None
    sizes: Sequence[int] | None = None
    samples: float | None = None
    noise: float | None = None
    features: str = "linear"
    eta: float = 1.5
    seed: int = 0

    def __post_init__(self) -> None:
        steps, samples, noise = self.steps, self.samples, self.noise
        if steps is not None and (isinstance(steps, bool) or steps < 1 or int(steps) != steps):
            raise InputError(f"steps is {steps}, but a whole number of at least 1 is expected; try steps = 2000.")
        if samples is not None and not samples >= 1:
            raise InputError(f"samples is {samples}, but at least 1 is expected; leave it out for infinitely many.")
        if noise is not None and not 0 <= noise < math.inf:
            raise InputError(f"noise is {noise}, but a variance is finite and not negative; try 0.")
        activation(self.features)
        if not 0 < self.eta < 2:
            raise InputError(f"eta is {self.eta}, but steps are stable only for 0 < eta < 2; try eta = 1.5.")

    @property
    def count(self) -> int:
        """T."""
        return SETTINGS.steps if self.steps is None else int(self.steps)


def diagnose(
    source: str | Path | np.ndarray | Mapping[str, Any] | None = None,
    target: str | int | Sequence[str | int] | None = None,
    **options: Unpack[Options],
) -> Diagnosis:
    """Diagnose data: fit s and r, predict alpha of each optimizer at finite size, and give a verdict.

    Eigenvalues lambda_k ~ k^-(1+s) and the target's energies E_k ~ k^-(1+r) go through the finite-size theory. The
    verdict compares each optimizer with gd trained for the same compute.

    Args:
        source: A file (.npy, .npz, .mat, .safetensors, .csv, .txt), an array, a mapping of arrays, or a data frame, as
            `theory.arrays.read_data` takes it. Left out where X or eigenvalues are given.
        target: The target's column or columns, by name or number.
        **options: By keyword.

            X, y: features, shape (n, d), and targets, shape (n,) or (n, k), in place of a source.
            eigenvalues, energies: shape (k,), the latter also (k, outputs), in place of a source.
            labels: a file or an array with the targets, where they are not in the source.
            exclude: columns that are no features.
            classes: take whole numbers of the target as labels of classes.
            steps, sizes: T and N; chosen where left out.
            samples: training samples n; None is infinitely many.
            noise: label-noise variance over the variance of the noise-free target; None estimates it.
            features: which random features see the inputs (`theory.problems.activation`).
            cost: of a step over that of a step of gd, by optimizer (natural-gradient: of its solve), or "model" for
            theory's N^2 T + N^3; who is not named is measured on this machine.
            eta: step size in units of 1/lambda_max.
            seed: of the resampling.
            progress: called with the fraction done and what is done next.

    Returns:
        Exponents with intervals, predicted risks, and verdicts.

    Raises:
        InputError: For data or options that cannot be used.

    Example:
        >>> import numpy as np
        >>> found = diagnose(eigenvalues=np.arange(1, 513.0) ** -2, steps=100, sizes=[32, 64, 128])
        >>> round(found.s.value, 2)
        1.0
    """
    tell = options.get("progress") or (lambda _, __: None)
    question = Question(**{key: options[key] for key in _QUESTION if key in options})  # type: ignore[literal-required]
    cost = options.get("cost")
    check_prices(cost)
    tell(0.0, "reading")
    data = _data(source, target, options, lambda share: tell(0.25 * share, "reading"))
    with threadpool_limits(1):  # small matrices: on busy cores a threaded BLAS is many times slower
        return _diagnosed(data, question, cost, tell)


_FEWEST_MODES = 3  # of which a law can be seen
_QUESTION = tuple(Question.__dataclass_fields__)
_DATA = ("X", "y", "eigenvalues", "energies")


def _data(
    source: Any, target: Any, options: Mapping[str, Any], tell: Callable[[float], None]
) -> Eigenvalues | Features | Kernel:
    given = {name: options[name] for name in _DATA if options.get(name) is not None}
    labels = options.get("labels")
    if source is None:
        if "X" in given and hasattr(given["X"], "iloc"):
            source, labels = given.pop("X"), given.pop("y", labels)
        elif "X" in given or "eigenvalues" in given:
            source, given = given, {}
    if source is None or given:
        raise InputError("Give a file, or X and y, or eigenvalues (with energies): one of these.")
    exclude, classes = options.get("exclude", ()), bool(options.get("classes", False))
    return read_data(source, target, labels=labels, exclude=exclude, classes=classes, tell=tell)


def _diagnosed(
    data: Eigenvalues | Features | Kernel, question: Question, cost: Mapping[str, float | str] | None, tell: Progress
) -> Diagnosis:
    kind = question.features if isinstance(data, Features) else "kernel" if isinstance(data, Kernel) else None
    seed = question.seed
    tell(0.25, "spectrum")
    spectrum = spectrum_of(
        data, question.features, question.noise, seed, lambda share: tell(0.25 + 0.3 * share, "spectrum")
    )
    if len(spectrum.eigenvalues) < _FEWEST_MODES:
        raise _too_few(len(spectrum.eigenvalues))
    fitted = fitted_laws(spectrum, seed)
    sizes, chosen = _sizes(spectrum, fitted, question.sizes)
    check_reach(spectrum, fitted, max(sizes))
    tell(0.55, "costs")
    costs = prices(cost)
    made = prepared_modes(spectrum, fitted, max(sizes), seed)
    training = _training(spectrum, question, kind)
    farthest = max(price.in_gd_steps(max(sizes), question.count) for price in costs.values())
    tell(0.6, "prediction")
    predicted = forecast(weighted(made.eigenvalues, made.energies, made.counts), sizes, training, farthest)
    again = predicted.resampled(made.log_resampled, made.energies_resampled)
    again = with_theory_error(predicted, again, spectrum, kind, seed)
    tell(0.95, "verdict")
    learned = _learned(predicted, question)
    doubt = spectrum.doubt or made.doubt
    reach = Reach(learned, question.count, sizes[-1], training.samples, doubt, spectrum.doubt is not None)
    verdicts = judged(predicted, again, costs, reach, seed)
    alphas, intervals, told = _exponents(predicted, again, question)
    notes = [*data.reading.sentences, *spectrum.notes, *chosen, *made.notes, *told]
    measured = any(price.source == "measured" for price in costs.values())
    own = predicted.log_risk[: len(OPTIMIZERS)]
    finite = None if math.isinf(training.samples) else tuple(float(v) for v in predicted.overfit)
    tell(1.0, "done")
    return Diagnosis(
        source=Path(data.reading.source).name,
        reading=data.reading,
        features=kind,
        rows=spectrum.rows,
        modes=len(spectrum.eigenvalues),
        s=fitted.s,
        r=fitted.r,
        sizes=sizes,
        steps=question.count,
        eta=float(question.eta),
        alpha=alphas,
        alpha_intervals=intervals,
        risk={n: tuple(map(float, np.exp(row))) for n, row in zip(OPTIMIZERS, own, strict=True)},
        threshold=_sides(fitted, sizes, question, made),
        learned=learned,
        judged=verdicts,
        verdict=overall(verdicts, reach),
        finite_samples=finite,
        samples=question.samples,
        status=status_of(fitted, notes, question.steps is None, reach, finite, measured),
        assumptions=assumptions_of(kind, spectrum.energies is not None),
        ranks=made.ranks,
        eigenvalues=made.eigenvalues,
        energies=None if spectrum.energies is None else made.energies,
    )


def _exponents(
    predicted: Forecast, again: np.ndarray, question: Question
) -> tuple[dict[str, float | None], dict[str, tuple[float, float] | None], list[str]]:
    """alpha by optimizer with intervals, None for what is no exponent, and sentences on that."""
    slope, own = slope_weights(predicted.sizes), predicted.log_risk[: len(OPTIMIZERS)]
    told = absurdities(predicted.sizes, own, question.samples)
    values: dict[str, float | None] = {}
    intervals: dict[str, tuple[float, float] | None] = {}
    for i, name in enumerate(OPTIMIZERS):
        value = float(own[i] @ slope)
        low, high = (float(q) for q in np.quantile(again[:, i] @ slope, [0.025, 0.975]))
        if name in told:
            values[name] = intervals[name] = None
            continue
        # on the population no more features make the risk larger
        values[name] = value
        intervals[name] = (max(low, 0.0) if question.samples is None else low, high)
    return values, intervals, list(told.values())


def _training(spectrum: DataSpectrum, question: Question, kind: str | None) -> Training:
    """What no mode explains acts as label noise in training, whatever it is."""
    unexplained = spectrum.unreachable / max(1 - spectrum.unreachable, 1e-9)
    return Training(
        question.count,
        float(question.eta),
        math.inf if question.samples is None else float(question.samples),
        max(unexplained, question.noise or 0.0),
        spectrum.scale,
        kind not in (None, "linear"),
        spectrum.learnable,
    )


def _too_few(modes: int) -> InputError:
    return InputError(
        f"Only {modes} modes can be trusted here, too few for two sizes; give more columns, or more rows, and where "
        "columns differ in their units divide each by its deviation, so that no single one hides the rest."
    )


def _sizes(spectrum: DataSpectrum, fitted: Fitted, given: Sequence[int] | None) -> tuple[tuple[int, ...], list[str]]:
    """The sizes, and what to say of them. Raises InputError."""
    modes = len(spectrum.eigenvalues)
    if given is not None:
        for size in given:
            if isinstance(size, bool) or int(size) != size or size < 1:
                raise InputError(f"sizes has {size!r}, but whole numbers of at least 1 are expected; try 64, 256.")
        listed = tuple(sorted({int(size) for size in given}))
        if len(listed) < 2:
            raise InputError(f"{len(listed)} size was given, but an exponent needs two or more; try 64, 256, 1024.")
        if spectrum.complete and listed[-1] >= modes:
            raise InputError(
                f"N = {listed[-1]} linear features fit all of the {modes} independent columns, so there is no scaling "
                f"left to predict; give sizes below {modes}, or features = 'relu' (random ReLU features)."
            )
        return listed, []
    high = fitted.s.window[1]
    top = max(2, int(0.8 * high if spectrum.complete else high if spectrum.rows is None else 0.75 * high))
    if spectrum.complete:
        top = min(top, modes - 1)
    if top >= 64:
        power = 2 ** int(math.log2(top))
        chosen = tuple(power // 2**i for i in range(4, -1, -1))
    else:
        chosen = tuple(sorted({round(n) for n in np.geomspace(max(2, top / 4), max(2, top), 5)}))
    if len(chosen) < 2:
        raise _too_few(modes)
    return chosen, [f"The sizes were chosen to stay within the {high} ranks that the data resolve."]


def _learned(predicted: Forecast, question: Question) -> float:
    """Modes with eta T lambda_k > lambda_max(G) at the largest size."""
    modes = predicted.modes
    reached = modes.eigenvalues * question.eta * question.count > predicted.largest[-1]
    return float(modes.weights[reached].sum())


def _sides(fitted: Fitted, sizes: tuple[int, ...], question: Question, made: Prepared) -> tuple[SizeSide, ...]:
    """s against s* at each size; with several regimes the s of the chord from the first mode to mode N.

    gd learns mode N where eta T lambda_N > lambda_1, so that is the s which the threshold asks for.
    """
    r = round(fitted.r.value, 6) if fitted.r is not None and fitted.r.value > 0 else None
    found = threshold_at("natural-gradient", "gd", question.count, sizes, question.eta, r or None)
    low, high = fitted.s.reported or (fitted.s.value, fitted.s.value)
    logs = np.log(made.eigenvalues / made.eigenvalues[0])
    sides = []
    for each in found.sizes:
        least, most = low, high
        if fitted.s.bends and each.size > 1:
            chord = -float(np.interp(math.log(each.size), np.log(made.ranks), logs)) / math.log(each.size) - 1
            least, most = chord + low - fitted.s.value, chord + high - fitted.s.value
        side: Literal["above", "below", "undecided"] = "undecided"
        if each.s_star is not None and least > each.s_star:
            side = "above"
        elif each.s_star is not None and most < each.s_star:
            side = "below"
        sides.append(SizeSide(each.size, each.s_star, side))
    return tuple(sides)
