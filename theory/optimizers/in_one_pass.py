"""Names that mean methods of their own where each sample is seen once, apart so that other answers do not load them."""

from __future__ import annotations

from .adaptive import Adagrad, Adam, Adaptive, Lion, StochasticSign
from .base import Optimizer
from .names import Name
from .registry import optimizer

IN_ONE_PASS: tuple[type[Adaptive], ...] = (Adam, Adagrad, StochasticSign, Lion)  # what names mean there alone


def one_pass_optimizer(name: str) -> Optimizer:
    """The optimizer a name stands for where each sample is seen once.

    There adam, adagrad, lion and sign are known themselves, so that nothing is taken for them.

    Args:
        name: As on the command line.

    Returns:
        The optimizer.

    Raises:
        InputError: As in `optimizer`.

    >>> one_pass_optimizer("AdamW").name, optimizer("adamw").name
    ('adam', 'diagonal')
    """
    parts = Name.of(name)
    for kind in IN_ONE_PASS:
        chosen = kind.named(parts)
        if chosen is not None:
            return chosen
    return optimizer(name)
