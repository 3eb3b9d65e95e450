"""Diabetes progression from ten measurements, linear features: one data set on both sides of the threshold.

python examples/diabetes.py [FOLDER]    FOLDER keeps diabetes.csv and its figures; a temporary one is used without it
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from check import check
from sklearn.datasets import load_diabetes

from optscaling.compare.diagnosis.data_diagnosis import diagnose
from optscaling.compare.figures.diagnosis import save_diagnosis


def write(folder: Path) -> Path:
    """442 patients, ten columns and the progression after a year."""
    data = load_diabetes()
    file = folder / "diabetes.csv"
    table = np.column_stack([data.data, data.target])
    header = ",".join([*data.feature_names, "progression"])
    np.savetxt(file, table, fmt="%.10g", delimiter=",", header=header, comments="")
    return file


def main(folder: Path) -> bool:
    """Diagnose and check for long and for short training; returns whether no verdict was contradicted."""
    file = write(folder)
    confirmed = True
    for steps in (2000, 20):
        diagnosis = diagnose(file, "progression", steps=steps)
        print(diagnosis)
        save_diagnosis(diagnosis, folder / f"diabetes-{steps}.png")
        print("\nSimulated on the same file")
        confirmed &= check(diagnosis, str(file), "progression", seeds=100)
        print()
    return confirmed


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        sys.exit(0 if main(Path(sys.argv[1])) else 1)
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(0 if main(Path(temporary)) else 1)
