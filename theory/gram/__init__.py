"""The spectrum of N random features: what they resolve of a problem, as scales, measures and densities.

`effective_ridge.py` has the scale kappa. `measure.py` is the quadrature that serves every filter, on the
contours of `contour.py`; `bins.py` and `density.py` work on the real axis, with `support.py` (bands and
outlier), `axis_scale.py` and `mode_groups.py`. `spike.py` is one eigenvalue over a bulk. The population only: no finite
samples n, and no experiments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .bins import Bins as Bins
    from .bins import bins_of as bins_of
    from .bins import spectral_bins as spectral_bins
    from .contour import STEP as STEP
    from .contour import bound as bound
    from .contour import follow as follow
    from .contour import lens as lens
    from .density import SpectralDensity as SpectralDensity
    from .density import spectral_density as spectral_density
    from .effective_ridge import degrees_of_freedom as degrees_of_freedom
    from .effective_ridge import outlier_push as outlier_push
    from .effective_ridge import resolved_scale as resolved_scale
    from .effective_ridge import scale_on as scale_on
    from .effective_ridge import unresolved_share as unresolved_share
    from .measure import FeatureScale as FeatureScale
    from .measure import SpectralMeasure as SpectralMeasure
    from .measure import measure_by as measure_by
    from .measure import spectral_measure as spectral_measure
    from .mode_groups import grouped_modes as grouped_modes
    from .spike import Spike as Spike
    from .spike import find_spike as find_spike
    from .spike import follow_spike as follow_spike
    from .spike import spike_bulk as spike_bulk
_HOMES = {
    "Bins": "bins",
    "FeatureScale": "measure",
    "STEP": "contour",
    "SpectralDensity": "density",
    "SpectralMeasure": "measure",
    "Spike": "spike",
    "bins_of": "bins",
    "bound": "contour",
    "degrees_of_freedom": "effective_ridge",
    "find_spike": "spike",
    "follow": "contour",
    "follow_spike": "spike",
    "grouped_modes": "mode_groups",
    "lens": "contour",
    "measure_by": "measure",
    "outlier_push": "effective_ridge",
    "resolved_scale": "effective_ridge",
    "scale_on": "effective_ridge",
    "spectral_bins": "bins",
    "spectral_density": "density",
    "spectral_measure": "measure",
    "spike_bulk": "spike",
    "unresolved_share": "effective_ridge",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
