"""`--latex` compiles, wherever a LaTeX is installed (continuous integration installs one)."""

import shutil
import subprocess

import pytest

from optscaling.theory.derivations.derivation import derive
from optscaling.theory.optimizers.registry import EXPONENTS_ONLY, KINDS, PREDICTED_ONLY

PDFLATEX = shutil.which("pdflatex")
NAMES = {
    "damped:eps": "damped:0.01",
    "block:B": "block:8",
    "sgd-power:p": "sgd-power:1/3",
    "data-power:p": "data-power:1/2",
    "sgd-data-power:p": "sgd-data-power:1/2",
}
ALL = [NAMES.get(kind.keyword, kind.keyword) for kind in (*KINDS, *PREDICTED_ONLY, *EXPONENTS_ONLY)]


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex")
@pytest.mark.parametrize("name", ALL)
def test_the_derivation_compiles(name, tmp_path):
    samples = "nu" if name == "ridge:n^-l" else None
    (tmp_path / "derivation.tex").write_text(derive(name, r="r", samples=samples).latex())
    done = subprocess.run(
        [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "derivation.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "derivation.pdf").exists()
