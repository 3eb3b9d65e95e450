"""A spike over a bulk: against draws of Gaussian features, the transition, limits, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import eigsh

from optscaling.errors import InputError
from optscaling.theory.gram import find_spike, spike_bulk
from optscaling.theory.gram.spike import psi, psi_slope

_SIZE, _DRAWS = 300, 200
_EVEN = np.linspace(0.5, 1, 600)


@pytest.fixture(scope="module")
def draws() -> dict[float, np.ndarray]:
    """For each strength, the largest eigenvalue and its squared overlap with the spike, shape (draws, 2)."""
    rng = np.random.default_rng(3)
    found: dict[float, list[tuple[float, float]]] = {1.2: [], 3.0: [], 5.0: []}
    for _ in range(_DRAWS):
        z = rng.standard_normal((601, _SIZE)) / _SIZE**0.5
        rest = (z[1:] * _EVEN[:, None]).T @ z[1:]
        for strength, rows in found.items():
            gram = rest + strength * np.outer(z[0], z[0])
            value, vector = eigsh(gram, k=1, which="LA", v0=z[0], tol=1e-8)
            rows.append((value[0], strength * (z[0] @ vector[:, 0]) ** 2 / value[0]))
    return {strength: np.array(rows) for strength, rows in found.items()}


@pytest.mark.parametrize("strength", [3.0, 5.0])
def test_position_and_overlap_of_many_draws(draws: dict[float, np.ndarray], strength: float) -> None:
    position, overlap = draws[strength].mean(axis=0)
    found = find_spike(_EVEN, _SIZE, strength)
    assert found.escapes
    assert not found.near_edge
    assert found.position == pytest.approx(position, rel=0.02)
    assert found.overlap == pytest.approx(overlap, rel=0.05)
    # the spread of a standard deviation over 200 draws is 5 %, and 1/N corrections add a few more
    assert found.deviation == pytest.approx(draws[strength][:, 0].std(), rel=0.2)


def test_a_weak_spike_is_lost_in_the_bulk(draws: dict[float, np.ndarray]) -> None:
    found = find_spike(_EVEN, _SIZE, 1.2)
    assert not found.escapes
    assert found.overlap == 0
    # the largest eigenvalue is the bulk's own, which is below the edge by some N^(-2/3)
    assert found.position == pytest.approx(draws[1.2][:, 0].mean(), rel=2 * _SIZE ** (-2 / 3))
    assert draws[1.2][:, 1].mean() < 0.1


def test_an_isotropic_bulk_has_the_transition_of_baik_ben_arous_and_peche() -> None:
    bulk, size = np.ones(400), 100  # aspect 4: critical 1 + 2, edge (1 + 2)^2, place theta (1 + 4/(theta - 1))
    found = find_spike(bulk, size, 5.0)
    assert found.critical == pytest.approx(3, rel=1e-10)
    assert found.edge == pytest.approx(9, rel=1e-10)
    assert found.position == pytest.approx(10, rel=1e-12)
    assert found.overlap == pytest.approx((1 - 4 / 16) / (1 + 4 / 4), rel=1e-12)


@given(st.floats(0.05, 0.95), st.integers(20, 500), st.floats(1.05, 50))
def test_psi_slope_is_the_derivative_and_the_overlap_a_share(low: float, size: int, strength: float) -> None:
    bulk = np.linspace(low, 1, 50)
    step = 1e-6 * (strength - 1)
    slope = (psi(bulk, size, strength + step) - psi(bulk, size, strength - step)) / (2 * step)
    assert slope == pytest.approx(psi_slope(bulk, size, strength), rel=1e-5, abs=1e-5)
    found = find_spike(bulk, size, strength)
    assert 0 <= found.overlap < 1
    assert found.escapes == (strength > found.critical)
    assert found.position >= found.edge * (1 - 1e-12)


@pytest.mark.parametrize(
    ("low", "high", "size", "strength"), [(1e-100, 1e100, 1, 1e-99), (1e100, 1e100, 10**9, 1e-100)]
)
def test_the_ends_of_what_is_taken(low: float, high: float, size: int, strength: float) -> None:
    found = find_spike(np.array([low, high]), size, strength)
    assert np.all(np.isfinite([found.position, found.overlap, found.critical, found.edge]))
    assert found.critical > high


def test_critical_strength_falls_as_features_grow() -> None:
    few, many = (np.array([find_spike(_EVEN, n, 9.0).critical for n in (n, 2 * n)]) for n in (5, 10_000))
    # few features: the bulk acts through its sum of squares, theta ~ N^(-1/2); many: theta - 1 falls as 1/N
    assert few[0] / few[1] == pytest.approx(2**0.5, rel=0.1)
    assert (many[0] - 1) / (many[1] - 1) == pytest.approx(2, rel=0.15)


def test_units_do_not_matter() -> None:
    one, two = find_spike(_EVEN, _SIZE, 3.0), find_spike(7 * _EVEN, _SIZE, 21.0)
    assert two.position == pytest.approx(7 * one.position)
    assert two.critical == pytest.approx(7 * one.critical)
    assert two.overlap == pytest.approx(one.overlap)


def test_warnings() -> None:
    near = find_spike(_EVEN, _SIZE, find_spike(_EVEN, _SIZE, 3.0).critical * 1.02)
    assert near.near_edge
    assert "near the edge" in near.status
    power = find_spike(spike_bulk(1000, s=1), _SIZE, 2.0)
    assert not power.alone
    assert "stands apart" in power.status
    between = find_spike(spike_bulk(1000, s=1), _SIZE, 0.6)
    assert between.escapes
    assert "between eigenvalues" in between.status


@pytest.mark.parametrize(
    ("bulk", "size", "strength"),
    [
        ([], 10, 2.0),
        ([[1.0]], 10, 2.0),
        ([1.0, -1.0], 10, 2.0),
        ([1e-320], 10, 2.0),
        ([1.0], 0, 2.0),
        ([1.0], 10**400, 2.0),
        ([1.0], 10, float("nan")),
        ([1.0], 10, 1e308),
        ([1.0, 2.0], 10, 2.0),
    ],
)
def test_what_makes_no_spike(bulk: list[float], size: int, strength: float) -> None:
    with pytest.raises(InputError):
        find_spike(np.array(bulk), size, strength)


def test_bulks() -> None:
    assert spike_bulk(3, s=1) == pytest.approx([1, 1 / 4, 1 / 9])
    for wrong in ("1", "1:0", "a:b", "0:1"):
        with pytest.raises(InputError, match="LOW:HIGH"):
            spike_bulk(3, bounds=wrong)
    with pytest.raises(InputError, match="dim"):
        spike_bulk(0)
