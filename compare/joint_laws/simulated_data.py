"""Data sets made from a fitted law on its own design, all refitted at once.

The design is fixed: every cell of a grid stays, only its log loss is drawn anew, so no optimizer ever lacks a size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..loss_laws import minimise
from .joint_fit import JointFit, embed, term_values
from .refit import refit_all
from .terms import Terms

Noise = Literal["normal", "residual", "wild", "block"]


def drawn_losses(fit: JointFit, draws: int, seed: int, noise: Noise = "normal") -> np.ndarray:
    """Log losses around a fit, on its own design.

    normal: deviations of the residual standard deviation. residual: the residuals over sqrt(1 - leverage), centred and
    drawn with replacement. wild: each run keeps its own, with a random sign. block: the runs of one optimizer at one
    size keep theirs and share a sign, as deviations that come from the settings of a sweep do.

    Args:
        fit: the law and its residuals.
        draws: how many data sets.
        seed: of the draws.
        noise: normal, residual, wild or block.

    Returns:
        Shape (draws, n).
    """
    rng = np.random.default_rng([seed, 1])
    fitted, count = fit.fitted, len(fit.data.y)
    if noise == "normal":
        return np.asarray(fitted + fit.sigma * rng.standard_normal((draws, count)))
    jacobian = fit.form.evaluate(fit.theta[None])[1][0]
    leverage = np.clip(np.einsum("nk,kn->n", jacobian, np.linalg.pinv(jacobian)), 0.0, 1 - 1e-6)
    residual = fit.residual / np.sqrt(1 - leverage)
    if noise == "residual":
        return np.asarray(fitted + (residual - residual.mean())[rng.integers(count, size=(draws, count))])
    if noise == "wild":
        return np.asarray(fitted + residual * rng.choice([-1.0, 1.0], size=(draws, count)))
    cells = np.unique(np.stack([fit.data.optimizer, fit.data.sizes]), axis=1, return_inverse=True)[1].ravel()
    return np.asarray(fitted + residual * rng.choice([-1.0, 1.0], size=(draws, cells.max() + 1))[:, cells])


@dataclass(frozen=True, eq=False)
class RivalCheck:
    """What a law says on data that another law made.

    observed: AICc of the law minus the rival's on the runs. share: of the simulated data sets with a difference as
    low. bias, spread: mean and standard deviation of each term's values on them, by term, shape (optimizers - 1,).
    """

    law: str
    rival: str
    observed: float
    share: float
    bias: dict[str, np.ndarray]
    spread: dict[str, np.ndarray]


def against_rival(law: JointFit, rival: JointFit, draws: int, seed: int) -> RivalCheck:
    """Fit `law` to data made from `rival`."""
    losses = drawn_losses(rival, draws, seed)
    shared: Terms = law.terms & rival.terms
    start = law.theta if shared != rival.terms else embed(rival.theta, rival.data, rival.terms, law.terms)
    begin, _, _ = minimise(law.form, rival.fitted[None], np.ones(losses.shape[1]), start[None], math.inf)
    theta, of_law = refit_all(law.form, losses, begin[0])
    _, of_rival = refit_all(rival.form, losses, rival.theta)
    n = losses.shape[1]
    penalty = law.aicc - rival.aicc - n * math.log(max(law.value, 1e-300) / max(rival.value, 1e-300))
    difference = n * np.log(of_law / of_rival) + penalty
    values = {term: term_values(theta, law.data, law.terms, term)[0] for term in law.terms}
    observed = law.aicc - rival.aicc
    return RivalCheck(
        law.name,
        rival.name,
        observed,
        float(np.mean(difference <= observed)),
        {term: v.mean(axis=0) for term, v in values.items()},
        {term: v.std(axis=0, ddof=1) for term, v in values.items()},
    )
