"""The lowest versions that pyproject.toml allows, one a line, as pip reads them: `python .ci/lowest.py > lowest.txt`.

The extra `lowest` is in them too: what only tests use, at a version of the same time.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
BOUND = re.compile(r"(?P<name>[\w.-]+)(\[[^\]]*\])?>=(?P<version>[\d.]+)(,[^;]*)?")


def lowest(requirements: list[str]) -> list[str]:
    """`name==version` of each `name>=version`; a requirement without a lower bound is a ValueError."""
    pins = []
    for requirement in requirements:
        found = BOUND.fullmatch(requirement.replace(" ", ""))
        if found is None:
            raise ValueError(f"'{requirement}' has no lower bound; give the oldest version that was tried.")
        pins.append(f"{found['name']}=={found['version']}")
    return pins


def main() -> None:
    """Print the pins."""
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    sys.stdout.write("\n".join(lowest(project["dependencies"])) + "\n")


if __name__ == "__main__":
    main()
