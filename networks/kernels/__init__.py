"""Products with a network's kernel, K = P^(1/2)' J' S S' J P^(1/2)/n or its mirror image, without holding it.

`linearised.py` is what a framework has to give: J u and J'v. `jax_model.py` and `torch_model.py` give it. `losses.py`
has the losses, as a residual and a root S of the Hessian in the outputs. `network_kernel.py` is the product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .jax_model import JaxModel as JaxModel
    from .linearised import Linearised as Linearised
    from .losses import Loss as Loss
    from .losses import loss_of as loss_of
    from .network_kernel import NetworkKernel as NetworkKernel
    from .torch_model import TorchModel as TorchModel

_HOMES = {
    "JaxModel": "jax_model",
    "Linearised": "linearised",
    "Loss": "losses",
    "NetworkKernel": "network_kernel",
    "TorchModel": "torch_model",
    "loss_of": "losses",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
