"""Gaussian problems on finite samples: predicted against simulated risk, and against exact limits of the formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import Damped, GradientDescent, NaturalGradient, Power
from optscaling.theory.prediction.prediction import predict
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget
from optscaling.theory.samples.measure import sample_measure
from optscaling.theory.samples.sizes import separated_sizes
from optscaling.theory.witness.ridge import feature_ridge

FILTERS = [GradientDescent(), Power(0.25), Power(0.5), Power(1.0), Damped(0.01)]
NAMES = ["gd", "power:1/4", "matrix-sign", "damped:0.01", "damped:N^-1/2", "power:1", "natural-gradient"]
PRECONDITIONED = ["diagonal", "block:32", "block:96"]
MOMENTUM = ["heavy-ball", "heavy-ball-schedule:4", "nesterov"]


def modes_of(s: float, size: float, r: float | None = None, dim: int | None = 1000) -> Modes:
    return SpectralProblem(PowerLaw(s, dim), PowerLawTarget(s if r is None else r)).modes(int(size))


def experiment_of(s: list[float], sizes: list[int], samples: object, seeds: int, **more: object) -> Experiment:
    steps = more.pop("steps", [1, 10, 100, 1000, 100_000])
    optimizers = more.pop("optimizers", NAMES)
    eta = more.pop("eta", 1.5)
    content = {
        "problem": {"kind": "gaussian", "s": s, "dim": 500, **more},
        "model": {"sizes": sizes, "samples": samples},
        "training": {"optimizers": optimizers, "steps": steps, "eta": eta},
        "measure": {"seeds": seeds},
    }
    return from_dict(content, "test")


def within_errors(experiment: Experiment) -> None:
    """Predicted and simulated risks of all cells, within 3.5 standard deviations of both errors together."""
    run = simulate(experiment, out=None).risk.transpose("optimizer", "s", "N", "seed", "steps").values
    mean, error = run.mean(3), run.std(3, ddof=1) / np.sqrt(run.shape[3])
    found = predict(experiment)
    stated = found.total_error * found.risk
    assert np.all(np.abs(found.risk - mean) < 3.5 * np.hypot(error, stated))
    assert np.median(found.total_error) < 0.1, "an error so wide would test nothing"


@pytest.mark.parametrize(("ratio", "noise"), [(0.5, 0.3), (2.0, 0.0), (2.0, 0.3), (10.0, 0.0)])
def test_predictions_equal_simulation_within_both_errors(ratio: float, noise: float) -> None:
    """Every filter and preconditioner from the first step to the last, s on both sides of 0.

    Cells at one (s, N) share their draws, so there are 3 independent ones.
    """
    names = [*NAMES, *PRECONDITIONED]
    within_errors(experiment_of([-0.25, 0.75, 2.0], [96], {"per_feature": ratio}, 24, noise=noise, optimizers=names))


@pytest.mark.slow
@pytest.mark.parametrize("samples", ["inf", {"per_feature": 0.5}, {"per_feature": 2.0}])
def test_momentum_is_predicted_with_and_without_samples(samples: object) -> None:
    within_errors(experiment_of([0.25, 1.5], [96], samples, 24, noise=0.1, optimizers=MOMENTUM, eta=0.7))


@pytest.mark.parametrize(
    ("size", "n", "dim"), [(100, 130, 80), (130, 100, 80), (80, 200, 80), (64, 64, 300), (200, 90, 80)]
)
def test_hard_corners_are_within_the_stated_error(size: int, n: int, dim: int) -> None:
    """More features and samples than modes, as many features as modes, and N = n. Tolerance as above."""
    steps = [1, 10, 100]
    experiment = experiment_of([0.5, 1.5], [size], n, 40, noise=0.1, dim=dim, steps=steps, optimizers=NAMES[:4])
    run = simulate(experiment, out=None).risk.transpose("optimizer", "s", "N", "seed", "steps").values
    mean, error = run.mean(3), run.std(3, ddof=1) / np.sqrt(run.shape[3])
    found = predict(experiment)
    allowed = 3.5 * np.hypot(error, found.total_error * found.risk)
    known = np.isfinite(found.risk)
    assert known.all() or size == n
    assert np.all(np.abs(found.risk - mean)[known] < allowed[known])
    assert ("no prediction" in found.notes["gd"]) == (size == n)


@pytest.mark.parametrize(("size", "n"), [(64, 200), (200, 64), (64, 70)])
@pytest.mark.parametrize("s", [-0.25, 1.0])
def test_the_natural_gradient_is_ridge_regression(s: float, size: int, n: int) -> None:
    """Two routes: the double integral, its outlier apart, against `feature_ridge`; quadrature errs by 1e-8 or less.

    The residual at the outlier, delta/(1 + delta), is smeared in one and not in the other: delta of the bias.
    """
    modes = modes_of(s, min(size, n))
    measure = sample_measure(modes, size, n)
    for delta in (0.0, 1e-9, 1e-6):
        bias, variance = measure.risk(NaturalGradient(), np.array([5]), 1.5, delta)
        expected = feature_ridge(modes, size, n, delta * measure.largest)
        assert bias[0] * measure.total == pytest.approx(expected.bias, rel=1e-6 + 10 * delta)
        assert variance[0] == pytest.approx(expected.variance, rel=1e-6 + 10 * delta)


@pytest.mark.parametrize(("size", "n"), [(64, 32), (64, 640), (300, 400)])
def test_from_nothing_learned_to_least_norm(size: int, n: int) -> None:
    """No steps leave the whole target, also in the null space of the Gram matrix; endless ones the least norm."""
    modes = modes_of(0.5, min(size, n), dim=200)
    measure = sample_measure(modes, size, n)
    least_norm = feature_ridge(modes, size, n, 1e-14) if min(size, n) > 200 else feature_ridge(modes, size, n, 0.0)
    for filter_ in FILTERS:
        bias, variance = measure.risk(filter_, np.array([0, 10**9]), 1.5)
        assert bias[0] == pytest.approx(1.0, rel=1e-8)
        assert variance[0] == pytest.approx(0.0, abs=1e-12)
        assert bias[1] * measure.total == pytest.approx(least_norm.bias, rel=1e-6, abs=1e-10)
        assert variance[1] == pytest.approx(least_norm.variance, rel=1e-6)


@pytest.mark.parametrize(("s", "size"), [(-0.25, 64), (1.0, 64), (2.0, 256), (0.5, 250)])
def test_infinite_samples_are_the_population(s: float, size: int) -> None:
    """Equal to `spectral_measure` for every filter and T: the same outlier, the same bulk, no variance."""
    steps, modes = np.array([0, 1, 10, 1000, 10**6]), modes_of(s, size, dim=200 if size == 250 else 1000)
    measure, population = sample_measure(modes, size, np.inf), spectral_measure(modes, size)
    assert measure.largest == pytest.approx(population.largest, rel=1e-9)
    for filter_ in FILTERS:
        bias, variance = measure.risk(filter_, steps, 1.5)
        np.testing.assert_allclose(bias, population.risk(filter_, steps, 1.5), rtol=1e-6, atol=1e-9)
        assert np.all(variance == 0.0)


@settings(deadline=None, max_examples=20)
@given(
    s=st.floats(-0.5, 2.5),
    r=st.floats(0.2, 3.0),
    size=st.integers(8, 400),
    ratio=st.sampled_from([0.3, 0.9, 1.1, 2.0, 20.0]),
    step=st.sampled_from([0.2, 0.4]),
)
def test_stated_quadrature_errors_are_honest(s: float, r: float, size: int, ratio: float, step: float) -> None:
    """Of bias and of variance, for every filter from the first step to the last; the referee has more nodes."""
    features, rows = separated_sizes(size, max(2, round(ratio * size)), 1000)
    modes, steps = modes_of(s, min(features, rows), r), np.array([1, 3, 30, 1000, 10**6])
    coarse, fine = (sample_measure(modes, features, rows, h) for h in (step, 0.1))
    for filter_ in FILTERS:
        found, exact = (m._at(filter_, steps, 1.3, 0.0) for m in (coarse, fine))
        for value, reference, stated in zip(found[:2], exact[:2], found[2:], strict=True):
            assert np.all(np.abs(value - reference) <= stated + 1e-30), filter_.name


def test_units_of_the_spectrum_do_not_matter() -> None:
    modes, steps = modes_of(1.0, 50), np.array([3, 30, 3000])
    scaled = Modes(modes.eigenvalues * 7.3, modes.energies, modes.weights)
    for filter_ in FILTERS:
        np.testing.assert_allclose(
            sample_measure(modes, 50, 90).risk(filter_, steps, 1.5),
            sample_measure(scaled, 50, 90).risk(filter_, steps, 1.5),
            rtol=1e-7,
        )


def test_infinite_dim_is_predicted() -> None:
    """Beyond a million modes nothing changes: what is left out is 1e6^-s of the variance."""
    names = ["gd", "natural-gradient"]
    risks = [predict(experiment_of([1.0], [64], 200, 2, dim=d, optimizers=names)).risk for d in ("inf", 10**6)]
    np.testing.assert_allclose(*risks, rtol=1e-4)


def test_one_block_of_all_features_is_a_filter() -> None:
    found = predict(experiment_of([1.0], [64], 200, 2, optimizers=["block:64", "power:1"], steps=[10]))
    assert found.risk[0] == pytest.approx(found.risk[1])


def test_one_pass_ends_with_its_samples() -> None:
    found = predict(experiment_of([1.0], [64], 200, 2, optimizers=["sgd:8"], steps=[10, 25, 26], eta=0.3))
    assert np.isfinite(found.risk[0, 0, 0]).tolist() == [True, True, False]
    assert "one pass" in found.notes["sgd:8"]


def test_where_samples_meet_features_only_what_is_stopped_early_is_predicted() -> None:
    """The mean risk of a full solve diverges at N = n; one sample further than N + 1 it is finite and uncertain."""
    solved, early = (NAMES.index("natural-gradient"), 0, 0, 0), (NAMES.index("gd"), 0, 0, slice(0, 3))
    met, near = (predict(experiment_of([1.0], [64], n, 2, noise=0.1)) for n in (64, 66))
    assert np.isnan(met.risk[solved])
    assert near.total_error[solved] > 0.5
    assert np.all(met.total_error[early] < 0.1)
    assert "no finite mean" in met.notes["gd"]


@pytest.mark.parametrize(
    ("given", "found"),
    [((64, 200, 500), (64, 200)), ((64, 64, 500), (64, 65)), ((50, 80, 50), (51, 80)), ((50, 51, 50), (51, 52))],
)
def test_sizes_are_moved_apart(given: tuple[int, int, int], found: tuple[int, int]) -> None:
    assert separated_sizes(*given) == found


@pytest.mark.parametrize(("size", "n"), [(0, 10), (10, 10), (50, 70), (10, np.nan)])
def test_inadmissible_sizes_are_refused_in_a_sentence(size: float, n: float) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        sample_measure(modes_of(1.0, 20, dim=50), size, n)


def test_unstable_steps_are_refused() -> None:
    with pytest.raises(InputError, match="gd grows"):
        sample_measure(modes_of(-0.25, 16), 16, 40).risk(GradientDescent(), np.array([1000]), 2.5)
