"""The shape of a line: what an error may show of a transcript."""

from __future__ import annotations

import re

_LIMIT = 60


def shape(line: str) -> str:
    """A line with its words and numbers masked: ``[99:99] Xx X.: x x``.

    A word becomes ``x``, ``Xx`` or ``X`` by its capitals, whatever its length; each digit becomes ``9``, so that the
    form of a time stamp can be seen. Punctuation stays; other symbols become ``?``. Cut after 60 characters.
    """

    def word(match: re.Match[str]) -> str:
        text = match.group()
        if text[0].isupper():
            return "Xx" if any(c.islower() for c in text) else "X"
        return "x"

    # the cut comes first: a line of 100 MB is not worth masking
    line = re.sub(r"[^\W\d_]+", word, line[: 4 * _LIMIT])
    line = re.sub(r"\d", "9", line)
    line = "".join(c if c.isascii() and c.isprintable() else ("\\t" if c == "\t" else "?") for c in line)
    return line if len(line) <= _LIMIT else line[: _LIMIT - 3] + "..."
