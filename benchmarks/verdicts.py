"""Whether the verdicts of `diagnose` are right, on synthetic problems whose answer is known.

Each problem draws s, r, a spectrum's length, label noise, T and n at random, makes a file from them (eigenvalues,
features or a kernel matrix), diagnoses it, and holds every verdict against the finite-size theory of the true problem
(its modes, no file), with the same margins. With --simulate K the first K answers are simulated as well, 10 draws each.
m is the smaller of gap/GAP and log ratio/log RATIO: an optimizer pays where m >= 1; away from the threshold means
m >= 2 or m <= 1/2, near it 0.8 < m < 1.25.

python benchmarks/verdicts.py [--problems 200] [--first 0] [--simulate 0] [--keep FILE]    FILE resumes
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from optscaling.compare.diagnosis.data_diagnosis import diagnose
from optscaling.compare.diagnosis.verdict import GAP, RATIO
from optscaling.compare.exponent_fit import slope_weights
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.prediction import predict

KINDS = ("eigenvalues", "features", "wide", "kernel")
NAMES = ("gd", "diagonal", "matrix-sign", "natural-gradient", "sign")


@dataclass(frozen=True)
class Problem:
    """A synthetic problem. samples: n, None for infinitely many; rows of the file, None for eigenvalues."""

    number: int
    kind: str
    s: float
    r: float
    dim: int
    rows: int | None
    noise: float
    steps: int
    sizes: tuple[int, ...]
    samples: int | None

    @classmethod
    def drawn(cls, number: int) -> Problem:
        """The problem of that number."""
        rng = np.random.default_rng((20261122, number))
        kind = KINDS[number % len(KINDS)]
        s = round(float(rng.uniform(0.2, 2.0)), 3)
        r = s if kind == "eigenvalues" else round(float(rng.uniform(0.4, min(2.0, 1 + s))), 3)
        noise = 0.0 if kind == "eigenvalues" else round(float(rng.choice([0.0, rng.uniform(0, 0.3)])), 3)
        if kind == "features":
            dim, rows = int(rng.integers(80, 200)), int(rng.integers(1000, 4000))
            largest = dim // 2
        elif kind == "eigenvalues":
            dim, rows, largest = int(rng.integers(500, 4000)), None, 128
        else:
            dim, rows, largest = int(rng.integers(2000, 6000)), int(rng.integers(400, 800)), 96
        sizes = tuple(round(n) for n in np.geomspace(largest / 8, largest, 4))
        steps = round(float(np.exp(rng.uniform(np.log(10), np.log(1e6)))))
        samples = None if rng.random() < 0.6 else round(largest * float(np.exp(rng.uniform(np.log(2), np.log(50)))))
        return cls(number, kind, s, r, dim, rows, noise, steps, sizes, samples)

    def file(self, folder: Path) -> Path:
        """What a user would have of it. Eigenvalues scatter by 5 %."""
        rng = np.random.default_rng((20261123, self.number))
        rank = np.arange(1, self.dim + 1, dtype=float)
        path = folder / f"{self.number}.npz"
        if self.rows is None:
            np.savez(path, rank ** -(1 + self.s) * np.exp(0.05 * rng.standard_normal(self.dim)))
            return path
        inputs = rng.standard_normal((self.rows, self.dim)) * rank ** (-(1 + self.s) / 2)
        y = inputs @ (rank ** ((self.s - self.r) / 2) * rng.choice([-1.0, 1.0], self.dim))
        y += math.sqrt(self.noise * float(np.sum(rank ** -(1 + self.r)))) * rng.standard_normal(self.rows)
        if self.kind == "kernel":
            np.savez(path, K=inputs @ inputs.T, y=y)
        else:
            np.savez(path, X=inputs, y=y)
        return path

    def experiment(self) -> dict[str, Any]:
        """The true problem as an experiment."""
        return {
            "problem": {"kind": "gaussian", "s": self.s, "r": self.r, "dim": self.dim, "noise": self.noise},
            "model": {"sizes": list(self.sizes), "samples": self.samples or "inf"},
            "training": {"optimizers": list(self.names), "steps": [self.steps], "eta": 1.5},
            "measure": {"seeds": 10},
        }

    @property
    def names(self) -> tuple[str, ...]:
        """What is judged: of sign descent the theory knows no finite samples, and files do not all keep its scale."""
        return NAMES if self.kind == "eigenvalues" and self.samples is None else NAMES[:-1]


def margins(risk: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """m of each optimizer against the first, from risks of shape (o, s)."""
    ahead = np.log(risk[0]) - np.log(risk)
    gap, ratio = -(ahead @ slope_weights(sizes)), ahead[:, -1]
    return np.minimum(gap / GAP, ratio / math.log(RATIO))


def answer(problem: Problem, simulated: bool) -> dict[str, Any]:
    """The verdicts on one problem beside the truth."""
    content = from_dict(problem.experiment(), "truth")
    truth = margins(predict(content).risk[:, 0, :, 0], problem.sizes)
    made: dict[str, Any] = asdict(problem) | {"names": list(problem.names[1:]), "margins": truth[1:].tolist()}
    if simulated:
        from optscaling.sim import simulate

        risk = simulate(content).risk.mean("seed").values[:, 0, :, 0]
        made["simulated"] = margins(risk, problem.sizes)[1:].tolist()
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        found = diagnose(
            problem.file(Path(folder)),
            steps=problem.steps,
            sizes=problem.sizes,
            samples=problem.samples,
        )
    said = {v.optimizer: v for v in found.judged}
    made["words"] = [said[name].same_steps.word for name in problem.names[1:]]
    made["said"] = [
        min(v.same_steps.gap / GAP, math.log(v.same_steps.risk.value or 1.0) / math.log(RATIO))
        for v in (said[name] for name in problem.names[1:])
    ]
    return made


def tally(answers: list[dict[str, Any]]) -> str:
    """Right, open and wrong verdicts: away from the threshold and near it, by optimizer and by kind of file."""
    lines = [f"{'':<28}{'verdicts':>9}{'right':>8}{'open':>8}{'wrong':>8}"]
    groups = [("all", lambda a, n: True)]
    groups += [(name, lambda a, n, name=name: n == name) for name in NAMES[1:]]
    groups += [(kind, lambda a, n, kind=kind: a["kind"] == kind) for kind in KINDS]
    for place, inside in (
        ("away", lambda m: m >= 2 or m <= 0.5),
        ("near", lambda m: 0.8 < m < 1.25),
    ):
        for label, chosen in groups:
            words = [
                (word, "pays" if m >= 1 else "does not pay")
                for a in answers
                for name, m, word in zip(a["names"], a["margins"], a["words"], strict=True)
                if inside(m) and chosen(a, name)
            ]
            right = sum(word == truth for word, truth in words)
            left = sum(word == "cannot tell" for word, _ in words)
            lines.append(f"{place}, {label:<22}{len(words):>9}{right:>8}{left:>8}{len(words) - right - left:>8}")
    away = [[(m, w) for m, w in zip(a["margins"], a["words"], strict=True) if m >= 2 or m <= 0.5] for a in answers]
    every = [each for each in away if each]
    whole = sum(all(w == ("pays" if m >= 1 else "does not pay") for m, w in each) for each in every)
    lines.append(f"problems with a verdict away from the threshold: {len(every)}, all of those right: {whole}")
    known = [a for a in answers if "simulated" in a]
    if known:
        pairs = [(t, q) for a in known for t, q in zip(a["margins"], a["simulated"], strict=True)]
        clear = [(t, q) for t, q in pairs if t >= 2 or t <= 0.5]
        agree = sum((t >= 1) == (q >= 1) for t, q in clear)
        lines.append(f"simulated: {len(known)} problems; truth and simulation agree on {agree} of {len(clear)} away")
    return "\n".join(lines)


def main() -> None:
    """Run, or go on, and print the tally."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--simulate", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    kept = options.keep.read_text().splitlines() if options.keep and options.keep.exists() else []
    answers = {a["number"]: a for a in map(json.loads, kept)}
    for number in range(options.first, options.first + options.problems):
        if number in answers:
            continue
        answers[number] = answer(Problem.drawn(number), number - options.first < options.simulate)
        if options.keep:
            with options.keep.open("a") as file:
                file.write(json.dumps(answers[number]) + "\n")
    print(tally(list(answers.values())))


if __name__ == "__main__":
    main()
