"""Diagnosis: will the optimizer change alpha on this data? Spectrum, predicted exponents, threshold and verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from threadpoolctl import threadpool_limits

from ...errors import CheckError, InputError
from ...theory.arrays import Eigenvalues, Features, Kernel, read_data
from ...theory.problems import activation
from ...theory.thresholds import threshold_at
from ..exponent_fit import slope_weights
from .binned_modes import weighted
from .costs import Price, prices
from .data_spectrum import DataSpectrum, bare_spectrum, data_spectrum, kernel_spectrum
from .forecast import OPTIMIZERS, Forecast, forecast
from .prepared_modes import Fitted, Prepared, fitted_laws, prepared_modes
from .result import Diagnosis, SizeSide
from .risk_at_size import Training
from .status import assumptions_of, status_of
from .theory_error import with_theory_error
from .verdict import Comparison, Gain, Verdict, Word, compare_runs, judge, overall

_STEPS = 2000


def diagnose(
    path: str | Path,
    target: str | None = None,
    *,
    steps: int | None = None,
    sizes: Sequence[int] | None = None,
    samples: float | None = None,
    noise: float | None = None,
    features: str = "linear",
    cost: Mapping[str, float] | None = None,
    eta: float = 1.5,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> Diagnosis:
    """Diagnose a file: fit s and r, predict alpha of each optimizer at finite size, and give a verdict.

    path: .npy, .npz or .csv with one column of eigenvalues, features and a target, or a kernel matrix (npz with K, or
    K and y; `theory.datafile`). target: the target's column. steps, sizes: T and N; chosen from the data where left
    out. samples: training samples n; None is infinitely many. noise: label-noise variance over the variance of the
    noise-free target; None estimates it. features: which random features see the inputs (`theory.activation`). cost:
    of a step over that of a step of gd, by optimizer (natural-gradient: of its solve); who is named is judged for the
    same compute. eta: step size in units of 1/lambda_max. seed: of the resampling. progress: called with the fraction
    done and what is done next. Raises InputError.
    """
    tell = progress or (lambda _, __: None)
    _check(steps, samples, noise, features, eta)
    costs = prices(cost)
    tell(0.0, "reading")
    data = read_data(str(path), target)
    if not isinstance(data, Eigenvalues) and data.targets.shape[1] != 1:
        raise InputError(f"{path} has several targets, but one is expected; name it.")
    kind = features if isinstance(data, Features) else "kernel" if isinstance(data, Kernel) else None
    with threadpool_limits(1):  # small matrices: on busy cores a threaded BLAS is many times slower
        tell(0.1, "spectrum")
        if isinstance(data, Features):
            spectrum = data_spectrum(data.inputs, data.targets[:, 0], features, noise, seed)
        elif isinstance(data, Kernel):
            spectrum = kernel_spectrum(data.matrix, data.targets[:, 0], noise, seed)
        else:
            spectrum = bare_spectrum(data.values)
        fitted = fitted_laws(spectrum, seed)
        chosen, told = _sizes(spectrum, fitted, sizes)
        count = _STEPS if steps is None else int(steps)
        tell(0.5, "prediction")
        made = prepared_modes(spectrum, fitted, max(chosen), seed)
        training = _training(spectrum, count, eta, samples, noise, kind)
        predicted = forecast(weighted(made.eigenvalues, made.energies, made.counts), chosen, training, costs)
        again = predicted.resampled(made.log_resampled, made.energies_resampled)
        again = with_theory_error(predicted, again, spectrum, kind, seed)
        tell(0.95, "verdict")
        slope = slope_weights(chosen)
        learned = _learned(predicted, count, eta)
        judged = tuple(
            _judged(i, predicted, again, slope, learned, costs[name], cost or {}, made, training)
            for i, name in enumerate(OPTIMIZERS)
            if i
        )
    alphas = again[:, : len(OPTIMIZERS)] @ slope
    own = predicted.log_risk[: len(OPTIMIZERS)]
    intervals = {
        name: tuple(float(q) for q in np.quantile(alphas[:, i], [0.025, 0.975])) for i, name in enumerate(OPTIMIZERS)
    }
    finite = None if samples is None or math.isinf(samples) else tuple(float(v) for v in predicted.overfit)
    tell(1.0, "done")
    return Diagnosis(
        source=Path(path).name,
        features=kind,
        rows=spectrum.rows,
        modes=len(spectrum.eigenvalues),
        s=fitted.s,
        r=fitted.r,
        sizes=chosen,
        steps=count,
        eta=float(eta),
        alpha={n: float(v) for n, v in zip(OPTIMIZERS, own @ slope, strict=True)},
        alpha_intervals={n: (v[0], v[1]) for n, v in intervals.items()},
        risk={n: tuple(map(float, np.exp(row))) for n, row in zip(OPTIMIZERS, own, strict=True)},
        threshold=_sides(fitted, chosen, count, eta, made),
        learned=learned,
        judged=judged,
        verdict=overall(judged, learned, chosen, count),
        finite_samples=finite,
        samples=samples,
        status=status_of(fitted, kind, [*spectrum.notes, *told, *made.notes], steps, count, finite, samples),
        assumptions=assumptions_of(kind),
        ranks=made.ranks,
        eigenvalues=made.eigenvalues,
        energies=None if kind is None else made.energies,
    )


def _training(
    spectrum: DataSpectrum, steps: int, eta: float, samples: float | None, noise: float | None, kind: str | None
) -> Training:
    """What no mode explains acts as label noise in training, whatever it is."""
    unexplained = spectrum.unreachable / max(1 - spectrum.unreachable, 1e-9)
    return Training(
        steps,
        float(eta),
        math.inf if samples is None else float(samples),
        max(unexplained, noise or 0.0),
        spectrum.scale,
        kind not in (None, "linear"),
        spectrum.learnable,
    )


def _judged(
    i: int,
    predicted: Forecast,
    again: np.ndarray,
    slope: np.ndarray,
    learned: float,
    price: Price,
    given: Mapping[str, float],
    made: Prepared,
    training: Training,
) -> Verdict:
    """The verdict on OPTIMIZERS[i]."""
    name, size = OPTIMIZERS[i], predicted.sizes[-1]
    matched = len(OPTIMIZERS) - 1 + i
    same_steps, same_compute = (
        compare_runs((predicted.log_risk[j], predicted.log_risk[i]), (again[:, j], again[:, i]), slope)
        for j in (0, matched)
    )
    basis: Literal["steps", "compute"] = "compute" if name in given else "steps"
    gains = _gains(name, predicted, same_steps, price, training)

    def why(word: Word) -> str:
        if word == "cannot tell":
            return "too near the margins for the errors of spectrum and theory"
        if word == "pays":
            return f"as gd learns only about {learned:.0f} modes in {training.steps} steps"
        if math.isfinite(training.samples) and (same_steps.risk.value or 1.0) < 1:
            return f"as with n = {training.samples:g} samples it fits noise and chance that gd leaves out"
        if name in ("diagonal", "sign"):
            behind = (same_steps.risk.value or 1.0) < 1
            return f"as it learns {'fewer' if behind else 'about as many'} modes {'than' if behind else 'as'} gd"
        return f"as gd learns about {learned:.0f} modes in {training.steps} steps, which leaves little to gain"

    doubt = made.doubt
    return judge(name, same_steps, same_compute, basis, gains, price.told, why, size, doubt)


def _gains(name: str, predicted: Forecast, found: Comparison, price: Price, training: Training) -> tuple[Gain, Gain]:
    """In steps and in compute, until the optimizer has the risk of gd after T steps; none for sign descent.

    The step of sign descent is chosen anew for every T, so that each T would be another run.
    """
    nothing = Gain(None, None)
    if name == "sign":
        return nothing, nothing
    size, total = predicted.sizes[-1], float(training.steps)
    needed = predicted.last.steps_to_match(name)
    if found.risk.value is None or found.risk.interval is None:
        raise CheckError(f"{name} is judged against gd, but their ratio of risks is not known.")
    # the curve of the optimizer as a whole lies higher or lower by what its risk at T does
    counts = [needed(end / found.risk.value) for end in (*found.risk.interval, found.risk.value) if end is not None]
    low, high, middle = counts
    if middle is None:
        return nothing, nothing

    def steps(count: float | None) -> float | None:
        return None if count is None else total / count

    def compute(count: float | None) -> float | None:
        return None if count is None else total / price.in_gd_steps(size, count)

    return (
        Gain(steps(middle), (steps(low), steps(high))),
        Gain(compute(middle), (compute(low), compute(high))),
    )


def _check(steps: int | None, samples: float | None, noise: float | None, features: str, eta: float) -> None:
    if steps is not None and (isinstance(steps, bool) or steps < 1 or int(steps) != steps):
        raise InputError(f"steps is {steps}, but a whole number of at least 1 is expected; try steps = 2000.")
    if samples is not None and not samples >= 1:
        raise InputError(f"samples is {samples}, but at least 1 is expected; leave it out for infinitely many.")
    if noise is not None and not 0 <= noise < math.inf:
        raise InputError(f"noise is {noise}, but a variance is finite and not negative; try 0.")
    activation(features)
    if not 0 < eta < 2:
        raise InputError(f"eta is {eta}, but steps are stable only for 0 < eta < 2; try eta = 1.5.")


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
        chosen = tuple(sorted({round(n) for n in np.geomspace(max(2, top / 4), top, 5)}))
    if len(chosen) < 2:
        raise InputError(
            f"Only {modes} modes can be trusted here, too few for two sizes; give more columns, or more rows."
        )
    return chosen, [f"The sizes were chosen to stay within the {high} ranks that the data resolve."]


def _learned(predicted: Forecast, steps: int, eta: float) -> float:
    """Modes with eta T lambda_k > lambda_max(G) at the largest size."""
    modes = predicted.modes
    return float(modes.weights[modes.eigenvalues * eta * steps > predicted.largest[-1]].sum())


def _sides(fitted: Fitted, sizes: tuple[int, ...], steps: int, eta: float, made: Prepared) -> tuple[SizeSide, ...]:
    """s against s* at each size; with several regimes the s of the chord from the first mode to mode N.

    gd learns mode N where eta T lambda_N > lambda_1, so that is the s which the threshold asks for.
    """
    r = round(fitted.r.value, 6) if fitted.r is not None and fitted.r.value > 0 else None
    found = threshold_at("natural-gradient", "gd", steps, sizes, eta, r)
    low, high = fitted.s.interval or (fitted.s.value, fitted.s.value)
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
