"""Blocks on the population: the equations by another form, edges, precision up to N = 1e9, and simulation."""

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.gram import contour
from optscaling.theory.gram.contour import lens
from optscaling.theory.gram.measure import SpectralMeasure
from optscaling.theory.optimizers.filters import GradientDescent
from optscaling.theory.preconditioning.block_measure import block_measure
from optscaling.theory.preconditioning.block_ridges import BlockScale
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget

DESCENT = GradientDescent()
STEPS = np.array([1, 10, 100, 10**4, 10**7])
CASES = [
    (-0.25, 1000, 512, 64),
    (1.0, 1000, 256, 2),
    (0.3, 100, 100, 4),
    (0.3, 100, 150, 32),
    (2.0, None, 10**9, 10**3),
]


def modes_of(s: float, size: int, dim: int | None = 1000) -> Modes:
    return SpectralProblem(PowerLaw(s, dim), PowerLawTarget(s)).modes(size)


@pytest.mark.parametrize(("s", "dim", "size", "block"), CASES)
def test_scales_solve_the_free_sum_of_projections(s: float, dim: int | None, size: int, block: int) -> None:
    """B = sum d (1 + (1 - d)/(zeta + K d)), the sum before it is taken apart into the degrees of freedom of two scales.

    Tolerance: rounding of sums as large as their largest terms.
    """
    modes = modes_of(s, size, dim)
    scale = BlockScale(modes, size, block, np.inf)
    x = lens(scale.lower_edge() / 2, 1.01 * scale.upper_edge())[0]
    k, q = scale.at(x)
    d = modes.eigenvalues / (modes.eigenvalues + q[:, None])
    rate = scale.blocks * d - x[:, None]
    slow = q[:, None] / (modes.eigenvalues + q[:, None])
    found = (d * (1 + slow / rate)) @ modes.weights
    rounding = 1e-11 * (np.abs(d * (1 + slow / rate)) @ modes.weights + block)
    assert np.all(np.abs(found - block) < rounding)
    np.testing.assert_allclose(k, q * x / (x - scale.blocks), rtol=1e-9)


@pytest.mark.parametrize(("s", "dim", "size", "block"), [c for c in CASES if c[1] != c[2]])
def test_the_density_starts_and_ends_at_the_edges(s: float, dim: int | None, size: int, block: int) -> None:
    """Just outside an edge k is real, just inside it has an imaginary part that grows like a square root."""
    scale = BlockScale(modes_of(s, size, dim), size, block, np.inf)
    low, high = scale.lower_edge(), scale.upper_edge()
    width = 1e-3 * min(low, scale.blocks - high) if high < scale.blocks else 1e-3 * low
    points = [low - width, low + width] + ([high + width, high - width] if scale.blocks - high > 1e-6 * high else [])
    tilt = np.array([scale.at(np.array([p + 1e-12j * p]))[0][0] for p in points])
    angle = np.abs(np.angle(tilt))
    angle = np.minimum(angle, np.pi - angle).reshape(-1, 2)
    assert np.all(angle[:, 0] < 1e-3 * angle[:, 1])


@pytest.mark.parametrize(("s", "dim", "size", "block"), CASES)
def test_stated_quadrature_error_is_honest(
    s: float, dim: int | None, size: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a finer rule on an arc of another angle; no steps learn nothing, endless ones all above the floor."""
    modes = modes_of(s, size, dim)
    measure = block_measure(modes, size, block)
    risk, error = measure.risk_and_error(DESCENT, STEPS, 1.5)
    monkeypatch.setattr(contour, "_ANGLE", np.pi / 3.7)
    fine = block_measure(modes, size, block, 0.1).risk(DESCENT, STEPS, 1.5)
    assert np.all(np.abs(risk - fine) <= error + 1e-9 * fine)
    assert np.all(error < 1e-4 * risk + 1e-20)
    assert measure.risk(DESCENT, np.array([0]), 1.5)[0] == pytest.approx(1.0, abs=1e-8)
    assert np.all(np.diff(block_measure(modes, size, block).risk(DESCENT, STEPS, 1.0)) <= 1e-8 * risk[1:])
    assert np.all(risk >= measure.floor / measure.total * (1 - 1e-6))


def test_risks_far_below_the_target_keep_their_digits() -> None:
    """N = 1e9, B = 1e7, s = 2: the floor is 1.5e-18, and risk above it falls with T as T^(-s/(1+s)) or so."""
    measure = block_measure(modes_of(2.0, 10**9, None), 10**9, 10**7)
    floor = measure.floor / measure.total
    steps = np.array([10**3, 8 * 10**3])
    above = measure.risk(DESCENT, steps, 1.0) - floor
    assert floor == pytest.approx(1.47e-18, rel=0.01)
    assert np.all(above > 0)
    assert np.log(above[0] / above[1]) / np.log(8) == pytest.approx(2 / 3, abs=0.35), "crossover, not yet a pure power"


def simulated(s: float, size: int, block: int, steps: np.ndarray, seeds: int) -> np.ndarray:
    """Risk, shape (seeds, steps), of sums of projections drawn outright."""
    rng = np.random.default_rng(size + block)
    values = np.arange(1, 401) ** -(1.0 + s)
    target = np.sqrt(values / values.sum())
    found = []
    for _ in range(seeds):
        matrix = rng.standard_normal((400, size)) * np.sqrt(values)[:, None]
        bases = np.concatenate([np.linalg.qr(matrix[:, i : i + block])[0] for i in range(0, size, block)], axis=1)
        x, vectors = np.linalg.eigh(bases.T @ bases)
        x = np.maximum(x, 1e-14)
        residual = (1 - 1.5 * (x / x[-1])[:, None]) ** steps
        found.append(1 - ((vectors.T @ (bases.T @ target)) ** 2 / x) @ (1 - residual**2))
    return np.array(found)


@pytest.mark.parametrize("s", [-0.25, 0.5, 2.0])
def test_blocks_equal_simulation(s: float) -> None:
    """Allowed: 3.5 standard errors of 60 draws, and 1/B for the terms that the equivalent leaves out."""
    steps = np.array([10, 100, 1000])
    for block in (16, 64):
        run = simulated(s, 128, block, steps, 60)
        found: SpectralMeasure = block_measure(modes_of(s, 128, 400), 128, block)
        mean, error = run.mean(0), run.std(0, ddof=1) / np.sqrt(len(run))
        assert np.all(np.abs(found.risk(DESCENT, steps, 1.5) - mean) < 3.5 * np.hypot(error, mean * 0.5 / block))


def test_blocks_without_room_are_refused() -> None:
    with pytest.raises(InputError, match="64 features of 64"):
        block_measure(modes_of(1.0, 64), 64, 64)
    with pytest.raises(InputError, match="at least one"):
        block_measure(modes_of(1.0, 64, 30), 64, 40)


@pytest.mark.parametrize(("size", "block"), [(100, 64), (128, 60)])
def test_a_smaller_last_block_is_nearly_as_good_as_a_full_one(size: int, block: int) -> None:
    """From T = 10 on; allowed: 3.5 standard errors of 60 draws, and 2 % for blocks that are not equal."""
    steps = np.array([10, 100, 1000])
    run = simulated(1.0, size, block, steps, 60)
    mean, error = run.mean(0), run.std(0, ddof=1) / np.sqrt(len(run))
    found = block_measure(modes_of(1.0, size, 400), size, block).risk(DESCENT, steps, 1.5)
    assert np.all(np.abs(found - mean) < 3.5 * np.hypot(error, mean * 0.02))
