"""Names found once are searched everywhere, but not where the word is only a word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anonymizer.detection.folding import fold
from anonymizer.detection.judge import Span, TurnText
from anonymizer.detection.spreading import propagate
from anonymizer.detection.words import lower_case, split

MENTION = Span(0, 0, 0, "PERSON", "direct", 0.9, ("ner",), "the name of a person", 40, "name:x")


def spread(detector, turns, name, entity_type="PERSON"):
    """The passages that are found once the first mention of a name is known, (turn, text)."""
    texts = [TurnText(folded, split(folded.text), lower_case(folded.text)) for folded in map(fold, turns)]
    start = turns[0].index(name)
    context = "direct" if entity_type == "PERSON" else "tied"
    span = replace(MENTION, start=start, end=start + len(name), entity_type=entity_type, context=context)
    found = propagate(texts, [span], detector._lexica_for(texts))
    return [(f.turn, turns[f.turn][f.start : f.end]) for f in found]


@pytest.mark.model
def test_everyday_name_in_lower_case_turns(detector):
    """A colleague called by a word is found in turns without capitals, and the word after an article is left."""
    turns = [
        "Then the intern, Canary, took the minutes for us.",
        "then canary came back and canary laughed a lot about it",
        "we had a canary in the kitchen when i was a child",
        "My aunt had one. It was not canary yellow at all.",
    ]

    assert [(0, "Canary"), (1, "canary"), (1, "canary")] == spread(detector, turns, "Canary")


@pytest.mark.model
def test_word_in_a_transcript_without_capitals(detector):
    """Where nothing has a capital, a name that is a rarer word, too, is hidden wherever it stands."""
    turns = ["then the intern canary took the minutes for us", "and canary laughed a lot about all of it"]

    assert [(0, "canary"), (1, "canary")] == spread(detector, turns, "canary")


@pytest.mark.model
def test_frequent_word_in_lower_case_turns(detector):
    """What is said every minute is no name in a turn without capitals, though somebody is called so."""
    turns = ["Then the intern, Hope, took the minutes for us.", "i hope we get there and i really hope it works"]

    assert [(0, "Hope")] == spread(detector, turns, "Hope")


@pytest.mark.model
def test_acronym_is_not_the_person(detector):
    """Capitals alone are an acronym where the name is written with small letters."""
    turns = ["Then our Tilda labelled the images.", "The TILDA format has a field for it.", "Tilda likes it."]

    assert [(0, "Tilda"), (2, "Tilda")] == spread(detector, turns, "Tilda")


@pytest.mark.model
def test_long_name_in_capitals_is_the_person(detector):
    """A name of many letters in capitals is stressed, not abbreviated."""
    turns = ["Then our Oluwaseun labelled the images.", "It was OLUWASEUN again."]

    assert [(0, "Oluwaseun"), (1, "OLUWASEUN")] == spread(detector, turns, "Oluwaseun")


@pytest.mark.model
def test_head_of_an_organizations_name(detector):
    """What stands before "Robotics" is the organization, too."""
    turns = ["I went to Velmora Robotics after that.", "And Velmora was small then."]

    assert [(0, "Velmora Robotics"), (1, "Velmora")] == spread(detector, turns, "Velmora Robotics", "ORGANIZATION")


@pytest.mark.model
def test_head_that_is_a_term_is_left(detector):
    """A technical word before "Foundation" stays: the language is not the organization."""
    turns = ["I worked for the Python Foundation once.", "We write Python all day."]

    assert [(0, "Python Foundation")] == spread(detector, turns, "Python Foundation", "ORGANIZATION")
