"""Text as the recognizers should see it: nothing invisible, no look-alike letters; offsets lead back.

A zero-width space inside a name, a Cyrillic letter that looks Latin, full-width or mathematical letters are invisible
to the eye and hide a name from every recognizer that compares characters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

# letters of other scripts that look like Latin ones; used only in words that also hold Latin letters
_LOOKALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУаеѕіјорсухһԁԛԝքӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιονρυχ",
        "ABESIJKMHOPCTXYaesijopcyxhdqwplABEZHIKMNOPTYXaiovpux",
        strict=True,
    )
)
_SAME = {"’": "'", "‘": "'", "ʼ": "'", "＇": "'", "‐": "-", "‑": "-", "\u00a0": " ", "\u202f": " ", "\u2007": " "}
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Folded:
    """Text for the recognizers, and where its characters come from.

    Attributes:
        text: Folded text.
        starts: Original offset of each character, and the original length at the end; None where nothing moved.
    """

    text: str = field(repr=False)
    starts: tuple[int, ...] | None = field(default=None, repr=False)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Original offsets of a passage of the folded text."""
        if self.starts is None:
            return start, end
        # up to the next visible character: combining marks and invisible ones at the end belong to the passage
        return self.starts[start], max(self.starts[end], self.starts[end - 1] + 1)


def fold(text: str) -> Folded:
    """Drop invisible characters, replace look-alikes and compatibility forms by plain letters."""
    if text.isascii():
        return Folded(text)
    out: list[str] = []
    starts: list[int] = []
    for offset, char in enumerate(text):
        if char in _SAME:
            piece = _SAME[char]
        elif char.isascii():
            piece = char
        elif unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn", "Cs") or "\ufe00" <= char <= "\ufe0f":
            continue
        else:
            piece = _plain(char)
        out.append(piece)
        starts.extend([offset] * len(piece))
    folded = "".join(out)
    if any(char in _LOOKALIKES for char in folded):
        folded = _WORD.sub(_latin_word, folded)
    composed = unicodedata.normalize("NFC", folded)
    if composed != folded:
        folded, starts = _compose(folded, starts)
    if folded == text:
        return Folded(text)
    return Folded(folded, (*starts, len(text)))


def _plain(char: str) -> str:
    decomposition = unicodedata.decomposition(char)
    # <font>, <wide>, <circle> ... forms of plain letters; true accents have no tag and stay
    if decomposition.startswith(("<font>", "<wide>", "<narrow>", "<circle>", "<square>", "<super>", "<sub>")):
        return unicodedata.normalize("NFKC", char)
    return char


def _latin_word(match: re.Match[str]) -> str:
    word = match[0]
    if not _LATIN.search(word):
        return word
    return "".join(_LOOKALIKES.get(char, char) for char in word)


def _compose(text: str, starts: list[int]) -> tuple[str, list[int]]:
    """NFC, one cluster of base and combining marks at a time, so that offsets stay known."""
    out: list[str] = []
    places: list[int] = []
    position = 0
    while position < len(text):
        end = position + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        piece = unicodedata.normalize("NFC", text[position:end])
        out.append(piece)
        places.extend(starts[position : position + 1] * len(piece))
        position = end
    return "".join(out), places
