"""Handwritten digits with random ReLU features: does preconditioning pay? Diagnose, then simulate to check.

python examples/digits.py [FOLDER]      FOLDER keeps digits.csv and digits.png; a temporary one is used without it
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from check import check
from sklearn.datasets import load_digits

from optscaling.compare.diagnosis.data_diagnosis import diagnose
from optscaling.compare.figures.diagnosis import save_diagnosis


def write(folder: Path) -> Path:
    """1797 images of 8 x 8 pixels and their label, one row each."""
    data = load_digits()
    names = [f"pixel{i}" for i in range(data.data.shape[1])]
    file = folder / "digits.csv"
    table = np.column_stack([data.data, data.target])
    np.savetxt(file, table, fmt="%g", delimiter=",", header=",".join([*names, "label"]), comments="")
    return file


def main(folder: Path) -> bool:
    """Diagnose and check; returns whether no verdict was contradicted."""
    file = write(folder)
    diagnosis = diagnose(file, "label", features="relu", steps=1000, sizes=[32, 64, 128, 256, 512])
    print(diagnosis)
    save_diagnosis(diagnosis, folder / "digits.png")
    print("\nSimulated on the same file")
    return check(diagnosis, str(file), "label", seeds=8)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        sys.exit(0 if main(Path(sys.argv[1])) else 1)
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(0 if main(Path(temporary)) else 1)
