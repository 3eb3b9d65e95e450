"""How many BLAS threads an operation on the host gets: decided here, by its size, and nowhere else.

A factorisation meets its threads thousands of times, and where other programs use the cores too, each meeting waits for
the slowest: 1024 x 256 numbers take .03 s of processor time on one thread and .4 to 3.7 s on two (two cores, measured
with and without other load; `benchmarks/threads.py`). Products of matrices meet them once. So small work has one
thread, and several cells side by side in processes of their own take the cores.

Products have the same bits on one thread and on two (OpenBLAS 0.3.30, N = 256 to 2000). Factorisations do not, so
below ONE_THREAD a cell's bits do not depend on how many cores its process has, and above they do with `threads`, which
is kept with the cell.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache

from threadpoolctl import ThreadpoolController

from .usage import cores


@dataclass(frozen=True)
class ThreadSettings:
    """Sizes, in rows of the matrix that is factorised or columns of the product, from which threads pay.

    factorisations: eigenvalues, singular values. products: of blocks of rows. steps: compiled loops with a small
    factorisation at every step, which never have more than one.
    """

    factorisations: int = 2001
    products: int = 1001


SETTINGS = ThreadSettings()


class Work(Enum):
    """What is done with the threads."""

    FACTORISATION = "factorisation"
    PRODUCT = "product"
    STEP = "step"


def threads_for(work: Work, size: int, beside: int = 1) -> int:
    """BLAS threads of one operation.

    Args:
        work: what it is.
        size: N.
        beside: operations of the kind that run side by side in this process.

    Returns:
        At least 1, and all together no more than the cores of this process.

    >>> threads_for(Work.FACTORISATION, 400), threads_for(Work.STEP, 10_000)
    (1, 1)
    """
    least = {Work.FACTORISATION: SETTINGS.factorisations, Work.PRODUCT: SETTINGS.products}.get(work)
    return 1 if least is None or size < least else max(1, min(cores(), _begun()) // beside)


@contextlib.contextmanager
def blas_threads(work: Work, size: int, beside: int = 1) -> Iterator[int]:
    """Give the BLAS the threads of `threads_for` inside; it is a setting of the whole process.

    Args:
        work: what is done inside.
        size: N.
        beside: operations of the kind that run side by side in this process.

    Yields:
        The number of threads.
    """
    count = threads_for(work, size, beside)
    with _blas().limit(limits=count, user_api="blas"):
        yield count


@cache
def _begun() -> int:
    """Threads that the BLAS was begun with, as the environment may say: never exceeded."""
    return max((each["num_threads"] for each in _blas().info()), default=1)


@cache
def _blas() -> ThreadpoolController:
    import scipy.linalg.blas  # noqa: F401 - numpy and scipy each bring a BLAS, which must be there to be counted

    return ThreadpoolController().select(user_api="blas")


@cache
def blas_name() -> str:
    """The BLAS of factorisations and products, with the processor kind it has chosen its kernels for."""
    found = {
        f"{each['internal_api']} {each['version']} {each.get('architecture', '')}".strip() for each in _blas().info()
    }
    return ", ".join(sorted(found))
