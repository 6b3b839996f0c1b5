"""Sentences and words of spoken text, with or without capitals and punctuation."""

from __future__ import annotations

import re
from functools import lru_cache

_SENTENCE = re.compile(r"(?<=[.?!\u2026])[\"'\u201d\u2019)]*\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?|\d+")
_ASIDE = re.compile(r"\[[^\]]{1,20}\]|\([^)]{1,12}\)")

# function words and fillers of speech: they say nothing about which question a turn is about
_STOP_TEXT = """
    a about actually ah all also am an and any are as at be because been before being but by can could did do
    does doing done each er for from get go going got had has have having he her here him his how i if in into
    is it its just kind know let like lot maybe me mean more most my no not now of off oh ok okay on one only or
    other our out over own please really right s said say see she so some something sort still such t than thank
    thanks that the their them then there these they thing things think this those through to too uh um up us
    very was we well were what when where which while who whom why will with without would yeah yes you your
    yours re ve ll d m don doesn didn isn
"""
STOP = frozenset(_STOP_TEXT.split())


def words(text: str) -> list[str]:
    """Lower-case words and numbers, in order; ``don't`` is ``dont``."""
    return [match[0].lower().replace("\u2019", "'").replace("'", "") for match in _WORD.finditer(text)]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A rough English stem, for counting likeness only: plural, -ing, -ed, -ly, -ment, -ation taken off."""
    for suffix, left in (
        ("ations", 4), ("ation", 4), ("ments", 4), ("ment", 4), ("ingly", 4), ("ings", 4), ("ing", 4), ("edly", 4),
        ("ies", 3), ("ied", 3), ("ers", 4), ("er", 4), ("ed", 3), ("ly", 4), ("es", 3), ("s", 3), ("e", 3), ("y", 3),
    ):  # fmt: skip
        if word.endswith(suffix) and len(word) - len(suffix) >= left and not word.endswith("ss"):
            word = word[: -len(suffix)]
            break
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiou" else word


def content(text: str) -> list[str]:
    """Stems of the words that are not :data:`STOP`."""
    return content_of(words(text))


def content_of(said: list[str]) -> list[str]:
    """The same of :func:`words`."""
    return [stem(word) for word in said if word not in STOP and len(word) > 1]


def without_asides(text: str) -> str:
    """Text without ``[laughs]`` and ``(pause)``."""
    return " ".join(_ASIDE.sub(" ", text).split())


def sentences(text: str) -> list[str]:
    """Sentences by their punctuation; a text without any is one sentence."""
    return [part for part in _SENTENCE.split(without_asides(text)) if part.strip()]
