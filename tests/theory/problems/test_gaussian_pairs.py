"""Averages of activations over Gaussian pairs, and kernels made of them, against quadrature, mpmath and features drawn.

Quadrature: the trapezoidal rule on (z1, z2) in [-9, 9]^2 with u = sqrt(q) z1, v = (c/sqrt(q)) z1 + r z2, which has an
error of exp(-2 pi a/h) for functions analytic in a strip of half-width a; tanh(sqrt(q) z) has a = pi/(2 sqrt(q)).
"""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.monte_carlo_kernel import sampled_kernel

from optscaling.errors import CheckError, InputError
from optscaling.theory.problems import gaussian_pairs_tanh as pair_average_tanh
from optscaling.theory.problems.activations import ACTIVATIONS, Activation, activation
from optscaling.theory.problems.exponential_sum import inverse_root
from optscaling.theory.problems.kernel import feature_kernel, feature_mean, norm_divided_kernel

ALL = list(ACTIVATIONS.values())
SMOOTH = [a for a in ALL if a.name != "relu"]
PAIRS = [
    (1.0, 1.0, 0.5),
    (0.01, 2.0, -0.1),
    (5.0, 0.3, 1.1),
    (4.0, 4.0, 4.0),
    (4.0, 4.0, -4.0),
    (9.0, 1.0, 2.999),
    (1e-6, 1e-6, 5e-7),
    (30.0, 8.0, -10.0),
]
# what each routine states, in units of sqrt(E f(u)^2 E f(v)^2)
STATED = {"linear": 5e-16, "relu": 5e-16, "erf": 5e-16, "gelu": 5e-16, "tanh": 3e-8}


def named(cases: list[Activation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("f", cases, ids=[a.name for a in cases])


def quadrature(f: Activation, q: float, other: float, c: float, step: float = 0.05) -> float:
    z = np.arange(-9, 9 + step / 2, step)
    weight = np.exp(-(z**2) / 2) * step / np.sqrt(2 * np.pi)
    v = c / np.sqrt(q) * z[:, None] + np.sqrt(max(other - c * c / q, 0.0)) * z
    return float(weight @ (f.function(np.sqrt(q) * z)[:, None] * f.function(v)) @ weight)


def scale(f: Activation, q: float, other: float) -> float:
    return float(np.sqrt(f.second_moment(np.array(q)) * f.second_moment(np.array(other))))


@named(SMOOTH)
@pytest.mark.parametrize("pair", PAIRS)
def test_pair_average_is_the_integral(f: Activation, pair: tuple[float, float, float]) -> None:
    off = abs(float(f.pair(*pair)) - quadrature(f, *pair)) / scale(f, *pair[:2])
    assert off < STATED[f.name] * max(1, pair[0], pair[1]) ** 0.5 + 1e-13


@pytest.mark.parametrize("pair", PAIRS)
def test_relu_average_is_the_integral(pair: tuple[float, float, float]) -> None:
    """The inner average over v given u is m Phi(m/r) + r phi(m/r), the outer one is left to mpmath."""
    q, other, c = (mp.mpf(v) for v in pair)
    root = mp.sqrt(max(other - c * c / q, mp.mpf(0)))

    def inner(u: mp.mpf) -> mp.mpf:
        m = c / q * u
        if root == 0:
            return max(m, mp.mpf(0))
        return m * mp.ncdf(m / root) + root * mp.npdf(m / root)

    spread = mp.sqrt(q)
    exact = mp.quad(lambda z: spread * z * inner(spread * z) * mp.npdf(z), [0, 1, 3, 6, 12])
    f = activation("relu")
    assert abs(float(f.pair(*pair)) - float(exact)) / scale(f, *pair[:2]) < 1e-13


def closed_form(name: str, q: float, other: float, c: float) -> mp.mpf:
    """The formulas as written, at 50 digits."""
    q, other, c = mp.mpf(q), mp.mpf(other), mp.mpf(c)
    bound = mp.sqrt(q * other)
    c = max(min(c, bound), -bound)
    match name:
        case "relu":
            cosine = c / bound
            return bound * (mp.sqrt(1 - cosine**2) + (mp.pi - mp.acos(cosine)) * cosine) / (2 * mp.pi)
        case "erf":
            return 2 / mp.pi * mp.asin(2 * c / mp.sqrt((1 + 2 * q) * (1 + 2 * other)))
        case "gelu":
            one, two = 1 + q, 1 + other
            rest = (q * other - c**2 + c**2 / one + c**2 / two) / mp.sqrt(one * two - c**2)
            return c / 4 + (c * mp.asin(c / mp.sqrt(one * two)) + rest) / (2 * mp.pi)
    return c


@pytest.mark.parametrize("name", ["linear", "relu", "erf", "gelu"])
def test_no_digits_are_lost_near_cosine_one(name: str) -> None:
    f, rng = ACTIVATIONS[name], np.random.default_rng(0)
    with mp.workdps(50):
        for k in range(18):
            for sign in (1, -1):
                q, other = 10 ** rng.uniform(-6, 6, 2)
                c = sign * np.sqrt(q) * np.sqrt(other) * (1 - 10.0**-k)
                off = abs(float(f.pair(q, other, c) - closed_form(name, q, other, c))) / scale(f, q, other)
                # c itself is rounded, and q q' - c^2 feels that as sqrt(q)
                assert off < STATED[name] * max(1, np.sqrt(q), np.sqrt(other)), (k, sign, q, other)


def test_the_mixture_is_tanh() -> None:
    x = np.concatenate([np.geomspace(1e-6, 0.1, 200), np.linspace(0.1, 20, 20_001)])
    erf = ACTIVATIONS["erf"].function
    mixture = erf(np.outer(x, pair_average_tanh._SCALE)) @ pair_average_tanh._WEIGHT
    assert np.abs(mixture / np.tanh(x) - 1).max() < 1.4e-8
    assert pair_average_tanh._WEIGHT.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("q", [0.0, 1e-4, 1.0, 9.0])
def test_series_and_arcsines_agree(q: float, monkeypatch: pytest.MonkeyPatch) -> None:
    f, c = activation("tanh"), q * np.linspace(-1, 1, 41)
    rows, columns, c = np.full((41, 1), q), np.full((1, 41), q), np.tile(c, (41, 1))
    assert pair_average_tanh._terms(q, 400) is not None
    series = f.pair(rows, columns, c)
    monkeypatch.setattr(pair_average_tanh, "_terms", lambda q, most: None)
    np.testing.assert_allclose(series, f.pair(rows, columns, c), rtol=0, atol=1.1e-9 * q / (1 + q))


@pytest.mark.parametrize("rho", [-1.0, 0.3, 0.999])
def test_tanh_at_large_variance(rho: float) -> None:
    """Beyond the series: 2,000 points a direction, for a strip of half-width pi/40."""
    assert pair_average_tanh._terms(400.0, 400) is None
    exact = quadrature(activation("tanh"), 400.0, 400.0, 400 * rho, step=0.009)
    assert abs(float(activation("tanh").pair(400.0, 400.0, 400 * rho)) - exact) < 3e-8


@named(ALL)
def test_means_and_second_moments(f: Activation) -> None:
    z = np.arange(-9, 9, 0.001)
    weight = np.exp(-(z**2) / 2) * 0.001 / np.sqrt(2 * np.pi)
    q = np.array([0.01, 1.0, 25.0])
    values = f.function(np.sqrt(q)[:, None] * z)
    # the trapezoidal rule on a kink is off by h^2/12 times the jump in slope, times phi(0)
    np.testing.assert_allclose(values @ weight, f.mean(q), atol=1e-6)
    np.testing.assert_allclose(values**2 @ weight, f.second_moment(q), rtol=1e-7)


@pytest.fixture(scope="module")
def inputs() -> np.ndarray:
    return 2 * np.random.default_rng(1).standard_normal((7, 30)) * np.arange(1, 31) ** -0.5


@named(ALL)
def test_kernel_is_the_mean_over_features(f: Activation, inputs: np.ndarray) -> None:
    variance = np.linspace(0.02, 0.2, 30)
    for given_variance in (None, variance):
        found = sampled_kernel(f.function, inputs, given_variance, draws=100_000, seed=2)
        kernel = feature_kernel(f, inputs, given_variance)
        assert np.all(np.abs(found.mean - kernel) < 5 * found.error)
        assert found.error.max() < 0.02 * kernel.max()
    weights = np.random.default_rng(4).standard_normal((30, 100_000)) * np.sqrt(variance)[:, None]
    features = f.function(inputs @ weights)
    spread = features.std(axis=1) / np.sqrt(features.shape[1])
    assert np.all(np.abs(features.mean(axis=1) - feature_mean(f, inputs, variance)) < 5 * spread)
    np.testing.assert_array_equal(feature_mean(f, inputs), feature_mean(f, inputs, np.full(30, 1 / 30)))


@named(ALL)
def test_kernels_are_symmetric_and_positive(f: Activation) -> None:
    """Repeated, opposite and zero rows included; more rows than a block."""
    rows = np.random.default_rng(3).standard_normal((280, 6))
    rows[1], rows[2], rows[3] = rows[0], -rows[0], 0
    kernel = feature_kernel(f, rows)
    np.testing.assert_array_equal(kernel, kernel.T)
    values = np.linalg.eigvalsh(kernel)
    assert values[0] > -1e-13 * values[-1]
    assert np.all(kernel[3] == 0)
    np.testing.assert_allclose(kernel[0], kernel[1], rtol=1e-13)
    one_by_one = f.pair(np.sum(rows[5] ** 2) / 6, np.sum(rows[270] ** 2) / 6, rows[5] @ rows[270] / 6)
    assert kernel[5, 270] == pytest.approx(float(one_by_one), rel=1e-12, abs=1e-15)


shapes = st.integers(0, 2**32 - 1)


@settings(max_examples=20, deadline=None)
@given(seed=shapes, size=st.floats(1e-6, 1e-3))
def test_small_inputs_see_a_linear_function(seed: int, size: float) -> None:
    """f(x) = f(0) + f'(0) x + O(x^2): K -> f'(0)^2 x.x'/d, with a relative error of order |x|^2/d."""
    x = size * np.random.default_rng(seed).uniform(-1, 1, (4, 5))
    gram = x @ x.T / 5
    scale = np.sqrt(np.outer(np.diag(gram), np.diag(gram)))
    for name, slope in (("linear", 1.0), ("erf", 2 / np.sqrt(np.pi)), ("tanh", 1.0), ("gelu", 0.5)):
        off = np.abs(feature_kernel(activation(name), x) - slope**2 * gram) / scale
        assert off.max() < 3 * size**2 + 3e-8


@settings(max_examples=20, deadline=None)
@given(seed=shapes, size=st.floats(1e3, 1e6))
def test_large_inputs_saturate(seed: int, size: float) -> None:
    """erf and tanh become the sign, K -> (2/pi) arcsin(cos a); GELU becomes ReLU. What is left is of order 1/|x|."""
    x = np.random.default_rng(seed).standard_normal((4, 5))
    length = np.linalg.norm(x, axis=1)
    cosine = np.clip(x @ x.T / np.outer(length, length), -1, 1)
    least = size * length.min() / np.sqrt(5)
    for name in ("erf", "tanh"):
        kernel = feature_kernel(activation(name), size * x)
        assert np.abs(kernel - 2 / np.pi * np.arcsin(cosine)).max() < 3 / least
    relu, gelu = (feature_kernel(activation(name), size * x) for name in ("relu", "gelu"))
    assert np.abs(gelu - relu).max() / relu.max() < 3 / least


@settings(max_examples=20, deadline=None)
@given(seed=shapes, factor=st.floats(1e-3, 1e3))
def test_what_only_the_product_of_inputs_and_weights_can_see(seed: int, factor: float) -> None:
    """Inputs times c with weights over c, and inputs rotated, leave every kernel; ReLU is homogeneous."""
    rng = np.random.default_rng(seed)
    x, rotation = rng.standard_normal((5, 4)), np.linalg.qr(rng.standard_normal((4, 4)))[0]
    for f in ALL:
        kernel = feature_kernel(f, x)
        np.testing.assert_allclose(feature_kernel(f, factor * x, np.full(4, factor**-2 / 4)), kernel, rtol=1e-9)
        np.testing.assert_allclose(feature_kernel(f, x @ rotation), kernel, rtol=0, atol=1e-8 * kernel.max())
    relu = activation("relu")
    np.testing.assert_allclose(feature_kernel(relu, factor * x), factor**2 * feature_kernel(relu, x), rtol=1e-10)


SHARES = {
    "even": np.full(200, 1 / 200),
    "falling": np.arange(1.0, 101) ** -2,
    "three": np.array([1.0, 0.5, 0.1, 0.0]),
    "one": np.array([2.0]),
    "large": np.full(20, 1e4),
}


@named(ALL)
@pytest.mark.parametrize("share", SHARES.values(), ids=SHARES.keys())
def test_stated_error_of_the_exponentials_is_honest(f: Activation, share: np.ndarray) -> None:
    series = inverse_root(f.second_moment, share)
    assert series.error <= 1e-5
    q = np.exp(np.random.default_rng(5).uniform(np.log(series.low), np.log(series.high), 1000))
    off = np.abs(series(q) * np.sqrt(f.second_moment(q)) - 1)
    assert off.max() < 1.2 * series.error  # between the points of the fit
    drawn = np.random.default_rng(6).standard_normal((4000, len(share))) ** 2 @ share
    root = np.sqrt(f.second_moment(drawn))
    rest = np.abs(series(drawn) * root - 1) * root
    assert rest.mean() < 1.2 * series.error * root.mean()
    assert np.all(series(drawn) > 0)  # so that what it weights stays positive semidefinite


def test_exponentials_refuse() -> None:
    with pytest.raises(InputError, match="inputs that vary"):
        inverse_root(activation("relu").second_moment, np.zeros(3))
    with pytest.raises(CheckError, match="exponentials"):
        inverse_root(lambda q: 1 + 0.99 * np.sin(40 * q), np.ones(3))


@named(ALL)
def test_norm_divided_kernel_is_the_mean_over_divided_features(f: Activation, inputs: np.ndarray) -> None:
    """300,000 features, each divided by the fourth root of its norm^2 over Gaussian inputs."""
    moment = 4 / np.arange(1, 31)
    q = np.geomspace(1e-4, 10, 4000)  # read off a table: linear in between, within 1e-6
    g = f.second_moment(q)
    total, squares, draws = np.zeros((7, 7)), np.zeros((7, 7)), 300_000
    for part in range(6):
        weights = np.random.default_rng(30 + part).standard_normal((30, draws // 6)) / np.sqrt(30)
        features = f.function(inputs @ weights) / np.interp(moment @ weights**2, q, g) ** 0.25
        total += features @ features.T
        squares += features**2 @ features.T**2
    mean = total / draws
    error = np.sqrt((squares / draws - mean**2) / draws)
    found = norm_divided_kernel(f, inputs, moment)
    assert np.all(np.abs(mean - found) < 5 * error)
    assert error.max() < 0.005 * mean.max()
    np.testing.assert_array_equal(found, found.T)


@named(ALL)
def test_eigenvalues_of_the_norm_divided_kernel_have_converged(f: Activation, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = np.arange(1.0, 13) ** -1.5
    rows = np.random.default_rng(7).standard_normal((40, 12)) * np.sqrt(moment)
    usual = np.linalg.eigvalsh(norm_divided_kernel(f, rows, moment))
    monkeypatch.setattr("optscaling.theory.problems.exponential_sum._TOLERANCE", 1e-8)
    monkeypatch.setattr("optscaling.theory.problems.exponential_sum._RARE", 1e-9)
    finer = np.linalg.eigvalsh(norm_divided_kernel(f, rows, moment))
    seen = finer > 1e-10 * finer[-1]
    np.testing.assert_allclose(usual[seen], finer[seen], rtol=2e-5)


def test_sampled_kernel_of_any_function(inputs: np.ndarray) -> None:
    """f(x) = x^2: E = q q' + 2 c^2. Its stated error is honest: 49 z-scores over 20 seeds have deviation 1."""
    gram = inputs @ inputs.T / 30
    exact = np.outer(np.diag(gram), np.diag(gram)) + 2 * gram**2
    scores = []
    for seed in range(20):
        found = sampled_kernel(np.square, inputs, draws=20_000, seed=seed)
        scores.append((found.mean - exact) / found.error)
    assert np.std(scores) == pytest.approx(1, abs=0.2)
    assert abs(np.mean(scores)) < 0.4
    fine = sampled_kernel(np.square, inputs, draws=80_000)
    np.testing.assert_allclose(fine.error, sampled_kernel(np.square, inputs, draws=20_000).error / 2, rtol=0.2)
    with pytest.raises(InputError, match="at least 2"):
        sampled_kernel(np.square, inputs, draws=1)
    with pytest.raises(InputError, match="finite"), np.errstate(all="ignore"):
        sampled_kernel(np.log, inputs, draws=10)


@pytest.mark.parametrize("name", ["rleu", "sigmoid", "", None, ["relu"]])
def test_unknown_names_are_refused(name: object) -> None:
    with pytest.raises(InputError, match="linear, relu, erf, tanh, gelu") as caught:
        activation(name)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@named(ALL)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_functions_work_in_place_and_keep_their_type(f: Activation, kind: type) -> None:
    x = np.linspace(-5, 5, 11).astype(kind)
    value = f.function(x)
    assert value.dtype == kind
    held = x.copy()
    assert f.function(held, out=held) is held
    np.testing.assert_array_equal(held, value)
