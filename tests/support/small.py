"""Small experiments, and optimizers taken in plain steps: the second algorithm every factorisation must equal."""

from typing import Any

import numpy as np
from scipy.linalg import block_diag, fractional_matrix_power

from optscaling.sim.problems.draw import Population, Sampled
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.optimizers.averaged import Averaged
from optscaling.theory.optimizers.base import Optimizer
from optscaling.theory.optimizers.filters import Damped, NaturalGradient, Power
from optscaling.theory.optimizers.preconditioners import BlockDiagonal, Diagonal
from optscaling.theory.problems.activations import activation


def experiment(
    kind: str = "gaussian",
    *,
    s: Any = 0.5,
    dim: Any = 20,
    noise: float = 0.0,
    sizes: Any = (4, 9),
    samples: Any = "inf",
    optimizers: Any = ("gd",),
    steps: Any = (1, 7, 40),
    seeds: int = 2,
    eta: float = 1.5,
    test_samples: int = 50,
    **problem: Any,
) -> Experiment:
    given = {"kind": kind, "noise": noise} | problem
    if kind != "data":
        given |= {"s": s, "dim": dim}
    return from_dict(
        {
            "problem": given,
            "model": {"sizes": list(sizes), "samples": samples, "test_samples": test_samples},
            "training": {"optimizers": list(optimizers), "steps": list(steps), "eta": eta},
            "measure": {"seeds": seeds},
        },
        "small",
    )


def whole(draw: Population | Sampled) -> tuple[np.ndarray, np.ndarray, float]:
    """Features and targets of all training rows at once, and how many rows there are (1 for a population)."""
    if isinstance(draw, Population):
        return draw.matrix, draw.target, 1.0
    rows = list(draw.train(0))
    inputs, labels = np.concatenate([r.inputs for r in rows]), np.concatenate([r.labels for r in rows])
    features = inputs @ draw.matrix
    clean = labels[:, 0]
    if draw.standardised:
        clean = (clean - clean.mean()) / clean.std()
    noisy = clean + np.sqrt(draw.noise) * labels[:, 2]
    return activation(draw.activation).function(features), noisy, float(len(noisy))


def preconditioner(rule: Optimizer, gram: np.ndarray) -> np.ndarray:
    """P as a matrix."""
    match rule:
        case Power(p):
            return fractional_matrix_power(gram, -float(p)).real
        case Damped(eps):
            return np.linalg.inv(gram + eps * np.linalg.eigvalsh(gram)[-1] * np.eye(len(gram)))
        case Diagonal():
            return np.diag(np.diag(gram) ** -0.5)
        case BlockDiagonal(width):
            cuts = [slice(i, i + width) for i in range(0, len(gram), width)]
            return block_diag(*[np.linalg.inv(gram[c, c]) for c in cuts])
    return np.eye(len(gram))


def stepped(draw: Population | Sampled, rule: Optimizer, steps: tuple[int, ...], eta: float) -> np.ndarray:
    """Weights after each T, shape (N, T), by steps on the features themselves; ridge solutions by solving."""
    features, target, rows = whole(draw)
    if isinstance(rule, NaturalGradient):
        ridge = 0.0 if isinstance(draw, Population) else (1e-6 if rule.ridge is None else rule.ridge)
        padded = np.concatenate([features, np.sqrt(ridge) * np.eye(features.shape[1])])
        solution = np.linalg.lstsq(padded, np.append(target, np.zeros(features.shape[1])), rcond=1e-14)[0]
        return np.repeat(solution[:, None], len(steps), axis=1)
    gram = features.T @ features / rows
    P = preconditioner(rule, gram)
    step = eta / np.linalg.eigvals(P @ gram).real.max() * P
    weights, kept = np.zeros(features.shape[1]), []
    total = weights
    for t in range(1, steps[-1] + 1):
        weights = weights - step @ (features.T @ (features @ weights - target)) / rows
        total = total + weights
        if t in steps:
            kept.append(total / (t + 1) if isinstance(rule, Averaged) else weights)
    return np.stack(kept, axis=1)


def true_risk(draw: Population | Sampled, weights: np.ndarray) -> np.ndarray:
    """Risks of weights of shape (N, T), from the definition."""
    population = draw if isinstance(draw, Population) else draw.test
    if isinstance(population, Population):
        return ((population.target[:, None] - population.matrix @ weights) ** 2).sum(axis=0)
    assert isinstance(draw, Sampled)
    train = np.concatenate([r.labels for r in draw.train(0)])[:, 0]
    rows = list(population(0))
    features = np.concatenate([r.inputs for r in rows]) @ draw.matrix
    features = activation(draw.activation).function(features)
    target = (np.concatenate([r.labels for r in rows])[:, 0] - train.mean()) / train.std()
    return ((target[:, None] - features @ weights) ** 2).mean(axis=0)
