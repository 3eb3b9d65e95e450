"""Block-diagonal and diagonal preconditioners: no filters of G, but filters on measures of their own.

`equivalent_filters.py` and `equivalent_filters_on_samples.py` give that measure for an optimizer. Behind them are
`block_ridges.py`, `block_measure.py` and `block_sample_measure.py` for blocks; `diagonal.py`, `feature_weights.py`
and `weighted_ridge.py` for the diagonal. Dynamics and experiments must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .block_ridges import levelled as levelled
    from .equivalent_filters import surrogate as surrogate
    from .equivalent_filters_on_samples import preconditioned_samples as preconditioned_samples
    from .feature_weights import FeatureWeights as FeatureWeights
    from .feature_weights import norm_weights as norm_weights

_HOMES = {
    "FeatureWeights": "feature_weights",
    "levelled": "block_ridges",
    "norm_weights": "feature_weights",
    "preconditioned_samples": "equivalent_filters_on_samples",
    "surrogate": "equivalent_filters",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
