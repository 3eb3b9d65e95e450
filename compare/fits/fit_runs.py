"""The laws that a table of training runs can be fitted with, by the name of their form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..joint_laws import JointLaws, JointSettings, analyse_runs
from ..loss_curves import CurveTable, fit_curve_table
from ..loss_laws import FitOptions, LossFits, fit_losses, series_of
from ..tables import SelectionRules, read_roles, read_table

Found = LossFits | JointLaws | CurveTable

# What each form that is no law of single series can be asked, beside its table, roles and rules.
_JOINT = ("baseline", "units", "draws", "seed")
_CURVES = ("train", "warm_up")
FORMS = ("auto", "power", "offset", "shared", "chinchilla", "broken", "broken-offset", "joint", "multipower")
_MOST_REFITS = 200  # of a joint law: each draw is a fit of all runs


def fit(
    source: Any,
    form: str = "auto",
    *,
    roles: Mapping[str, str | Sequence[str]] | str | Path | None = None,
    rules: SelectionRules | None = None,
    **options: Any,
) -> Found:
    """Read a table of runs and fit a law to it: to each series, to all optimizers jointly, or to whole loss curves.

        power, offset, broken, broken-offset    L = A N^-alpha, E + A N^-alpha, one break without and with E
        chinchilla, shared                      L = E + A N^-alpha + B D^-beta, each series or with one E
        joint                                   rho and exponents of every optimizer against the baseline
        multipower                              loss curves under learning-rate schedules

    Args:
        source: a path, "-", a DataFrame, an xarray Dataset or a mapping of columns; or a `Table` that was read.
        form: one of `FORMS`; "auto" fits those of single series and says what every form that the data do not exclude
            agrees on.
        roles: role to column, or a TOML file with them, where they should not be found; of multipower also "rate" and
            "curve", the columns of the learning rate and of the schedule's name.
        rules: what is done with rows of one optimizer and size that differ.
        **options: fields of `FitOptions`, such as draws=0 or floor=1.6; of joint baseline, units=(N0, D0), draws and
            seed; of multipower train (schedules to fit) and warm_up (steps).

    Returns:
        `LossFits`, `JointLaws` or `CurveTable`: print it, or ask for `.to_json()`.

    Raises:
        InputError: where the table, the form or an option cannot be used, with what to do.

    >>> runs = {"params": [1e6, 2e6, 4e6, 8e6], "val_loss": [4.0, 3.8, 3.61, 3.43]}
    >>> print(fit(runs, "power", draws=0).fits[0].fit.form)
    power
    """
    if form not in FORMS:
        raise InputError(f"'{form}' is no form of a law; there are {', '.join(FORMS)}.")
    known = {"joint": _JOINT, "multipower": _CURVES}.get(form, tuple(FitOptions.__dataclass_fields__))
    if strange := [name for name in options if name not in known]:
        raise InputError(f"The form {form} has no option '{strange[0]}'; it has {', '.join(known)}.")
    if form == "multipower":
        named = read_roles(roles) if isinstance(roles, str | Path) else dict(roles or {})
        return fit_curve_table(source, named, drop=() if rules is None else rules.drop, **options)
    table = read_table(source, roles)
    if form == "joint":
        draws = min(options.get("draws", JointSettings.draws), _MOST_REFITS)
        settings = JointSettings(draws=draws, seed=options.get("seed", 0))
        asked = {name: options[name] for name in ("baseline", "units") if name in options}
        return analyse_runs(table, rules=rules, settings=settings, **asked)
    return fit_losses(series_of(table, rules), form, **options)  # type: ignore[arg-type]
