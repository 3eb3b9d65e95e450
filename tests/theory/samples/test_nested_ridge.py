"""Pairs of scales: divided differences against sums over modes, on the contours that use them."""

import numpy as np
import pytest

from optscaling.theory.gram.contour import lens
from optscaling.theory.gram.effective_ridge import resolved_scale
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget
from optscaling.theory.samples.nested_ridge import NestedScale

INF = float("inf")


@pytest.mark.parametrize(
    ("s", "r", "size", "n", "dim"),
    [
        (1.0, 1.0, 256, 512, 1000),
        (1.0, 1.0, 256, 257, None),
        (2.0, 2.0, 1000, 20_000, 10**6),
        (0.25, 0.25, 256, 128, 1000),
        (1.0, 3.0, 10**6, 2 * 10**6, None),
        (1.0, 1.0, 10**9, 10**10, None),
        (1.0, 1.0, 64, INF, 1000),
        (1.0, 1.0, INF, 64, 1000),
        (0.5, 0.5, 150, 300, 100),
    ],
)
def test_divided_differences_equal_sums(s: float, r: float, size: float, n: float, dim: int | None) -> None:
    """Within m eps of all moduli for either side: what rounding may take of sums of m terms, weighted as on a contour.

    Processors sum in different orders: 1.04e-13 was seen on one, below 1e-13 on another, where m = 267.
    """
    fewer = min(size, n)
    modes = SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(int(fewer))
    nested, kappa_0 = NestedScale(modes, size, n), resolved_scale(modes, fewer)
    rounding = 2 * len(modes.eigenvalues) * np.finfo(float).eps
    x, dx = lens(nested.gap(kappa_0, max(size, n)) / 2, nested.top()[0])
    kappa, weight = nested.at(x), np.abs(dx / x)
    for first, second in ((kappa, kappa), (kappa, kappa.conj())):
        for found, exact in zip(nested.pairs(first, second), nested.pairs_by_sums(first, second), strict=True):
            pairs = np.outer(weight, weight)
            assert np.sum(pairs * np.abs(found - exact)) < rounding * np.sum(pairs * np.abs(exact)) + 1e-300
    if kappa_0 > 0:
        least = np.append(kappa_0, kappa)
        for found, exact in zip(nested.pairs(least, least), nested.pairs_by_sums(least, least), strict=True):
            np.testing.assert_allclose(found[0], exact[0], rtol=1e-9)
