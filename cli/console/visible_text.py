"""Text as a terminal may show it: signs that cannot be seen, or that move or recolour what can, are written out."""

from __future__ import annotations

import re

LONGEST_WORD, LONGEST_SENTENCE = 200, 1200  # characters of a sentence on standard error
_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


def visible(text: str) -> str:
    r"""Text with every sign written out that is not printed as itself: controls, direction marks, lone surrogates.

    Args:
        text: any; file names and cells of tables in it may hold anything.

    Returns:
        The text; line ends and tabs are kept.

    >>> print(visible("a\x1b[31mb \u202egd\u202c, naïve"))
    a\x1b[31mb \u202egd\u202c, naïve
    """
    return "".join(sign if sign.isprintable() or sign in "\n\t" else _written(sign) for sign in text)


def brief(sentence: str) -> str:
    """A sentence of one line that echoes no more of its input than its reader needs.

    Args:
        sentence: what went wrong; it may quote what was given in full.

    Returns:
        It on one line, in visible signs; words above `LONGEST_WORD` and sentences above `LONGEST_SENTENCE` characters
        have their middle left out, since what to try stands at the end.

    >>> len(brief("the size is '" + "9" * 100_000 + "', but a number is expected."))
    264
    """
    line = visible(" ".join(sentence.split()))
    line = _WORD.sub(lambda found: _shortened(found[0], LONGEST_WORD), line)
    return _shortened(line, LONGEST_SENTENCE) if len(line) > LONGEST_SENTENCE else line


def _written(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _shortened(text: str, most: int) -> str:
    end = most // 4
    start = most - end
    return f"{text[:start]}[... {len(text) - most} characters ...]{text[-end:]}"
