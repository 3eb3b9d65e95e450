"""Block-diagonal and diagonal preconditioners built from samples: limits of the formula, and simulation."""

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.optimizers.filters import GradientDescent, Power
from optscaling.theory.optimizers.preconditioners import BlockDiagonal, Diagonal
from optscaling.theory.preconditioning.block_measure import block_measure
from optscaling.theory.preconditioning.block_ridges import BlockScale
from optscaling.theory.preconditioning.block_sample_measure import block_sample_measure
from optscaling.theory.preconditioning.equivalent_filters_on_samples import preconditioned_samples
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.samples.measure import sample_measure

DESCENT = GradientDescent()
DIM = 400


def modes_of(s: float, size: int, dim: int = DIM) -> Modes:
    return SpectralProblem(PowerLaw(s, dim)).modes(size)


def simulated(
    s: list[float], size: int, n: int, optimizers: list[str], steps: list[int], noise: float, seeds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean risk and its standard error, shape (optimizer, s, steps)."""
    content = {
        "problem": {"kind": "gaussian", "s": s, "dim": DIM, "noise": noise},
        "model": {"sizes": [size], "samples": n},
        "training": {"optimizers": optimizers, "steps": steps},
        "measure": {"seeds": seeds},
    }
    run = simulate(from_dict(content, "test"), out=None).risk.transpose("optimizer", "s", "N", "seed", "steps").values
    return run[:, :, 0].mean(2), run[:, :, 0].std(2, ddof=1) / np.sqrt(seeds)


@pytest.mark.parametrize(("n", "noise"), [(16, 0.1), (64, 0.1), (256, 0.0), (256, 0.3), (640, 0.1)])
def test_blocks_from_samples_equal_simulation(n: int, noise: float) -> None:
    """n below B, between B and N, and above N. Allowed: 3.5 standard errors of 24 draws with the terms left out.

    Those are 1/B and 1/|n - c| relative, c the size at which all is fitted next to n: Gaussian least squares has
    1/(g - 1) where the equivalent has 1/g.
    """
    size, steps, s = 128, [1, 10, 1000, 100_000], [-0.25, 1.0]
    names = ["block:32", "block:64"] if n != 64 else ["block:16", "block:32"]
    mean, error = simulated(s, size, n, names, steps, noise, 24)
    for i, name in enumerate(names):
        block = int(name.removeprefix("block:"))
        for j, exponent in enumerate(s):
            found = preconditioned_samples(BlockDiagonal(block), modes_of(exponent, size), None, size, n)
            assert found is not None
            bias, variance = found.measure.risk(found.filter, np.array(steps), 1.5)
            gap = min(abs(n - c) for c in found.critical)
            allowed = 3.5 * np.hypot(error[i, j], mean[i, j] * (0.5 / block + 1 / gap))
            assert np.all(np.abs(bias + noise * variance - mean[i, j]) < allowed)


@pytest.mark.parametrize(("s", "size", "block"), [(-0.25, 128, 32), (1.0, 256, 16)])
def test_many_samples_are_the_population(s: float, size: int, block: int) -> None:
    """n = 1e9 against `block_measure`, a one-point formula: all that is left is of order N/n."""
    steps = np.array([0, 1, 10, 1000, 10**6])
    bias, variance = block_sample_measure(modes_of(s, size), size, block, 10**9).risk(DESCENT, steps, 1.5)
    population = block_measure(modes_of(s, size), size, block).risk(DESCENT, steps, 1.5)
    np.testing.assert_allclose(bias, population, rtol=1e-4, atol=1e-8)
    assert np.all(np.abs(variance) < 1e-5)


@pytest.mark.parametrize(("n", "block"), [(40, 8), (300, 32), (300, 90)])
def test_rule_converges_and_starts_from_nothing(n: int, block: int) -> None:
    """Half the step of the rule gives the same, within the error stated; no steps leave the whole target."""
    steps = np.array([0, 1, 100, 10**7])
    coarse, fine = (block_sample_measure(modes_of(0.5, 100), 100, block, n, step) for step in (0.2, 0.1))
    bias, variance, bias_error, variance_error = coarse.risk_and_error(DESCENT, steps, 1.5)
    finer_bias, finer_variance = fine.risk(DESCENT, steps, 1.5)
    assert np.all(np.abs(bias - finer_bias) <= bias_error + 1e-9)
    assert np.all(np.abs(variance - finer_variance) <= variance_error + 1e-9)
    assert bias[0] == pytest.approx(1.0, abs=1e-6)
    assert variance[0] == pytest.approx(0.0, abs=1e-8)
    assert bias[-1] * coarse.total == pytest.approx(coarse.least_norm, rel=1e-4)


def test_blocks_larger_than_n_average_least_norm_solutions() -> None:
    """Bias of the mean of K solutions: that of infinitely many, and a K-th of what one has beyond it."""
    modes, steps = modes_of(0.5, 120), np.array([0, 1, 2])
    one, all_of_them = sample_measure(modes, 40, 25), sample_measure(modes, np.inf, 25)
    found = block_sample_measure(modes, 120, 40, 25)
    expected = all_of_them.least_norm + (one.least_norm - all_of_them.least_norm) / 3
    assert found.least_norm == pytest.approx(expected, rel=1e-8)
    bias, _ = found.risk(DESCENT, steps, 1.0)
    assert bias[0] == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(bias[1:], expected / found.total, rtol=1e-8)


def test_scales_nest_in_both_sizes() -> None:
    """(K - 1) df_1(q) + df_1(k) = N and zeta = K gamma/(kappa - gamma) at points off the axis."""
    modes, x = modes_of(0.75, 128), np.array([0.3 + 0.2j, 2.0 + 0.5j, 0.01 + 0.01j])
    scale = BlockScale(modes, 128, 32, 300)
    k, q = scale.at(x)
    df = [(modes.eigenvalues / (modes.eigenvalues + a[:, None])) @ modes.weights for a in (k, q)]
    gamma, kappa = k * (1 - df[0] / 300), q * (1 - df[1] / 300)
    np.testing.assert_allclose(3 * df[1] + df[0], 128, rtol=1e-10)
    np.testing.assert_allclose(scale.blocks * gamma / (kappa - gamma), -x, rtol=1e-9)


@pytest.mark.parametrize("n", [64, 256])
def test_diagonal_from_samples_equals_simulation(n: int) -> None:
    """Allowed: 3.5 standard errors of 24 draws, and 1/N, 1/n and the error that the surrogate states."""
    steps, s = [1, 10, 1000, 100_000], [0.25, 1.0, 2.0]
    mean, error = simulated(s, 128, n, ["diagonal"], steps, 0.1, 24)
    for j, exponent in enumerate(s):
        found = preconditioned_samples(Diagonal(), modes_of(exponent, 128), None, 128, n)
        assert found is not None
        bias, variance = found.measure.risk(found.filter, np.array(steps), 1.5)
        allowed = 3.5 * error[0, j] + mean[0, j] * (1 / 128 + 1 / n + found.error)
        assert np.all(np.abs(bias + 0.1 * variance - mean[0, j]) < allowed)


def test_full_solve_depends_on_scaling_only_beyond_n_features() -> None:
    modes, late = modes_of(0.5, 128), np.array([0, 10**9])
    for n, same in ((300, True), (60, False)):
        plain = sample_measure(modes, 128, n).risk(DESCENT, late, 1.5)
        found = preconditioned_samples(Diagonal(), modes, None, 128, n)
        assert found is not None
        bias, variance = found.measure.risk(found.filter, late, 1.5)
        assert bias[0] == pytest.approx(1.0, abs=1e-6)
        assert (bias[1] == pytest.approx(plain[0][1], rel=1e-5)) == same
        assert (variance[1] == pytest.approx(plain[1][1], rel=1e-5)) == same


def test_one_block_of_all_features_is_the_stepped_natural_gradient() -> None:
    modes, steps = modes_of(1.0, 64), np.array([1, 5])
    found = preconditioned_samples(BlockDiagonal(64), modes, None, 64, 100)
    assert found is not None
    assert found.note is None
    expected = sample_measure(modes, 64, 100).risk(Power(1.0), steps, 1.0)
    np.testing.assert_allclose(found.measure.risk(found.filter, steps, 1.0), expected, rtol=1e-10)


def test_sizes_at_which_no_mean_exists_are_refused() -> None:
    with pytest.raises(InputError, match="n is one of the others"):
        block_sample_measure(modes_of(1.0, 64), 64, 16, 64)
    with pytest.raises(InputError, match="n is 0"):
        block_sample_measure(modes_of(1.0, 64), 64, 16, 0)
    with pytest.raises(InputError, match="at least one"):
        block_sample_measure(modes_of(1.0, 64), 64, 64, 100)
