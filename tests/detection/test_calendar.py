"""Dates that point to a day, month or year, ages, and what stays."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.detection.calendar import Calendar
from anonymizer.detection.rules import read_words

ENGLISH = Calendar(read_words("en", None), "en")
GERMAN = Calendar(read_words("de", None), "de")
SPANISH = Calendar(read_words("es", None), "es")


def found(text, calendar=ENGLISH):
    """Passages found, in order."""
    return [text[h.start : h.end] for h in sorted(calendar.find(text), key=lambda h: h.start)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was on February 9th, 2023, I think.", ["February 9th, 2023"]),
        ("the ninth of october", ["the ninth of october"]),
        ("in july two thousand and eighteen we moved", ["july two thousand and eighteen"]),
        ("back in nineteen ninety eight", ["nineteen ninety eight"]),
        ("From 2015 to 2019 I was there", ["2015", "2019"]),
        ("born on 12/03/1981 in a small town", ["12/03/1981"]),
        ("We met in March.", ["March"]),
        ("Monday the fifteenth of January", ["Monday the fifteenth of January"]),
    ],
)
def test_dates_are_found(text, expected):
    """Dates in figures and words are found whole."""
    assert expected == found(text)


@pytest.mark.parametrize(
    "text",
    [
        "last week, two years ago, in six months",
        "in the nineties, in the 1990s",
        "it may take a march of three days",
        "2000 images, 1995 dollars... no: $1995",
        "every Monday and next Friday",
        "a 1920x1080 picture",
        "twenty people, nineteen of them",
    ],
)
def test_relative_dates_and_amounts_stay(text):
    """Relative dates, durations, decades and amounts are no dates."""
    assert [] == found(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I turned forty-one in that job", ["forty-one"]),
        ("i'm 34, so i remember", ["34"]),
        ("my daughter is nine and my son just turned twelve", ["nine", "twelve"]),
        ("at the age of twenty six", ["twenty six"]),
        ("a 9-year-old boy", ["9-year-old"]),
        ("when I was eleven", ["eleven"]),
        ("she is in her fifties", ["fifties"]),
        ("I'll be thirty nine by then", []),
        ("I'll be thirty nine, and she'd be four now", ["thirty nine", "four"]),
        ("I left school at fifteen and worked", ["fifteen"]),
        ("Tamsin's twelve, she reads", ["twelve"]),
        ("There was Tamsin Orford, twenty, from the coast", ["twenty"]),
        ("a boy of nineteen explains it", ["nineteen"]),
        ("It's nine, let's go. Bus 12 is nine. Room two is six.", []),
        ("We left at five and they came in at seven.", []),
        ("I'm two minutes late", []),
        ("I'm 100 percent sure", []),
        ("he was one of us", []),
    ],
)
def test_ages(text, expected):
    """Ages of people are found, other numbers after the same words are not."""
    assert expected == found(text)


def test_german_and_spanish():
    """Months and ages of the other languages."""
    assert ["3. März 1988"] == found("Ich bin am 3. März 1988 geboren", GERMAN)
    assert ["34"] == found("ich war damals 34 Jahre alt", GERMAN)
    assert ["12 de mayo de 1990"] == found("nací el 12 de mayo de 1990", SPANISH)
    assert ["41"] == found("tengo 41 años", SPANISH)


@given(st.text(max_size=200))
def test_any_text(text):
    """Whatever the text, passages lie inside it and do not overlap."""
    end = 0
    for hit in sorted(ENGLISH.find(text), key=lambda h: h.start):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end


_WORDS = (
    "my daughter|she|he|i|who|when i was|turned|is|'s|was just|twelve|forty two|7|2019|nineteen ninety eight|years old|"
    "year-old|months old|weeks-old|months-olds|monday|the|fifteenth|of|january|March|MAY|ſeptember|spring|in|my|forties"
    "|two thousand and eighteen|30s|aged|tengo|años|ich bin|Jahre alt|im|Mai|,|.|K|a los|cumplí"
)
_PIECES = _WORDS.split("|")


def _whole(calendar):
    """The same calendar, looking for every pattern in every text."""
    whole = copy.copy(calendar)
    whole._ages = tuple((pattern, re.compile("")) for pattern, _ in calendar._ages)
    whole._dated = re.compile("")
    return whole


@pytest.mark.parametrize("calendar", [ENGLISH, GERMAN, SPANISH])
@given(data=st.data())
def test_no_pattern_is_passed_over_that_would_find_something(calendar, data):
    """Patterns are left out where a part of them is missing; nothing is lost by it."""
    pieces = data.draw(st.lists(st.sampled_from(_PIECES), max_size=12))
    text = "".join(piece + data.draw(st.sampled_from([" ", " ", "-", ""])) for piece in pieces)

    assert list(_whole(calendar).find(text)) == list(calendar.find(text))
