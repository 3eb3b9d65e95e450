"""Theory: what alpha should be. Symbolic exponents (level 1) and finite-size risk (level 2).

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from ..errors import CheckError as CheckError
    from ..errors import InputError as InputError
    from .derivations.derive import derive as derive
    from .derivations.document import Derivation as Derivation
    from .estimation.measured_problem import MeasuredProblem as MeasuredProblem
    from .estimation.measured_problem import measured_eigenvalues as measured_eigenvalues
    from .estimation.measured_problem import measured_features as measured_features
    from .estimation.measured_problem import measured_kernel as measured_kernel
    from .experiments.experiment import Experiment as Experiment
    from .experiments.load import load_experiment as load_experiment
    from .exponents.cost import Cost as Cost
    from .exponents.exponent import AlphaResult as AlphaResult
    from .exponents.exponent import alpha as alpha
    from .gram.spectral_density import SpectralDensity as SpectralDensity
    from .gram.spectral_density import spectral_density as spectral_density
    from .gram.spectral_measure import SpectralMeasure as SpectralMeasure
    from .gram.spectral_measure import spectral_measure as spectral_measure
    from .integrals.catalogue import spectral_integral as spectral_integral
    from .integrals.spectral_integral import SpectralIntegral as SpectralIntegral
    from .optimizers.averaged import Averaged as Averaged
    from .optimizers.base import Filter as Filter
    from .optimizers.base import Optimizer as Optimizer
    from .optimizers.filters import Damped as Damped
    from .optimizers.filters import GradientDescent as GradientDescent
    from .optimizers.filters import NaturalGradient as NaturalGradient
    from .optimizers.filters import Power as Power
    from .optimizers.preconditioners import BlockDiagonal as BlockDiagonal
    from .optimizers.preconditioners import Diagonal as Diagonal
    from .optimizers.registry import optimizer as optimizer
    from .optimizers.sign import Sign as Sign
    from .preconditioning.equivalent_filters import surrogate as surrogate
    from .prediction.predict import Prediction as Prediction
    from .prediction.predict import predict as predict
    from .problems.modes import Modes as Modes
    from .problems.spectral_problem import SpectralProblem as SpectralProblem
    from .problems.spectrum import Measured as Measured
    from .problems.spectrum import PowerLaw as PowerLaw
    from .problems.target import Isotropic as Isotropic
    from .problems.target import MeasuredTarget as MeasuredTarget
    from .problems.target import PowerLawTarget as PowerLawTarget
    from .thresholds.best_stop import best_stop as best_stop
    from .thresholds.fixed_steps import threshold_at as threshold_at
    from .thresholds.phase_diagram import PhaseDiagram as PhaseDiagram
    from .thresholds.phase_diagram import phases as phases
    from .thresholds.result import ThresholdResult as ThresholdResult
    from .thresholds.threshold import threshold as threshold
    from .witness.witness import Witness as Witness

_HOMES = {
    "Averaged": "optimizers.averaged",
    "AlphaResult": "exponents.exponent",
    "BlockDiagonal": "optimizers.preconditioners",
    "CheckError": ".errors",
    "Cost": "exponents.cost",
    "Damped": "optimizers.filters",
    "Derivation": "derivations.document",
    "Diagonal": "optimizers.preconditioners",
    "Experiment": "experiments.experiment",
    "Filter": "optimizers.base",
    "GradientDescent": "optimizers.filters",
    "InputError": ".errors",
    "Isotropic": "problems.target",
    "Measured": "problems.spectrum",
    "MeasuredProblem": "estimation.measured_problem",
    "MeasuredTarget": "problems.target",
    "Modes": "problems.modes",
    "NaturalGradient": "optimizers.filters",
    "Optimizer": "optimizers.base",
    "PhaseDiagram": "thresholds.phase_diagram",
    "Power": "optimizers.filters",
    "PowerLaw": "problems.spectrum",
    "PowerLawTarget": "problems.target",
    "Prediction": "prediction.predict",
    "Sign": "optimizers.sign",
    "SpectralDensity": "gram.spectral_density",
    "SpectralIntegral": "integrals.spectral_integral",
    "SpectralMeasure": "gram.spectral_measure",
    "SpectralProblem": "problems.spectral_problem",
    "ThresholdResult": "thresholds.result",
    "Witness": "witness.witness",
    "alpha": "exponents.exponent",
    "best_stop": "thresholds.best_stop",
    "derive": "derivations.derive",
    "load_experiment": "experiments.load",
    "measured_eigenvalues": "estimation.measured_problem",
    "measured_features": "estimation.measured_problem",
    "measured_kernel": "estimation.measured_problem",
    "optimizer": "optimizers.registry",
    "phases": "thresholds.phase_diagram",
    "predict": "prediction.predict",
    "spectral_density": "gram.spectral_density",
    "spectral_integral": "integrals.catalogue",
    "spectral_measure": "gram.spectral_measure",
    "surrogate": "preconditioning.equivalent_filters",
    "threshold": "thresholds.threshold",
    "threshold_at": "thresholds.fixed_steps",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
