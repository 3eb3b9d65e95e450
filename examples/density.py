"""The spectrum of N = 256 Gaussian features of a power law: eigenvalues and target energy, bands, gaps and outliers.

python examples/density.py density.png
"""

from __future__ import annotations

import sys

import matplotlib

from optscaling.compare import plot_density
from optscaling.theory import PowerLaw, SpectralProblem, spectral_density

SIZE = 256


def main() -> None:
    """Draw it."""
    matplotlib.use("Agg")
    density = spectral_density(SpectralProblem(PowerLaw(s=1.0, dim=1000)).modes(SIZE), SIZE)
    axes = plot_density(density)
    axes.figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "density.png", dpi=150)


if __name__ == "__main__":
    main()
