"""Preconditioners that sharpen with size, damped:N^-d and block:N^b: their laws against finite-size theory, and that
against simulation.

Both learn eigenvalues down to x* = N^-e/T: e = d for damping, and for blocks kappa(N^b) = N^-e, that is e = b (1+s)
for s >= 0, e = max(0, b + s) for s < 0 (dim ~ N, where the tail of the spectrum makes kappa(B) = N^-s/B).
"""

import numpy as np
import pytest

from optscaling.sim.cells.cell import measure as simulated
from optscaling.sim.cells.cell import problem_of
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.gram.effective_ridge import resolved_scale
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import Damped, GradientDescent
from optscaling.theory.preconditioning.block_measure import block_measure
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget

ASPECT = 2  # dim over N (and two modes more, for which theory sums modes by quadrature)


def law(s: float, r: float, tau: float, e: float) -> float:
    """The smallest of the three terms' exponents, at tau > 0."""
    signal, capacity = r * (tau + e) / (1 + s), min(r, 1 + s)
    distortion = 1 + s * (tau + e) / (1 + s) if r > 1 + s and s > 0 else np.inf
    return min(signal, capacity, distortion)


def block_gain(s: float, b: float) -> float:
    return b * (1 + s) if s >= 0 else max(0.0, b + s)


def modes_of(s: float, r: float, size: int) -> Modes:
    return SpectralProblem(PowerLaw(s, ASPECT * size + 2), PowerLawTarget(r)).modes(size)


def damped_risk(s: float, r: float, size: int, steps: float, d: float, eta: float = 1.0) -> float:
    """Full squared error, so that the slope is not that of the target's variance too."""
    modes = modes_of(s, r, size)
    return modes.total * spectral_measure(modes, size).risk(Damped(size**-d), np.array([steps]), eta)[0]


def block_risk(s: float, r: float, size: int, steps: float, block: int, eta: float = 1.0) -> float:
    modes = modes_of(s, r, size)
    return modes.total * block_measure(modes, size, block).risk(GradientDescent(), np.array([steps]), eta)[0]


def block_sizes(b: float, low: float, high: float) -> list[tuple[int, int]]:
    """(N, B) with N = B^(1/b) to rounding, so that B is no rounded power of N."""
    blocks = [round(10 ** (b * x)) for x in np.linspace(low, high, 4)]
    return [(round(block ** (1 / b)), block) for block in blocks]


def check(sizes: np.ndarray, risks: list[float], expected: float, rival: float) -> None:
    """Three successive slopes lead to `expected`.

    Corrections are shares N^-g of the risk. In these cases g > 0.1, so that from slope to slope, a factor of N of 30
    or more, the distance to the limit shrinks by 0.7 or less: what is left is below 2.4 times the last change. 2e-3
    for the contour. It must tell the law from `rival`.
    """
    slopes = -np.diff(np.log(risks)) / np.diff(np.log(sizes))
    allowed = 2.4 * abs(slopes[2] - slopes[1]) + 2e-3
    assert slopes[2] == pytest.approx(expected, abs=allowed), slopes
    if abs(rival - expected) > 1e-9:
        assert allowed < abs(rival - expected) / 2


DAMPED = [  # s, r, tau, d
    (1, 1, 0.5, 0.5),  # signal
    (0.5, 0.8, 0.3, 0.4),
    (2, 2.5, 0.4, 1),
    (-0.25, 0.6, 0.3, 0.15),
    (1, 1, 1.5, 1),  # capacity
    (-0.5, 1.5, 0.3, 0.3),
    (1, 4, 0.6, 0.5),  # distortion
    (0.5, 3, 0.3, 0.5),
]


@pytest.mark.parametrize(("s", "r", "tau", "d"), DAMPED)
def test_damping_that_falls_with_size(s, r, tau, d):
    sizes = np.array([10**4, 10**6, 10**8, 10**10])
    risks = [damped_risk(s, r, int(n), n**tau, d) for n in sizes]
    check(sizes, risks, law(s, r, tau, d), rival=law(s, r, tau, 0))


BLOCKS = [  # s, r, tau, b, decades of N
    (1, 1, 0.5, 0.5, (3, 12)),  # signal
    (1, 1.5, 0.25, 1 / 3, (3, 12)),
    (-0.25, 0.6, 0.3, 0.5, (3, 12)),  # b > -s
    (-0.25, 0.7, 0.35, 0.2, (3, 12)),  # b < -s: gradient descent's exponent
    (1, 1, 1.2, 0.6, (3, 12)),  # capacity
    (-0.5, 1.5, 0.4, 0.6, (3, 12)),
    (1, 4, 0.6, 0.5, (3, 7.5)),  # distortion; below N^-1.8 of it the contour has no digits left
    (0.5, 3, 0.3, 0.4, (3, 7.5)),
]


def block_case(s, r, tau, b, decades):
    pairs = block_sizes(b, *decades)
    risks = [block_risk(s, r, n, n**tau, block) for n, block in pairs]
    sizes = np.array([n for n, _ in pairs], dtype=float)
    check(sizes, risks, law(s, r, tau, block_gain(s, b)), rival=law(s, r, tau, 0))


@pytest.mark.parametrize(("s", "r", "tau", "b", "decades"), BLOCKS[2:3] + BLOCKS[6:7])
def test_blocks_that_grow_with_size(s, r, tau, b, decades):
    block_case(s, r, tau, b, decades)


@pytest.mark.slow
@pytest.mark.parametrize(("s", "r", "tau", "b", "decades"), BLOCKS[:2] + BLOCKS[3:6] + BLOCKS[7:])
def test_blocks_that_grow_with_size_in_every_regime(s, r, tau, b, decades):
    block_case(s, r, tau, b, decades)


@pytest.mark.parametrize(("s", "b"), [(1, 0.5), (0.5, 0.25), (-0.25, 0.75), (-0.5, 0.75), (-0.5, 0.25)])
def test_scale_of_a_growing_block(s, b):
    """kappa(N^b) over the largest eigenvalue: N^-b(1+s), and N^-(b+s) for s < 0, which for b < -s is no damping."""
    expected = b * (1 + s) if s >= 0 else b + s
    sizes = (10**8, 10**12)
    kappa = [resolved_scale(modes_of(s, 1, n), n**b) for n in sizes]
    # the sums leave out shares B^-s (s > 0: from 1/2 mode in B) or (B/N)^-s, below 1e-1 and 1e-2 at the two sizes
    assert np.log(kappa[0] / kappa[1]) / np.log(1e4) == pytest.approx(expected, abs=0.11 / np.log(1e4))


@pytest.mark.parametrize(("r", "steps", "expected"), [(1, 1, 0.25), (5, 1, 1.0), (5, 3, 1.25)])
def test_steps_of_a_fixed_number(r, steps, expected):
    """tau = 0: no exponent but at eta = 1 exactly, where a learned mode keeps (eps/lambda)^T: e min(r/(1+s), 2T)."""
    s, d, b = 1, 0.5, 0.25  # both have e = 1/2
    sizes = (10**6, 10**8)
    kept = [damped_risk(s, r, n, steps, d) for n in sizes]
    blocks = [block_risk(s, r, n, steps, round(n**b)) for n in sizes]
    # r = 5, T = 1: the next term is N^-1.25, a share C N^-1/4 of the risk: 3 % C and 1 % C at the two sizes
    # blocks differ from damping by a share C/B, B = 32 and 100; C = 10 moves a slope by 0.05
    allowed = 10 * 0.02 / np.log(100)
    assert np.log(kept[0] / kept[1]) / np.log(100) == pytest.approx(expected, abs=allowed)
    assert np.log(blocks[0] / blocks[1]) / np.log(100) == pytest.approx(expected, abs=allowed + 0.05)
    late = [damped_risk(s, r, n, steps, d, eta=1.5) for n in sizes]
    assert np.all(np.array(late) > 0.5 ** (2 * steps)), "eta = 1.5 leaves 1/4 of every mode in a step"


def monte_carlo(name: str, s: float, r: float, size: int, steps: int, seeds: int) -> tuple[float, float]:
    """Mean risk times the target's variance, and its standard error."""
    made = from_dict(
        {
            "problem": {"kind": "gaussian", "s": s, "r": r, "dim": ASPECT * size + 2},
            "model": {"sizes": [size]},
            "training": {"optimizers": [name], "steps": [steps], "eta": 1.0},
            "measure": {"seeds": seeds},
        },
        "growing",
    )
    problem = problem_of(made)
    risks = [simulated(made, problem, s, size, seed).risk[0, 0] for seed in range(seeds)]
    total = modes_of(s, r, size).total
    return total * float(np.mean(risks)), total * float(np.std(risks, ddof=1) / np.sqrt(seeds))


@pytest.mark.parametrize(
    ("s", "r", "tau", "gain", "kind"),
    [
        (1, 1, 0.5, 0.5, "block"),
        (1, 4, 0.6, 0.5, "block"),
        (-0.25, 0.6, 0.3, 0.5, "block"),
        (1, 4, 0.6, 0.5, "damped"),
        (-0.25, 0.6, 0.3, 0.15, "damped"),
    ],
)
def test_simulation_follows_the_same_slope(s, r, tau, gain, kind):
    small, large = 64, 512
    ends, error = [], 0.0
    for size, seeds in ((small, 40), (large, 8)):
        steps = round(size**tau)
        if kind == "block":
            block = 2 ** round(gain * np.log2(size))
            theory = block_risk(s, r, size, steps, block)
            own = 0.5 / block  # of the equivalent, one standard deviation (see `surrogates`)
            mean, spread = monte_carlo(f"block:{block}", s, r, size, steps, seeds)
        else:
            theory = damped_risk(s, r, size, steps, gain)
            own = 1 / size
            mean, spread = monte_carlo(f"damped:{size**-gain}", s, r, size, steps, seeds)
        ends.append((theory, mean))
        error += own**2 + (spread / mean) ** 2
    slopes = [np.log(a / b) / np.log(large / small) for a, b in zip(ends[0], ends[1], strict=True)]
    allowed = 3 * np.sqrt(error) / np.log(large / small)
    assert slopes[1] == pytest.approx(slopes[0], abs=allowed)
    assert allowed < 0.25
