"""Modes of power laws compressed: the ends one by one, the middle by quadrature in log k."""

from __future__ import annotations

import numpy as np

from .modes import Modes

HEAD = 96  # modes summed one by one at either end; the quadrature between errs by about HEAD^-5
_NODES = 12  # Gauss-Legendre nodes on a panel
_TURN = 1.5  # width of a panel in log lambda: 45 degrees off the negative axis, kappa is pi/4 from its poles
_STEEP = 4.0  # width of a panel in log energy
_REACH = 1e4  # infinite tails: modes beyond REACH times the largest size act through their sums alone
# f'/24 - 7/5760 f''' at k + 1/2, the end of a sum over integers, from f(k - 1), f(k), f(k + 1), f(k + 2)
_END = np.array([17.0, -291.0, 291.0, -17.0]) / 5760


def compressed_modes(s: float, r: float, dim: int | None, largest_size: int) -> Modes:
    """Power laws k^-(1+s), k^-(1+r): both ends exact, the middle by Gauss-Legendre panels in log k.

    The sum over a < k <= b is, by Euler and Maclaurin at midpoints, the integral from a + 1/2 to b + 1/2 plus
    f'/24 - 7/5760 f''' at the lower end and minus that at the upper one, derivatives taken as differences.
    """
    last = float(dim - HEAD) + 0.5 if dim is not None else max(largest_size, HEAD) * _REACH
    width = min(_TURN / (1 + s), _STEEP / (2 + abs(r)), _TURN)
    log_k, weights = log_panels(HEAD, last, width)
    head = np.arange(1, HEAD + 1, dtype=float)
    head_weights = np.ones(HEAD)
    head_weights[-2:] += _END[:2]
    k = np.concatenate([head, [HEAD + 1, HEAD + 2], np.exp(log_k)])
    weights = np.concatenate([head_weights, _END[2:], weights])
    if dim is not None:
        foot_weights = np.ones(HEAD)
        foot_weights[:2] -= _END[2:]
        k = np.concatenate([k, [dim - HEAD - 1, dim - HEAD], np.arange(dim - HEAD + 1, dim + 1)])
        weights = np.concatenate([weights, -_END[:2], foot_weights])
    eigenvalues, energies = k ** -(1 + s), k ** -(1 + r)
    if dim is None:  # beyond `last` a mode acts as lambda/kappa and E/kappa: keep the two sums
        rest_lambda, rest_energy = last**-s / s, last**-r / r
        smallest = last ** -(1 + s)
        count = rest_lambda / smallest
        eigenvalues = np.append(eigenvalues, smallest)
        energies = np.append(energies, rest_energy / count)
        weights = np.append(weights, count)
    return Modes(eigenvalues, energies, weights, dim)


def log_panels(head: int, last: float, width: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre panels in log k.

    Args:
        head: they begin at k = head + 1/2.
        last: log k of their end.
        width: of a panel in log k.

    Returns:
        log k and weights, shape (m,) each, so that sum w f is int f dk.
    """
    start, stop = np.log(head + 0.5), np.log(last)
    edges = np.linspace(start, stop, max(1, int(np.ceil((stop - start) / width))) + 1)
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    log_k = (edges[:-1, None] + half * (node + 1)).ravel()
    return log_k, (half * weight).ravel() * np.exp(log_k)
