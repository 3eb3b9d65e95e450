"""The spectral measure: exact moments, limits and invariants, and convergence of its quadrature."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.experiments.checks import checked_optimizers
from optscaling.theory.gram import contour
from optscaling.theory.gram.effective_ridge import degrees_of_freedom, resolved_scale, resolved_scales
from optscaling.theory.gram.measure import SpectralMeasure, spectral_measure
from optscaling.theory.optimizers.base import Filter
from optscaling.theory.optimizers.filters import Damped, GradientDescent, NaturalGradient, Power
from optscaling.theory.optimizers.preconditioners import Diagonal
from optscaling.theory.preconditioning.block_measure import block_measure
from optscaling.theory.preconditioning.diagonal import norm_divided
from optscaling.theory.preconditioning.equivalent_filters import surrogate
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget
from optscaling.theory.samples.measure import sample_measure

FILTERS = [GradientDescent(), Power(0.25), Power(0.5), Power(1.0), Damped(0.01)]


def measure_of(s: float, size: int, r: float | None = None, dim: int | None = 1000) -> SpectralMeasure:
    target = PowerLawTarget(s if r is None else r)
    return spectral_measure(SpectralProblem(PowerLaw(s, dim), target).modes(size), size)


@settings(deadline=None, max_examples=15)
@given(s=st.floats(-0.5, 2.5), r=st.floats(0.2, 3.0), size=st.integers(8, 600), eta=st.floats(0.1, 1.0))
def test_limits_and_monotonicity(s: float, r: float, size: int, eta: float) -> None:
    measure = measure_of(s, size, r)
    steps = np.array([0, 1, 2, 5, 10, 100, 1000, 10**5, 10**7])
    floor = measure.risk(NaturalGradient(), steps, eta)
    for filter_ in FILTERS:
        risk = measure.risk(filter_, steps, eta)
        assert risk[0] == pytest.approx(1.0, abs=1e-8), "nothing is learned in no steps"
        assert np.all(np.diff(risk) <= 1e-9), "risk never rises for eta <= 1"
        assert np.all(risk >= floor * (1 - 1e-6) - 1e-12)
    late = measure.risk(Power(1.0), np.array([10**7]), eta)
    assert late[0] == pytest.approx(floor[0], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("size", [8, 16])
@pytest.mark.parametrize("s", [-0.5, -0.25])
def test_one_step_is_given_by_two_moments(s: float, size: int) -> None:
    """E of t'(1 - a AA')^2 t over Gaussian A, exact at every N, by Wick's theorem: an independent route.

    The deterministic equivalent leaves out sum E lambda^2/N of it. No outlier is split off at these sizes.
    """
    modes = SpectralProblem(PowerLaw(s, 400)).modes(size)
    measure = spectral_measure(modes, size)
    assert measure.top_mass == 0
    w, x, e = modes.weights, modes.eigenvalues, modes.energies
    a = 0.7 / measure.largest
    second = w @ (e * x**2) + (w @ x) * (w @ (e * x)) / size
    exact = (w @ e - 2 * a * (w @ (e * x)) + a**2 * second) / modes.total
    assert measure.risk(GradientDescent(), np.array([1]), 0.7)[0] == pytest.approx(exact, rel=1e-8)


@settings(deadline=None, max_examples=40)
@given(
    s=st.floats(-0.5, 2.5),
    r=st.floats(0.2, 4.0),
    size=st.integers(8, 3000),
    step=st.sampled_from([0.2, 0.4, 0.8]),
    eta=st.floats(0.1, 1.9),
)
def test_stated_quadrature_errors_are_honest(s: float, r: float, size: int, step: float, eta: float) -> None:
    """Also where the nodes are far too few; the referee has four times as many."""
    steps = np.array([1, 10, 100, 1000, 10**5, 10**8])
    modes = SpectralProblem(PowerLaw(s, 1000), PowerLawTarget(r)).modes(size)
    coarse, fine = spectral_measure(modes, size, step), spectral_measure(modes, size, 0.05)
    for filter_ in FILTERS:
        (value, error), (exact, _) = (m._at(filter_, steps, eta, 0.0) for m in (coarse, fine))
        assert np.all(np.abs(value - exact) <= error), filter_.name


@pytest.mark.parametrize(("s", "size"), [(-0.25, 256), (0.5, 64), (2.0, 256), (1.0, 1000), (1.0, 1500)])
def test_quadrature_converges_on_any_arc(s: float, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More nodes on an arc of another angle give the same risk; errors fall exponentially with the nodes."""
    steps = np.array([1, 10, 100, 1000, 10**5])
    modes = SpectralProblem(PowerLaw(s, 1000)).modes(size)
    measures = [spectral_measure(modes, size, step) for step in (0.4, 0.2)]
    monkeypatch.setattr(contour, "_ANGLE", np.pi / 3.6)
    fine = spectral_measure(modes, size, 0.05)
    for filter_ in FILTERS:
        exact = fine.risk(filter_, steps, 1.5)
        assert np.all(np.abs(measures[1].risk(filter_, steps, 1.5) - exact) < 3e-7 * exact + 1e-13)
        off = [np.max(np.abs(m._at(filter_, steps, 1.5, 0.0)[0] - exact)) for m in measures]
        assert off[1] < max(1e-2 * off[0], 1e-8)


@pytest.mark.parametrize("size", [10**6, 10**12])
@pytest.mark.parametrize(("s", "r"), [(0.5, 3.0), (1.0, 1.0), (2.0, 3.0)])
def test_late_risks_at_huge_sizes_keep_their_digits(s: float, r: float, size: int) -> None:
    """Risks down to 1e-24 of the variance, against a quadrature of eight times the nodes, to T = 1e16."""
    steps = 10.0 ** np.arange(2, 17, 2)
    modes = SpectralProblem(PowerLaw(s), PowerLawTarget(r)).modes(size)
    coarse, fine = (spectral_measure(modes, size, step) for step in (0.2, 0.025))
    exact = fine.risk(GradientDescent(), steps, 1.0)
    np.testing.assert_allclose(coarse.risk(GradientDescent(), steps, 1.0), exact, rtol=1e-6)


def test_units_of_the_spectrum_do_not_matter() -> None:
    modes = SpectralProblem(PowerLaw(1.0, 500)).modes(50)
    scaled = Modes(modes.eigenvalues * 7.3, modes.energies, modes.weights)
    steps = np.array([3, 30, 300])
    for filter_ in FILTERS:
        np.testing.assert_allclose(
            spectral_measure(modes, 50).risk(filter_, steps, 1.5),
            spectral_measure(scaled, 50).risk(filter_, steps, 1.5),
            rtol=1e-9,
        )


def test_limits_between_optimizers() -> None:
    measure = measure_of(0.75, 100)
    steps = np.array([1, 20, 400])
    descent, newton = (measure.risk(f, steps, 1.5) for f in (GradientDescent(), Power(1.0)))
    np.testing.assert_allclose(measure.risk(Power(1e-7), steps, 1.5), descent, rtol=1e-4)
    np.testing.assert_allclose(measure.risk(Damped(1e7), steps, 1.5), descent, rtol=1e-4)
    np.testing.assert_allclose(measure.risk(Power(1 - 1e-7), steps, 1.5), newton, rtol=1e-4)


@settings(deadline=None, max_examples=20)
@given(s=st.floats(0.1, 2.0), count=st.integers(1, 400))
def test_resolved_scale_solves_its_equation(s: float, count: int) -> None:
    modes = SpectralProblem(PowerLaw(s)).modes(400)
    kappa = resolved_scale(modes, count)
    assert degrees_of_freedom(np.array([kappa]), modes)[0][0] == pytest.approx(count, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(s=st.floats(-0.9, 3.0), dim=st.sampled_from([50, 5000, 10**12]), logs=st.lists(st.floats(0, 6), min_size=1))
def test_scales_are_solved_together(s: float, dim: int, logs: list[float]) -> None:
    """Fractional counts too, up to where they reach the rank and resolve everything."""
    counts = 10.0 ** np.array(logs)
    modes = SpectralProblem(PowerLaw(s, dim)).modes(10**6)
    kappas = resolved_scales(modes, counts)
    np.testing.assert_array_equal(kappas == 0, counts >= dim)
    found = degrees_of_freedom(kappas[kappas > 0], modes)[0]
    np.testing.assert_allclose(found, counts[kappas > 0], rtol=1e-9)


def test_enough_features_leave_no_floor() -> None:
    for size in (100, 101, 150, 400):
        assert measure_of(0.5, size, dim=100).risk(NaturalGradient(), np.array([1]), 1.0)[0] == 0.0


@pytest.mark.parametrize("size", [3, 4, 9])
def test_energy_on_zero_eigenvalues_is_never_learned(size: int) -> None:
    seen = Modes.of(np.array([1.0, 0.5, 0.2, 0.1]), np.array([0.4, 0.3, 0.2, 0.1]))
    both = Modes.of(np.array([1.0, 0.5, 0.2, 0.1, 0.0]), np.array([0.4, 0.3, 0.2, 0.1, 0.25]))
    steps = np.array([0, 10, 1000])
    plain, held = (spectral_measure(m, size).risk(GradientDescent(), steps, 1.0) * m.total for m in (seen, both))
    np.testing.assert_allclose(held, plain + 0.25, rtol=1e-9)


def test_eigenvalues_are_counted() -> None:
    measure = measure_of(1.0, 64)
    late = np.array([10**9])
    assert measure.learned(GradientDescent(), late, 1.5)[0] == pytest.approx(64, rel=1e-6)
    block = block_measure(SpectralProblem(PowerLaw(1.0, 1000)).modes(64), 64, 16)
    assert block.learned(GradientDescent(), late, 1.5)[0] == pytest.approx(64, rel=1e-6)


@pytest.mark.parametrize("size", [100, 128])
@pytest.mark.parametrize("block", [4, 32])
def test_blocks_of_as_many_features_as_modes_learn_everything(size: int, block: int) -> None:
    measure = block_measure(SpectralProblem(PowerLaw(0.3, 100)).modes(size), size, block)
    risk = measure.risk(GradientDescent(), np.array([0, 10, 10**4, 10**8]), 1.5)
    assert risk[0] == pytest.approx(1.0, abs=1e-8)
    assert np.all(np.diff(risk) < 1e-9)
    assert risk[-1] < 1e-3


def test_scaling_features_leaves_their_floor_alone() -> None:
    modes = SpectralProblem(PowerLaw(1.0, 1000), PowerLawTarget(3.0)).modes(64)
    plain = spectral_measure(modes, 64)
    found = surrogate(Diagonal(), modes, 64, plain)
    assert found is not None
    late, none = found.measure.risk(found.filter, np.array([10**9, 0]), 1.0)
    assert late == pytest.approx(plain.floor / plain.total, rel=1e-6)
    assert none == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("block", [2, 8, 32, 63])
def test_block_measure_holds_all_mass_and_shares_the_floor(block: int) -> None:
    modes = SpectralProblem(PowerLaw(1.0, 1000)).modes(64)
    blocks, plain = block_measure(modes, 64, block), spectral_measure(modes, 64)
    assert blocks.floor == pytest.approx(plain.floor)
    assert blocks.risk(GradientDescent(), np.array([0]), 1.0)[0] == pytest.approx(1.0, abs=1e-4 * plain.floor + 1e-9)


def test_one_block_of_nearly_all_features_is_nearly_the_natural_gradient() -> None:
    """Two overlapping projections of N - 1 and 1 features: nearly all of P G is 1 (largest eigenvalue below 2)."""
    modes = SpectralProblem(PowerLaw(1.0, 1000)).modes(256)
    steps = np.array([20, 100])
    blocks = block_measure(modes, 256, 255).risk(GradientDescent(), steps, 1.0)
    floor = spectral_measure(modes, 256).risk(NaturalGradient(), steps, 1.0)
    np.testing.assert_allclose(blocks, floor, rtol=0.02)


def test_norm_divided_spectrum_equals_its_monte_carlo_mean() -> None:
    modes = SpectralProblem(PowerLaw(0.5, 40)).modes(10)
    rng = np.random.default_rng(0)
    z2 = rng.standard_normal((400_000, 40)) ** 2
    moment = z2 / np.sqrt(z2 @ modes.eigenvalues)[:, None]
    mean, error = moment.mean(0), moment.std(0) / np.sqrt(len(moment))
    divided = norm_divided(modes)
    ratio = divided.eigenvalues / modes.eigenvalues
    np.testing.assert_array_less(np.abs(ratio / ratio[-1] - mean / mean[-1]), 5 * (error + error[-1]) / mean[-1])


class Cubed(Filter):
    """A rate that turns the contour's angle threefold."""

    keyword = "cubed"

    def rate(self, x):
        return x**3


def test_filters_that_grow_on_the_contour_are_refused() -> None:
    measure = measure_of(1.0, 64)
    with pytest.raises(InputError, match="cubed grows"):
        measure.risk(Cubed(), np.array([10_000]), 1.0)
    with pytest.raises(InputError, match="gd grows"):
        measure_of(-0.25, 16).risk(GradientDescent(), np.array([1000]), 2.5)


def test_sizes_below_one_are_refused() -> None:
    with pytest.raises(InputError, match="N is 0"):
        spectral_measure(SpectralProblem(PowerLaw(1.0, 10)).modes(5), 0)


@dataclass(frozen=True)
class _Doubled(Filter):
    """A filter whose rate is not 1 at x = 1: every risk would be that of another step."""

    keyword = "doubled"
    summary = "2 x"

    def rate(self, x: Any) -> Any:
        return 2 * x


def test_a_rate_that_is_not_one_at_one_is_refused() -> None:
    modes, steps = SpectralProblem(PowerLaw(1.0, 30)).modes(8), np.array([3])
    calls = (
        lambda: spectral_measure(modes, 8).risk(_Doubled(), steps, 0.5),
        lambda: sample_measure(modes, 8, 20).risk(_Doubled(), steps, 0.5),
        lambda: checked_optimizers([_Doubled()]),
    )
    for call in calls:
        with pytest.raises(InputError, match=r"rate of doubled at x = 1 is 2, but it must be 1"):
            call()
