"""Organizations and places under several forms: legal endings, short forms, acronyms, run-together words."""

from __future__ import annotations

import functools
import re

from anonymizer.entities.names import consonants, sound, tokens

_TITLES = frozenset({"st", "saint", "royal", "national"})
_DOMAIN = re.compile(r"(?:\.| dot )(?:com|io|ai|org|net|dev|app|co|de|co\.uk|ac\.uk)\b.*$")
_LEGAL_WORDS = (
    "inc incorporated ltd limited llc llp plc corp corporation co company gmbh ag kg se sa sas srl spa bv nv ab as oy "
    "pty pvt group holding holdings"
)
_LEGAL = frozenset(_LEGAL_WORDS.split())
_JOINING_WORDS = "of the and for at in de la le du des der die und von fur"
_JOINING = frozenset(_JOINING_WORDS.split())
# a first word that many organizations share says nothing about which one it is
_COMMON_FIRST_WORDS = (
    "university college school institute department national royal american british european german united new north "
    "south east west northern southern eastern western central international global general first city state bank "
    "hospital saint st big open global the digital data tech smart blue green red black white san santa los"
)
_COMMON_FIRST = frozenset(_COMMON_FIRST_WORDS.split())
_COMPANY = (
    r"inc|ltd|llc|gmbh|corp|plc|technologies|robotics|software|systems|solutions|analytics|consulting|motors|pharma\w*|"
    r"logistics|media|games|ventures|industries|airlines|insurance|start-?up"
)
_KINDS: tuple[tuple[str, str], ...] = (
    (r"universit\w*|polytechnic|uni|universidad|hochschule", "university"),
    (r"college", "college"),
    (r"academy|school|high school|gymnasium|grundschule|kindergarten|nursery", "school"),
    (r"hospital|klinik|klinikum|clinic|infirmary|krankenhaus", "hospital"),
    (r"bank", "bank"),
    (r"church|parish|mosque|synagogue|temple", "congregation"),
    (r"institute|institut|laborator\w+|labs?|research centre|research center", "institute"),
    (r"foundation|charity|ngo|trust|stiftung", "foundation"),
    (r"council|ministry|department|agency|authority|government|parliament", "authority"),
    (r"union", "union"),
    (r"magazine|newspaper|times|gazette|herald|radio|tv", "medium"),
    (_COMPANY, "company"),
)  # fmt: skip
_BY_FORM = tuple((re.compile(rf"\b(?:{pattern})\b"), kind) for pattern, kind in _KINDS)


def words(text: str) -> tuple[str, ...]:
    """Folded words without legal endings and a leading article."""
    plain = _DOMAIN.sub("", text.casefold()) if "." in text or " dot " in text.casefold() else text
    found = list(tokens(plain or text))
    while len(found) > 1 and found[-1] in _LEGAL:
        found.pop()
    if len(found) > 1 and found[0] == "the":
        found = found[1:]
    return tuple(found)


@functools.lru_cache(maxsize=16384)
def core(text: str) -> str:
    """What "Lumen Works Ltd." and "Lumenworks" share: the words run together."""
    return "".join(words(text))


@functools.lru_cache(maxsize=16384)
def is_acronym(short: str, full: str) -> bool:
    """Whether one form is the initials of another, with or without its joining words; spelled out too ("u f p e")."""
    letters = "".join(tokens(short)).replace(".", "")
    long = words(full)
    if not 2 <= len(letters) <= 8 or len(long) < 2 or letters == "".join(long):
        return False
    initials = "".join(word[0] for word in long)
    telling = "".join(word[0] for word in long if word not in _JOINING)
    return letters in (initials, telling)


@functools.lru_cache(maxsize=16384)
def is_short_form(short: str, full: str) -> bool:
    """Whether one form is the beginning of another: "Lumenworks" of "Lumenworks Robotics", not "University" of ..."""
    few, many = words(short), words(full)
    if not few or len(few) >= len(many):
        return False
    # "Bartram's" of "Bartram's College": there the ending belongs to the name
    if many[: len(few)] == few or (*many[: len(few) - 1], many[len(few) - 1].removesuffix("s")) == few:
        return len(few) > 1 or (few[0] not in _COMMON_FIRST and len(few[0]) > 2)
    # "Ashby" of "University of Ashby": what is left when generic and joining words are taken away
    telling = tuple(w for w in many if w not in _JOINING and w not in _TITLES and not kind_of(w))
    if tuple(w for w in many if w not in _TITLES) == few:
        return True
    same = telling == few or tuple(w.removesuffix("s") for w in telling) == few
    return same and len("".join(few)) > 3


def same_organization(first: str, second: str) -> bool:
    """Whether two forms may be one organization, leaving open whether a third fits as well."""
    if core(first) == core(second):
        return True
    for short, full in ((first, second), (second, first)):
        if is_acronym(short, full) or is_short_form(short, full):
            return True
    return misheard(first, second)


@functools.lru_cache(maxsize=16384)
def misheard(first: str, second: str) -> bool:
    """Whether two long names differ as misheard ones do."""
    from rapidfuzz.distance import OSA, Indel

    a, b = core(first), core(second)
    if min(len(a), len(b)) < 6 or any(c.isdigit() for c in a + b):
        return False
    if sound(a) == sound(b):
        return True
    if consonants(a) == consonants(b) and len(consonants(a)) > 2:
        return Indel.normalized_similarity(sound(a), sound(b)) >= 0.8
    return min(len(a), len(b)) >= 9 and OSA.distance(a, b) <= 1


@functools.lru_cache(maxsize=16384)
def kind_of(text: str) -> str:
    """``university``, ``hospital``, ``company`` ... by the words of a form; empty if they do not say."""
    folded = " ".join(tokens(text))
    for pattern, kind in _BY_FORM:
        if pattern.search(folded):
            return kind
    return ""
