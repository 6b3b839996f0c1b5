"""People under several names: which mentions are one person.

Evidence, strongest first: the roster; the same words; a fuller name of which only one bearer is in question;
nicknames and pet forms; what speakers say themselves ("everybody calls her ..."); names that sound alike. What could be
two people is not guessed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from anonymizer.entities.names import (
    PARTICLES,
    SUFFIXES,
    TITLES,
    fold,
    is_known_given,
    is_short_for,
    nicknames,
    sounds_like,
    tokens,
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart; folded.

    Attributes:
        words: Without titles and suffixes.
        gender: ``m`` or ``f`` by the title, else empty.
        titled: A title stood before it, so that a single word is a family name.
    """

    words: tuple[str, ...] = field(repr=False)
    gender: str = ""
    titled: bool = False

    @classmethod
    def parse(cls, text: str) -> Name:
        """Take a surface form apart."""
        found = list(tokens(text))
        gender, titled = "", False
        while len(found) > 1 and found[0] in TITLES:
            gender = TITLES[found.pop(0)] or gender
            titled = True
        while len(found) > 1 and found[-1] in SUFFIXES:
            found.pop()
        found = _initials_joined(found)
        if len(found) > 1 and all(word in PARTICLES for word in found[:-1]):
            # "van der Meer", "al-Sayed": a family name alone
            found, titled = found[-1:], True
        return cls(tuple(found), gender, titled)

    @property
    def full(self) -> bool:
        """Given and family name."""
        return len(self.words) > 1

    @property
    def given(self) -> str:
        """The given name; empty for "Ms. Osei"."""
        return "" if self.titled and not self.full else self.words[0] if self.words else ""

    @property
    def family(self) -> tuple[str, ...]:
        """Words of the family name, particles left out; the single word of "Ms. Osei"; empty for a bare first name."""
        if not self.full:
            return self.words if self.titled else ()
        return tuple(w for w in self.words[1:] if w not in PARTICLES and len(w) > 1) or self.words[-1:]


_TITLE_BEFORE = re.compile(r"\b([^\W\d_]{2,10})\.? $")


def titled_name(text: str, start: int, form: str) -> Name:
    """A mention's name, with the title that stands before it in the text and is no part of the mention."""
    name = Name.parse(form)
    if name.titled:
        return name
    before = _TITLE_BEFORE.search(fold("|" + text[max(0, start - 12) : start])[1:] + " ") if start else None
    if before and text[start - 1 : start].isspace() and before[1] in TITLES and before[1] not in ("coach", "sir"):
        return Name(name.words, TITLES[before[1]] or name.gender, titled=True)
    return name


def same_given(first: str, second: str) -> bool:
    """Whether two given names may be one person's, the family name being the same."""
    if not first or not second or first == second:
        return True
    if len(first) == 1 or len(second) == 1 or not {*"aeiouy"} & set(first) or not {*"aeiouy"} & set(second):
        # an initial, or initials run together
        return first[0] == second[0]
    if first in nicknames(second) or is_short_for(first, second) or is_short_for(second, first):
        return True
    return sounds_like(first, second) or bool(nicknames(first) & nicknames(second))


def same_family(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two family names may be one: one shared word, or the same word heard twice."""
    if not first or not second:
        return False
    # the last word of one among the other's: a middle name that two people share is no family name
    return first[-1] in second or second[-1] in first or sounds_like(first[-1], second[-1])


def compatible(first: Name, second: Name) -> bool:
    """Whether two names with a family name each may be one person's."""
    if first.gender and second.gender and first.gender != second.gender:
        return False
    if "".join(first.words) == "".join(second.words):
        return True
    if first.full and second.full and (_swallows(first.words, second.words) or set(first.words) == set(second.words)):
        return True
    if first.full and second.full and first.words[-1] == second.words[-1]:
        # "Elena Duarte" for "Maria Elena Duarte"
        few, many = sorted((first.words, second.words), key=len)
        if len(few) < len(many) and few[0] in many:
            return True
    return same_family(first.family, second.family) and same_given(first.given, second.given)


def _swallows(first: Sequence[str], second: Sequence[str]) -> bool:
    few, many = sorted((first, second), key=len)
    return many[: len(few)] == few


def _initials_joined(words: list[str]) -> list[str]:
    """``a j mensah`` -> ``aj mensah``; a single initial stays."""
    run = next((n for n, word in enumerate(words) if len(word) != 1), len(words))
    return ["".join(words[:run]), *words[run:]] if run > 1 else words


# tiers of likeness between a single word and a fuller name; lower is stronger
EXACT, PET, SOUND = 1, 2, 3


def fits(single: Name, full: Name) -> int:
    """How a single word may be part of a fuller name: EXACT, PET, SOUND, or 0 for not at all."""
    if not single.words or (single.gender and full.gender and single.gender != full.gender):
        return 0
    word = single.words[0]
    initials = "".join(w[0] for w in full.words)
    if full.full and word == initials and len(word) < 4 and not is_known_given(word):
        return PET
    if single.titled and len(word) == 1:
        return PET if any(part.startswith(word) for part in full.family) else 0
    family = full.family if full.full or full.titled else ()
    if word in family or (not single.titled and word in full.words and word not in PARTICLES):
        return EXACT
    if single.titled and word == full.given:
        # pupils and children say "Miss Gemma"
        return PET
    if not single.titled and full.given:
        if is_short_for(word, full.given) or is_short_for(full.given, word):
            return PET
        if sounds_like(word, full.given):
            return SOUND
    if any(sounds_like(word, part) for part in family):
        return SOUND
    return 0


def tier_of(single: Name, other: Name) -> int:
    """How a bare name may be another, bare or fuller: EXACT, PET, SOUND, or 0 for not at all."""
    if other.full:
        return EXACT if run_together(" ".join(single.words)) == "".join(other.words) else fits(single, other)
    if single.words == other.words:
        return EXACT
    if not single.words or not other.words:
        return 0
    a, b = single.words[0], other.words[0]
    if is_short_for(a, b) or is_short_for(b, a):
        return PET
    return SOUND if sounds_like(a, b) else 0


def gender_of(names: Iterable[Name]) -> str:
    """The gender that titles state, if they agree."""
    stated = {name.gender for name in names if name.gender}
    return stated.pop() if len(stated) == 1 else ""


@functools.lru_cache(maxsize=4096)
def run_together(text: str) -> str:
    """A name as one word: how a caption splits it does not matter."""
    return "".join(Name.parse(text).words)


def key_of(text: str) -> str:
    """The canonical form by which a full name is compared across transcripts: folded, without titles."""
    return " ".join(Name.parse(text).words) or fold(text)
