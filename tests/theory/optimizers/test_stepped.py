"""Names of optax optimizers: read, never evaluated, and the same however they are written."""

import builtins
import keyword
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.optimizers.registry import optimizer
from optscaling.theory.optimizers.stepped import OptaxRule

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**12), 10**12)
VALUES = (
    NUMBERS
    | st.booleans()
    | st.none()
    | st.text(max_size=20)
    | st.lists(NUMBERS, min_size=1, max_size=4, unique=True)
    | st.lists(NUMBERS, min_size=1, max_size=4).map(tuple)
)
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda key: not keyword.iskeyword(key))
FUNCTIONS = st.sampled_from(["adam", "contrib.muon", "sgd", "scale_by_adam"])


@given(FUNCTIONS, st.dictionaries(KEYS, VALUES, max_size=4), st.randoms())
def test_a_name_round_trips(function, keywords, random):
    shuffled = list(keywords.items())
    random.shuffle(shuffled)
    rule = OptaxRule(f"{function}( {' ,  '.join(f'{key} = {value!r}' for key, value in shuffled)})")
    assert rule.function == function
    assert rule.keywords == keywords
    assert optimizer(rule.name) == rule
    assert optimizer(rule.name).name == rule.name
    count = 1
    for value in keywords.values():
        count *= len(value) if isinstance(value, list) else 1
    assert len(rule.candidates) == count
    assert not any(isinstance(value, list) for each in rule.candidates for value in each.keywords.values())


@given(st.text(max_size=60) | st.from_regex(r"[a-z_.]{1,8}\([a-z_]{1,4}=[^)]{0,20}\)", fullmatch=True))
def test_any_text_is_a_rule_or_refused(text):
    try:
        rule = OptaxRule(text)
    except InputError:
        return
    assert OptaxRule(rule.call) == rule


@pytest.mark.parametrize(
    "form", ["{}", "[{}]", "({}, 1)", "-{}", "1 if {} else 2", "f'{{{}}}'", "[{} for _ in (1,)]", "lambda: {}"]
)
def test_nothing_is_called(form, monkeypatch):
    """A builtin that would tell if it were."""
    monkeypatch.setattr(builtins, "optscaling_called", lambda: pytest.fail("evaluated"), raising=False)
    called = form.format("optscaling_called()")
    for text in (f"adam(learning_rate={called})", f"adam({called})", f"{called}(learning_rate=1)"):
        with pytest.raises(InputError):
            OptaxRule(text)


@pytest.mark.parametrize(
    "text",
    [
        "optax:__import__('os')",
        "optax:__import__(name='os')",
        "optax:os.system(command='true')",
        "optax:adam.__class__(learning_rate=1)",
        "optax:adam(learning_rate=().__class__)",
        "optax:adam(learning_rate=1)(2)",
        "optax:adam(learning_rate=10**9)",
        "optax:adam(learning_rate=[x for x in (1, 2)])",
        "optax:adam(learning_rate=f'{1}')",
        "optax:adam(learning_rate=lambda t: 1)",
        "optax:adam(learning_rate=b'1')",
        "optax:adam(learning_rate=1j)",
        "optax:adam(learning_rate=...)",
        "optax:adam(learning_rate=1e999)",
        "optax:adam(learning_rate=[])",
        "optax:adam(learning_rate=[True])",
        "optax:adam(learning_rate=[[1]])",
        "optax:adam(learning_rate={1: 2})",
        "optax:adam(learning_rate=1, learning_rate=2)",
        "optax:adam(**{'learning_rate': 1})",
        "optax:adam(0.1)",
        "optax:adam",
        "optax:adam(",
        "optax:",
        "optax:adam(learning_rate='\\d')",
        "optax:adam(learning_rate=" + "-" * 900 + "1)",
        "optax:adam(learning_rate=" + "(" * 400 + "1" + ")" * 400 + ")",
        "optax:adam(learning_rate=" + "1" * 5000 + ")",
        "optax:adam(learning_rate=" + "1" * 900 + ")",
    ],
)
def test_what_is_no_call_with_literals_is_refused(text):
    with pytest.raises(InputError):
        optimizer(text)


def test_a_list_is_a_choice_and_a_tuple_is_a_value():
    rule = OptaxRule("muon(ns_coeffs=(3.4, -4.8, 2.0), learning_rate=[1e-2, 1e-3], beta=[0.9, 0.95])")
    assert rule.keywords["ns_coeffs"] == (3.4, -4.8, 2.0)
    assert [(each.keywords["beta"], each.keywords["learning_rate"]) for each in rule.candidates] == [
        (0.9, 1e-2),
        (0.9, 1e-3),
        (0.95, 1e-2),
        (0.95, 1e-3),
    ]


def test_one_and_true_are_not_the_same_rule():
    assert OptaxRule("sgd(learning_rate=1)") != OptaxRule("sgd(learning_rate=True)")


def experiment(**training):
    return {
        "problem": {"kind": "gaussian", "s": 1.0, "dim": 20},
        "model": {"sizes": [4, 8]},
        "training": {"optimizers": ["optax:adam(learning_rate=1e-2)"], "steps": [10]} | training,
    }


def test_an_experiment_keeps_name_and_batch():
    made = from_dict(experiment(batch=8), "one")
    assert made.to_dict()["training"]["batch"] == 8
    assert made.to_dict()["training"]["optimizers"] == ["optax:adam(learning_rate=0.01)"]
    assert from_dict(made.to_dict(), "one") == made
    plain = from_dict(experiment(), "one")
    assert "batch" not in plain.to_dict()["training"]
    assert plain.fingerprint != made.fingerprint
    assert plain.with_optimizers(["optax:adam(learning_rate=.01)"], batch=8) == made


def test_experiments_without_the_new_keys_are_what_they_were():
    """The fingerprint that runs made before there were batches carry."""
    made = from_dict(experiment(optimizers=["gd", "sign", "block:4"]), "old")
    assert made.fingerprint == "08f5b3e36b9293ce"


@pytest.mark.parametrize(
    ("training", "told"),
    [
        ({"batch": 0}, "at least 1"),
        ({"batch": 2.5}, "whole number"),
        ({"batch": 8, "optimizers": ["gd"]}, "run by steps"),
    ],
)
def test_batches_that_mean_nothing_are_refused(training, told):
    with pytest.raises(InputError, match=told):
        from_dict(experiment(**training), "bad")


def test_theory_knows_no_optax():
    code = (
        "import sys; from optscaling.theory.optimizers.registry import optimizer; "
        "optimizer('optax:adam(learning_rate=1e-3)'); "
        "print([m for m in sys.modules if m in ('optax', 'jax', 'numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
