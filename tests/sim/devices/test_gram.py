"""A Gram matrix on the host and one in panels on an accelerator answer alike."""

from typing import Any

import numpy as np
import pytest

import optscaling.sim.devices.basis as basis
import optscaling.sim.devices.panels as panels
from optscaling.sim.devices.gram import HostGram, perturb_moment
from optscaling.sim.devices.panels import PanelGram, columns
from optscaling.sim.factorisation import gram_rank


def matrix(size: int = 23) -> np.ndarray:
    rows = np.random.default_rng(0).standard_normal((60, size)) * np.arange(1, size + 1) ** -0.7
    return rows.T @ rows / 60


def paneled(whole: np.ndarray, dtype: Any) -> PanelGram:
    import jax

    with jax.enable_x64(True):
        parts = [jax.device_put(whole[cut.start :, cut].astype(dtype)) for cut in columns(len(whole))]
    return PanelGram(tuple(parts))


@pytest.fixture(params=[7, 23, 40])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Panels that do not divide N, one that is N, and one that is wider."""
    monkeypatch.setattr(panels, "WIDTH", request.param)
    return request.param


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-15), (np.float32, 6e-8)])
def test_panels_answer_as_the_whole_matrix_does(width: int, dtype: Any, tolerance: float) -> None:
    whole, vector = matrix(), np.random.default_rng(1).standard_normal(23)
    host, device = HostGram(whole.copy()), paneled(whole, dtype)
    limit = tolerance * np.abs(whole).max()
    assert device.size == host.size == 23
    assert device.fits_host
    np.testing.assert_allclose(device.diagonal(), host.diagonal(), atol=limit)
    np.testing.assert_allclose(device.whole(), whole, atol=limit)
    np.testing.assert_array_equal(device.whole(), device.whole().T)
    for rows in (slice(0, 5), slice(3, 19), slice(20, 23), slice(None)):
        np.testing.assert_allclose(device.block(rows), host.block(rows), atol=limit)
    # a product is that of the matrix as it is held, in float64
    np.testing.assert_allclose(device.times(vector), device.whole() @ vector, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(host.times(vector), whole @ vector, rtol=1e-13, atol=1e-14)
    host.scale(0.5)
    device.scale(0.5)
    np.testing.assert_allclose(device.whole(), host.whole(), atol=limit)


@pytest.mark.parametrize("place", ["host", "device"])
def test_a_perturbation_is_symmetric_and_as_large_as_it_says(place: str, width: int) -> None:
    whole = matrix(160)
    gram = HostGram(np.asfortranarray(whole)) if place == "host" else paneled(whole, np.float64)
    again = HostGram(np.asfortranarray(whole)) if place == "host" else paneled(whole, np.float64)
    gram.perturb(1e-3)
    again.perturb(1e-3)
    np.testing.assert_array_equal(gram.whole(), again.whole())
    np.testing.assert_array_equal(gram.whole(), gram.whole().T)
    scale = np.sqrt(np.diag(whole))
    drawn = ((gram.whole() - whole) / np.outer(scale, scale))[np.tril_indices(160)]
    # 12,880 numbers: their root mean square is known to 0.6 %, their mean to 1e-3/113
    assert np.sqrt(np.mean(drawn**2)) == pytest.approx(1e-3, rel=0.03)
    assert abs(np.mean(drawn)) < 5e-5


def test_a_moment_is_moved_alike_for_several_outputs() -> None:
    one, several = np.zeros(9), np.zeros((9, 2))
    perturb_moment(one, np.full(9, 4.0), 9.0, 1e-3)
    perturb_moment(several, np.full(9, 4.0), 9.0, 1e-3)
    np.testing.assert_array_equal(several[:, 0], one)
    assert np.sqrt(np.mean(several**2)) == pytest.approx(6e-3, rel=0.7)


@pytest.mark.parametrize("chunk", [3, 5, 64])
def test_bases_project_out_and_combine_alike(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basis, "CHUNK", chunk)
    random = np.random.default_rng(0)
    vectors = np.linalg.qr(random.standard_normal((40, 11)))[0].T
    host, device = HostGram(matrix(40)).basis(40, 11), paneled(matrix(40), np.float32).basis(40, 11)
    for made in (host, device):
        for vector in vectors:
            made.append(vector)
    one, columns = random.standard_normal(40), random.standard_normal((7, 3))
    expected = one - vectors.T @ (vectors @ one)
    for made in (host, device):
        assert made.size == 40
        np.testing.assert_allclose(made.project_out(one.copy()), expected, atol=1e-14)
        np.testing.assert_allclose(made.combine(columns), vectors[:7].T @ columns, atol=1e-14)


@pytest.mark.parametrize(("rows", "ridge", "rank"), [(90, 0.0, 90), (160, 1e-3, 160)])
def test_a_rank_is_that_of_the_whole_matrix_wherever_it_is_held(width: int, rows: int, ridge: float, rank: int) -> None:
    drawn = np.random.default_rng(2).standard_normal((rows, 160)) * np.arange(1, 161) ** -0.6
    whole = drawn.T @ drawn / rows + ridge * np.eye(160)
    largest = float(np.linalg.eigvalsh(whole)[-1])
    assert gram_rank(paneled(whole, np.float64), largest) == gram_rank(HostGram(whole), largest) == rank


def test_a_cholesky_factor_tells_a_full_rank() -> None:
    whole = matrix(30) + 0.1 * np.eye(30)
    least = float(np.linalg.eigvalsh(whole)[0])
    device = paneled(whole, np.float64)
    assert device.is_above(least * (1 - 1e-6)) is True
    assert device.is_above(least * (1 + 1e-6)) is False
    assert gram_rank(device, 10.0) == 30
