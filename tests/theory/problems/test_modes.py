"""Weighted modes stand for any power law: compressed sums equal sums over every mode."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import Measured, PowerLaw
from optscaling.theory.problems.target import Isotropic, MeasuredTarget, PowerLawTarget


def resolvent_sums(modes: Modes, kappa: complex) -> np.ndarray:
    shared = modes.eigenvalues + kappa
    return np.array(
        [modes.weights @ (modes.eigenvalues / shared), modes.weights @ (modes.energies / shared), modes.weights.sum()]
    )


@settings(deadline=None, max_examples=30)
@given(
    s=st.floats(-0.8, 3.0),
    r=st.floats(-0.8, 3.0),
    dim=st.integers(600, 60_000),
    scale=st.floats(-12.0, 0.0),
    angle=st.floats(0.0, 0.75 * np.pi),
)
def test_compressed_sums_equal_dense_sums(s: float, r: float, dim: int, scale: float, angle: float) -> None:
    problem = SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r))
    kappa = 10.0**scale * np.exp(1j * angle)
    compressed = resolvent_sums(problem.modes(10), kappa)
    dense = resolvent_sums(Modes.of(*problem.dense()), kappa)
    # the next Euler-Maclaurin term is 7/5760 f''' at k = 256: below 1e-9 of the sum
    np.testing.assert_allclose(compressed, dense, rtol=1e-8)


@settings(deadline=None, max_examples=20)
@given(s=st.floats(0.2, 2.0), scale=st.floats(-4.0, 0.0))
def test_infinite_sums_equal_long_ones_with_the_tail_added(s: float, scale: float) -> None:
    kappa, last = 10.0**scale, 1_000_000
    assume(last ** -(1 + s) < 1e-3 * kappa)
    k = np.arange(1, last + 1, dtype=float)
    head = np.sum(1 / (1 + kappa * k ** (1 + s)))
    tail = (last + 0.5) ** -s / (s * kappa)  # lambda/(lambda + kappa) = lambda/kappa (1 - lambda/kappa ...)
    found = resolvent_sums(SpectralProblem(PowerLaw(s)).modes(1000), kappa)[0]
    assert found == pytest.approx(head + tail, rel=1e-6 + tail / (head + tail) * last ** -(1 + s) / kappa)


def test_cost_does_not_depend_on_dim() -> None:
    assert len(SpectralProblem(PowerLaw(1.0, 10**12)).modes(100).weights) < 1500
    assert SpectralProblem(PowerLaw(1.0, 10**6)).modes(100).rank == pytest.approx(10**6)


def test_isotropic_means_r_equals_s() -> None:
    assert SpectralProblem(PowerLaw(0.7, 100), Isotropic()).source == 0.7
    values, energies = SpectralProblem(PowerLaw(0.7, 100)).dense()
    np.testing.assert_array_equal(values, energies)


def test_measured_spectra_are_sorted_and_kept_with_their_energies() -> None:
    problem = SpectralProblem(Measured((1.0, 3.0, 2.0)), MeasuredTarget((0.5, 0.25, 0.0)))
    np.testing.assert_array_equal(problem.modes(2).eigenvalues, [3.0, 2.0, 1.0])
    np.testing.assert_array_equal(problem.modes(2).energies, [0.25, 0.0, 0.5])
    np.testing.assert_array_equal(SpectralProblem(problem.spectrum).modes(2).energies, [3.0, 2.0, 1.0])


@given(st.permutations(list(range(6))))
def test_the_order_in_which_modes_are_given_does_not_matter(order: list[int]) -> None:
    values, energies = np.array([5.0, 3.0, 2.0, 1.0, 0.5, 0.0]), np.array([0.0, 0.4, 2.0, 0.1, 7.0, 3.0])
    problem = SpectralProblem(Measured(values[order]), MeasuredTarget(energies[order]))
    np.testing.assert_array_equal(problem.dense(), [values, energies])


@pytest.mark.parametrize(
    "make",
    [
        lambda: PowerLaw(-1.0, 10),
        lambda: PowerLaw(float("nan"), 10),
        lambda: PowerLaw(0.0),
        lambda: PowerLaw(1.0, 0),
        lambda: Measured(()),
        lambda: Measured(np.array([])),
        lambda: Measured(np.eye(2)),
        lambda: Measured(np.array(1.0)),
        lambda: Measured(np.array([1.0, 1j])),
        lambda: Measured(1.0),
        lambda: Measured(["one"]),
        lambda: MeasuredTarget(np.ones((2, 2))),
        lambda: MeasuredTarget(None),
        lambda: Measured((1.0, -1.0)),
        lambda: Measured((0.0, 0.0)),
        lambda: Measured((1.0, float("inf"))),
        lambda: MeasuredTarget((-1.0,)),
        lambda: PowerLawTarget(float("inf")),
        lambda: SpectralProblem(PowerLaw(1.0), PowerLawTarget(-0.5)),
        lambda: SpectralProblem(PowerLaw(1.0, 3), MeasuredTarget((1.0, 1.0, 1.0))),
        lambda: SpectralProblem(Measured((1.0, 0.5)), MeasuredTarget((1.0,))),
        lambda: SpectralProblem(PowerLaw(1.0, 3), noise=-1.0),
        lambda: SpectralProblem(PowerLaw(1.0)).dense(),
    ],
)
def test_inadmissible_problems_are_refused_in_a_sentence(make: object) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        make()  # type: ignore[operator]


def test_arrays_and_lists_are_spectra() -> None:
    for values in (np.array([1.0, 4.0, 2.0]), np.array([1, 4, 2], dtype=np.int32), [1, 4, 2], (1.0, 4.0, 2.0)):
        spectrum = Measured(values)
        assert spectrum == Measured((1.0, 4.0, 2.0))
        assert hash(spectrum) == hash(Measured((1.0, 4.0, 2.0)))
    problem = SpectralProblem(Measured(np.array([4.0, 2.0])), MeasuredTarget(np.array([1.0, 3.0])))
    assert problem.dense()[1].tolist() == [1.0, 3.0]
