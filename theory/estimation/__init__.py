"""From rows of data to the modes of their population, with the error of having few rows.

`sampled_rows.py` says what rows tell, `unbiased_modes.py` makes eigenvalues, energies and label noise of it,
`tail_fit.py` continues the spectrum beyond the rows. `measured_problem.py` is the object a user holds, from a kernel
matrix, features or eigenvalues. Experiments must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .measured_problem import MeasuredProblem as MeasuredProblem
    from .measured_problem import measured_eigenvalues as measured_eigenvalues
    from .measured_problem import measured_features as measured_features
    from .measured_problem import measured_kernel as measured_kernel
    from .sampled_rows import SampledRows as SampledRows
    from .sampled_rows import rows_of_features as rows_of_features
    from .sampled_rows import rows_of_kernel as rows_of_kernel
    from .unbiased_modes import PopulationModes as PopulationModes
    from .unbiased_modes import population_modes as population_modes

_HOMES = {
    "MeasuredProblem": "measured_problem",
    "PopulationModes": "unbiased_modes",
    "SampledRows": "sampled_rows",
    "measured_eigenvalues": "measured_problem",
    "measured_features": "measured_problem",
    "measured_kernel": "measured_problem",
    "population_modes": "unbiased_modes",
    "rows_of_features": "sampled_rows",
    "rows_of_kernel": "sampled_rows",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
