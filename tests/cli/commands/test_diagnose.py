"""diagnose: what it answers, and every kind of file it cannot use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.calling import done, refused

KEYS = {"s", "r", "alpha", "threshold", "verdicts", "verdict"}


@pytest.fixture
def eigenvalues(here: Path) -> Path:
    """k^-2, that is s = 1."""
    file = here / "eigenvalues.csv"
    file.write_text("\n".join(f"{k**-2.0:.9g}" for k in range(1, 513)))
    return file


@pytest.fixture
def table(here: Path) -> Path:
    """Features with k^-1.5 variances and a linear target, with names."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(600, 40)) * np.arange(1, 41) ** -0.75
    target = inputs @ rng.normal(size=40) + 0.1 * rng.normal(size=600)
    file = here / "table.csv"
    names = ",".join([*(f"x{k}" for k in range(40)), "price"])
    np.savetxt(file, np.column_stack([inputs, target]), delimiter=",", header=names, comments="")
    return file


def check(found: dict) -> None:
    assert set(found) >= KEYS
    assert set(found["s"]) == set(found["r"]) == {"value", "interval"}
    assert isinstance(found["verdict"], str)
    assert set(found["verdicts"]) <= set(found["alpha"])


def test_eigenvalues(eigenvalues: Path) -> None:
    found = done("diagnose", eigenvalues, "--steps", "1000", "--sizes", "16:128", "--json").json
    check(found)
    assert found["s"]["value"] == pytest.approx(1, abs=0.02)
    assert found["r"]["value"] is None
    assert found["alpha"]["natural-gradient"] > found["alpha"]["gd"]
    assert (found["steps"], found["sizes"]) == (1000, [16, 32, 64, 128])


def test_features_with_a_target(table: Path, here: Path) -> None:
    options = ("--target", "price", "--samples", "600", "--noise", "0.01", "--figure", "told.svg")
    found = done("diagnose", table, *options, "--json").json
    check(found)
    assert (here / found["figure"]).read_bytes().startswith(b"<?xml")
    answer = done("diagnose", table, "--target", "price")
    assert answer.err == ""
    assert "\x1b" not in answer.out


def test_relu_features(table: Path) -> None:
    check(done("diagnose", table, "--target", "price", "--features", "relu", "--json").json)


FILES = {
    "NaN": ("values.csv", "1\nnan\n0.1\n0.01\n", "NaN or infinite"),
    "empty": ("values.csv", "", "is empty"),
    "negative": ("values.csv", "1\n0.5\n-0.1\n0.01\n", "negative eigenvalue"),
    "not numbers": ("values.csv", "1\n0.5\nmany\n0.01\n", "a number is expected"),
    "ragged": ("values.csv", "1,2\n3,4,5\n", "3 columns, but 2"),
    "no target named": ("values.csv", "a,b\n1,2\n3,4\n", "--target b"),
    "another format": ("values.bin", "1\0\0\n", "is no file of text"),
    "not an array": ("values.npy", "1\n", "cannot be read"),
}


@pytest.mark.parametrize(("name", "text", "told"), FILES.values(), ids=FILES.keys())
def test_files_that_cannot_be_used(here: Path, name: str, text: str, told: str) -> None:
    (here / name).write_text(text)
    assert told in refused("diagnose", name, "--figure", "told.png")
    assert not (here / "told.png").exists()


def test_arrays_that_cannot_be_used(here: Path) -> None:
    np.save("cube.npy", np.ones((3, 3, 3)))
    assert "dimensions" in refused("diagnose", "cube.npy")
    np.savez("short.npz", X=np.ones((5, 2)), y=np.ones(4))
    assert "X has shape (5, 2) and y (4,)" in refused("diagnose", "short.npz")
    np.savez("lopsided.npz", K=np.triu(np.ones((9, 9))), y=np.arange(9.0))
    assert "not symmetric" in refused("diagnose", "lopsided.npz")
    np.savez("indefinite.npz", K=np.diag(np.arange(-3.0, 6.0)), y=np.arange(9.0))
    assert "negative eigenvalue" in refused("diagnose", "indefinite.npz")
    np.save("objects.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    assert "pickled" in refused("diagnose", "objects.npy")


CALLS = {
    "no file": (("nothing.csv",), "is not a file"),
    "unknown target": (("table.csv", "--target", "cost"), "no column 'cost'"),
    "N of 0": (("table.csv", "--target", "price", "--sizes", "0:10"), "whole numbers from 1"),
    "no steps": (("table.csv", "--target", "price", "--steps", "0"), "at least 1"),
    "no samples": (("table.csv", "--target", "price", "--samples", "0"), "at least 1"),
    "negative noise": (("table.csv", "--target", "price", "--noise", "-1"), "not negative"),
    "noise that is no number": (("table.csv", "--target", "price", "--noise", "nan"), "not negative"),
    "unknown features": (("table.csv", "--target", "price", "--features", "deep"), "'linear', 'relu'"),
    "a cost without a number": (("table.csv", "--target", "price", "--cost", "matrix-sign"), "OPTIMIZER=C"),
    "a cost of gd": (("table.csv", "--target", "price", "--cost", "gd=2"), "natural-gradient"),
    "a negative cost": (("table.csv", "--target", "price", "--cost", "sign=-2"), "positive number"),
    "figure under a file": (("table.csv", "--target", "price", "--figure", "taken/a.png"), "cannot be written"),
}


@pytest.mark.parametrize(("arguments", "told"), CALLS.values(), ids=CALLS.keys())
def test_bad_calls(table: Path, arguments: tuple[str, ...], told: str) -> None:
    assert told in refused("diagnose", *arguments)
