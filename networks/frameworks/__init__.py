"""Networks as their frameworks have them: Flax, Equinox and PyTorch, each a thin face of `measure`.

`flax_modules.py`, `equinox_modules.py` and `torch_modules.py` turn a model into outputs as a function of parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .equinox_modules import measure_equinox as measure_equinox
    from .flax_modules import measure_flax as measure_flax
    from .flax_modules import measure_nnx as measure_nnx
    from .torch_modules import measure_torch as measure_torch

_HOMES = {
    "measure_equinox": "equinox_modules",
    "measure_flax": "flax_modules",
    "measure_nnx": "flax_modules",
    "measure_torch": "torch_modules",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
