"""Theory: what alpha should be. Symbolic exponents (level 1) and finite-size risk (level 2).

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from ..errors import CheckError as CheckError
    from ..errors import InputError as InputError
    from .derivations import Derivation as Derivation
    from .derivations import derive as derive
    from .estimation import MeasuredProblem as MeasuredProblem
    from .estimation import measured_eigenvalues as measured_eigenvalues
    from .estimation import measured_features as measured_features
    from .estimation import measured_kernel as measured_kernel
    from .experiments import Experiment as Experiment
    from .experiments import load_experiment as load_experiment
    from .exponents import AlphaResult as AlphaResult
    from .exponents import Cost as Cost
    from .exponents import alpha as alpha
    from .gram import SpectralDensity as SpectralDensity
    from .gram import SpectralMeasure as SpectralMeasure
    from .gram import spectral_density as spectral_density
    from .gram import spectral_measure as spectral_measure
    from .integrals import SpectralIntegral as SpectralIntegral
    from .integrals import spectral_integral as spectral_integral
    from .optimizers import Averaged as Averaged
    from .optimizers import BlockDiagonal as BlockDiagonal
    from .optimizers import Damped as Damped
    from .optimizers import Diagonal as Diagonal
    from .optimizers import Filter as Filter
    from .optimizers import GradientDescent as GradientDescent
    from .optimizers import NaturalGradient as NaturalGradient
    from .optimizers import Optimizer as Optimizer
    from .optimizers import Power as Power
    from .optimizers import Sign as Sign
    from .optimizers import optimizer as optimizer
    from .preconditioning import surrogate as surrogate
    from .prediction import Prediction as Prediction
    from .prediction import predict as predict
    from .problems import Isotropic as Isotropic
    from .problems import Measured as Measured
    from .problems import MeasuredTarget as MeasuredTarget
    from .problems import Modes as Modes
    from .problems import PowerLaw as PowerLaw
    from .problems import PowerLawTarget as PowerLawTarget
    from .problems import SpectralProblem as SpectralProblem
    from .thresholds import PhaseDiagram as PhaseDiagram
    from .thresholds import ThresholdResult as ThresholdResult
    from .thresholds import best_stop as best_stop
    from .thresholds import phases as phases
    from .thresholds import threshold as threshold
    from .thresholds import threshold_at as threshold_at
    from .witness import Witness as Witness

_HOMES = {
    "Averaged": "optimizers",
    "AlphaResult": "exponents",
    "BlockDiagonal": "optimizers",
    "CheckError": ".errors",
    "Cost": "exponents",
    "Damped": "optimizers",
    "Derivation": "derivations",
    "Diagonal": "optimizers",
    "Experiment": "experiments",
    "Filter": "optimizers",
    "GradientDescent": "optimizers",
    "InputError": ".errors",
    "Isotropic": "problems",
    "Measured": "problems",
    "MeasuredProblem": "estimation",
    "MeasuredTarget": "problems",
    "Modes": "problems",
    "NaturalGradient": "optimizers",
    "Optimizer": "optimizers",
    "PhaseDiagram": "thresholds",
    "Power": "optimizers",
    "PowerLaw": "problems",
    "PowerLawTarget": "problems",
    "Prediction": "prediction",
    "Sign": "optimizers",
    "SpectralDensity": "gram",
    "SpectralIntegral": "integrals",
    "SpectralMeasure": "gram",
    "SpectralProblem": "problems",
    "ThresholdResult": "thresholds",
    "Witness": "witness",
    "alpha": "exponents",
    "best_stop": "thresholds",
    "derive": "derivations",
    "load_experiment": "experiments",
    "measured_eigenvalues": "estimation",
    "measured_features": "estimation",
    "measured_kernel": "estimation",
    "optimizer": "optimizers",
    "phases": "thresholds",
    "predict": "prediction",
    "spectral_density": "gram",
    "spectral_integral": "integrals",
    "spectral_measure": "gram",
    "surrogate": "preconditioning",
    "threshold": "thresholds",
    "threshold_at": "thresholds",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
