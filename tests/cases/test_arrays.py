"""Files of arrays as people have them: the right value or the refusal, and the same for another file of the kind."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optscaling.compare.diagnosis import Diagnosis, diagnose
from optscaling.errors import InputError
from optscaling.theory.arrays import Eigenvalues, Features, read_data

DATA = Path(__file__).parent / "data"
EIGENVALUES = sorted((DATA / "10-eigenvalue-files").iterdir())
FREE = dict.fromkeys(("diagonal", "matrix-sign", "natural-gradient", "sign"), 1.0)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PLAIN = np.genfromtxt(DATA / "13-feature-files" / "plain.csv", delimiter=",", skip_header=1)


def diagnosed(source, target=None, **options) -> Diagnosis:
    """At the cost of a step of gd for each, so that nothing is measured."""
    return diagnose(source, target, cost=FREE, **options)


@pytest.fixture(scope="module")
def true_values() -> np.ndarray:
    """Case 10: 600 eigenvalues k^-1.8 with a little scatter."""
    return np.loadtxt(DATA / "10-eigenvalue-files" / "txt.txt")


@pytest.mark.parametrize("path", EIGENVALUES, ids=[path.name for path in EIGENVALUES])
def test_eigenvalue_files(path: Path) -> None:
    found = diagnosed(path)
    assert found.s.value == pytest.approx(0.80, abs=0.02)
    assert found.modes == 600
    assert found.s.local == ()


@FEW
@given(data=st.data())
def test_eigenvalues_written_in_another_way(tmp_path, true_values, data) -> None:
    values = true_values[np.random.default_rng(data.draw(st.integers(0, 99))).permutation(600)]
    kind = data.draw(st.sampled_from(["npy", "npz", "text"]))
    if kind == "text":
        path = tmp_path / data.draw(st.sampled_from(["e.csv", "e.txt", "e.dat"]))
        _as_text(path, values, data)
    else:
        dtype = data.draw(st.sampled_from([np.float64, np.float32, np.complex128, ml_dtypes.bfloat16, ">f8", "g"]))
        if data.draw(st.booleans()):  # as an eigensolver in float32 gives those that are zero
            values = np.concatenate([values, 3e-8 * np.random.default_rng(1).standard_normal(200)])
        array = values.astype(dtype)
        path = tmp_path / f"e.{kind}"
        if kind == "npy":
            np.save(path, data.draw(st.sampled_from([array, array[:, None], array[None, :]])))
        else:
            np.savez(path, **{data.draw(st.sampled_from(["eigs", "lam", "arr_0", "Eigenvalues"])): array})
    found = read_data(path)
    assert isinstance(found, Eigenvalues)
    assert len(found.values) == 600
    np.testing.assert_allclose(found.values, np.sort(true_values)[::-1], rtol=5e-3)


def _as_text(path: Path, values: np.ndarray, data) -> None:
    delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
    comma = data.draw(st.booleans()) and delimiter != ","
    beside = data.draw(st.sampled_from([None, "rank", "", "index", "Unnamed: 0"]))
    name = data.draw(st.sampled_from(["eigenvalue", "lambda", "value", "eig"]))
    columns = [(name, [f"{v:.8g}" for v in values])]
    if beside is not None:
        start = data.draw(st.integers(0, 1))
        columns.insert(data.draw(st.integers(0, 1)), (beside, [str(k + start) for k in range(len(values))]))
    lines = [delimiter.join(cells) for cells in zip(*([n, *cells] for n, cells in columns), strict=True)]
    lines = [line.replace(".", ",") for line in lines] if comma else lines
    blanks = data.draw(st.booleans())
    path.write_text(("\n\n" if blanks else "\n").join(lines) + "\n" * data.draw(st.integers(0, 3)))


@pytest.mark.parametrize("name", ["ntk.npy", "ntk_onehot.npz"])
def test_a_kernel_is_no_features_and_has_no_single_exponent(name: str) -> None:
    found = diagnosed(DATA / "12-kernels" / name)
    assert found.features in (None, "kernel")
    low, high = sorted(each.value for each in found.s.local)
    assert low < 0.2
    assert high > 0.9
    interval = found.to_json()["s"]["interval"]
    assert interval[0] <= low < high <= interval[1]
    assert "no single exponent" in str(found)
    assert found.r is None  # bare, or a target that is chance: leaving rows out, no ridge predicts it
    if name == "ntk_onehot.npz":
        assert "beyond chance" in found.verdict
        assert {verdict.word for verdict in found.judged} == {"cannot tell"}


@FEW
@given(data=st.data())
def test_a_kernel_saved_in_another_way(tmp_path, data) -> None:
    kernel = np.load(DATA / "12-kernels" / "ntk.npy").astype(np.float64)
    order = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(300)
    kernel = kernel[np.ix_(order, order)] * data.draw(st.sampled_from([1.0, 1e-6, 1e6]))
    kernel = kernel.astype(data.draw(st.sampled_from([np.float64, np.float32])))
    if data.draw(st.booleans()):
        kernel *= 1 + 1e-7 * np.random.default_rng(0).standard_normal(kernel.shape)  # as products in float32 are
    form = data.draw(st.sampled_from(["npy", "npz", "csv"]))
    path = tmp_path / f"k.{form}"
    if form == "npy":
        np.save(path, kernel)
    elif form == "npz":
        np.savez(path, **{data.draw(st.sampled_from(["K", "kernel", "arr_0", "ntk"])): kernel})
    else:
        np.savetxt(path, kernel, delimiter=data.draw(st.sampled_from([",", " ", ";"])), fmt="%.8g")
    found = read_data(path)
    assert isinstance(found, Eigenvalues)
    true = np.linalg.eigvalsh(np.load(DATA / "12-kernels" / "ntk.npy").astype(np.float64))[::-1]
    np.testing.assert_allclose(found.values[:290] / found.values[0], true[:290] / true[0], rtol=2e-3)


@pytest.mark.parametrize(
    ("name", "target"), [("plain.csv", "price"), ("pandas_index.csv", "price"), ("xtrain.npz", None)]
)
def test_feature_files(name: str, target: str | None) -> None:
    found = diagnosed(DATA / "13-feature-files" / name, target)
    assert found.s.value == pytest.approx(0.51, abs=0.02)
    assert found.modes == 20
    assert "does not pay" in found.verdict
    assert {v.word for v in found.judged if v.optimizer != "sign"} == {"does not pay"}


def test_words_are_classes() -> None:
    found = diagnosed(DATA / "13-feature-files" / "ystr.npz")
    assert found.s.value == pytest.approx(0.51, abs=0.02)
    assert any("2 classes (cat, dog)" in note for note in found.status)


def test_three_columns_of_one_name() -> None:
    path = DATA / "13-feature-files" / "dup_target.csv"
    with pytest.raises(InputError, match=r"3 columns named price \(numbers 3, 20, 21.*--target 20 --exclude 21"):
        diagnosed(path, "price")
    with pytest.raises(InputError, match="--exclude price"):
        diagnosed(path, "20")
    assert diagnosed(path, "20", exclude=["21"]).s.value == pytest.approx(0.51, abs=0.02)


@FEW
@given(data=st.data())
def test_features_written_in_another_way(tmp_path, data) -> None:
    order = data.draw(st.permutations(range(21)))
    rows = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(500)
    table = PLAIN[rows][:, order]
    names = [["price", *(f"f{j}" for j in range(20))][j - 20] for j in order]
    index = data.draw(st.sampled_from([None, "", "id", "Unnamed: 0", "row_id"]))
    if index is not None:
        counted = data.draw(st.sampled_from([np.arange(500), rows, 7 * rows + 3]))
        table, names = np.column_stack([counted, table]), [index, *names]
    form = data.draw(st.sampled_from(["csv", "npz"]))
    if form == "csv":
        delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
        lines = [delimiter.join(names), *(delimiter.join(f"{v:.9g}" for v in row) for row in table)]
        text = "\n".join(lines)
        text = text.replace(".", ",") if delimiter != "," and data.draw(st.booleans()) else text
        (tmp_path / "t.csv").write_text(text)
        found = read_data(tmp_path / "t.csv", "price")
    else:
        at = names.index("price")
        pair = data.draw(st.sampled_from([("X", "y"), ("X_train", "y_train"), ("features", "targets")]))
        inputs = np.delete(table if index is None else table[:, 1:], at - (index is not None), axis=1)
        target = table[:, [at]] if data.draw(st.booleans()) else table[:, at]
        np.savez(tmp_path / "t.npz", **dict(zip(pair, (inputs, target), strict=True)))
        found = read_data(tmp_path / "t.npz")
    assert isinstance(found, Features)
    assert found.rows.shape == (500, 20)
    own, true = (np.linalg.svd(x - x.mean(0), compute_uv=False) for x in (found.inputs, PLAIN[:, :20]))
    np.testing.assert_allclose(own, true, rtol=1e-6)
    np.testing.assert_allclose(np.sort(found.targets[:, 0]), np.sort(PLAIN[:, 20]), rtol=1e-6)


def test_one_feature() -> None:
    with pytest.raises(InputError, match=r"one feature \(x\).*no exponent.*relu") as caught:
        diagnosed(DATA / "27-one-feature" / "xy.csv", "y")
    assert str(caught.value).count(". ") == 0
    with pytest.raises(InputError, match="--target y"):
        diagnosed(DATA / "27-one-feature" / "xy.csv")


@FEW
@given(name=st.sampled_from(["x", "size", "a b"]), delimiter=st.sampled_from([",", ";", "\t"]), index=st.booleans())
def test_one_feature_written_in_another_way(tmp_path, name, delimiter, index) -> None:
    rng = np.random.default_rng(3)
    x = rng.random(60)
    columns = [[name, *x], ["y", *(2 * x + rng.random(60))]]
    if index:
        columns.insert(0, ["", *range(60)])
    (tmp_path / "t.csv").write_text("\n".join(delimiter.join(map(str, row)) for row in zip(*columns, strict=True)))
    with pytest.raises(InputError, match="one linear feature has one mode"):
        diagnosed(tmp_path / "t.csv", "y")


def test_a_column_in_other_units_hides_the_rest() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((500, 40)) * np.r_[1e9, np.ones(39)]
    with pytest.raises(InputError, match="divide each by its deviation"):
        diagnosed({"X": inputs, "y": 1e-9 * inputs[:, 0] + inputs[:, 1]})
