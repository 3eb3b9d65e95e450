"""Theory: what alpha should be. Symbolic exponents (level 1) and finite-size risk (level 2).

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy

if TYPE_CHECKING:
    from .cost import Cost as Cost
    from .derivation import Derivation as Derivation
    from .derivation import derive as derive
    from .errors import CheckError as CheckError
    from .errors import InputError as InputError
    from .experiment import Experiment as Experiment
    from .experiment import load_experiment as load_experiment
    from .exponent import AlphaResult as AlphaResult
    from .exponent import alpha as alpha
    from .gram_density import SpectralDensity as SpectralDensity
    from .gram_density import spectral_density as spectral_density
    from .integral import SpectralIntegral as SpectralIntegral
    from .integral_catalogue import spectral_integral as spectral_integral
    from .measure import SpectralMeasure as SpectralMeasure
    from .measure import spectral_measure as spectral_measure
    from .measured_problem import MeasuredProblem as MeasuredProblem
    from .measured_problem import measured_eigenvalues as measured_eigenvalues
    from .measured_problem import measured_features as measured_features
    from .measured_problem import measured_kernel as measured_kernel
    from .modes import Modes as Modes
    from .modes import SpectralProblem as SpectralProblem
    from .names import optimizer as optimizer
    from .optimizers import BlockDiagonal as BlockDiagonal
    from .optimizers import Damped as Damped
    from .optimizers import Diagonal as Diagonal
    from .optimizers import Filter as Filter
    from .optimizers import GradientDescent as GradientDescent
    from .optimizers import NaturalGradient as NaturalGradient
    from .optimizers import Optimizer as Optimizer
    from .optimizers import Power as Power
    from .optimizers import Sign as Sign
    from .phase_diagram import PhaseDiagram as PhaseDiagram
    from .phase_diagram import phases as phases
    from .prediction import Prediction as Prediction
    from .prediction import predict as predict
    from .spectrum import Measured as Measured
    from .spectrum import PowerLaw as PowerLaw
    from .stopping import best_stop as best_stop
    from .surrogates import surrogate as surrogate
    from .target import Isotropic as Isotropic
    from .target import MeasuredTarget as MeasuredTarget
    from .target import PowerLawTarget as PowerLawTarget
    from .threshold_steps import threshold_at as threshold_at
    from .thresholds import ThresholdResult as ThresholdResult
    from .thresholds import threshold as threshold
    from .witness import Witness as Witness

_HOMES = {
    "AlphaResult": "exponent",
    "BlockDiagonal": "optimizers",
    "CheckError": "errors",
    "Cost": "cost",
    "Damped": "optimizers",
    "Derivation": "derivation",
    "Diagonal": "optimizers",
    "Experiment": "experiment",
    "Filter": "optimizers",
    "GradientDescent": "optimizers",
    "InputError": "errors",
    "Isotropic": "target",
    "Measured": "spectrum",
    "MeasuredProblem": "measured_problem",
    "MeasuredTarget": "target",
    "Modes": "modes",
    "NaturalGradient": "optimizers",
    "Optimizer": "optimizers",
    "PhaseDiagram": "phase_diagram",
    "Power": "optimizers",
    "PowerLaw": "spectrum",
    "PowerLawTarget": "target",
    "Prediction": "prediction",
    "Sign": "optimizers",
    "SpectralDensity": "gram_density",
    "SpectralIntegral": "integral",
    "SpectralMeasure": "measure",
    "SpectralProblem": "modes",
    "ThresholdResult": "thresholds",
    "Witness": "witness",
    "alpha": "exponent",
    "best_stop": "stopping",
    "derive": "derivation",
    "load_experiment": "experiment",
    "measured_eigenvalues": "measured_problem",
    "measured_features": "measured_problem",
    "measured_kernel": "measured_problem",
    "optimizer": "names",
    "phases": "phase_diagram",
    "predict": "prediction",
    "spectral_density": "gram_density",
    "spectral_integral": "integral_catalogue",
    "spectral_measure": "measure",
    "surrogate": "surrogates",
    "threshold": "thresholds",
    "threshold_at": "threshold_steps",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
