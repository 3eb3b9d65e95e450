"""Roles that were confirmed once: a TOML file with one key a role."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from ...atomic_file import write_atomically
from ...errors import InputError
from .role_names import ROLES
from .roles import ColumnRole


def read_roles(path: str | Path) -> dict[str, list[str]]:
    """Roles from a TOML file such as `size = "params"` or `by = ["family", "series"]`.

    Args:
        path: of the file.

    Returns:
        Role to its columns.

    Raises:
        InputError: where it is no such file.
    """
    try:
        content = tomllib.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"'{path}' is not a file; --save-roles {path} writes one.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f'{path} is no TOML ({error}); expected lines such as size = "params".') from None
    made = {}
    for role, names in content.items():
        listed = [names] if isinstance(names, str) else names
        if role not in ROLES or not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise InputError(f"{path}: '{role}' = {names!r} is no role with a column; roles are {', '.join(ROLES)}.")
        made[role] = listed
    return made


def save_roles(roles: Mapping[str, ColumnRole], path: str | Path) -> None:
    """Write the role of every column, for `read_roles`.

    Args:
        roles: of each column.
        path: of the file, which is replaced.
    """
    lines = ["# roles of the columns; a name may be moved to another role"]
    for role in ROLES:
        names = [name for name, each in roles.items() if each.role == role]
        if names:
            lines.append(f"{role} = [{', '.join(json.dumps(name) for name in names)}]")
    write_atomically(Path(path), ("\n".join(lines) + "\n").encode())
