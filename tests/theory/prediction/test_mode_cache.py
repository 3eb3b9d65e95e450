"""Kept modes are those that were worked out, and what is not whole is worked out again."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optscaling.theory.preconditioning.feature_weights import FeatureWeights
from optscaling.theory.prediction import mode_cache
from optscaling.theory.prediction.feature_modes import FeatureModes, SampledFeatures
from optscaling.theory.prediction.mode_cache import VARIABLE, cache_folder, cached_modes
from optscaling.theory.problems.modes import Modes


def modes(seed: int, count: int | None = None) -> Modes:
    rng = np.random.default_rng(seed)
    values = np.sort(rng.random(7))[::-1]
    return Modes(values, rng.random(7), np.array([1.0, 1, 2, 5, 1e3, 1e6, 1e9]), count)


def sampled() -> SampledFeatures:
    weights = FeatureWeights(np.array([0.5, 1.5]), np.array([0.5, 0.5]), 1e-9)
    whole = FeatureModes(modes(0, 10**20), modes(1), 0.25, weights)
    return SampledFeatures(whole, (FeatureModes(modes(2), modes(3), 0.1, weights), FeatureModes(modes(4), None, 0.0)))


class Worker:
    """Works out `sampled`, and counts how often."""

    def __init__(self, result: SampledFeatures | None = None) -> None:
        self.result, self.calls = result or sampled(), 0

    def __call__(self) -> SampledFeatures:
        self.calls += 1
        return self.result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept"))
    mode_cache._kept.clear()
    yield tmp_path / "kept"
    mode_cache._kept.clear()


def forget() -> None:
    """As in another process."""
    mode_cache._kept.clear()


def same(one: Modes | None, two: Modes | None) -> bool:
    if one is None or two is None:
        return one is two
    arrays = ("eigenvalues", "energies", "weights")
    return one.count == two.count and all(np.array_equal(getattr(one, a), getattr(two, a)) for a in arrays)


def test_what_comes_back_is_what_was_kept(folder: Path) -> None:
    worker = Worker()
    cached_modes(worker, "a", 3)
    forget()
    found = cached_modes(worker, "a", 3)
    assert worker.calls == 1
    for one, two in zip((found.whole, *found.replicates), (sampled().whole, *sampled().replicates), strict=True):
        assert same(one.plain, two.plain)
        assert same(one.divided, two.divided)
        assert one.noise == two.noise
    assert np.array_equal(found.whole.weights.values, sampled().whole.weights.values)
    assert found.whole.weights.error == 1e-9


def test_without_weights_or_replicates(folder: Path) -> None:
    worker = Worker(SampledFeatures(FeatureModes(modes(5))))
    for _ in range(2):
        forget()
        found = cached_modes(worker, "bare")
    assert worker.calls == 1
    assert same(found.whole.plain, modes(5))
    assert (found.replicates, found.whole.weights) == ((), None)


def test_other_content_is_another_entry(folder: Path) -> None:
    worker, array = Worker(), np.arange(4.0)
    changed = array.copy()
    changed[2] = np.nextafter(2.0, 3.0)
    for parts in (("a", array), ("a", changed), ("a", array.astype(np.float32)), ("a", array.reshape(2, 2)), ("a",)):
        cached_modes(worker, *parts)
    assert worker.calls == len(list(folder.iterdir())) == 5
    cached_modes(worker, "a", array.copy())
    assert worker.calls == 5


@pytest.mark.parametrize("damage", ["empty", "cut", "other", "text", "folder"])
def test_what_is_not_whole_is_worked_out_again(folder: Path, damage: str) -> None:
    worker = Worker()
    cached_modes(worker, "a")
    (path,) = folder.iterdir()
    content = path.read_bytes()
    if damage == "other":  # a whole entry under another's name
        cached_modes(Worker(replace(sampled(), replicates=())), "b")
        (other,) = set(folder.iterdir()) - {path}
        content = other.read_bytes()
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        changed = {"empty": b"", "cut": content[: len(content) // 2], "text": b"no array"}
        path.write_bytes(changed.get(damage, content))
    forget()
    found = cached_modes(worker, "a")
    assert worker.calls == 2
    assert len(found.replicates) == 2
    assert not [file for file in folder.iterdir() if file.name.startswith(".")], "drafts are taken away"


def test_a_flipped_byte_is_worked_out_again_or_changes_nothing(folder: Path) -> None:
    """Some bytes of an archive, as the time of day in it, are of no consequence."""
    worker = Worker()
    cached_modes(worker, "a")
    (path,) = folder.iterdir()
    content, tried = path.read_bytes(), 0
    for place in range(0, len(content), max(1, len(content) // 400)):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        path.write_bytes(bytes(flipped))
        forget()
        found = cached_modes(worker, "a")
        assert same(found.whole.plain, sampled().whole.plain)
        assert same(found.replicates[0].divided, sampled().replicates[0].divided)
        assert [each.noise for each in found.replicates] == [0.1, 0.0]
        tried += 1
    assert worker.calls > tried / 2


def test_entries_are_readable_by_those_that_share_the_folder(folder: Path) -> None:
    before = os.umask(0o022)
    try:
        cached_modes(Worker(), "a")
    finally:
        os.umask(before)
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("word", ["off", "0", "", "OFF"])
def test_switched_off(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, word)
    monkeypatch.chdir(tmp_path)
    mode_cache._kept.clear()
    worker = Worker()
    cached_modes(worker, "a")
    cached_modes(worker, "a")
    assert (cache_folder(), worker.calls, list(tmp_path.iterdir())) == (None, 1, [])
    mode_cache._kept.clear()


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "kept"))
    mode_cache._kept.clear()
    assert len(cached_modes(Worker(), "a").replicates) == 2
    mode_cache._kept.clear()


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "optscaling"
