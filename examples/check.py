"""Hold a diagnosis against a simulation on the same file: same features, sizes and steps, several draws."""

from __future__ import annotations

from optscaling.compare import Measurement, fit_exponent
from optscaling.compare.diagnosis.result import Diagnosis
from optscaling.compare.diagnosis.verdict import GAP, RATIO
from optscaling.compare.runs.paired_gap import exponent_gap
from optscaling.sim import simulate
from optscaling.theory.experiments.parse import from_dict


def check(diagnosis: Diagnosis, path: str, target: str, seeds: int) -> bool:
    """Print predicted and measured alpha and, for each verdict, whether the simulation confirms it.

    The file is the population (infinite samples). Returns whether no verdict was contradicted.
    """
    names = [name for name, value in diagnosis.alpha.items() if value is not None]
    content = {
        "problem": {"kind": "data", "path": path, "target": target, "features": diagnosis.features},
        "model": {"sizes": list(diagnosis.sizes), "samples": "inf"},
        "training": {"optimizers": names, "steps": [diagnosis.steps], "eta": diagnosis.eta},
        "measure": {"seeds": seeds},
    }
    run = Measurement.from_dataset(simulate(from_dict(content, "check")))
    window = (float(diagnosis.sizes[0]), float(diagnosis.sizes[-1]))
    print(f"{'optimizer':<18}{'predicted alpha':<24}{f'measured, {seeds} seeds':<24}")
    for name in names:
        fit = fit_exponent(run.sizes, run.cell(name, None, diagnosis.steps))
        value = shown(diagnosis.alpha[name], diagnosis.alpha_intervals[name])
        print(f"{name:<18}{value:<24}{shown(fit.value, fit.bootstrap):<24}")
    print()
    contradicted = False
    for verdict in diagnosis.judged:
        word = verdict.same_steps.word
        gap = exponent_gap(run, verdict.optimizer, "gd", None, diagnosis.steps, window=window)
        last = [float(run.mean(name, None, diagnosis.steps)[-1]) for name in ("gd", verdict.optimizer)]
        assert gap.value is not None
        pays = gap.value >= GAP and last[0] / last[1] >= RATIO
        if word == "cannot tell":
            outcome = "left open"
        elif (word == "pays") == pays:
            outcome = "confirmed"
        else:
            outcome, contradicted = "contradicted", True
        print(
            f"{verdict.optimizer:<18}{word:<14}{outcome:<14}measured gap {shown(gap.value, gap.interval)}, "
            f"risk of gd over its own {last[0] / last[1]:.2f}"
        )
    return not contradicted


def shown(value: float | None, interval: tuple[float, float] | None) -> str:
    """A number with its interval."""
    if value is None:
        return "-"
    return f"{value:.3f}" if interval is None else f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"
