"""What was measured of a network: its spectrum, its forecasts, and the sentence on whether they can hold."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic_file import write_atomically
from ...compare.spectra import SlopeFit
from ...errors import InputError
from ...sim.factorisation import is_linear, left_over
from ...theory.optimizers import GradientDescent, Optimizer, optimizer
from ..kernels import Linearised, Loss, NetworkKernel
from .drift import Drift
from .eigenmodes import Modes
from .readout import Readout
from .settings import SETTINGS
from .stability import StableSteps
from .target_space import TargetSpace


@dataclass(frozen=True, eq=False)
class NetworkForecast:
    """Risks that a fixed kernel would give. Predicted, not measured: `status` says whether that can hold.

    Attributes:
        optimizer: Its name.
        steps: T, shape (T,).
        train: Risk on the measured rows, shape (T,): |f - y|^2 a row, or the quadratic model of the cross-entropy above
            its minimum.
        bound: How far `train` can be off as the risk of this kernel, shape (T,).
        held_out: Risk on held-out rows, shape (T,), by the loss itself at the linearised outputs; None without them.
        status: Whether the kernel stays.
    """

    optimizer: str
    steps: np.ndarray
    train: np.ndarray
    bound: np.ndarray
    held_out: np.ndarray | None
    status: str


@dataclass(frozen=True, eq=False)
class Live:
    """What further forecasts are made with.

    Attributes:
        kernel: K.
        space: Its Krylov space, which grows where a forecast asks for it.
        most: Products there may ever be.
        scale: Adam's P, shape (p,), or None.
        held_out: The network on other rows, and the loss there.
    """

    kernel: NetworkKernel
    space: TargetSpace
    most: int
    scale: np.ndarray | None
    held_out: tuple[Linearised, Loss] | None


@dataclass(frozen=True, eq=False)
class NetworkSpectrum:
    """The spectrum of a network's kernel K = S'J J'S/n at its parameters.

    Attributes:
        rows, outputs, parameters: n, m, p.
        loss: "mse" or "cross-entropy".
        at: The loss at these parameters.
        modes: Eigenvalues found, with the target's energies.
        s, r: Exponents of eigenvalues and energies over the modes found; None where too few were.
        trace: tr K and its standard error.
        layers: Array of parameters -> its share of the trace, with a standard error; they add up to 1.
        largest: The largest eigenvalue.
        stable: Largest stable steps of optimizers.
        drift: Against a second kernel; None where none was given.
        readout: Refit of the last layer; None where there was nothing to refit it on.
        notes: What was left out, and why.
        made: Seed, products, seconds, format.
    """

    rows: int
    outputs: int
    parameters: int
    loss: str
    at: float
    modes: Modes
    s: SlopeFit | None
    r: SlopeFit | None
    trace: tuple[float, float]
    layers: Mapping[str, tuple[float, float]]
    largest: float
    stable: StableSteps
    drift: Drift | None
    readout: Readout | None
    notes: tuple[str, ...]
    made: Mapping[str, Any]
    _live: Live = field(repr=False)

    @property
    def status(self) -> str:
        """Whether forecasts from this kernel hold, in a sentence."""
        if self.drift is None:
            return (
                "Whether a forecast holds is not known: no second kernel was given. Give after=PARAMETERS of a later "
                "checkpoint, or own_steps=(RATE, STEPS)."
            )
        return self.drift.status

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """The target's spectral measure: Ritz values, rising, and their shares of the residual's mean square."""
        return self._live.space.measure()

    def risk(
        self,
        name: str | Optimizer,
        steps: Sequence[int],
        *,
        rate: float | None = None,
        eta: float | None = None,
        tolerance: float = SETTINGS.tolerance,
    ) -> NetworkForecast:
        """The risk after T steps if the kernel stays what it is.

        Args:
            name: An optimizer that is linear in the residual: gd, heavy-ball:B, power:p ..., or "adam", which here is
                gradient descent with Adam's second moments held fixed.
            steps: T.
            rate: The learning rate of gd, momentum or adam.
            eta: The step in units of 1/(largest eigenvalue); 1 where neither is given.
            tolerance: Relative, of the training risk.

        Raises:
            InputError: For an optimizer that is not linear, both `rate` and `eta`, or a rate for one that has none.
        """
        adam = isinstance(name, str) and name.lower() == "adam"
        rule = optimizer("gd") if adam else optimizer(name) if isinstance(name, str) else name
        if not is_linear(rule) or rule.name in ("diagonal",) or rule.name.startswith("block"):
            raise InputError(
                f"'{rule.name}' is not a function of the network's kernel; expected gd, heavy-ball:B, power:p, damped "
                "or adam."
            )
        if rate is not None and eta is not None:
            raise InputError("Both rate and eta were given; give the learning rate, or the step over 1/largest.")
        kernel, space = self._live.kernel, self._live.space
        if adam:
            if self._live.scale is None:
                raise InputError("Adam's second moments were not measured; call measure(..., adam=True).")
            kernel = kernel.preconditioned(self._live.scale)
            space = TargetSpace(kernel, self._live.most)
        times = np.asarray(list(steps), dtype=float)
        step = rate * space.top if rate is not None else 1.0 if eta is None else eta

        def left(values: np.ndarray) -> np.ndarray:
            return left_over(rule, values, times, step, float("inf"), space.top)

        curve = space.curve(left, tolerance, alternating=isinstance(rule, GradientDescent) and step <= 1)
        held_out = None
        if self._live.held_out is not None:
            model, loss = self._live.held_out
            moved = (-kernel.direction(column) / self.rows for column in curve.coefficients.T)
            held_out = np.array([loss.value(model.outputs + model.forward(each)) for each in moved])
        label = "adam" if adam else rule.name
        return NetworkForecast(label, times.astype(int), curve.risk, curve.bound, held_out, self.status)

    def to_npz(self, path: str | Path, *, layer: str = "all", step: int = 0) -> None:
        """Write eigenvalues, energies, trace, n, kind, layer and step: a file that `optscaling diagnose` reads."""
        columns: dict[str, Any] = {
            "eigenvalues": self.modes.eigenvalues,
            "energies": self.modes.energies,
            "trace": np.array(self.trace[0]),
            "n": np.array(self.rows),
            "kind": np.array("network-kernel"),
            "layer": np.array(layer),
            "step": np.array(step),
        }
        file = io.BytesIO()
        np.savez(file, **columns)
        write_atomically(Path(path), file.getvalue())

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the version of their layout."""
        return {
            "schema": "optscaling-network-spectrum-1",
            "rows": self.rows,
            "outputs": self.outputs,
            "parameters": self.parameters,
            "loss": self.loss,
            "loss_at_parameters": self.at,
            "eigenvalues": self.modes.eigenvalues.tolist(),
            "energies": self.modes.energies.tolist(),
            "energy_beyond": self.modes.left,
            "s": None if self.s is None else self.s.to_json(),
            "r": None if self.r is None else self.r.to_json(),
            "trace": list(self.trace),
            "layers": {name: list(share) for name, share in self.layers.items()},
            "largest_eigenvalue": self.largest,
            "largest_stable_steps": asdict(self.stable),
            "drift": None if self.drift is None else [self.drift.value, self.drift.error],
            "readout": None if self.readout is None else asdict(self.readout) | {"share": self.readout.share},
            "status": self.status,
            "notes": list(self.notes),
            "made": dict(self.made),
        }

    def __str__(self) -> str:
        """A summary in lines."""
        found = f"{len(self.modes.eigenvalues)} eigenvalues found" + (", all there are" if self.modes.whole else "")
        lines = [
            self.status,
            f"{self.rows} rows, {self.outputs} outputs, {self.parameters} parameters; {self.loss} {self.at:.4g}",
            found,
            f"largest eigenvalue {self.largest:.4g}, trace {self.trace[0]:.4g} ({self.trace[1]:.1g})",
            f"s = {_exponent(self.s)}; r = {_exponent(self.r)}",
            "largest stable steps: gd {:.3g}, momentum 0.9 {:.3g}{}".format(
                self.stable.gd,
                self.stable.momentum,
                "" if self.stable.adam is None else f", adam {self.stable.adam:.3g}",
            ),
        ]
        shares = ", ".join(f"{name} {share:.0%}" for name, (share, _) in self.layers.items())
        lines.append(f"share of the trace: {shares}")
        if self.readout is not None:
            lines.append(self.readout.status)
        return "\n".join([*lines, *self.notes])

    def dumps(self) -> str:
        """`to_json` as text."""
        return json.dumps(self.to_json(), indent=1)


def _exponent(fit: SlopeFit | None) -> str:
    if fit is None:
        return "not known"
    if fit.reported is None:
        return f"{fit.value:.2f}"
    low, high = fit.reported
    return f"{fit.value:.2f} [{low:.2f}, {high:.2f}] over ranks {fit.window[0]} to {fit.window[1]}"
