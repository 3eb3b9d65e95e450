"""A Gram matrix on the host and one in panels on an accelerator answer alike."""

from typing import Any

import numpy as np
import pytest

import optscaling.sim.devices.panels as panels
from optscaling.sim.devices.gram import HostGram, perturb_moment
from optscaling.sim.devices.panels import PanelGram, columns


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
