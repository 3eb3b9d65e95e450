"""manifest.json: what is measured in a run directory, and by which rules it was drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...theory.experiments import Experiment
from ..devices import Precision
from ..problems import SEED_RULE
from .stored_json import Unreadable, read_object, text

FORMAT = 1
MANIFEST = "manifest.json"
_MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class Manifest:
    """What a run directory holds.

    Attributes:
        name: of the experiment.
        experiment: what is measured, as `Experiment.to_dict` writes it.
        fingerprint: of the experiment.
        data: the hash of its data file, None where it has none.
        seed_rule: how random numbers are drawn.
        versions: of the libraries it was begun with.
        precision: of sums.
        risk_sha256: the hash of the whole once it is there, see `risk_file`.
    """

    name: str
    experiment: Mapping[str, Any]
    fingerprint: str
    data: str | None
    seed_rule: str
    versions: Mapping[str, str]
    precision: str
    risk_sha256: str | None = None

    @property
    def identity(self) -> str:
        """A hash of all that decides what a cell's numbers are; cells carry it."""
        generator = self.seed_rule.partition("streams:")[0]  # streams are only ever added
        parts = (self.fingerprint, self.data, generator, self.precision)
        return sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def to_bytes(self) -> bytes:
        """As a file."""
        content = {"format": FORMAT, **asdict(self)}
        if self.risk_sha256 is None:
            del content["risk_sha256"]
        return (json.dumps(content, allow_nan=False) + "\n").encode()

    def finished(self, risk_sha256: str) -> Manifest:
        """The same, with the hash of the whole."""
        return replace(self, risk_sha256=risk_sha256)


def manifest_for(experiment: Experiment, versions: Mapping[str, str], precision: Precision) -> Manifest:
    """The manifest of a run that is to begin.

    Args:
        experiment: what is to be measured.
        versions: of the libraries that decide what the numbers are.
        precision: of sums.

    Returns:
        The manifest, with the hash of the data file.

    Raises:
        InputError: the data file cannot be read.
    """
    return Manifest(
        name=experiment.name,
        experiment=experiment.to_dict(),
        fingerprint=experiment.fingerprint,
        data=_data_hash(experiment),
        seed_rule=SEED_RULE,
        versions=dict(versions),
        precision=precision,
    )


def read_manifest(path: Path) -> Manifest:
    """The manifest of a run.

    Args:
        path: the run's directory.

    Returns:
        What it says.

    Raises:
        Unreadable: there is none, or it is damaged.
        InputError: another version of optscaling wrote it, in a format that this one does not read.
    """
    content = read_object(path / MANIFEST, _MOST_BYTES)
    found = content.get("format")
    if isinstance(found, int) and found != FORMAT:
        raise InputError(
            f"The run {path} has format {str(found)[:20]}, but format {FORMAT} is expected; it was written by another "
            "version of optscaling, so give a new directory."
        )
    if found != FORMAT or not isinstance(content.get("experiment"), dict):
        raise Unreadable("it is not a manifest")
    versions = content.get("versions", {})
    if not isinstance(versions, dict) or not all(isinstance(v, str) for v in versions.values()):
        raise Unreadable("its versions are not text")
    return Manifest(
        name=text(content, "name"),
        experiment=content["experiment"],
        fingerprint=text(content, "fingerprint", 100),
        data=None if content.get("data") is None else text(content, "data", 100),
        seed_rule="" if content.get("seed_rule") is None else text(content, "seed_rule"),
        versions=versions,
        precision=text({"precision": "float64"} | content, "precision", 100),
        risk_sha256=None if content.get("risk_sha256") is None else text(content, "risk_sha256", 100),
    )


def check_same(path: Path, found: Manifest, wanted: Manifest) -> None:
    """Raises InputError where a run directory holds something else than is wanted, with what differs."""
    if found.fingerprint != wanted.fingerprint:
        raise InputError(
            f"{path} holds a different experiment ({found.name[:80]}, {_difference(found, wanted)}); give another "
            "directory, or the experiment this run was started with."
        )
    # later versions only add streams at the end of the rule, and what was drawn before stays as it was
    if not found.seed_rule or not wanted.seed_rule.startswith(found.seed_rule):
        raise InputError(f"{path} was drawn by another seed rule, by another version; give a new directory.")
    if found.precision != wanted.precision:
        raise InputError(
            f"The run {path} was started in {found.precision}, but {wanted.precision} is asked for now; go on with "
            f"{found.precision}, or give a new directory."
        )
    if found.data != wanted.data:
        raise InputError(f"The data file has changed since the run {path} was started; give a new directory.")


def _difference(found: Manifest, wanted: Manifest) -> str:
    """The first key in which two experiments differ, with both values."""
    for section, keys in wanted.experiment.items():
        theirs = found.experiment.get(section)
        theirs = theirs if isinstance(theirs, dict) else {}
        for key, value in keys.items():
            if theirs.get(key) != value:
                return f"with {section}.{key} = {str(theirs.get(key))[:80]} instead of {value}"
    return "with other settings"


def _data_hash(experiment: Experiment) -> str | None:
    if experiment.problem.path is None:
        return None
    try:
        return sha256(Path(experiment.problem.path).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{experiment.problem.path} cannot be read ({error.strerror}); check the path.") from None
