"""The two-point function: the risk of N random features trained on n samples.

`nested_ridge.py` has the scale of features nested in samples, `sizes.py` checks N and n. `measure.py` is the
measure that serves filters, with `quadratic_form.py`; `bins.py` serves any residual that is known on the real
axis, through `bands.py` and `band_nodes.py`. Preconditioners and dynamics are built on this package and must not be
imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .bins import SampleBins as SampleBins
    from .bins import SampleParts as SampleParts
    from .bins import sample_bins as sample_bins
    from .measure import SampleMeasure as SampleMeasure
    from .measure import measure_on as measure_on
    from .measure import sample_measure as sample_measure
    from .nested_ridge import NestedScale as NestedScale
    from .quadratic_form import Form as Form
    from .quadratic_form import form_at_one as form_at_one
    from .quadratic_form import scaled_form as scaled_form
    from .quadratic_form import sum_of_forms as sum_of_forms
    from .sizes import check_sizes as check_sizes
    from .sizes import separated_sizes as separated_sizes

_HOMES = {
    "Form": "quadratic_form",
    "NestedScale": "nested_ridge",
    "SampleBins": "bins",
    "SampleMeasure": "measure",
    "SampleParts": "bins",
    "check_sizes": "sizes",
    "form_at_one": "quadratic_form",
    "measure_on": "measure",
    "sample_bins": "bins",
    "sample_measure": "measure",
    "scaled_form": "quadratic_form",
    "separated_sizes": "sizes",
    "sum_of_forms": "quadratic_form",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
