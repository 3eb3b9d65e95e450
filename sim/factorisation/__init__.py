"""Linear optimizers without steps: one factorisation gives the weights after any number of them.

`factor.py` has the dense factorisations and h_T on their eigenvalues, `preconditioner_root.py` makes P G symmetric,
`numerical_rank.py` finds what is zero within rounding. `krylov.py` and `lanczos.py` need only products with G, and
`dense_or_krylov.py` takes the cheaper one. What must be stepped is above this floor, and not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .dense_or_krylov import factor_for as factor_for
    from .dense_or_krylov import most_vectors as most_vectors
    from .dense_or_krylov import vectors_for as vectors_for
    from .factor import FILTER as FILTER
    from .factor import Factor as Factor
    from .factor import PopulationFactor as PopulationFactor
    from .factor import check_known as check_known
    from .factor import factorise as factorise
    from .factor import factorise_population as factorise_population
    from .factor import families as families
    from .factor import family as family
    from .factor import is_linear as is_linear
    from .factor import left_over as left_over
    from .krylov import KrylovFactor as KrylovFactor
    from .krylov import Wanted as Wanted
    from .krylov import uncertain as uncertain
    from .lanczos import Lanczos as Lanczos
    from .lanczos import largest_eigenvalue as largest_eigenvalue
    from .numerical_rank import gram_rank as gram_rank
    from .numerical_rank import rank as rank
    from .numerical_rank import rank_status as rank_status
    from .numerical_rank import rounding as rounding
    from .remainder import BETWEEN as BETWEEN
    from .remainder import Remainder as Remainder

_HOMES = {
    "BETWEEN": "remainder",
    "Lanczos": "lanczos",
    "Remainder": "remainder",
    "largest_eigenvalue": "lanczos",
    "left_over": "factor",
    "rounding": "numerical_rank",
    "FILTER": "factor",
    "Factor": "factor",
    "KrylovFactor": "krylov",
    "PopulationFactor": "factor",
    "Wanted": "krylov",
    "check_known": "factor",
    "factor_for": "dense_or_krylov",
    "factorise": "factor",
    "factorise_population": "factor",
    "families": "factor",
    "family": "factor",
    "is_linear": "factor",
    "most_vectors": "dense_or_krylov",
    "gram_rank": "numerical_rank",
    "rank": "numerical_rank",
    "rank_status": "numerical_rank",
    "uncertain": "krylov",
    "vectors_for": "dense_or_krylov",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
