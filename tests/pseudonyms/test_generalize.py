"""Coarser words: dates, ages, places, numbers, occupations; never the original."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.decision import Decision
from anonymizer.detection.finding import EntityType
from anonymizer.errors import ReviewError
from anonymizer.policy.load import load_policy
from anonymizer.policy.model import Rule
from anonymizer.pseudonyms.dates import When, shifted, understand
from anonymizer.pseudonyms.generalize import generalize, number_in
from anonymizer.pseudonyms.places import look_up
from anonymizer.pseudonyms.replace import replacements
from anonymizer.transcript import Transcript, Turn


def rule(entity_type: EntityType, to: str, **parameters: int) -> Rule:
    """A generalizing rule."""
    return Rule(entity_type, "tied", "generalize", to, tuple(sorted(parameters.items())))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2019", When(2019)),
        ("March 2019", When(2019, 3)),
        ("March 3rd, 2019", When(2019, 3, 3)),
        ("the third of March 2019", When(2019, 3, 3)),
        ("the twenty-first of June", When(None, 6, 21)),
        ("3 Sept. 2019", When(2019, 9, 3)),
        ("2019-03-14", When(2019, 3, 14)),
        ("14.03.2019", When(2019, 3, 14)),
        ("03/14/19", When(2019, 3, 14)),
        ("03/04/2019", When(2019)),
        ("spring of 2019", When(2019, season="spring")),
        ("Q2 2020", When(2020, quarter=2)),
        ("third quarter of 2020", When(2020, quarter=3)),
        ("'98", When(1998)),
        ("the summer of '05", When(2005, season="summer")),
        ("nineteen ninety eight", When(1998)),
        ("twenty nineteen", When(2019)),
        ("two thousand and nine", When(2009)),
        ("two thousand", When(2000)),
        ("twenty oh nine", When(2009)),
        ("march twenty twenty one", When(2021, 3)),
        ("the 1990s", When(1990)),
        ("Tuesday", When()),
        ("February 30, 2019", When(2019, 2)),
        ("99/99/9999", When(9999)),
        ("0000-13-41", When(0)),
    ],
)
def test_dates_are_read_as_said(text: str, when: When) -> None:
    """Written and spoken; what is not said is not guessed."""
    assert when == understand(text)


@pytest.mark.parametrize(
    ("to", "text", "new"),
    [
        ("year", "March 3rd, 2019", "[2019]"),
        ("year", "2019", "[2019]"),
        ("year", "last Tuesday", "[date]"),
        ("year", "March 3rd", "[date]"),
        ("quarter", "May 2019", "[Q2 2019]"),
        ("quarter", "2019", "[2019]"),
        ("season", "15 January 2019", "[winter 2019]"),
        ("season", "May", "[spring]"),
        ("season", "2019", "[2019]"),
        ("decade", "March 2019", "[2010s]"),
    ],
)
def test_dates_become_coarser(to: str, text: str, new: str) -> None:
    """To the year and so on; the marker where nothing coarser can be said."""
    assert new == generalize(rule("DATE", to), text)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("34", "[30-39]"),
        ("34 years old", "[30-39]"),
        ("thirty-four", "[30-39]"),
        ("she's forty two", "[40-49]"),
        ("7", "[0-9]"),
        ("89", "[80-89]"),
        ("90", "[90 or older]"),
        ("103", "[90 or older]"),
        ("old", "[age]"),
    ],
)
def test_ages_become_bands_and_the_very_old_are_one(text: str, new: str) -> None:
    """HIPAA's "90 or older" for ages over 89."""
    assert new == generalize(rule("AGE", "band", width=10, over=89), text)


def test_a_decade_of_life_and_a_narrow_band() -> None:
    """Parameters do what they say; the last band ends where the oldest begin."""
    assert "[thirties]" == generalize(rule("AGE", "decade of life"), "34")
    assert "[under 20]" == generalize(rule("AGE", "decade of life"), "17")
    assert "[85-89]" == generalize(rule("AGE", "band", width=5), "87")
    assert "[60-64]" == generalize(rule("AGE", "band", width=10, over=64), "61")
    assert "[65 or older]" == generalize(rule("AGE", "band", width=10, over=64), "65")


@pytest.mark.parametrize(
    ("text", "new"),
    [("about 1,250 people", "[1000-1499]"), ("two hundred", "[0-499]"), ("many", "[removed]")],
)
def test_numbers_become_bands_where_asked(text: str, new: str) -> None:
    """Employees, years."""
    assert new == generalize(rule("OTHER", "band", width=500), text)


@pytest.mark.parametrize(
    ("to", "text", "new"),
    [
        ("country", "Porto", "[Portugal]"),
        ("country", "porto", "[Portugal]"),
        ("country", "Nairobi", "[Kenya]"),
        ("region", "Phoenix", "[Arizona]"),
        ("region", "Leipzig", "[Germany]"),
        ("continent", "Nairobi", "[Africa]"),
        ("size", "Nairobi", "[large city]"),
        ("country", "Harlowbridge-on-Nowhere", "[place]"),
        ("country", "Kenya", "[place]"),
        ("continent", "Kenya", "[Africa]"),
        ("country", "Austin, Texas", "[United States]"),
        ("size", "Kenya", "[place]"),
    ],
)
def test_places_become_coarser_offline(to: str, text: str, new: str) -> None:
    """By GeoNames; unknown places, and those that are that coarse already, become the marker."""
    assert new == generalize(rule("LOCATION", to), text)


def test_no_place_is_invented_from_a_short_word() -> None:
    """GeoNames' alternate names include airport codes."""
    assert None is look_up("it")


def test_occupations_come_from_the_researchers_list() -> None:
    """Exact titles, whatever the case and spaces."""
    listed = (("head baker", "food trades"),)
    assert "[food trades]" == generalize(rule("ROLE", "occupation"), "Head  Baker", listed)
    assert "[role]" == generalize(rule("ROLE", "occupation"), "baker", listed)


@given(st.text(max_size=40))
def test_any_text_is_survived_and_never_comes_out(text: str) -> None:
    """Only figures of a year may be what they were."""
    for one in (rule("DATE", "year"), rule("DATE", "quarter"), rule("DATE", "season"), rule("AGE", "band"),
                rule("OTHER", "band", width=10), rule("AGE", "decade of life")):  # fmt: skip
        new = generalize(one, text)
        assert ("[", "]") == (new[0], new[-1])
        assert not text.strip() or one.to == "year" or text.strip() not in new[1:-1] or text.strip().isalnum()
    number_in(text)


DATES = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))


@given(DATES, DATES, st.integers(-3650, 3650))
def test_a_shift_keeps_intervals(first: datetime.date, second: datetime.date, days: int) -> None:
    """Exactly, for full dates."""
    moved = [str(shifted(When(d.year, d.month, d.day), days)) for d in (first, second)]
    one, other = (datetime.datetime.strptime(m, "%d %B %Y").date() for m in moved)
    assert second - first == other - one


def test_a_shift_beyond_the_calendar_gives_nothing() -> None:
    """Year 1 and year 9999."""
    assert [None, None, None] == [shifted(When(1, 1, 1), -1), shifted(When(9999, 12, 31), 1), shifted(When(), 5)]


def decision(start: int, end: int, action: str, entity: str = "E1", entity_type: str = "PERSON") -> Decision:
    """A decision in turn 0."""
    return Decision(0, start, end, entity_type, "direct", entity, action, "default:x", "found")  # type: ignore[arg-type]


def test_each_action_has_its_words() -> None:
    """Label, coarser words, typed marker, nothing for what stays."""
    text = "Ada, 34, kat@x.example, Oslo"
    decisions = [
        decision(0, 3, "pseudonymize"),
        decision(5, 7, "generalize", "E2", "AGE"),
        decision(9, 22, "remove", "E3", "EMAIL"),
        decision(24, 28, "keep", "E4", "LOCATION"),
    ]
    transcript = Transcript("x", (Turn(0, "A", text),))
    found = replacements(transcript, decisions[::-1], {"E1": "[Person 1]"}, load_policy("default"))
    assert [("[Person 1]", "0:0-3"), ("[30-39]", "0:5-7"), ("[email]", "0:9-22")] == [
        (r.text, r.decision) for r in found
    ]


def test_what_has_no_label_or_no_turn_is_refused() -> None:
    """Never the original in its place."""
    transcript = Transcript("x", (Turn(0, "A", "Ada"),))
    with pytest.raises(ReviewError):
        replacements(transcript, [decision(0, 3, "pseudonymize")], {}, load_policy("default"))
    wrong = Decision(7, 0, 3, "PERSON", "direct", "E1", "remove", "x", "found")
    with pytest.raises(ReviewError):
        replacements(transcript, [wrong], {}, load_policy("default"))


def test_a_persons_wish_to_generalize_is_followed_where_the_policy_has_no_way() -> None:
    """A reviewer generalizes a role: the marker says what was there."""
    transcript = Transcript("x", (Turn(0, "A", "the only beekeeper"),))
    found = replacements(transcript, [decision(0, 18, "generalize", "E1", "ROLE")], {}, load_policy("default"))
    assert ["[role]"] == [r.text for r in found]
