"""Names taken apart: folded forms, titles, nicknames, sound."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping

from anonymizer.resources import rule_files

MALE, FEMALE = "m", "f"
TITLES: Mapping[str, str] = {
    "mr": MALE, "mister": MALE, "sir": MALE, "lord": MALE, "herr": MALE, "señor": MALE, "monsieur": MALE,
    "mrs": FEMALE, "ms": FEMALE, "miss": FEMALE, "madam": FEMALE, "lady": FEMALE, "frau": FEMALE, "señora": FEMALE,
    "madame": FEMALE, "dr": "", "doctor": "", "prof": "", "professor": "", "mx": "", "rev": "", "reverend": "",
    "coach": "", "chef": "", "captain": "",
}  # fmt: skip
_PARTICLE_WORDS = "de da do dos das del della di du la le van von der den ter ten al el bin ibn bint abu mac mc st san"
PARTICLES = frozenset(_PARTICLE_WORDS.split())
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "phd", "md", "esq", "junior", "senior"})
_POSSESSIVE = re.compile(r"(?:['’`´]s|(?<=s)['’`´])$", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STRAY = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def fold(text: str) -> str:
    """Without case, accents, invisible characters and surplus space: what two spellings of one name share."""
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf", "Cc") or c in "\t\n\r")
    return " ".join(letters.translate(_STRAY).split())


def without_possessive(text: str) -> str:
    """``Osei's`` -> ``Osei``."""
    return _POSSESSIVE.sub("", text.strip())


def tokens(text: str) -> tuple[str, ...]:
    """Folded words of a name, possessive dropped, hyphens split, apostrophes inside words dropped (``o'brien``)."""
    if text.isascii() and text.replace(" ", "").isalnum():
        # nothing to take apart: the key may hold fifty thousand of them
        return tuple(text.lower().split())
    words = _TOKEN.findall(fold(without_possessive(text)))
    return tuple(word.replace("'", "").replace("’", "") for word in words)


@functools.cache
def _nicknamer():  # type: ignore[no-untyped-def]
    from nicknames import NickNamer

    return NickNamer()


@functools.cache
def _pet_forms() -> Mapping[str, frozenset[str]]:
    """Given name <-> pet forms of the languages that the English table lacks, in both directions."""
    found: dict[str, set[str]] = {}
    for path in rule_files("names/pet_forms.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            full, colon, pets = line.partition(":")
            if not colon or line.startswith("#"):
                continue
            for pet in (fold(p) for p in pets.split(",")):
                for name in fold(full).split():
                    if pet and pet != name:
                        found.setdefault(name, set()).add(pet)
                        found.setdefault(pet, set()).add(name)
    return {name: frozenset(others) for name, others in found.items()}


@functools.lru_cache(maxsize=16384)
def nicknames(name: str) -> frozenset[str]:
    """Names that a folded given name is also known by, in both directions: package ``nicknames`` and rules/names/."""
    namer = _nicknamer()
    return frozenset(namer.nicknames_of(name) | namer.canonicals_of(name)) | _pet_forms().get(name, frozenset())


def is_known_given(name: str) -> bool:
    """Whether a folded word is a given name of the tables, full or pet form."""
    return bool(nicknames(name))


def is_canonical(name: str) -> bool:
    """Whether a folded given name has nicknames of its own, so that it is hardly a nickname itself."""
    return bool(_nicknamer().nicknames_of(name))


_TWO_LETTERS = frozenset({"mo", "jo", "al", "ed", "em", "ty"})
_DIMINUTIVE = re.compile(r"(?:ie|ey|ee|y|i|u|s|sy|zy|inho|inha|ito|ita|chen)$")
_FEMININE = frozenset({"a", "e", "ia", "ina", "ine", "elle", "le", "ette", "na", "ne"})


@functools.lru_cache(maxsize=16384)
def is_short_for(short: str, full: str) -> bool:
    """Whether a folded given name is a usual short or pet form of another: by table, by prefix, by pet ending.

    ``paul`` is not short for ``paula``, nor ``victor`` for ``victoria``: those are two people.
    """
    if short == full or not short.isalpha() or not full.isalpha():
        return False
    if short in nicknames(full):
        # the table also holds "Ellen" for Helen and "Erin" for Aaron: names of their own, and as long
        return len(full) >= len(short) + 2 or (short.endswith(("y", "ie", "i", "k")) and not is_canonical(short))
    if short in _TWO_LETTERS and full.startswith(short) and len(full) > 4:
        return True
    if len(short) >= len(full) + 2 or len(short) < 3:
        return False
    # the tables have both and nothing that would make them one: "Jan" and "Janine" may be two
    strangers = is_known_given(short) and is_known_given(full) and not nicknames(short) & nicknames(full)
    if full.startswith(short) and not strangers:
        rest = full[len(short) :]
        return not (len(short) >= 4 and rest in _FEMININE) and not (len(rest) == 1 and rest in "aeiosy")
    if is_canonical(short):
        return False
    for stem in _stems(short):
        if len(stem) >= 3 and full.startswith(stem) and len(full) > len(stem) + 1 and full != short:
            return len(full) >= len(short) + (2 if len(stem) == 3 else 0)
    return not strangers and len(short) >= 4 and len(full) >= len(short) + 2 and full.endswith(short)


def _stems(short: str) -> list[str]:
    found = []
    for length in (4, 3, 2, 1):
        ending = short[-length:]
        if len(short) > length and _DIMINUTIVE.fullmatch(ending):
            stem = short[:-length]
            found.append(stem)
            if len(stem) > 3 and stem[-1] == stem[-2]:
                found.append(stem[:-1])
    return found


# spellings that automatic captions exchange: digraphs first
_SOUNDS = (
    ("tch", "c"), ("sch", "s"), ("sh", "s"), ("ch", "c"), ("zh", "j"), ("ph", "f"), ("th", "t"), ("dh", "d"),
    ("bh", "b"), ("kh", "k"), ("gh", "g"), ("wh", "w"), ("ck", "k"), ("qu", "kw"), ("ng", "n"), ("nh", "n"),
    ("mb", "m"), ("x", "s"), ("q", "k"), ("z", "s"), ("v", "w"), ("ew", "eu"), ("aw", "au"), ("ow", "ou"),
    ("ay", "ei"), ("ey", "ei"), ("ai", "ei"), ("oy", "oi"), ("y", "i"), ("j", "j"), ("h", ""),
)  # fmt: skip
_VOWELS = "aeiou"


@functools.lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """A folded word as it sounds, roughly: what a caption writer may spell in another way."""
    text = re.sub(r"g(?=[eiy])", "j", re.sub(r"c(?=[eiy])", "s", word))
    initial_h = text.startswith("h")
    for written, heard in _SOUNDS:
        text = text.replace(written, heard)
    text = ("h" if initial_h else "") + text.replace("c", "k")
    text = re.sub(r"(.)\1+", r"\1", text)
    return re.sub(r"(?<=[^aeiou])e$", "", text)


@functools.lru_cache(maxsize=16384)
def consonants(word: str) -> str:
    """The consonants of :func:`sound`, ``w`` and a leading vowel's place kept."""
    heard = sound(word)
    bare = "".join(c for c in heard if c not in _VOWELS)
    return ("a" if heard and heard[0] in _VOWELS else "") + re.sub(r"(.)\1+", r"\1", bare)


@functools.lru_cache(maxsize=16384)
def sounds_like(first: str, second: str) -> bool:
    """Whether two folded names may be one, misheard or misspelt; strict, since "Jane" and "June" are two people.

    The same consonants and nearly the same vowels, or one letter apart in a long name; never only another ending
    vowel ("Mario", "Maria").
    """
    from rapidfuzz.distance import OSA, Indel

    if first == second:
        return True
    if min(len(first), len(second)) < 4:
        return sound(first) == sound(second) and min(len(first), len(second)) == 3
    if first.rstrip(_VOWELS) == second.rstrip(_VOWELS):
        return _ending(first) == _ending(second)
    a, b = sound(first), sound(second)
    if a == b:
        return True
    long = min(len(first), len(second)) >= 7
    if consonants(first) != consonants(second) and not long:
        return False
    if is_known_given(first) and is_known_given(second):
        # two names that both exist are two people unless they sound the same
        related = first in nicknames(second) or bool(nicknames(first) & nicknames(second))
        return related and a[:1] == b[:1] and Indel.normalized_similarity(a, b) >= 0.8
    count = len(consonants(first))
    if consonants(first) == consonants(second) and count > 1:
        enough = 0.75 if count == 2 else 0.66 if count == 3 else 0.6
        return Indel.normalized_similarity(a, b) >= enough and _gender_ending(first) == _gender_ending(second)
    return long and OSA.distance(a, b) <= 1


def _ending(word: str) -> str:
    return sound(word)[-1:]


def _gender_ending(word: str) -> str:
    # a final a or o tells Mario from Maria; other vowels at the end are heard in many ways
    last = word[-1:]
    return last if last in "ao" else ""
