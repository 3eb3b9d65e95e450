"""A run held against theory and published values, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...theory.prediction import Prediction
from ..exponent_fit import fit_exponent
from .comparison import BASELINE, Comparison, headline_steps
from .expected_misses import expected_misses
from .measured_threshold import Threshold, predicted_thresholds
from .measurement import Measurement
from .ordering import check_ordering
from .paired_gap import exponent_gap
from .predicted_exponent import check_same_problem, predicted_alpha, predicted_curve
from .published import PublishedTable, published_for
from .ridge_gap import loss_gaps
from .scaling_point import RiskRatio, ScalingPoint

if TYPE_CHECKING:
    import xarray


def compare(
    run: xarray.Dataset | Measurement,
    prediction: Prediction | None = None,
    published: PublishedTable | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Hold a run against a prediction and against published exponents.

    run: a Dataset as `simulate` makes it. prediction: finite-size theory of the same experiment. published: a
    table; None looks for one whose set-up is the run's. draws, seed: of the bootstrap. Raises InputError.
    """
    made = run if isinstance(run, Measurement) else Measurement.from_dataset(run)
    if prediction is not None:
        check_same_problem(prediction, made.experiment)
    table = published_for(made.experiment) if published is None else published
    window = (float(made.experiment.fit_from), float(made.sizes[-1]))
    cells = tuple(
        _cell(made, name, s, steps, window, prediction, table, draws, seed)
        for name in made.optimizers
        for s in made.s
        for steps in made.steps
    )
    measured = {(c.optimizer, c.s, c.steps): c for c in cells}
    steps = headline_steps(made, table)
    orderings = tuple(
        check_ordering(
            made,
            s,
            steps,
            window=window,
            alphas={o: measured[o, s, steps].measured.value for o in made.optimizers},
            draws=draws,
            seed=seed,
        )
        for s in made.s
    )
    thresholds = tuple(_threshold(made, t, measured, window, draws, seed) for t in made.steps)
    gaps = loss_gaps(made, table, steps)
    misses = expected_misses(made, cells, seed=seed)
    return Comparison(made, prediction, table, cells, thresholds, orderings, gaps, misses)


def _cell(
    made: Measurement,
    name: str,
    s: float | None,
    steps: int,
    window: tuple[float, float],
    prediction: Prediction | None,
    table: PublishedTable | None,
    draws: int,
    seed: int,
) -> ScalingPoint:
    fit = fit_exponent(made.sizes, made.cell(name, s, steps), window=window, draws=draws, seed=seed)
    predicted = ratio = None
    if prediction is not None:
        risk, error = predicted_curve(prediction, name, s, steps, made.sizes)
        ratio = RiskRatio.of(made.sizes, risk, made.mean(name, s, steps))
        used = [made.sizes.index(int(n)) for n in fit.sizes]
        sizes = tuple(made.sizes[i] for i in used)
        predicted = predicted_alpha(sizes, risk[used], error[used], prediction.notes.get(name, ""))
    return ScalingPoint(
        optimizer=name,
        s=s,
        steps=steps,
        measured=fit,
        predicted=predicted,
        published=None if table is None else table.lookup(name, s, steps),
        comparable=table is not None and fit.sizes == table.fit_sizes,
        risk=ratio,
    )


def _threshold(
    made: Measurement,
    steps: int,
    cells: dict[tuple[str, float | None, int], ScalingPoint],
    window: tuple[float, float],
    draws: int,
    seed: int,
) -> Threshold:
    best = preconditioned(made, steps, cells)
    problem, eta = made.experiment.problem, made.experiment.eta
    known = predicted_thresholds(best or "natural-gradient", BASELINE, steps, made.sizes, eta, problem.r)
    gaps = []
    if best is not None and BASELINE in made.optimizers:
        for s in made.s:
            pair = [cells[name, s, steps].predicted for name in (best, BASELINE)]
            values = [p.value if p is not None else None for p in pair]
            predicted = None if values[0] is None or values[1] is None else values[0] - values[1]
            gaps.append(
                exponent_gap(made, best, BASELINE, s, steps, window=window, draws=draws, seed=seed, predicted=predicted)
            )
    return Threshold(steps, best if gaps else None, BASELINE, known, tuple(gaps))


def preconditioned(
    made: Measurement, steps: int, cells: dict[tuple[str, float | None, int], ScalingPoint]
) -> str | None:
    """The natural gradient where the run has it, else the preconditioned optimizer of the largest mean alpha."""
    for name in made.optimizers:
        if name.partition(":")[0] == "natural-gradient":
            return name
    means = {}
    for name in made.optimizers:
        values = [cells[name, s, steps].measured.value for s in made.s]
        known = [v for v in values if v is not None]
        if name not in (BASELINE, "sign") and known:
            means[name] = sum(known) / len(known)
    return max(means, key=lambda name: means[name]) if means else None


def compare_with_theory(
    run: xarray.Dataset, progress: Callable[[float, str], None] | None = None
) -> tuple[Comparison, str]:
    """A run compared with the prediction of its own experiment; the sentence says why there is none, if so."""
    from ...errors import InputError
    from ...theory.prediction import predict
    from .against_theory import compare
    from .measurement import Measurement
    from .predicted_exponent import with_budgets

    measurement = Measurement.from_dataset(run)
    prediction, status = None, "Predicted by finite-size theory."
    try:
        prediction = predict(with_budgets(measurement.experiment), progress)
    except InputError as error:
        status = str(error)
    return compare(measurement, prediction), status
