"""The call: measure the kernel of a network that is given as a function, or as anything linearised."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...compare.spectra import SlopeFit, fit_source, fit_spectral
from ...errors import InputError
from ..kernels import JaxModel, Linearised, NetworkKernel, loss_of
from .drift import Drift, drift
from .eigenmodes import Modes, eigenmodes
from .network_spectrum import Live, NetworkSpectrum
from .readout import Readout, linear_layers, refit
from .settings import SETTINGS
from .stability import adam_scale, stable_steps
from .target_space import TargetSpace

Progress = Callable[[float, str], None]  # the fraction done, and what is done next


@dataclass(frozen=True)
class Wanted:
    """What is to be measured, beside the spectrum.

    Attributes:
        vectors: Products with K for eigenvalues, and the most for each forecast.
        own_steps: Rate and number of steps of gradient descent, after which the second kernel of the drift is taken.
        adam: Whether Adam's kernel is measured too.
        second_moments: Adam's v, shape (p,); None estimates it from batches.
        batch: Rows of those batches.
        readout: Names of the last layer's arrays; None finds them.
        seed: Of all random vectors.
        progress: Called with the fraction done and what is done next.
    """

    vectors: int = 200
    own_steps: tuple[float, int] | None = None
    adam: bool = False
    second_moments: np.ndarray | None = None
    batch: int = 128
    readout: Sequence[str] | None = None
    seed: int = 0
    progress: Progress | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Wanted:
        """From options by name.

        Raises:
            InputError: For a name that is not among them.
        """
        unknown = set(options) - set(cls.__dataclass_fields__)
        if unknown:
            raise InputError(
                f"measure does not know {', '.join(sorted(unknown))}; expected {', '.join(cls.__dataclass_fields__)}, "
                "exact, memory, after or held_out."
            )
        return cls(**options)


def measure(
    apply: Callable[[Any, Any], Any],
    params: Any,
    X: Any,
    y: Any,
    loss: str = "mse",
    *,
    after: Any = None,
    held_out: tuple[Any, Any] | None = None,
    **options: Any,
) -> NetworkSpectrum:
    """Measure the spectrum of a network's kernel at its parameters, and forecast its training.

    The kernel K = S'J J'S/n is never held: a product with it costs 4/3 of a gradient. Lanczos from the residual gives
    forecasts with a bound, Lanczos from a random vector eigenvalues and energies.

    Args:
        apply: (params, X) -> outputs, shape (n, m) or (n,), in JAX; row i of the outputs from row i of X alone.
        params: Any tree of arrays.
        X: Inputs, n rows.
        y: Targets: shape (n,) or (n, m); classes as whole numbers for the cross-entropy.
        loss: "mse", the mean over rows of |f - y|^2, or "cross-entropy" (its Gauss-Newton kernel).
        after: Parameters of a later checkpoint: the drift is between the two kernels.
        held_out: (X, y) of other rows, for held-out risks and the refit of the readout.
        **options: By keyword.

            own_steps: (rate, steps): the drift is between these parameters and those after so many steps of gradient
                descent on the rows.
            adam: measure Adam's kernel too, J P J' with P = 1/(sqrt(v) + 1e-8).
            second_moments: v, shape (p,) in the order of the flattened parameters; left out, v is the mean square of
                the gradients of a few batches of `batch` rows at these parameters.
            readout: names of the last layer's arrays; found where they are left out.
            vectors: products with K for eigenvalues, and the most for each forecast.
            exact: compute in float64 (the default), or in the parameters' own format.
            memory: gigabytes that activations may take.
            seed: of all random vectors.
            progress: called with the fraction done and what is done next.

    Returns:
        Eigenvalues, energies, exponents with intervals, largest stable steps, forecasts by its method `risk`, and in
        `status` whether they can hold.

    Raises:
        InputError: For a network, targets or options that cannot be used.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> X, w = rng.standard_normal((60, 5)), rng.standard_normal(5)
        >>> found = measure(lambda w, x: x @ w, np.zeros(5), X, X @ w)  # linear regression: its kernel is X X'/n
        >>> len(found.modes.eigenvalues), bool(abs(found.largest - np.linalg.norm(X, 2) ** 2 / 60) < 1e-6)
        (5, True)
    """
    kept = {name: options.pop(name) for name in ("exact", "memory") if name in options}
    wanted = Wanted.of(options)
    model = JaxModel(apply, params, X, **kept)
    later = None if after is None else JaxModel(apply, after, X, **kept)
    other = None if held_out is None else (JaxModel(apply, params, held_out[0], **kept), held_out[1])
    return measure_linearised(model, y, loss, wanted, later, other)


def measure_linearised(
    model: Linearised,
    y: Any,
    loss: str = "mse",
    wanted: Wanted | None = None,
    after: Linearised | None = None,
    held_out: tuple[Linearised, Any] | None = None,
) -> NetworkSpectrum:
    """`measure` for a network of any framework, near its parameters.

    Args:
        model: The network on the rows.
        y: Their targets.
        loss: "mse" or "cross-entropy".
        wanted: What is to be measured beside the spectrum.
        after: The same network on the same rows at other parameters.
        held_out: The network on other rows at the same parameters, and their targets.

    Returns:
        See `measure`.

    Raises:
        InputError: For targets or options that cannot be used.
    """
    wanted = wanted or Wanted()
    begun, tell = time.perf_counter(), wanted.progress or (lambda _share, _text: None)
    _check(wanted, after)
    kernel = NetworkKernel(model, loss_of(loss, model.outputs, y))
    tell(0.0, "largest eigenvalue")
    space = TargetSpace(kernel, wanted.vectors)
    tell(0.1, "eigenvalues")
    modes = eigenmodes(kernel, wanted.vectors, wanted.seed)
    tell(0.6, "traces of layers, stable steps")
    whole, shares = _traces(kernel, wanted.seed)
    s, r, notes = _exponents(modes, whole[0])
    scale = adam_scale(kernel, wanted.second_moments, wanted.batch, wanted.seed) if wanted.adam else None
    stable = stable_steps(kernel, space.top, scale)
    tell(0.8, "drift, readout")
    moved = _drift(kernel, after, wanted)
    others = None if held_out is None else (held_out[0], loss_of(loss, held_out[0].outputs, held_out[1]))
    readout, told = (None, []) if others is None else _readout(NetworkKernel(*others), wanted)
    return NetworkSpectrum(
        len(model.outputs),
        model.outputs.shape[1],
        model.parameters,
        loss,
        kernel.loss.value(model.outputs),
        modes,
        s,
        r,
        whole,
        shares,
        space.top,
        stable,
        moved,
        readout,
        (*notes, *told),
        _made(model, wanted, begun),
        Live(kernel, space, wanted.vectors, scale, others),
    )


def _made(model: Linearised, wanted: Wanted, begun: float) -> dict[str, Any]:
    """How a measurement was made."""
    kind = "float64" if model.rounding < 1e-10 else f"rounding {model.rounding:.1g}"
    seconds = time.perf_counter() - begun
    return {"seed": wanted.seed, "vectors": wanted.vectors, "format": kind, "seconds": seconds}


def _drift(kernel: NetworkKernel, after: Linearised | None, wanted: Wanted) -> Drift | None:
    """Against the given kernel, or the one after own steps."""
    between = "from one checkpoint to the other"
    if wanted.own_steps is not None:
        rate, steps = wanted.own_steps
        after = _descended(kernel.model, _targets(kernel), kernel.loss.name, rate, steps)
        between = f"in {steps} steps of gradient descent at a rate of {rate:g}"
    return None if after is None else drift(kernel.model, after, SETTINGS.probes, wanted.seed, between)


def _check(wanted: Wanted, after: Linearised | None) -> None:
    if wanted.vectors < 8:
        raise InputError(f"vectors is {wanted.vectors}; expected 8 or more products with the kernel.")
    if wanted.own_steps is not None and after is not None:
        raise InputError("Both after and own_steps were given; the drift is against one of them.")
    if wanted.own_steps is not None and not (wanted.own_steps[0] > 0 and wanted.own_steps[1] >= 1):
        raise InputError(f"own_steps is {wanted.own_steps}; expected (a rate above 0, a number of steps from 1 up).")


def _descended(model: Linearised, targets: np.ndarray, loss: str, rate: float, steps: int) -> Linearised:
    try:
        return model.descended(targets, loss, rate, steps)
    except InputError as error:
        raise InputError(
            f"Gradient descent at a rate of {rate:g} diverges within {steps} steps from these parameters; give "
            "own_steps a lower rate."
        ) from error


def _targets(kernel: NetworkKernel) -> np.ndarray:
    """Targets from the residual: f - y is S z."""
    outputs = kernel.model.outputs
    if kernel.loss.name == "mse":
        return outputs - kernel.loss.residual
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True) - kernel.loss.root(kernel.loss.residual)


def _traces(kernel: NetworkKernel, seed: int) -> tuple[tuple[float, float], dict[str, tuple[float, float]]]:
    """tr K, and the share of each array of parameters in it, both by the same random signs."""
    random, model = np.random.default_rng([seed, 1]), kernel.model
    parts = np.zeros((SETTINGS.probes, len(model.layers)))
    for probe in range(SETTINGS.probes):
        signs = random.choice([-1.0, 1.0], model.outputs.shape)
        squares = model.adjoint(kernel.loss.root(signs)) ** 2 / len(model.outputs)
        parts[probe] = [squares[cut].sum() for cut in model.layers.values()]
    sums, count = parts.sum(axis=1), SETTINGS.probes
    whole = float(sums.mean()), float(sums.std(ddof=1) / np.sqrt(count))
    shares = parts.sum(axis=0) / sums.sum()
    spread = (parts - shares * sums[:, None]).std(axis=0, ddof=1) / (np.sqrt(count) * sums.mean())
    return whole, {name: (float(a), float(b)) for name, a, b in zip(model.layers, shares, spread, strict=True)}


def _exponents(modes: Modes, whole: float) -> tuple[SlopeFit | None, SlopeFit | None, list[str]]:
    """s and r over the modes found, with what they leave out. whole: the trace."""
    count = len(modes.eigenvalues)
    high = count // 2 if modes.whole and count >= 32 else count
    if high < 8:
        return None, None, [f"{count} eigenvalues were found, too few for an exponent; give more vectors."]
    low = max(1, high // 20)
    s = fit_spectral(modes.eigenvalues, (low, high))
    r = fit_source(modes.energies, (low, high), np.repeat(modes.energies[None], 2, axis=0))[0]
    notes = []
    if not modes.whole:
        seen = min(float(modes.eigenvalues.sum()) / whole, 1.0)
        energy = float(modes.energies.sum())
        notes.append(
            f"The eigenvalues found hold {seen:.0%} of the trace and {energy / (energy + modes.left):.0%} of the "
            "target; s and r are of these ranks alone."
        )
    if r is not None and r.value <= 0:
        notes.append("The target's energies do not fall faster than 1/k over these ranks, so no r is given.")
        r = None
    return s, r, notes


def _readout(kernel: NetworkKernel, wanted: Wanted) -> tuple[Readout | None, list[str]]:
    if kernel.loss.name != "mse":
        return None, []
    layers = tuple(wanted.readout) if wanted.readout is not None else linear_layers(kernel.model, wanted.seed)
    if not layers:
        return None, ["No readout was found: outputs are not linear in any array of parameters; name it by readout=."]
    found = refit(kernel, layers)
    if found is None:
        return None, ["The readout was not refitted: the held-out rows are too few for its parameters."]
    return found, []
