"""What an optimizer may change in a joint law, and the law with any choice of these terms.

    log L = log(E + A (rho_N N/N0)^-(alpha + d_alpha) + B (rho_D D/D0)^-(beta + d_beta))

The baseline has rho = 1 and d = 0. Written with log A - (alpha + d_alpha) log rho_N as an amplitude of its own, each of
the terms is an exponential of a linear function of theta, so all of these laws are sums of powers. Without tokens the
term of D is left out.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..loss_laws import SumOfPowers
from .run_data import RunData

RHO_N, RHO_D, D_ALPHA, D_BETA = "rho_N", "rho_D", "d_alpha", "d_beta"
OWN_FLOOR = "floor"  # E of each optimizer, as log E_o/E
SIZE_TERMS, TOKEN_TERMS = (RHO_N, D_ALPHA), (RHO_D, D_BETA)
EXPONENT_TERMS, CONSTANT_TERMS = (D_ALPHA, D_BETA), (RHO_N, RHO_D)
EXPONENT_OF = {RHO_N: D_ALPHA, RHO_D: D_BETA}
Terms = frozenset[str]
_EXPONENT_RANGE = (0.0, 6.0)
_LEAST_FLOOR = 20.0  # log units below the smallest loss, which stands for none
_GRID = np.geomspace(0.03, 1.5, 18)  # exponents at which amplitudes are projected out


def lattice(data: RunData, *, own_floor: bool = False) -> list[Terms]:
    """Every choice of terms, small to large: 16 of them, 4 for a law of size alone, 1 for one optimizer."""
    if len(data.names) == 1:
        return [frozenset()]
    terms = (RHO_N, *(() if data.tokens is None else (RHO_D,)), D_ALPHA, *(() if data.tokens is None else (D_BETA,)))
    fixed = {OWN_FLOOR} if own_floor else set()
    return [frozenset({*chosen, *fixed}) for k in range(len(terms) + 1) for chosen in combinations(terms, k)]


def label(terms: Terms) -> str:
    """The terms in the order of the law; none for the law that all optimizers share."""
    return " + ".join(term for term in (RHO_N, RHO_D, D_ALPHA, D_BETA, OWN_FLOOR) if term in terms) or "none"


def joint_form(data: RunData, terms: Terms) -> SumOfPowers:
    """The law with these terms at the runs of `data`.

    theta: log E, log A, alpha, then log B, beta where there are tokens, then for each term the values of the
    optimizers besides the baseline; in place of rho the change of log amplitude.

    Args:
        data: the runs, n of them.
        terms: what the optimizers change.

    Returns:
        The law as a sum of powers with p parameters: log L and its derivatives at the runs.
    """
    names = ["E", "A", "alpha", *(() if data.tokens is None else ("B", "beta"))]
    logarithmic = [name not in ("alpha", "beta") for name in names]
    x, z, y = data.x, data.z, data.y
    powers = 2 if z is None else 3
    shared = np.zeros((powers, len(x), len(names)))
    shared[0, :, 0] = 1.0
    shared[1, :, 1], shared[1, :, 2] = 1.0, -x
    if z is not None:
        shared[2, :, 3], shared[2, :, 4] = 1.0, -z
    own = (data.optimizer[:, None] == np.arange(1, len(data.names))).astype(float)
    slopes = {OWN_FLOOR: (0, np.ones_like(x)), RHO_N: (1, np.ones_like(x)), D_ALPHA: (1, -x)}
    if z is not None:
        slopes |= {RHO_D: (2, np.ones_like(x)), D_BETA: (2, -z)}
    blocks = [shared]
    for term in ordered(terms):
        power, factor = slopes[term]
        block = np.zeros((powers, len(x), own.shape[1]))
        block[power] = own * factor[:, None]
        blocks.append(block)
        names += [f"{term} {name}" for name in data.names[1:]]
        logarithmic += [term not in EXPONENT_TERMS] * own.shape[1]
    count = len(names)
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    low[0], high[0] = y.min() - _LEAST_FLOOR, y.max()
    for k in (2, 4)[: powers - 1]:
        low[k], high[k] = _EXPONENT_RANGE
    return SumOfPowers(
        tuple(names), tuple(logarithmic), 2, low, high, np.concatenate(blocks, axis=2), np.empty((0, powers))
    )


def ordered(terms: Terms) -> list[str]:
    """The terms in the order in which theta holds them."""
    return [term for term in (RHO_N, RHO_D, D_ALPHA, D_BETA, OWN_FLOOR) if term in terms]


def columns(data: RunData, terms: Terms, term: str) -> slice:
    """Where theta holds the values of a term.

    Args:
        data: the runs.
        terms: of the law.
        term: one of them.

    Returns:
        A slice of the length optimizers - 1.
    """
    others = len(data.names) - 1
    first = (3 if data.tokens is None else 5) + ordered(terms).index(term) * others
    return slice(first, first + others)


def projected_starts(data: RunData, y: np.ndarray, most: int = 6) -> np.ndarray:
    """Starts of the shared law by variable projection, shape (S, 3 or 5).

    For each pair of exponents of a grid, E, A and B are the least-squares solution for relative errors; kept are the
    best pairs with positive amplitudes that have no better neighbour on the grid, and the best of all.
    """
    scale = np.exp(-y)
    grids = [_GRID[:, None]] if data.z is None else list(np.meshgrid(_GRID, _GRID, indexing="ij"))
    basis = [np.ones((*grids[0].shape, len(y)))]
    logs = [data.x] if data.z is None else [data.x, data.z]
    basis += [np.exp(-grid[..., None] * log) for grid, log in zip(grids, logs, strict=True)]
    scaled = np.stack(basis, axis=-1) * scale[:, None]
    gram = np.swapaxes(scaled, -1, -2) @ scaled
    amplitude = np.linalg.solve(gram + 1e-12 * np.eye(gram.shape[-1]), scaled.sum(axis=-2)[..., None])[..., 0]
    amplitude = np.maximum(amplitude, 1e-3 * np.exp(y.min()))
    misfit = np.sum((np.einsum("...nk,...k->...n", scaled, amplitude) - 1) ** 2, axis=-1)
    framed = np.pad(misfit, 1, constant_values=np.inf)
    rows, cols = misfit.shape
    around = [framed[1 + i : 1 + i + rows, 1 + j : 1 + j + cols] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    valleys = np.argwhere(misfit <= np.min(around, axis=0)) if cols > 1 else np.argwhere(np.isfinite(misfit))
    order = valleys[np.argsort(misfit[tuple(valleys.T)])][:most]
    starts = []
    for place in map(tuple, order):
        first = np.log(amplitude[place])
        found = [first[0], first[1], grids[0][place]]
        starts.append(found if data.z is None else [*found, first[2], grids[1][place]])
    return np.array(starts)
