"""Words of a turn with what is known of each: place, capital, first in its sentence."""

from __future__ import annotations

import re
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+")
_END = re.compile(r"[.!?…:\n]")
_APOSTROPHE = frozenset("'’")


class Word(NamedTuple):
    """A run of letters and digits. There is one for each word of a study, so it is of the kind that is made fastest.

    Attributes:
        start: First code point in the turn's text.
        end: One past the last.
        lower: Case-folded.
        capital: Starts with a capital.
        first: First in its sentence, where a capital says nothing.
        gap: Characters between the word before and this one; "" for the first word.
    """

    start: int
    end: int
    lower: str
    capital: bool
    first: bool
    gap: str

    def __repr__(self) -> str:
        # without the words: a traceback or a log may show it
        return f"Word(start={self.start}, end={self.end}, capital={self.capital}, first={self.first})"


def split(text: str) -> list[Word]:
    """The words of a turn; a possessive ``'s`` is dropped, so that "Mara's" is the word "Mara"."""
    words: list[Word] = []
    position = 0
    for match in WORD.finditer(text):
        start, end = match.span()
        piece = match[0]
        gap = text[position:start]
        if gap and gap[-1] in _APOSTROPHE and piece in ("s", "S", "t", "re", "ve", "ll", "d", "m") and len(gap) == 1:
            continue
        first = not words or bool(_END.search(gap)) or gap.strip()[-1:] in ('"', "“", "(", "[", "-", "–", "—", "]")
        words.append(Word(start, end, piece.casefold(), piece[0].isupper(), first, gap))
        position = end
    return words


def lower_case(text: str) -> bool:
    """True for text without capitals, as automatic captions have it: a missing capital says nothing there."""
    letters = sum(c.isalpha() for c in text)
    capitals = sum(c.isupper() for c in text)
    return letters >= 12 and capitals * 100 < letters
