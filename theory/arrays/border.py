"""The border to other libraries: whatever they raise over a file comes out as one sentence.

A file is other people's bytes, and readers fail on them in every way there is: zlib.error, TokenError, struct.error,
OverflowError. So inside this border, and only there, every exception counts as "cannot be read".
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import InputError

_LONGEST = 120  # characters of another library's reason that are shown


def shown(text: str, longest: int = 40) -> str:
    """Text as it can be printed: no control or direction marks, no line breaks, not longer than `longest`.

    >>> shown("a\\u202eb\\n" + 50 * "c", 8)
    'a?b?cccc...'
    """
    clean = "".join(c if c.isprintable() else "?" for c in text[: longest + 1])
    return clean if len(clean) <= longest else clean[:longest] + "..."


@contextmanager
def library_errors(source: str, expected: str = "plain numbers, not pickled objects") -> Iterator[None]:
    """Turn what a library raises while it reads `source` into an InputError; its warnings are not shown.

    Args:
        source: The name of the file.
        expected: What the file should hold, for the sentence.

    Raises:
        InputError: For any exception but an InputError, which passes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except MemoryError:
        raise InputError(
            f"{source} needs more memory than there is; give fewer rows, or a .npy file, which is read in parts."
        ) from None
    except Exception as error:
        reason = shown(str(error).split("\n")[0].rstrip("."), _LONGEST) or type(error).__name__
        raise InputError(f"{source} cannot be read ({reason}); expected {expected}.") from None
