"""Scaling laws of measured losses: forms, robust fits, intervals, and what differs between optimizers.

`loss_table.py` and `caveats.py` take series from a table; `forms.py`, `solver.py`, `law_fit.py`, `window.py` and
`intervals.py` fit a law to one series, `form_choice.py` says which forms its data exclude. `paired_difference.py`,
`speedup.py`, `form_gaps.py` and `exponent_choice.py` compare series, `auto_fit.py` says what all forms agree on,
`table_fits.py` does all of it, `result.py` holds it, `settings.py` the numbers and what can be asked. No theory is
imported, and neither runs nor diagnosis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .forms import BrokenPower as BrokenPower
    from .forms import LawForm as LawForm
    from .forms import SumOfPowers as SumOfPowers
    from .forms import moved as moved
    from .forms import offset_law as offset_law
    from .forms import power_law as power_law
    from .intervals import Interval as Interval
    from .intervals import profile_bounds as profile_bounds
    from .intervals import t_quantile as t_quantile
    from .law_fit import LawFit as LawFit
    from .law_fit import fit_law as fit_law
    from .loss_table import LossTable as LossTable
    from .loss_table import read_lines as read_lines
    from .loss_table import read_losses as read_losses
    from .loss_table import series_of as series_of
    from .loss_table import shown as shown
    from .result import LossFits as LossFits
    from .result import SeriesFit as SeriesFit
    from .settings import FitOptions as FitOptions
    from .solver import continuation as continuation
    from .solver import fit_all as fit_all
    from .solver import minimise as minimise
    from .table_fits import fit_losses as fit_losses

_HOMES = {
    "BrokenPower": "forms",
    "FitOptions": "settings",
    "Interval": "intervals",
    "LawFit": "law_fit",
    "LawForm": "forms",
    "LossFits": "result",
    "LossTable": "loss_table",
    "SeriesFit": "result",
    "SumOfPowers": "forms",
    "continuation": "solver",
    "fit_all": "solver",
    "fit_law": "law_fit",
    "fit_losses": "table_fits",
    "minimise": "solver",
    "moved": "forms",
    "offset_law": "forms",
    "power_law": "forms",
    "profile_bounds": "intervals",
    "read_lines": "loss_table",
    "read_losses": "loss_table",
    "series_of": "loss_table",
    "shown": "loss_table",
    "t_quantile": "intervals",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
