"""Every optimizer goes through every place that must know it, or a sentence says why not."""

import math

import numpy as np
import pytest

import optscaling as osc
from optscaling.errors import InputError
from optscaling.sim.factorisation.factor import check_known
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.exponents.laws_of_optimizers import law_of
from optscaling.theory.optimizers.base import Optimizer
from optscaling.theory.optimizers.registry import EXPONENTS_ONLY, KINDS, PREDICTED_ONLY, SIMULATED_ONLY, optimizer
from optscaling.theory.witness.routes import Setting, route

# a name with numbers for each kind whose keyword holds symbols
EXAMPLES = {
    "power:p": "power:1/4",
    "damped:eps": "damped:0.01",
    "damped:N^-d": "damped:N^-1/2",
    "block:B": "block:4",
    "block:N^b": "block:N^1/2",
    "heavy-ball-schedule:delta": "heavy-ball-schedule:3",
    "nesterov:delta": "nesterov:3",
    "data-power:p": "data-power:1/4",
    "sgd-power:p": "sgd-power:1/4",
    "sgd-data-power:p": "sgd-data-power:1/4",
    "ridge:n^-l": "ridge:n^-1",
    "optax:NAME(...)": "optax:sgd(learning_rate=0.1)",
}
ALL = (*KINDS, *PREDICTED_ONLY, *SIMULATED_ONLY, *EXPONENTS_ONLY)


def example(kind: type[Optimizer]) -> Optimizer:
    return optimizer(EXAMPLES.get(kind.keyword, kind.keyword))


def experiment(rule: Optimizer) -> osc.theory.experiments.experiment.Experiment:
    return from_dict(
        {
            "problem": {"kind": "gaussian", "s": [0.5], "dim": 40},
            "model": {"sizes": [8, 16], "samples": "inf"},
            "training": {"optimizers": [rule.name], "steps": [1, 30], "eta": 0.2},
            "measure": {"seeds": 1, "fit_from": 8},
        },
        "every-optimizer",
    )


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_names_are_read_back(kind: type[Optimizer]) -> None:
    rule = example(kind)
    assert isinstance(rule, kind)
    assert optimizer(rule.name) == rule
    assert kind.summary


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_exponents_derivation_and_witness(kind: type[Optimizer]) -> None:
    rule = example(kind)
    if kind in SIMULATED_ONLY:
        with pytest.raises(InputError, match="no derived exponent"):
            law_of(rule)
        return
    name, law = law_of(rule)
    assert name == rule.name
    samples = 2 if any(clock.samples != 0 for clock in law.clocks) else None
    assert osc.derive(rule, s=1, tau=1, samples=samples).steps
    assert route(rule, Setting(1.0, 1.0, 1.0, samples=samples)).referee


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_prediction_and_simulation(kind: type[Optimizer]) -> None:
    rule = example(kind)
    if kind in EXPONENTS_ONLY:
        with pytest.raises(InputError, match="exponents only"):
            experiment(rule)
        return
    made = experiment(rule)
    found = osc.predict(made)
    risk = np.asarray(found.risk)
    if kind in SIMULATED_ONLY:
        assert np.isnan(risk).all()
        assert any("no prediction" in note for note in found.notes.values())
    else:
        # where steps are not stable at every size there is no number, but a sentence
        assert np.isfinite(risk).all() or found.notes[rule.name]
        assert (risk[np.isfinite(risk)] > 0).all()
    if kind in PREDICTED_ONLY:
        with pytest.raises(InputError, match="cannot be simulated"):
            check_known(made)
        return
    measured = osc.simulate(made, out=None)["risk"].values
    assert np.isfinite(measured).all()
    if kind in SIMULATED_ONLY:
        return
    # one draw at N = 8 and 16 scatters by a large factor; what is tested is that both know the optimizer by its name
    ratio = measured.mean(axis=3) / risk
    assert (np.abs(np.log(ratio[np.isfinite(risk)])) < math.log(5)).all()
