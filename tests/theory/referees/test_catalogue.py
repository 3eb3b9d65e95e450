"""Every routine on every problem of the catalogue: the stated error is honest, and it converges."""

import mpmath as mp
import numpy as np
import pytest
from support.catalogue import Case, cases, floor, flow_risk, risk, scale

from optscaling.theory.gram.effective_ridge import resolved_scale, scale_error
from optscaling.theory.gram.measure import _upper_end, spectral_measure
from optscaling.theory.optimizers.base import Filter
from optscaling.theory.optimizers.filters import Damped, GradientDescent

CASES = cases()
FILTERS = [GradientDescent(), Damped(1.0)]
STEPS = np.array([1, 3, 12])


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(30):
        yield


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_scale_is_within_its_stated_error(case: Case) -> None:
    exact = scale(case)
    found = resolved_scale(case.modes, case.size)
    if exact is None:
        assert found == 0
        return
    stated = scale_error(found, case.modes, case.size)
    assert abs(found - exact) <= stated * exact
    assert stated < 1e-6


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_floor_is_within_the_error_of_its_sums(case: Case) -> None:
    measure = spectral_measure(case.modes, case.size)
    assert measure.floor / measure.total == pytest.approx(float(floor(case)), rel=1e-7, abs=1e-15)


def answers(case: Case) -> dict[str, np.ndarray]:
    right, largest, separated = _upper_end(case.modes, case.size)
    found = {}
    for rule in FILTERS:
        values = []
        for t in STEPS:

            def h(x, rule: Filter = rule, t: int = int(t)):
                return (1 - mp.mpf(1.5) * rule.rate(x)) ** t

            values.append(float(risk(case, h, right, largest, separated)))
        found[rule.name] = np.array(values)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_risks_are_within_their_stated_error_and_converge(case: Case) -> None:
    exact = answers(case)
    errors = []
    for step in (0.8, 0.4, 0.2):
        measure = spectral_measure(case.modes, case.size, step)
        found = {rule.name: measure._at(rule, STEPS, 1.5, 0.0) for rule in FILTERS}
        off = {name: np.abs(found[name][0] - exact[name]) for name in exact}
        for name in exact:
            assert np.all(off[name] <= found[name][1]), (name, step)
        errors.append(max(float(np.max(each)) for each in off.values()))
    assert errors[2] < 1e-8
    assert errors[1] < max(0.1 * errors[0], 1e-8)


class Flow(Filter):
    """Gradient flow."""

    keyword = "flow"

    def residual(self, x, steps, eta):
        return np.exp(-eta * x * steps)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.difficulty == "easy"], ids=lambda c: c.name)
def test_gradient_flow_equals_an_inverse_laplace_transform(case: Case) -> None:
    """A third contour, which crosses the axis beyond 0 and so needs no gap: floor and all."""
    measure = spectral_measure(case.modes, case.size)
    for time in (0.5, 5.0, 50.0):
        with mp.workdps(20):
            exact = float(flow_risk(case, time, measure.largest))
        found, error = (part[0] for part in measure.risk_and_error(Flow(), np.array([time]), 1.0))
        assert abs(found - exact) <= error + 1e-9
