"""What is learned: spectra, targets, activations, input laws, and the modes they come to.

`spectrum.py` and `target.py` have eigenvalues and energies, `modes.py`, `power_law_modes.py` and
`spectral_problem.py` the modes that theories sum over. `activations.py`, `kernel.py`, `gaussian_pairs.py`,
`gaussian_pairs_tanh.py` and `exponential_sum.py` are kernels of random features;
`teacher.py` and `input_laws.py` say what draws a problem. No optimizer and no model size N is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .activations import ACTIVATIONS as ACTIVATIONS
    from .activations import Activation as Activation
    from .activations import activation as activation
    from .input_laws import GAUSSIAN as GAUSSIAN
    from .input_laws import StudentT as StudentT
    from .input_laws import input_law as input_law
    from .kernel import feature_kernel as feature_kernel
    from .kernel import feature_mean as feature_mean
    from .kernel import norm_divided_kernel as norm_divided_kernel
    from .modes import Modes as Modes
    from .modes import whitened as whitened
    from .power_law_modes import log_panels as log_panels
    from .spectral_problem import SpectralProblem as SpectralProblem
    from .spectrum import Measured as Measured
    from .spectrum import PowerLaw as PowerLaw
    from .target import Isotropic as Isotropic
    from .target import MeasuredTarget as MeasuredTarget
    from .target import PowerLawTarget as PowerLawTarget
    from .teacher import TEACHER_OUTPUT as TEACHER_OUTPUT
    from .teacher import TEACHER_UNITS as TEACHER_UNITS
    from .teacher import standardised_second_moment as standardised_second_moment
    from .teacher import teacher_variance as teacher_variance

_HOMES = {
    "ACTIVATIONS": "activations",
    "Activation": "activations",
    "GAUSSIAN": "input_laws",
    "Isotropic": "target",
    "Measured": "spectrum",
    "MeasuredTarget": "target",
    "Modes": "modes",
    "PowerLaw": "spectrum",
    "PowerLawTarget": "target",
    "SpectralProblem": "spectral_problem",
    "StudentT": "input_laws",
    "TEACHER_OUTPUT": "teacher",
    "TEACHER_UNITS": "teacher",
    "activation": "activations",
    "feature_kernel": "kernel",
    "feature_mean": "kernel",
    "input_law": "input_laws",
    "log_panels": "power_law_modes",
    "norm_divided_kernel": "kernel",
    "standardised_second_moment": "teacher",
    "teacher_variance": "teacher",
    "whitened": "modes",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
