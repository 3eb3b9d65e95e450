"""Symbolic answers load no array library, and no room but theory."""

import subprocess
import sys

import pytest

CALLS = [
    "from optscaling import alpha; alpha('gd', r='r')",
    "from optscaling import alpha; alpha('dana-constant', r='r')",
    "from optscaling import threshold; threshold('nesterov', 'gd', tau=1)",
    "from optscaling import threshold; threshold('natural-gradient', tau='compute')",
    "from optscaling import best_stop; best_stop('gd', samples=2, noise=True)",
    "from optscaling import phases; phases('gd').at(1)",
    "from optscaling import derive; derive('sgd', r='r').latex()",
]


@pytest.mark.parametrize("call", CALLS)
def test_the_heavy_libraries_stay_out(call):
    heavy = ("jax", "numpy", "scipy", "matplotlib", "xarray", "optscaling.sim", "optscaling.compare")
    code = f"import sys; {call}; print([m for m in sys.modules if m in {heavy!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
