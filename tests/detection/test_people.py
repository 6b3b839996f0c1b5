"""People by their surroundings, in invented turns."""

from __future__ import annotations

import pytest

from anonymizer.roster import EMPTY, parse_roster


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We asked Dr. Osterling about it.", ["Osterling"]),
        ("my wife Nkechi called", ["Nkechi"]),
        ("I gave it to Imogen, my daughter, yesterday.", ["Imogen"]),
        ("thanks oyelaran that helps me a lot", ["oyelaran"]),
        ("then old zhangwei came in and we all stopped", ["old zhangwei"]),
    ],
)
def test_words_around_a_name(bare, hidden, text, names):
    """Titles, relations and greetings show names without any model."""
    assert names == hidden(bare, text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks everybody, that was great.",
        "Hello there, can you hear me?",
        "Mr. Speaker, I rise today.",
        "my wife says hi",
    ],
)
def test_words_that_are_no_names(bare, hidden, text):
    """What follows a title or greeting is not always a name."""
    assert [] == hidden(bare, text)


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("We used the Adam optimizer, and Adam liked it.", "Adam optimizer"),
        ("It is a Kalman filter.", "Kalman filter"),
        ("You know Hooke's law.", "Hooke"),
    ],
)
def test_terms_that_hold_a_name_stay(bare, transcript, text, stays):
    """A term stays also where the name in it is somebody's of the roster."""
    roster = parse_roster(b"name,role\nAdam Osterling,participant\nRudolf Kalman,interviewer\n")
    built = transcript(text)
    findings = bare.detect(built, roster if "Hooke" not in text else EMPTY)
    hidden = [f for f in findings if f.context == "direct"]
    start = text.index(stays)

    assert not any(f.start < start + len(stays) and f.end > start for f in hidden)
    assert ("and Adam" in text) == any(f.start == text.rindex("Adam") for f in hidden)


def test_office_in_a_label_is_no_name(bare, hidden):
    """What stands in brackets in a speaker label says who it is and names nobody."""
    found = hidden(
        bare, ("Odette Marchbanks (Minister of Finance)", "The minister spoke of finance."), "Yes, Marchbanks."
    )

    assert ["Marchbanks"] == found


def test_misspelt_roster_names_have_limits(bare, hidden):
    """Close everyday words are no misspellings of a roster name."""
    roster = parse_roster(b"name\nMarek Lindgren\nTherese Wold\n")

    assert [] == hidden(bare, "There is a market in the world", roster=roster)
    assert ["Marec", "lindgreen"] == hidden(bare, "I saw Marec there", "and lindgreen too", roster=roster)


@pytest.mark.model
def test_names_in_both_casings(detector, hidden):
    """A person is hidden in a caption without capitals as in clean text."""
    text = "My manager was Oluwaseun Bakare, and then Linnea from Quillhaven said no."

    assert {"Oluwaseun Bakare", "Linnea"} <= set(hidden(detector, text))
    assert {"oluwaseun bakare", "linnea"} <= set(hidden(detector, text.lower()))
