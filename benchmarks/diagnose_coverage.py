"""How often the 95 % intervals of s and r that `diagnose` gives hold the truth, on synthetic files.

Gaussian inputs with eigenvalues k^-(1+s) and a linear target with energies k^-(1+r), random signs, label noise. A row:
the problem, the share of draws whose interval holds s and r, the mean estimate, the mean width, and how often r was
given.
A share of D draws has a standard error of 0.22/sqrt(D) at 95 %.

python benchmarks/diagnose_coverage.py [--draws 100]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from optscaling.compare.diagnosis.prepared_modes import fitted_laws
from optscaling.compare.spectra.data_spectrum import DataSpectrum, bare_spectrum, data_spectrum
from optscaling.compare.spectra.spectral_exponents import SlopeFit
from optscaling.theory.arrays import Rows


@dataclass(frozen=True)
class Case:
    """A problem. rows: None for bare eigenvalues that scatter by `noise`, else of the file."""

    s: float
    r: float
    dim: int
    rows: int | None
    noise: float

    def spectrum(self, seed: int) -> DataSpectrum:
        """One draw."""
        rng = np.random.default_rng((20261122, seed))
        rank = np.arange(1, self.dim + 1, dtype=float)
        if self.rows is None:
            values = rank ** -(1 + self.s) * np.exp(self.noise * rng.standard_normal(self.dim))
            return bare_spectrum(np.sort(values)[::-1])
        inputs = rng.standard_normal((self.rows, self.dim)) * rank ** (-(1 + self.s) / 2)
        y = inputs @ (rank ** ((self.s - self.r) / 2) * rng.choice([-1.0, 1.0], self.dim))
        y += np.sqrt(self.noise * np.sum(rank ** -(1 + self.r))) * rng.standard_normal(self.rows)
        return data_spectrum(Rows.of(inputs), y[:, None], "linear", None, seed)


CASES = (
    Case(0.3, 0.3, 400, None, 0.1),
    Case(1.0, 1.0, 400, None, 0.1),
    Case(1.0, 0.5, 60, 1500, 0.2),
    Case(0.5, 1.0, 60, 1500, 0.05),
    Case(1.0, 1.0, 100, 400, 0.1),
    Case(1.0, 0.5, 2000, 400, 0.0),
    Case(0.5, 0.5, 2000, 400, 0.1),
    Case(0.5, 1.0, 2000, 400, 0.0),
    Case(1.5, 1.0, 2000, 400, 0.3),
)


def told(fits: list[SlopeFit], truth: float) -> str:
    """Coverage, mean and mean width, of the fits that have an interval."""
    known = [(fit.value, fit.interval) for fit in fits if fit.interval is not None]
    if not known:
        return f"{'-':>8}{'-':>8}{'-':>8}"
    held = np.mean([low <= truth <= high for _, (low, high) in known])
    width = np.mean([high - low for _, (low, high) in known])
    return f"{100 * held:>7.0f}%{np.mean([value for value, _ in known]):>8.3f}{width:>8.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=100)
    draws = parser.parse_args().draws
    print(f"{'s':>5}{'r':>5}{'dim':>6}{'rows':>6}{'noise':>6}{'s in':>8}{'s':>8}{'width':>8}", end="")
    print(f"{'r in':>8}{'r':>8}{'width':>8}{'given':>7}")
    with threadpool_limits(1):
        for case in CASES:
            found = [fitted_laws(case.spectrum(seed), seed) for seed in range(draws)]
            sources = [each.r for each in found if each.r is not None]
            print(
                f"{case.s:>5g}{case.r:>5g}{case.dim:>6}{case.rows or '-':>6}{case.noise:>6g}"
                f"{told([each.s for each in found], case.s)}{told(sources, case.r)}{len(sources):>7}",
                flush=True,
            )


if __name__ == "__main__":
    main()
