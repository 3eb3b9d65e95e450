"""Early-stopped flow on samples: the two-point formula against simulation, ridge regression, and its exponents.

k* = T^(1/((1+s)(1-p))) modes are learned by the time T of the flow preconditioned by G^-p.
"""

import functools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from optscaling.errors import InputError
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import GradientDescent
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget
from optscaling.theory.witness.flow_on_samples import SampleRisk, flow, sample_risk
from optscaling.theory.witness.ridge import feature_ridge

INF = np.inf


def modes_of(s: float, r: float, size: float, dim: int | None = None) -> Modes:
    return SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(int(size) + 1)


@functools.cache
def prepared(s: float, r: float, size: float, n: float) -> SampleRisk:
    return sample_risk(modes_of(s, r, min(size, n)), size, n)


@pytest.mark.parametrize(
    ("s", "r", "size", "n"),
    [(1.0, 1.0, INF, 200), (1.0, 1.0, 100, 200), (0.5, 3.0, 400, 200), (1.0, 5.0, 1e7, 1e6), (0.3, 0.7, 1e8, 1e9)],
)
def test_ridge_filter_is_ridge_regression(s: float, r: float, size: float, n: float) -> None:
    """Two routes to one number: a double integral of z/(x + z) against `feature_ridge`.

    The trapezoid rule errs by 2e-11, times what each sum magnifies (a few).
    """
    modes, risk = modes_of(s, r, min(size, n)), prepared(s, r, size, n)
    for z in (1e-2, 1e-4, float(n) ** -(1 + s)):
        found = feature_ridge(modes, size, n, z)
        assert risk.bias(lambda x, z=z: z / (x + z)) == pytest.approx(found.bias, rel=1e-8)
        assert risk.variance(lambda x, z=z: z / (x + z)) == pytest.approx(found.variance, rel=1e-8)


@settings(deadline=None, max_examples=8)
@given(
    s=st.floats(-0.6, 2.5),
    r=st.floats(0.2, 6.0),
    dim=st.integers(20, 3000),
    n=st.integers(2, 1000),
    ratio=st.floats(0.05, 20.0),
    z=st.floats(-6.0, -1.0),
)
def test_ridge_filter_at_any_size(s: float, r: float, dim: int, n: int, ratio: float, z: float) -> None:
    size, ridge = max(1, round(ratio * n)), 10.0**z
    assume(size != n and min(size, n) < dim)
    modes = modes_of(s, r, min(size, n), dim)
    risk, found = sample_risk(modes, size, n), feature_ridge(modes, size, n, ridge)
    assert risk.bias(lambda x: ridge / (x + ridge)) == pytest.approx(found.bias, rel=1e-7)
    assert risk.variance(lambda x: ridge / (x + ridge)) == pytest.approx(found.variance, rel=1e-7)


@pytest.mark.parametrize(("size", "n"), [(INF, 300), (150, 300), (300, 150)])
def test_from_nothing_learned_to_least_norm(size: float, n: float) -> None:
    modes = modes_of(1.0, 1.5, min(size, n))
    risk, least_norm = sample_risk(modes, size, n), feature_ridge(modes, size, n, 0.0)
    assert risk.bias(flow(0.0)) == pytest.approx(modes.total, rel=1e-8)
    assert risk.variance(flow(0.0)) == 0.0
    assert risk.least_norm == pytest.approx(least_norm.bias, rel=1e-10)
    late = flow(1e3 / risk.nodes[0].real)  # the first node is at half the smallest eigenvalue
    assert risk.bias(late) == pytest.approx(least_norm.bias, rel=1e-8)
    assert risk.variance(late) == pytest.approx(least_norm.variance, rel=1e-8)


def test_half_of_the_modes_learned_at_one_rate_has_a_quarter_of_the_variance() -> None:
    """`power:1` in steps, h = (1 - eta)^T for every mode: no spectral selection, so stopping only shrinks."""
    risk = prepared(1.0, 1.0, 100, 200)
    whole = feature_ridge(modes_of(1.0, 1.0, 100), 100, 200, 0.0).variance
    assert risk.variance(flow(np.log(2.0), 1.0)) == pytest.approx(whole / 4, rel=1e-8)


def simulated(s: float, r: float, dim: int, size: float, n: int, cases: list, seeds: int) -> np.ndarray:
    """Bias and variance of each (T, p) in `cases`, shape (seeds, cases, 2): exact over noise and fresh inputs."""
    k = np.arange(1, dim + 1)
    deviation, root_energy = k ** (-(1 + s) / 2), k ** (-(1 + r) / 2)
    draws = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        teacher = root_energy * rng.choice([-1.0, 1.0], dim)  # in the basis of whitened inputs
        inputs = rng.standard_normal((n, dim))
        features = np.diag(deviation)
        if np.isfinite(size):
            features = deviation[:, None] * rng.standard_normal((dim, int(size))) / np.sqrt(size)
        left, singular, right = np.linalg.svd(inputs @ features / np.sqrt(n), full_matrices=False)
        x, labels, out = singular**2, left.T @ (inputs @ teacher) / np.sqrt(n), features @ right.T
        for time, p in cases:
            gain = -np.expm1(-time * x ** (1 - p)) / singular
            error = out @ (gain * labels) - teacher
            draws.append([error @ error, np.sum((out * gain) ** 2) / n])
    return np.array(draws).reshape(seeds, len(cases), 2)


@pytest.mark.parametrize(
    ("s", "r", "size", "n"),
    [(0.5, 0.5, INF, 200), (1.0, 2.0, INF, 150), (0.5, 1.0, 100, 250), (0.5, 2.5, 300, 150), (0.6, 6.0, INF, 200)],
)
def test_equals_simulation(s: float, r: float, size: float, n: int) -> None:
    """From early stopping through the overfitting rise. Allowed: four standard errors, and the next order of the
    equivalent, one over the number of modes learned (at most the number of samples or features).
    """
    resolved = np.array([5.0, 20.0, 60.0, 1000.0])
    cases = [(k ** ((1 + s) * (1 - p)), p) for p in (0.0, 0.5) for k in resolved]
    draws = simulated(s, r, 600, size, n, cases, 16)
    mean, error = draws.mean(0), draws.std(0, ddof=1) / np.sqrt(len(draws))
    risk = sample_risk(modes_of(s, r, min(size, n), 600), size, n)
    theory = np.array([[risk.bias(flow(*c)), risk.variance(flow(*c))] for c in cases])
    learned = np.tile(np.minimum(resolved, min(size, n)), 2)[:, None]
    assert np.all(np.abs(mean - theory) < 4 * error + theory / learned), np.c_[mean, theory, error]


def terms(s: float, r: float, q: float, k: float) -> dict[str, float]:
    """Exponents in n of the terms of the bias at N = n^q and k* = n^k modes learned, at most all of them."""
    found = {"signal": k * r} if k < min(q, 1.0) else {"sampling": r}
    found["capacity"] = q * min(r, 1 + s)
    k = min(k, q, 1.0)
    if r > 1 + s:
        found["distortion"] = q + k * s
    if r > 2 * (1 + s):
        found["fluctuation"] = 1 + k * (1 + 2 * s)
    return found


def left_over(slopes: np.ndarray) -> float:
    """What Aitken's rule leaves of a geometric correction in the last of three slopes."""
    first, second = np.diff(slopes)
    return float(abs(second * second / (first - second)) if abs(first) > 1e-8 else abs(second))


DECADES = (4, 6, 8, 10)
# s, r, q, and (k, p, the term that decides)
PATHS = [
    (1.0, 0.5, INF, [(0.5, 0.0, "signal"), (0.5, 0.5, "signal"), (1.5, 0.0, "sampling")]),
    (1.0, 3.0, INF, [(0.5, 0.0, "signal"), (0.6, 0.5, "signal"), (1.5, 0.5, "sampling")]),
    (0.5, 6.0, INF, [(0.6, 0.0, "fluctuation"), (0.6, 0.25, "fluctuation"), (1.5, 0.0, "fluctuation")]),
    (1.0, 8.0, INF, [(0.5, 0.0, "fluctuation"), (0.5, 0.5, "fluctuation"), (1.5, 0.0, "fluctuation")]),
    (1.0, 0.6, 0.6, [(0.3, 0.0, "signal"), (1.0, 0.0, "capacity"), (1.0, 0.5, "capacity")]),
    (1.0, 3.0, 0.6, [(0.4, 0.0, "distortion"), (0.4, 0.5, "distortion"), (1.0, 0.0, "capacity")]),
    (1.0, 8.0, 1.5, [(0.5, 0.0, "distortion"), (0.5, 0.5, "distortion"), (1.5, 0.0, "distortion")]),
    (0.5, 6.0, 3.0, [(0.6, 0.0, "fluctuation"), (1.5, 0.0, "fluctuation")]),
]


@pytest.mark.parametrize(("s", "r", "q", "paths"), PATHS)
def test_exponents_at_large_n(s: float, r: float, q: float, paths: list) -> None:
    """Local slopes over two decades each, up to n = 1e10.

    A correction of relative size n^-theta falls geometrically from slope to slope; Aitken's rule gives what is left of
    it in the last. Allowed: twice that (more than one correction), and the contour's error.
    """
    for k, p, decisive in paths:
        expected = terms(s, r, q, k)
        assert min(expected, key=expected.__getitem__) == decisive
        residuals = [flow(10.0 ** (d * k * (1 + s) * (1 - p)), p) for d in DECADES]
        risks = [prepared(s, r, 10.0 ** (q * d), 10.0**d) for d in DECADES]
        for values, exponent in (
            ([risk.bias(h) for risk, h in zip(risks, residuals, strict=True)], expected[decisive]),
            ([risk.variance(h) for risk, h in zip(risks, residuals, strict=True)], 1 - min(k, q, 1.0)),
        ):
            slopes = -np.diff(np.log10(values)) / np.diff(DECADES)
            assert left_over(slopes) < 0.02, "n is not large enough to tell"
            assert slopes[-1] == pytest.approx(exponent, abs=2 * left_over(slopes) + 1e-6), (k, p, decisive, slopes)


@pytest.mark.parametrize(("s", "r", "k", "p"), [(1.0, 8.0, 0.5, 0.0), (1.0, 8.0, 0.5, 0.5), (0.5, 6.0, 0.6, 0.0)])
def test_steep_targets_fluctuate(s: float, r: float, k: float, p: float) -> None:
    """r > 2 (1 + s), infinite N: bias -> (1/n) (sum E/lambda^2) sum lambda^2 h^2, of exponent 1 + k (1 + 2 s).

    The modes learned early are learned from n samples, with an error that stays on the modes not yet learned. It is
    larger than the mean shift of the learned modes, n^-2 k*^(-2 s), by n/k*. Corrections are of order k*/n: allowed
    is 20 times that, and from size to size they must shrink with it.
    """
    off = []
    for decades in (6, 8, 10):
        n = 10.0**decades
        h, modes = flow(n ** (k * (1 + s) * (1 - p)), p), modes_of(s, r, n)
        left = h(modes.eigenvalues)
        learned_late = modes.weights @ (modes.eigenvalues * left) ** 2
        leading = modes.weights @ (modes.energies / modes.eigenvalues**2) * learned_late / n
        off.append(prepared(s, r, INF, n).bias(h) / leading - 1)
        assert abs(off[-1]) < 20 * n ** (k - 1)
    np.testing.assert_allclose(np.log10(np.abs(off[:-1])) - np.log10(np.abs(off[1:])), 2 * (1 - k), rtol=0.05)


def best_stopped(s: float, r: float, p: float, k: float, decades: tuple[int, ...]) -> np.ndarray:
    """Slopes of log(bias + variance) at the best time, sought around k* = n^k, with infinite N."""
    best = []
    for d in decades:
        risk, guess = prepared(s, r, INF, 10.0**d), d * np.log(10) * k * (1 + s) * (1 - p)
        found = minimize_scalar(
            lambda log_t, risk=risk: np.log(risk.bias(flow(np.exp(log_t), p)) + risk.variance(flow(np.exp(log_t), p))),
            bounds=(guess - 3, guess + 3),
            method="bounded",
            options={"xatol": 1e-4},
        )
        best.append(found.fun)
    return -np.diff(best) / np.diff(decades) / np.log(10)


@pytest.mark.parametrize("p", [0.0, 0.5])
@pytest.mark.parametrize(("s", "r"), [(1.0, 1.5), (1.0, 3.0), (0.3, 2.8)])
def test_stopped_at_its_best_time_noise_gives_r_over_1_plus_r(s: float, r: float, p: float) -> None:
    """Noise 1: k*^-r = k*/n. Without saturation, so also for r > 1 + s and r > 2 (1 + s).

    Slopes approach geometrically: allowed is twice what Aitken's rule leaves of the correction.
    """
    slopes = best_stopped(s, r, p, 1 / (1 + r), DECADES)
    assert left_over(slopes) < 0.02
    assert slopes[-1] == pytest.approx(r / (1 + r), abs=2 * left_over(slopes) + 1e-5)


def test_strong_preconditioning_fits_noise_everywhere() -> None:
    """a = (1+s)(1-p) < 1/2: variance (k*/n)^(2 a), not k*/n, for sum (1 - h)^2 diverges over the modes not learned.

    At its best time risk has exponent 2 a r/(r + 2 a) < r/(1 + r), which falls to 0 at p = 1. Tolerance as above.
    """
    s, r, p, k, decades = 1.0, 1.5, 0.85, 0.5, (8, 10, 12, 14)
    a = (1 + s) * (1 - p)
    variance = [prepared(s, r, INF, 10.0**d).variance(flow(10.0 ** (d * k * a), p)) for d in decades]
    slopes = -np.diff(np.log10(variance)) / np.diff(decades)
    best = best_stopped(s, r, p, 2 * a / (r + 2 * a), decades)
    for found, exponent in ((slopes, 2 * a * (1 - k)), (best, 2 * a * r / (r + 2 * a))):
        assert left_over(found) < 0.02
        assert found[-1] == pytest.approx(exponent, abs=2 * left_over(found))


def test_ridge_at_its_best_saturates_where_flow_does_not() -> None:
    """Ridge regression tuned to the noise: exponent rho/(1 + rho), rho = min(r, 2 (1 + s))."""
    s, r, best = 1.0, 8.0, []
    for decades in (20, 24):
        n = 10.0**decades
        modes, guess = modes_of(s, r, n), -decades * np.log(10) / (1 + 2 * (1 + s)) * (1 + s)
        found = minimize_scalar(
            lambda log_z, n=n, modes=modes: np.log(sum(_bias_and_variance(modes, n, np.exp(log_z)))),
            bounds=(guess - 3, guess + 3),
            method="bounded",
        )
        best.append(found.fun)
    # the next term of the bias is smaller by k*^-1, below 1e-3
    assert -(best[1] - best[0]) / (4 * np.log(10)) == pytest.approx(4 / 5, abs=1e-3)


def _bias_and_variance(modes: Modes, n: float, ridge: float) -> tuple[float, float]:
    found = feature_ridge(modes, INF, n, ridge)
    return found.bias, found.variance


@pytest.mark.parametrize("q", [0.4, 0.7, 1.3])
def test_least_norm_pays_for_every_feature(q: float) -> None:
    """Natural gradient without ridge: variance exponent max(1 - q, 0), bias that of min(N, n) modes.

    So with noise its risk is that of flow at its best time for r <= 1 + s only while q <= 1/(1 + r). Corrections
    are of relative order n^-|1 - q| and, for the floor, 1/N.
    """
    s, r, ends = 1.0, 1.0, []
    for decades in (16, 20):
        n = 10.0**decades
        found = feature_ridge(modes_of(s, r, min(n, n**q)), n**q, n, 0.0)
        ends.append(np.log10([found.bias, found.variance]))
    expected = [min(q, 1.0) * r, max(1 - q, 0.0)]
    np.testing.assert_allclose((ends[0] - ends[1]) / 4, expected, atol=10 ** (-16 * min(q, abs(1 - q))))


@pytest.mark.parametrize(("s", "r", "size"), [(1.0, 1.0, 64), (0.5, 3.0, 200)])
def test_infinite_samples_are_the_population_measure(s: float, r: float, size: int) -> None:
    """Equal to `measure`, which puts its outlier at one point, once that outlier is learned: h(1) < 1e-8."""
    modes = modes_of(s, r, size)
    measure, risk = spectral_measure(modes, size), sample_risk(modes, size, INF)
    steps = np.array([30, 1000, 10**5])
    population = measure.risk(GradientDescent(), steps, 0.5) * measure.total
    for time, value in zip(steps, population, strict=True):
        found = risk.bias(lambda x, time=time: (1 - 0.5 * x / measure.largest) ** time)
        assert found == pytest.approx(value, rel=1e-6)
    assert risk.variance(flow(1e3)) == 0.0


@pytest.mark.parametrize(("features", "samples"), [(0, 10), (10, 10), (60, 70), (np.nan, 10), (10, np.nan)])
def test_inadmissible_sizes_are_refused_in_a_sentence(features: float, samples: float) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        sample_risk(modes_of(1.0, 1.0, 10, 50), features, samples)


def test_filters_that_grow_off_the_axis_are_refused() -> None:
    with pytest.raises(InputError, match="half its nodes"):
        prepared(1.0, 1.0, 100, 200).bias(lambda x: np.cos(300 * x))
