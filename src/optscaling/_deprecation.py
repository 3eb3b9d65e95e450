"""Old names of what was renamed: they go on working for a while, with a warning that names the new one."""

from __future__ import annotations

import warnings
from typing import NamedTuple


class Renamed(NamedTuple):
    """Where an old name of a lazy package went.

    name: the new name, in the same package. since: the version that renamed it. until: the version that no longer
    knows the old name.
    """

    name: str
    since: str
    until: str

    def warn(self, package: str, old: str) -> None:
        """Warn the caller's caller, once a place, that `old` of `package` has another name now."""
        warnings.warn(
            f"{package}.{old} is called {self.name} since version {self.since}, and the old name goes in "
            f"{self.until}; write {package}.{self.name}.",
            DeprecationWarning,
            stacklevel=3,
        )
