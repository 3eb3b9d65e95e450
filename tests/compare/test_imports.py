"""What importing the room costs, and the names it gives."""

from __future__ import annotations

import subprocess
import sys

import pytest

import optscaling.compare as room


def loaded(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_package_costs_nothing() -> None:
    assert not {"matplotlib", "jax", "xarray", "scipy", "jinja2"} & loaded("import optscaling.compare")


def test_nothing_here_needs_jax_or_pyplot() -> None:
    names = ", ".join(room.__all__)
    found = loaded(f"from optscaling.compare import {names}\nprint('matplotlib.pyplot' in sys.modules)")
    assert "matplotlib" in found
    assert not {"jax", "True"} & found


def test_public_names_are_there() -> None:
    assert all(callable(getattr(room, name)) for name in room.__all__)
    assert set(room.__all__) <= set(dir(room))
    with pytest.raises(AttributeError, match="nothing"):
        room.nothing  # noqa: B018
