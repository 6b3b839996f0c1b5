"""Planting invented identifiers into copies, and counting what comes through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer.audit.plant import KINDS, STYLES, Planted, load_plants, measure, parse_plants, plant
from anonymizer.errors import RulesError
from anonymizer.resources import rules_folder
from anonymizer.transcript import Transcript, Turn

TEXTS = (
    "So what do you do? Tell me more about that.",
    "Well, I train models. It is fun, mostly! We use it a lot.",
    "OK.",
    "Yes, we do, and it's great. Really.",
)


def _transcript(name: str = "a", texts: tuple[str, ...] = TEXTS) -> Transcript:
    return Transcript(name, tuple(Turn(i, "A" if i % 2 else "B", text) for i, text in enumerate(texts)))


def _nothing(transcript: Transcript) -> list[tuple[int, int, int]]:
    return []


def _everything(transcript: Transcript) -> list[tuple[int, int, int]]:
    return [(t.index, 0, len(t.text)) for t in transcript]


def test_every_kind_in_both_styles() -> None:
    """As many of each as asked for; a full name brings a first name said later."""
    copies = plant([_transcript("a"), _transcript("b")], load_plants(), per_kind=3, seed=b"1")
    table = measure(copies, _nothing)
    assert [(k, s) for k in KINDS for s in STYLES] == [(r.kind, r.style) for r in table]
    assert {3} == {r.planted for r in table}
    assert {3} == {r.through for r in table}
    assert {0} == {r.through for r in measure(copies, _everything)}


def test_partly_hidden_is_not_hidden() -> None:
    """A surname left over counts as come through."""
    copies = plant([_transcript()], load_plants(), per_kind=1, seed=b"1")

    def first_words(transcript: Transcript) -> list[tuple[int, int, int]]:
        return [(p.turn, p.start, p.start + 2) for c in copies if c.transcript is transcript for p in c.plants]

    full = next(r for r in measure(copies, first_words) if r.kind == "person-full")
    assert (1, 0, 1, 1) == (full.planted, full.hidden, full.partly, full.through)


def test_originals_are_untouched_and_text_around_stays() -> None:
    """Taking the plants' sentences away leaves the words that were there."""
    original = _transcript()
    copies = plant([original], load_plants(), per_kind=2, seed=b"2")
    assert original == _transcript()
    for copy in copies:
        for turn in original:
            planted = copy.transcript.turns[turn.index].text
            position = 0
            for word in re.findall(r"\w+", turn.text):
                position = planted.lower().index(word.lower(), position)


def test_captions_have_no_capitals_or_commas() -> None:
    """The caption copy looks like captions, plants included."""
    for copy in plant([_transcript()], load_plants(), per_kind=2, seed=b"3"):
        if copy.plants[0].style == "captions":
            text = " ".join(t.text for t in copy.transcript)
            assert text == text.lower()
            assert not re.search(r"[,.!?](\s|$)", text)


def test_lower_case_transcripts_get_lower_case_plants() -> None:
    """In a transcript without capitals a sentence with capitals would give the plant away."""
    copies = plant([_transcript(texts=("yeah we did that a lot and so on",))], load_plants(), per_kind=2, seed=b"3")
    assert all(t.text == t.text.lower() for c in copies for t in c.transcript)


def test_known_names_and_words_of_the_study_are_not_planted() -> None:
    """A plant equal to a known original or a word of the talk would be found for the wrong reason."""
    rules = load_plants()
    avoid = [rules.lists["given"][0], f"{rules.lists['surname'][1]} and more"]
    copies = plant([_transcript()], rules, per_kind=30, seed=b"4", avoid=avoid)
    values = {_value(c, i).casefold() for c in copies for i in range(len(c.plants))}
    assert not any(rules.lists["given"][0].casefold() in v.split() for v in values)
    assert not any(rules.lists["surname"][1].casefold() in v for v in values)


def _value(copy: Planted, i: int) -> str:
    p = copy.plants[i]
    return copy.transcript.turns[p.turn].text[p.start : p.end]


def test_same_seed_same_copies() -> None:
    """A measurement can be repeated."""
    one, two = (plant([_transcript()], load_plants(), per_kind=2, seed=b"5") for _ in range(2))
    assert one == two
    assert one != plant([_transcript()], load_plants(), per_kind=2, seed=b"6")


def test_nothing_to_plant_into() -> None:
    """Empty transcripts give no copies, not an error and not a figure."""
    assert plant([_transcript(texts=(" ",))], load_plants(), seed=b"1") == ()


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4), st.binary(min_size=1, max_size=4))
def test_plants_stand_where_they_are_said_to(texts: list[str], seed: bytes) -> None:
    """Whatever the talk: spans lie in their turns, do not overlap, and hold a letter or digit."""
    for copy in plant([_transcript(texts=tuple(texts))], load_plants(), per_kind=1, seed=seed):
        spans: dict[int, list[tuple[int, int]]] = {}
        for i, p in enumerate(copy.plants):
            assert any(c.isalnum() for c in _value(copy, i))
            assert all(p.end <= a or p.start >= b for a, b in spans.setdefault(p.turn, []))
            spans[p.turn].append((p.start, p.end))


SHIPPED = (rules_folder() / "plant.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("given:", "givens:"),
        ("  age: ", "  ages: "),
        ("I joined {} right", "I joined right"),
        ("[Pivorel,", "[7,"),
        ("place:\n", "place: []\nx:\n"),
        ("version: 1", "version: 1\n  bad: ["),
    ],
)
def test_wrong_rules_are_refused(old: str, new: str) -> None:
    """A study's own list with a mistake in it is an error, not a shorter measurement."""
    assert old in SHIPPED
    with pytest.raises(RulesError):
        parse_plants(SHIPPED.replace(old, new, 1).encode())
