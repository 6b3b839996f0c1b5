"""What is left: nothing with a capital, digit or rare word escapes, and everyday talk is not listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from anonymizer.errors import RulesError
from anonymizer.review.events import Event
from anonymizer.review.leftover import everyday, left_over
from anonymizer.review.marks import Marks
from anonymizer.review.overlay import Overlay
from anonymizer.review.sensitive import read_sensitive
from anonymizer.review.session import Session
from anonymizer.transcript import Transcript, Turn


def listed(*texts: str, events: tuple[Event, ...] = ()) -> dict[str, list[str]]:
    """Forms by kind of some turns without findings."""
    content = Transcript("x", tuple(Turn(i, "A", text) for i, text in enumerate(texts)))
    view = Overlay(Marks("t", "", "", len(texts))).replay(events)
    result: dict[str, list[str]] = {}
    for left in left_over(content, view, everyday("en", None)):
        if not left.done:
            result.setdefault(left.kind, []).append(left.form)
    return result


def test_capitals_numbers_quotes_and_rare_words() -> None:
    """Each in its group, and each passage in one group only."""
    found = listed("We met Kilvanger Ost in 1987, and read “Der blaue Hof” with forty-two zorbelines.")

    assert found["capital"] == ["Kilvanger Ost"]
    assert found["number"] == ["1987", "forty-two"]
    assert found["quoted"] == ["Der blaue Hof"]
    assert found["rare"] == ["zorbelines"]


def test_everyday_talk_is_not_listed() -> None:
    """The first word of a sentence, I, one small number word, known technical terms."""
    assert listed("So I think we did. Then two people came. Yes. I'm using Python and the GPU.") == {}


def test_a_name_at_the_start_of_a_sentence_is() -> None:
    """A capital there says nothing, but the word is not an everyday one."""
    assert listed("Zorbel came late.")["capital"] == ["Zorbel"]


def test_text_without_capitals() -> None:
    """In automatic captions the rare words carry the names."""
    assert listed("so zorbel and i went to kilvanger")["rare"] == ["kilvanger", "zorbel"]


def test_fine_is_done_and_one_more_place_is_not() -> None:
    """A form is done when all of its places were called fine."""
    event = Event("fine", ("0:7-13",), reviewer="A")
    assert listed("We met Zorbel.", events=(event,)) == {}
    assert listed("We met Zorbel.", "Then Zorbel left.", events=(event,))["capital"] == ["Zorbel"]


def test_findings_cover_their_words(session: Session) -> None:
    """What is decided or proposed is not left over; the planted place that was missed is."""
    desk = session.desk(session.ids[0])
    forms = {x.form for x in left_over(desk.content, desk.view, everyday("en", None))}

    assert {"Kilvanger", "37"} <= forms
    assert not {"Tomasz", "Aarhus", "2019", "Lovisa"} & forms


@pytest.mark.parametrize(
    "text",
    [
        "I was the only woman on the team before.",
        "She is head of the Nairobi office now.",
        "He was one of two people who could do it.",
        "I founded the first robotics lab there.",
        "They won the national teaching award that year.",
        "She is the author of that library.",
        "We were only three people then.",
        "I was employee number four.",
    ],
)
def test_unusual_roles(text: str) -> None:
    """They identify without a name."""
    assert [hit.kind for hit in read_sensitive().hits(text)] == ["role"]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I was diagnosed with it last year.", "health"),
        ("We go to the mosque on Fridays.", "religion"),
        ("I am in the trade union.", "union"),
        ("He voted for them.", "politics"),
        ("I came out at work.", "sexuality and gender"),
        ("He went to prison for it.", "crime and police"),
    ],
)
def test_special_categories(text: str, topic: str) -> None:
    """GDPR Art. 9 and 10."""
    assert topic in {hit.why for hit in read_sensitive().hits(text) if hit.kind == "topic"}


def test_ordinary_talk_about_work_is_not_sensitive() -> None:
    """Otherwise nobody reads the list."""
    text = (
        "We train a model on four machines and look at the loss. The team is small, the data comes from a partner. "
        "First we clean it, then we fit it, and the last step is to ship the only version that passed all the tests."
    )
    assert read_sensitive().hits(text) == []


def test_nearby_talk_is_one_passage() -> None:
    """Hits in neighbouring turns are read together."""
    found = listed("I was in hospital.", "Yes.", "The surgery went well.", "", "", "", "Then the hospital again.")

    assert found["topic"] == ["hospital, surgery", "hospital"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("roles: 3\n", None), ("x: 1\n", 1), ("roles:\n  - why: a\n    pattern: '('\n", 2), ("topics:\n  a: 3\n", 2),
     ("roles:\n  - pattern: x\n", 2), ("roles:\n  - why: a\n    pattern: 'x*'\n", 2)],
)  # fmt: skip
def test_a_studys_own_rules_are_checked(tmp_path: Path, text: str, line: int | None) -> None:
    """File and line, never a traceback."""
    (tmp_path / "sensitive").mkdir()
    (tmp_path / "sensitive" / "en.yaml").write_text(text)
    with pytest.raises(RulesError) as caught:
        read_sensitive("en", tmp_path)
    assert caught.value.file == "en.yaml"
    assert line is None or caught.value.line == line


def test_a_studys_own_rules_are_added(tmp_path: Path) -> None:
    """After the shipped ones."""
    (tmp_path / "sensitive").mkdir()
    (tmp_path / "sensitive" / "en.yaml").write_text("topics:\n  beekeeping: [hive*, apiar*]\n")

    assert [h.why for h in read_sensitive("en", tmp_path).hits("our hives")] == ["beekeeping"]
