"""The second look: capitals, numbers and cues, found without a model or a list of names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer.audit.second_look import second_look

# lower-case talk, so that common words are known as words
TALK = (
    "P02-1",
    0,
    "so the first thing we did then was that the people from my team call and then this was it, and so on",
)


def _found(text: str, excused: tuple[str, ...] = ()) -> dict[str, str]:
    look = second_look([TALK, ("P01-1", 3, text)], frozenset(excused))
    return {s.text: s.rule for s in look.suspicions}


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("we met Zanele Kubheka there", "Zanele Kubheka"),
        ("we went to Ostrava then", "Ostrava"),
        ("my name is zanele and so on", "zanele"),
        ("then dr. kubheka was there", "kubheka"),
        ("write to z.kubheka@tarvona.com please", "z.kubheka@tarvona.com"),
        ("it is osei at tarvona dot com", "osei at tarvona dot com"),
        ("call 949-559-1421 then", "949-559-1421"),
        ("it was nine four nine five five nine and so", "nine four nine five five nine"),
        ("that is K-U-B-H then", "K-U-B-H"),
        ("look at www.tarvona.com/zk then", "www.tarvona.com/zk"),
        ("follow @tarn_owl there", "@tarn_owl"),
        ("badge EK40213 was it", "EK40213"),
        ("i was born in nineteen eighty one", "born in nineteen eighty one"),
        ("and 532 Quarry Road was it", "532 Quarry Road"),
        ("we met Åsa Öberg-Łuk there", "Åsa Öberg-Łuk"),
        ("talked with Ludwig van Hoorn then", "Ludwig van Hoorn"),
    ],
)
def test_lists_what_looks_like_somebody(text: str, passage: str) -> None:
    """Each kind of leftover is listed, wholly."""
    assert passage in _found(text)


@pytest.mark.parametrize(
    "text",
    [
        "And then [Person 3] and [Company 2] did it",
        "The people from my team. So then this was it",
        "I'm fine, I said in January on a Monday",
        "then the doctor was there and so on",
        "we did 3 of 40 and then 1.5 times more",
        "",
    ],
)
def test_ordinary_talk_is_not_listed(text: str) -> None:
    """Replacements, sentence starts, months, small numbers."""
    assert _found(text) == {}


def test_kept_on_purpose_is_counted_not_listed() -> None:
    """Forms with a recorded keep are excused, possessive too."""
    look = second_look([TALK, ("P01-1", 1, "we did Tarvona's thing in Tarvona")], frozenset({"tarvona"}))
    assert ((), 2) == (look.suspicions, look.excused)


def test_most_suspicious_first_and_text_hidden() -> None:
    """An e-mail stands before a lone capital, and repr shows neither."""
    look = second_look([("P01-1", 0, "we met Zanele, write to zk@tarvona.com")])
    assert [s.score for s in look.suspicions] == sorted((s.score for s in look.suspicions), reverse=True)
    assert look.suspicions[0].rule == "e-mail"
    assert "Zanele" not in repr(look)
    assert look.by_rule() == {"capital within a sentence": 1, "e-mail": 1}


@settings(deadline=None)
@given(st.lists(st.text(max_size=120), max_size=4))
def test_any_text(texts: list[str]) -> None:
    """Spans lie in their turns and do not overlap, whatever the text."""
    look = second_look([("P01-1", i, text) for i, text in enumerate(texts)])
    seen: dict[int, list[tuple[int, int]]] = {}
    for s in look.suspicions:
        assert s.text == texts[s.turn][s.start : s.end]
        assert all(s.end <= a or s.start >= b for a, b in seen.setdefault(s.turn, []))
        seen[s.turn].append((s.start, s.end))


def test_long_turns_stay_fast() -> None:
    """A 100,000-character turn of the worst kind ends in seconds, not hours (no catastrophic pattern)."""
    for piece in ("A ", "one ", "a-", "x@", "1 ", "Aa ", "born in "):
        second_look([("P01-1", 0, piece * (100_000 // len(piece)))])
