"""Eigenvalues of a kernel with the target's energies on them, from a block of random vectors.

A kernel with m outputs has clusters of about m eigenvalues, which a Krylov space of one vector finds one after the
other, and slowly; a block of as many vectors finds them together. A Ritz pair (x, u) is an eigenpair within its
residual |K u - x u|, which is known, and x is off by about the square of it over the distance to the next cluster.
Source: Musco and Musco (2015), randomised block Krylov methods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...sim.factorisation import rounding
from ..kernels import NetworkKernel
from .settings import SETTINGS

_BLOCK = (4, 16)  # fewest and most vectors in a block


@dataclass(frozen=True, eq=False)
class Modes:
    """The largest eigenvalues.

    Attributes:
        eigenvalues: Shape (k,), largest first, each within `SETTINGS.converged` of itself.
        energies: |u_k'z|^2/n, shape (k,).
        left: What of |z|^2/n lies on modes beyond.
        whole: Whether these are all eigenvalues that are not zero within rounding.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray
    left: float
    whole: bool


def eigenmodes(kernel: NetworkKernel, vectors: int, seed: int) -> Modes:
    """The largest eigenvalues and the target's energies on them.

    Args:
        kernel: K.
        vectors: Products with K. A quarter to a half as many eigenvalues come out; all, where n m is no more.
        seed: Of the random vectors.

    Returns:
        Eigenvalues from the largest down to the first that was not found within `SETTINGS.converged`.
    """
    size, vectors = kernel.size, min(vectors, kernel.size)
    block = min(vectors, max(_BLOCK[0], min(_BLOCK[1], kernel.model.outputs.shape[1])))
    random = np.random.default_rng(seed)
    basis, images = np.empty((size, vectors)), np.empty((size, vectors))
    new, count, ended = random.standard_normal((size, block)), 0, False
    while count < vectors:
        new = _orthonormal(new[:, : vectors - count], basis[:, :count])
        width = new.shape[1]
        if not width:  # the space is invariant, and what is outside it has to be found from other vectors
            ended = True
            break
        here = slice(count, count + width)
        basis[:, here] = new
        images[:, here] = np.stack([kernel.times(column) for column in new.T], axis=1)
        new, count = images[:, here], count + width
    basis, images = basis[:, :count], images[:, :count]
    inner = basis.T @ images
    values, inside = np.linalg.eigh((inner + inner.T) / 2)
    values, inside = values[::-1], inside[:, ::-1]
    missed = np.linalg.norm(images @ inside - basis @ (inside * values), axis=0)
    real = values > max(rounding(size), 4 * kernel.model.rounding) * values[0]
    good = real & (missed <= SETTINGS.converged * values)
    run = len(good) if good.all() else int(np.argmin(good))
    energies = ((basis @ inside[:, :run]).T @ kernel.start) ** 2 / len(kernel.model.outputs)
    left = float(kernel.start @ kernel.start) / len(kernel.model.outputs) - float(energies.sum())
    return Modes(values[:run], energies, max(left, 0.0), (ended or count == size) and run == int(real.sum()))


def _orthonormal(vectors: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """An orthonormal basis of what of the columns lies outside `basis`, without columns that rounding made."""
    scale = np.linalg.norm(vectors, axis=0).max()
    for _ in range(2):
        vectors = vectors - basis @ (basis.T @ vectors)
    left, sizes, _ = np.linalg.svd(vectors, full_matrices=False)
    made = left[:, sizes > rounding(len(vectors)) * scale]
    made = made - basis @ (basis.T @ made)
    return np.linalg.qr(made)[0] if made.shape[1] else made
