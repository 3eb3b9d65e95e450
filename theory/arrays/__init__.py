"""What a file, or arrays in memory, hold: eigenvalues with energies, features with targets, or a kernel matrix.

`read.py` is the call and `contents.py` its answers. `containers.py` opens .npy, .npz, .mat and .safetensors files,
`text_table.py` and `text_dialect.py` tables of text; nothing is unpickled, and what cannot fit the memory there is
is refused by its declared size (`memory.py`). `border.py` makes one sentence of every library's error.
`real_numbers.py` says which types are numbers; `roles.py` which array is what, `columns.py` which columns are no
features, `targets.py` what words and several columns of a target mean. No optimizer and no theory is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .contents import Eigenvalues as Eigenvalues
    from .contents import Features as Features
    from .contents import Kernel as Kernel
    from .contents import LeftOut as LeftOut
    from .contents import Reading as Reading
    from .contents import Rows as Rows
    from .memory import available_bytes as available_bytes
    from .memory import check_fits as check_fits
    from .read import read_data as read_data
    from .read import read_features as read_features

_HOMES = {
    "Eigenvalues": "contents",
    "Features": "contents",
    "Kernel": "contents",
    "LeftOut": "contents",
    "Reading": "contents",
    "Rows": "contents",
    "available_bytes": "memory",
    "check_fits": "memory",
    "read_data": "read",
    "read_features": "read",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
