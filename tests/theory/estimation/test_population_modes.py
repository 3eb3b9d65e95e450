"""Population modes from sampled rows: without bias, with errors that cover, and refusals that teach."""

from __future__ import annotations

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.estimation.sampled_rows import SampledRows, rows_of_features, rows_of_kernel
from optscaling.theory.estimation.unbiased_modes import population_modes
from optscaling.theory.gram.effective_ridge import degrees_of_freedom, resolved_scale
from optscaling.theory.problems.modes import Modes

SIZES = (40, 80, 160, 320)


def drawn(
    s: float, r: float, rows: int, rng: np.random.Generator, dim: int = 4000, noise: float = 0.0
) -> tuple[np.ndarray, np.ndarray, Modes]:
    """Kernel matrix (m, m), target (m,) with label noise of variance noise * sum E, and the population's modes."""
    k = np.arange(1, dim + 1.0)
    weights = rng.standard_normal(dim)
    kernel, target = np.zeros((rows, rows)), np.zeros(rows)
    for part in np.array_split(np.arange(dim), 4):
        scores = rng.standard_normal((rows, len(part)))
        kernel += (scores * k[part] ** -(1 + s)) @ scores.T
        target += scores @ (weights[part] * k[part] ** (-(1 + r) / 2))
    energies = weights**2 * k ** -(1 + r)
    target += np.sqrt(noise * energies.sum()) * rng.standard_normal(rows)
    return kernel, target, Modes.of(k ** -(1 + s), energies)


def floors(modes: Modes) -> np.ndarray:
    """Risk of the natural gradient, noise-free, at each of SIZES, over the target's variance."""
    found = []
    for size in SIZES:
        kappa = resolved_scale(modes, size)
        found.append(np.sum(modes.weights * modes.energies * kappa / (modes.eigenvalues + kappa)) / modes.total)
    return np.array(found)


def slope(risk: np.ndarray) -> float:
    """alpha over SIZES."""
    return -float(np.polyfit(np.log(SIZES), np.log(np.maximum(risk, 1e-300)), 1)[0])


def test_the_sums_are_those_of_the_population() -> None:
    """df_1 and the energy sum, mean over draws of independent populations, within four standard errors."""
    off = []
    for seed in range(24):
        kernel, target, modes = drawn(1.0, 0.7, 200, np.random.default_rng(seed), dim=1500, noise=0.2)
        sums = rows_of_kernel(kernel, target).sums
        pick = slice(None, None, 6)
        kappa = sums.kappa[pick]
        share = kappa[:, None] / (modes.eigenvalues + kappa[:, None])
        energy = share @ modes.energies + 0.2 * modes.total
        off.append([sums.degrees[pick] / degrees_of_freedom(kappa, modes)[0] - 1, sums.energy[pick] / energy - 1])
    mean, error = np.mean(off, axis=0), np.std(off, axis=0, ddof=1) / np.sqrt(len(off))
    # the relation itself errs by terms of order 1/m
    assert np.all(np.abs(mean) < 4 * error + 1 / 200)


def test_rows_left_out_in_closed_form_are_rows_left_out() -> None:
    kernel, target, _ = drawn(0.8, 0.8, 120, np.random.default_rng(3), dim=600)
    rows = rows_of_kernel(kernel, target)
    log_kappa, log_energy = rows._left_out
    m, z = 120, rows.scales
    for i in (0, 17):
        keep = np.delete(np.arange(m), i)
        for k in (0, 10, -1):
            inverse = np.linalg.inv(kernel[np.ix_(keep, keep)] / m + z[k] * np.eye(m - 1))
            kappa = m / np.trace(inverse)
            energy = kappa * target[keep] @ inverse @ target[keep] / m
            assert np.log(kappa / rows.sums.kappa[k]) == pytest.approx(log_kappa[i, k], abs=1e-8)
            assert np.log(energy / rows.sums.energy[k]) == pytest.approx(log_energy[i, k], abs=1e-7)


def test_directions_hold_the_jackknife_variance() -> None:
    kernel, target, _ = drawn(0.8, 0.8, 300, np.random.default_rng(4))
    rows = rows_of_kernel(kernel, target)
    base = rows.sums
    moved = np.array([rows.moved(d).total / base.total - 1 for d in rows.directions])
    squares = target**2 / np.sum(target**2)
    jackknife = np.sqrt(299 / 300 * np.sum((squares - squares.mean()) ** 2))
    assert np.sqrt(np.sum(moved**2)) == pytest.approx(jackknife, rel=0.1)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_features_fewer_than_rows(noise: float) -> None:
    """Rank-deficient: every mode is corrected on its own, and noise is the residual over m - d."""
    d, m = 12, 400
    root = np.arange(1, d + 1.0) ** -0.9
    off, noises = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scores = rng.standard_normal((m, d))
        target = scores @ root + np.sqrt(noise) * rng.standard_normal(m)
        rows = rows_of_features(scores * root, target)
        found = population_modes(rows, 10, noise=None, replicates=False)
        off.append([found.modes.eigenvalues / root**2 - 1, found.modes.energies / root**2 - 1])
        noises.append(found.noise)
        residual = target - (scores * root) @ np.linalg.lstsq(scores * root, target, rcond=None)[0]
        assert found.noise == pytest.approx(residual @ residual / (m - d), rel=0.02, abs=1e-4)
        assert found.window is None
    mean, error = np.mean(off, axis=0), np.std(off, axis=0, ddof=1) / np.sqrt(60)
    assert np.all(np.abs(mean) < 4 * error + 0.02)  # second order in d/m = 0.03, sharper between neighbours
    assert np.mean(noises) == pytest.approx(noise, abs=4 * np.std(noises) / np.sqrt(60) + 1e-3)


def test_sampled_eigenvalues_of_half_as_many_features_as_rows() -> None:
    """d = m/2: sampled eigenvalues spread by a factor of thirty (Marchenko and Pastur), the population's do not."""
    d, m = 150, 300
    rng = np.random.default_rng(5)
    scores = rng.standard_normal((m, d))
    found = population_modes(
        rows_of_features(scores, scores @ rng.standard_normal(d)), 20, noise=None, replicates=False
    )
    modes = found.modes
    raw = np.linalg.eigvalsh(scores.T @ scores / m)
    assert raw.max() / raw.min() > 20
    kappa = np.array([0.03, 0.3, 3.0])
    truth = d / (1 + kappa)
    assert np.allclose(degrees_of_freedom(kappa, modes)[0], truth, rtol=0.05)


def test_noise_is_told_from_energy() -> None:
    found, stated = [], []
    for seed in range(12):
        kernel, target, modes = drawn(1.0, 0.8, 400, np.random.default_rng(seed), noise=0.2)
        estimate = population_modes(rows_of_kernel(kernel, target), 200, noise=None)
        found.append(estimate.noise / modes.total)
        stated.append(np.sqrt(np.sum((np.array(estimate.noises) - estimate.noise) ** 2)) / modes.total)
    assert abs(np.mean(found) - 0.2) < 3.5 * np.std(found, ddof=1) / np.sqrt(12)
    # the stated error is on the safe side: it counts another expected slope of the tail as an error, too
    assert np.sqrt(np.mean(((np.array(found) - 0.2) / stated) ** 2)) < 1.4


def coverage(count: int, rows: tuple[int, ...], noise: float, known: bool) -> np.ndarray:
    """Shares of problems whose risks (at SIZES) and alpha lie in their 95 % intervals, shape (5,)."""
    rng = np.random.default_rng(99)
    inside = []
    for i in range(count):
        s = rng.uniform(0.4, 1.6)
        r = rng.uniform(0.4, 1 + s)
        kernel, target, modes = drawn(s, r, rows[i % len(rows)], np.random.default_rng(1000 + i), noise=noise)
        found = population_modes(
            rows_of_kernel(kernel, target), SIZES[-1], noise=noise * modes.total if known else None
        )
        truth, value = floors(modes), floors(found.modes)
        again = np.array([floors(each) for each in found.replicates])
        error = np.sqrt(np.sum((again - value) ** 2, axis=0))
        steep = slope(value)
        wide = np.sqrt(np.sum([(slope(each) - steep) ** 2 for each in again]))
        hit = np.abs(value - truth) < 1.96 * error
        inside.append([*hit, abs(steep - slope(truth)) < 1.96 * wide])
    return np.mean(inside, axis=0)


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "known"), [(0.0, True), (0.1, False)])
def test_stated_intervals_cover(noise: float, known: bool) -> None:
    """40 problems: a 95 % interval that covers 90 % in truth is hit 31 times or fewer once in 70 trials."""
    assert np.all(coverage(40, (300, 500, 700), noise, known) >= 32 / 40)


def test_energies_of_many_targets_need_no_rows() -> None:
    """Bare eigenvalues and energies give modes, and no replicates."""
    k = np.arange(1, 401.0)
    found = population_modes(SampledRows(k**-2, k**-1.5, 400), 200, replicates=False)
    assert found.replicates == ()
    assert found.s is not None
    rows = SampledRows(k**-2, k**-1.5, len(k), many=True)
    assert isinstance(population_modes(rows, 200, replicates=False).modes, Modes)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: SampledRows(np.ones(50), np.ones(50), 50), "too few"),
        (lambda: SampledRows(np.ones(150), np.ones(140), 150), "one energy for each"),
        (
            lambda: population_modes(SampledRows(np.arange(1, 201.0) ** -2, np.ones(200), 200, many=True), 5000),
            "take sizes up to",
        ),
        (lambda: population_modes(SampledRows(np.arange(1, 201.0) ** -2, np.ones(200), 200), 20), "give the kernel"),
    ],
)
def test_refusals_say_what_to_do(call, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_tail_that_ends_supports_smaller_sizes_only() -> None:
    k = np.arange(1, 401.0)
    rows = SampledRows(k**-2, k**-1.5, 400)
    assert population_modes(rows, 100, tail="end", replicates=False).modes.rank < 400
    with pytest.raises(InputError, match='tail = "power"'):
        population_modes(rows, 300, tail="end", replicates=False)
