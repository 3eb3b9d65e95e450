"""A run held against theory and published values, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import InputError
from ...theory.prediction import Prediction, predict
from ..exponent_fit import fit_exponent
from .comparison import BASELINE, Comparison, headline_steps
from .expected_misses import expected_misses
from .measured_threshold import Threshold, predicted_thresholds
from .measurement import Measurement
from .ordering import Ordering, check_ordering
from .paired_gap import exponent_gap
from .predicted_exponent import check_same_problem, predicted_alpha, predicted_curve, with_budgets
from .published import PublishedTable, published_for
from .ridge_gap import loss_gaps
from .scaling_point import RiskRatio, ScalingPoint
from .settings import SETTINGS, ComparisonSettings

if TYPE_CHECKING:
    import xarray

Points = Mapping[tuple[str, float | None, int], ScalingPoint]


def compare(
    run: xarray.Dataset | Measurement,
    prediction: Prediction | None = None,
    published: PublishedTable | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Hold a run against a prediction and against published exponents.

    Args:
        run: a Dataset as `simulate` makes it, or what was read from one.
        prediction: finite-size theory of the same experiment; None for none.
        published: a table; None looks for one whose set-up is the run's.
        draws: resamples of the seeds for each interval.
        seed: of the resampling's random numbers.

    Returns:
        The comparison, point by point and overall.

    Raises:
        InputError: where the run lacks something, or the prediction is of another problem.
    """
    made = run if isinstance(run, Measurement) else Measurement.from_dataset(run)
    if prediction is not None:
        check_same_problem(prediction, made.experiment)
    table = published_for(made.experiment) if published is None else published
    held = _Held(made, prediction, table, replace(SETTINGS, draws=draws, seed=seed))
    keys = [(name, s, steps) for name in made.optimizers for s in made.s for steps in made.steps]
    cells = {key: held.point(*key) for key in keys}
    steps = headline_steps(made, table)
    return Comparison(
        measurement=made,
        prediction=prediction,
        published=table,
        cells=tuple(cells.values()),
        thresholds=tuple(held.threshold(t, cells) for t in made.steps),
        orderings=tuple(held.ordering(s, steps, cells) for s in made.s),
        loss_gaps=loss_gaps(made, table, steps),
        misses=expected_misses(made, tuple(cells.values()), held.settings),
    )


@dataclass(frozen=True, eq=False)
class _Held:
    """A run and what it is held against."""

    made: Measurement
    prediction: Prediction | None
    table: PublishedTable | None
    settings: ComparisonSettings

    @property
    def window(self) -> tuple[float, float]:
        """Smallest and largest size of the fits."""
        return float(self.made.experiment.fit_from), float(self.made.sizes[-1])

    def point(self, name: str, s: float | None, steps: int) -> ScalingPoint:
        """One optimizer at one s and T."""
        made, table, options = self.made, self.table, self.settings
        risks = made.cell(name, s, steps)
        fit = fit_exponent(made.sizes, risks, window=self.window, draws=options.draws, seed=options.seed)
        predicted = ratio = None
        if self.prediction is not None:
            risk, error = predicted_curve(self.prediction, name, s, steps, made.sizes)
            ratio = RiskRatio.of(made.sizes, risk, made.mean(name, s, steps))
            used = [made.sizes.index(int(n)) for n in fit.sizes]
            sizes = tuple(made.sizes[i] for i in used)
            predicted = predicted_alpha(sizes, risk[used], error[used], self.prediction.notes.get(name, ""))
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

    def ordering(self, s: float | None, steps: int, cells: Points) -> Ordering:
        """The order of the optimizers at one s and T."""
        alphas = {name: cells[name, s, steps].measured.value for name in self.made.optimizers}
        return check_ordering(self.made, s, steps, window=self.window, alphas=alphas, settings=self.settings)

    def threshold(self, steps: int, cells: Points) -> Threshold:
        """Where preconditioning starts to pay after `steps`."""
        made = self.made
        best = preconditioned(made, steps, cells)
        problem, eta = made.experiment.problem, made.experiment.eta
        known = predicted_thresholds(best or "natural-gradient", BASELINE, steps, made.sizes, eta, problem.r)
        gaps = []
        if best is not None and BASELINE in made.optimizers:
            for s in made.s:
                gap = exponent_gap(made, best, BASELINE, s, steps, window=self.window, settings=self.settings)
                pair = [cells[name, s, steps].predicted for name in (best, BASELINE)]
                values = [p.value if p is not None else None for p in pair]
                predicted = None if values[0] is None or values[1] is None else values[0] - values[1]
                gaps.append(replace(gap, predicted=predicted))
        return Threshold(steps, best if gaps else None, BASELINE, known, tuple(gaps))


def preconditioned(made: Measurement, steps: int, cells: Points) -> str | None:
    """The natural gradient where the run has it, else the preconditioned optimizer of the largest mean alpha.

    Args:
        made: the run.
        steps: T.
        cells: its points by (optimizer, s, T).

    Returns:
        A command-line name; None where there is none.
    """
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
    """A run compared with the prediction of its own experiment.

    Args:
        run: a Dataset as `simulate` makes it.
        progress: called with the share that is done and a label.

    Returns:
        The comparison, and a sentence that says why there is no prediction, if so.

    Raises:
        InputError: where the run lacks something.
    """
    measurement = Measurement.from_dataset(run)
    prediction, status = None, "Predicted by finite-size theory."
    try:
        prediction = predict(with_budgets(measurement.experiment), progress)
    except InputError as error:
        status = str(error)
    return compare(measurement, prediction), status
