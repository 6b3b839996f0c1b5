"""Contacts and ids said aloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.detection.rules import read_words
from anonymizer.detection.spoken import SpokenForms

CASES = Path(__file__).parent / "data" / "contacts.jsonl"
ENGLISH = SpokenForms(read_words("en", None))
GERMAN = SpokenForms(read_words("de", None))
SPANISH = SpokenForms(read_words("es", None))


def found(text, forms=ENGLISH, previous=""):
    """(passage, type) of each hit."""
    return [(text[h.start : h.end], h.entity_type) for h in forms.find(text, previous)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail me at kat dot osei at lumenworks dot io please", ("kat dot osei at lumenworks dot io", "EMAIL")),
        ("it's m osei at lumen dash works dot co dot uk", ("m osei at lumen dash works dot co dot uk", "EMAIL")),
        ("go to talk fern dot fm slash courses", ("talk fern dot fm slash courses", "URL")),
        ("I'm at k underscore osei", ("at k underscore osei", "HANDLE")),
        (
            "call four one five, triple five, oh one three two",
            ("four one five, triple five, oh one three two", "PHONE"),
        ),
        ("my badge is K W four oh two one", ("K W four oh two one", "ID")),
        ("b as in bravo seven nine two two", ("b as in bravo seven nine two two", "ID")),
    ],
)
def test_forms_are_found_whole(text, expected):
    """Each form is found from its first to its last character, and as its type."""
    assert expected in [(p.removeprefix("I'm "), t) for p, t in found(text)]


@pytest.mark.parametrize(
    "text",
    [
        "look at the dot product at the end",
        "one two three four, testing",
        "we had two thousand and nineteen of them",
        "it was at three point five percent",
        "two or three of us, four at most",
        "in May and in June we had one or two",
        "ResNet fifty and ResNet one oh one",
        "I am at home and she is at work",
        "slash and burn is not a plan",
    ],
)
def test_ordinary_talk_is_left_alone(text):
    """Numbers and words that only look like dictation are no contacts."""
    assert [] == found(text)


def test_number_asked_for_in_the_turn_before():
    """A short number is an id when the turn before asked for one."""
    assert [("eight four one", "ID")] == found("eight four one", previous="And what is your room number?")


@pytest.mark.parametrize(
    ("text", "forms", "expected"),
    [
        ("schreib an lena punkt voss ät klarbach punkt de", GERMAN, ("lena punkt voss ät klarbach punkt de", "EMAIL")),
        ("meine Nummer ist null eins sieben sechs fünf fünf fünf null eins", GERMAN, (
            "null eins sieben sechs fünf fünf fünf null eins", "PHONE")),
        ("mi correo es lucía punto vega arroba riolargo punto es", SPANISH, (
            "lucía punto vega arroba riolargo punto es", "EMAIL")),
        ("mi teléfono es seis uno dos cinco cinco cinco cero uno cuatro", SPANISH, (
            "seis uno dos cinco cinco cinco cero uno cuatro", "PHONE")),
    ],
)  # fmt: skip
def test_other_languages(text, forms, expected):
    """The grammar is the same in German and Spanish, with the words of rules/de and rules/es."""
    assert [expected] == found(text, forms)


def test_contacts_of_many_forms(bare, hidden):
    """At least 97 of 100 contacts and ids of the case file are hidden whole, without any model."""
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    missed = 0
    for row in rows:
        start, end, _ = row["spans"][0]
        passages = hidden(bare, row["previous"] or "Okay.", row["text"])
        wanted = "".join(c for c in row["text"][start:end] if c.isalnum())
        missed += not any(wanted in "".join(c for c in p if c.isalnum()) for p in passages)

    assert len(rows) >= 300
    assert missed <= 0.03 * len(rows)


@given(st.text(max_size=200))
def test_hits_lie_inside_any_text(text):
    """Whatever the text, hits have offsets inside it, in order, without overlap."""
    end = 0
    for hit in ENGLISH.find(text):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end


@given(
    st.lists(
        st.sampled_from(
            [
                "at",
                "dot",
                "oh",
                "one",
                "two",
                "double",
                "triple",
                "slash",
                "underscore",
                "com",
                "a",
                "b",
                "mia",
                ",",
                ".",
                "-",
                "as",
                "in",
            ]
        )
    )
)
def test_hits_lie_inside_dictation(words):
    """The same for texts that are all dictation."""
    text = " ".join(words)
    end = 0
    for hit in ENGLISH.find(text):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end
