"""Experiments: what to predict or measure, read from a TOML file in which nothing is ever evaluated."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from ..optimizers import Optimizer
from .checks import check_training, checked_noise, checked_optimizers, checked_sizes, checked_steps, checked_whole
from .spec import ProblemSpec, Samples


@dataclass(frozen=True)
class Experiment:
    """One experiment, checked: every field can be used as it stands.

    Attributes:
        name: as the file or preset is called.
        problem: what is learned, at each s.
        sizes: N, rising.
        samples: n, as a number, a multiple of N or infinite.
        test_samples: rows that risks are measured on, where the population is not known in closed form.
        optimizers: in the order given.
        steps: T, rising.
        eta: the step, in units of 1/lambda_max.
        seeds: how many draws.
        fit_from: the smallest N in fits of an exponent.
        stepped_to: the last T of optimizers that are run step by step, which cost their steps; None is the last of all.
        batch: rows in a step of the optimizers that are run by steps (`Stepped`); None is the full batch. On finite
            samples they are drawn from the training rows with replacement, otherwise they are fresh ones (one pass).
    """

    name: str
    problem: ProblemSpec
    sizes: tuple[int, ...]
    samples: Samples
    test_samples: int
    optimizers: tuple[Optimizer, ...]
    steps: tuple[int, ...]
    eta: float
    seeds: int
    fit_from: int
    stepped_to: int | None = None
    batch: int | None = None

    @property
    def stepped_steps(self) -> tuple[int, ...]:
        """The T at which optimizers that are run step by step are measured; `steps` where stepped_to is not set."""
        return tuple(t for t in self.steps if self.stepped_to is None or t <= self.stepped_to)

    @property
    def fit_sizes(self) -> tuple[int, ...]:
        """The sizes in the exponent fit, N >= fit_from."""
        return tuple(n for n in self.sizes if n >= self.fit_from)

    def rules(self, size: int) -> tuple[Optimizer, ...]:
        """The optimizers at N = size, those whose parameters grow with N with numbers for them."""
        return tuple(each.at(size) for each in self.optimizers)

    def with_(
        self,
        *,
        sizes: Sequence[int] | None = None,
        seeds: int | None = None,
        steps: Sequence[int] | None = None,
        stepped_to: int | None = None,
        noise: float | None = None,
    ) -> Experiment:
        """This experiment at other sizes, seeds, steps or label noise, checked again. Raises InputError."""
        changed = replace(
            self,
            problem=replace(self.problem, noise=checked_noise(noise)) if noise is not None else self.problem,
            sizes=checked_sizes(list(sizes)) if sizes is not None else self.sizes,
            seeds=checked_whole(seeds, "measure.seeds") if seeds is not None else self.seeds,
            steps=checked_steps(list(steps)) if steps is not None else self.steps,
            stepped_to=checked_whole(stepped_to, "training.stepped_to") if stepped_to is not None else self.stepped_to,
        )
        if not changed.fit_sizes:
            changed = replace(changed, fit_from=changed.sizes[0])
        if not changed.stepped_steps:
            changed = replace(changed, stepped_to=None)
        return changed

    def with_optimizers(self, optimizers: Sequence[Optimizer | str], batch: int | None = None) -> Experiment:
        """This experiment with other optimizers, names or objects (see `sim.optax_rules.Custom`), checked again.

        batch: rows in a step of those that are run by steps, None for the full batch. Raises InputError.
        """
        chosen = checked_optimizers(optimizers)
        rows = None if batch is None else checked_whole(batch, "batch")
        check_training(chosen, self.eta, rows, self.problem, self.samples)
        return replace(self, optimizers=chosen, batch=rows)

    def to_dict(self) -> dict[str, Any]:
        """The experiment as plain JSON values, enough to make it again with `from_dict`."""
        problem: dict[str, Any] = {"kind": self.problem.kind, "noise": self.problem.noise}
        if self.problem.kind == "data":
            problem |= {
                "path": self.problem.path,
                "target": self.problem.target,
                "features": self.problem.features,
            }
        else:
            problem |= {"s": list(self.problem.s), "dim": self.problem.dim or "inf"}
        if self.problem.kind == "gaussian":
            problem["r"] = "isotropic" if self.problem.r is None else self.problem.r
        if self.problem.kind == "relu" and self.problem.features != "relu":
            problem["features"] = self.problem.features
        if self.problem.outputs != 1:
            problem["outputs"] = self.problem.outputs
        if self.problem.inputs is not None:
            problem["inputs"] = self.problem.inputs.name
        if self.problem.teacher != "relu":
            problem["teacher"] = self.problem.teacher
        samples: Any = "inf"
        if not self.samples.infinite:
            samples = {
                "per_feature": self.samples.per_feature,
                "min": self.samples.minimum,
                "max": self.samples.maximum if math.isfinite(self.samples.maximum) else "inf",
            }
        until = {} if self.stepped_to is None else {"stepped_to": self.stepped_to}
        return {
            "problem": problem,
            "model": {"sizes": list(self.sizes), "samples": samples, "test_samples": self.test_samples},
            "training": {
                "optimizers": [o.name for o in self.optimizers],
                "steps": list(self.steps),
                "eta": self.eta,
            }
            | until
            | ({} if self.batch is None else {"batch": self.batch}),
            "measure": {"seeds": self.seeds, "fit_from": self.fit_from},
        }

    @property
    def fingerprint(self) -> str:
        """A hash of the content (not the name): equal experiments, equal fingerprints."""
        return sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()[:16]
