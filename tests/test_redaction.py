"""Redaction: exactly the decided spans are replaced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.decision import Replacement
from anonymizer.errors import ReviewError
from anonymizer.export.released import ReplacedSpan
from anonymizer.redaction import redact


def replacement(text: str, part: str, new: str, decision: str = "", nth: int = 0) -> Replacement:
    """A replacement of the nth occurrence of a part."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(part, start + 1)
    return Replacement(0, start, start + len(part), new, "PERSON", decision)


def test_two_people_side_by_side_stay_two() -> None:
    """Presidio fuses neighbours of one type; here each keeps its own replacement."""
    text = "Mark Anna Berg came."
    new, spans = redact(
        text, [replacement(text, "Mark", "[Person 1]", "0:0-4"), replacement(text, "Anna Berg", "[Person 2]", "0:5-14")]
    )
    assert "[Person 1] [Person 2] came." == new
    assert (ReplacedSpan(0, 10, "PERSON"), ReplacedSpan(11, 21, "PERSON")) == spans


def test_neighbours_without_space_and_with_the_same_id_stay_two() -> None:
    """Decision ids may be missing; equal ids must not fuse spans either."""
    text = "AnnaBert"
    assert "[A][B]" == redact(text, [replacement(text, "Bert", "[B]"), replacement(text, "Anna", "[A]")])[0]


def test_possessives_and_hyphens_around_a_name_stay() -> None:
    """Only the decided characters go."""
    text = "Osei's idea, the post-Osei era, Osei-style"
    new, _ = redact(text, [replacement(text, "Osei", "[Person 3]", nth=n) for n in range(3)])
    assert "[Person 3]'s idea, the post-[Person 3] era, [Person 3]-style" == new


def test_a_name_within_a_longer_name_is_not_touched() -> None:
    """Spans, not search and replace."""
    text = "Ann met Anna and Annabel."
    assert "[Person 1] met Anna and Annabel." == redact(text, [replacement(text, "Ann", "[Person 1]")])[0]


def test_offsets_are_code_points() -> None:
    """Characters outside the basic plane count as one."""
    text = "😀 Zoë 👩‍👧 Zoë"
    new, spans = redact(text, [replacement(text, "Zoë", "[P]", nth=1)])
    assert "😀 Zoë 👩‍👧 [P]" == new
    assert "[P]" == new[spans[0].start : spans[0].end]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (2, 1), (0, 99)])
def test_a_span_outside_the_text_is_refused(start: int, end: int) -> None:
    """Better no output than one with an original in it."""
    with pytest.raises(ReviewError) as refused:
        redact("short", [Replacement(4, start, end, "[x]")])
    assert 4 == refused.value.turn
    assert "short" not in str(refused.value)


def test_overlapping_spans_are_refused() -> None:
    """The engine would choose one and leave the other standing."""
    with pytest.raises(ReviewError):
        redact("Anna Berg", [Replacement(0, 0, 9, "[a]"), Replacement(0, 5, 9, "[b]")])


@given(st.data())
def test_what_is_not_replaced_stays_and_what_is_replaced_is_gone(data: st.DataObject) -> None:
    """For any text and any spans: the pieces between come out unchanged, in order, with the new words between them."""
    text = data.draw(st.text(min_size=1, max_size=60))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    replacements = [Replacement(0, a, b, f"[{n}]", "PERSON", f"0:{a}-{b}") for n, (a, b) in enumerate(pairs)]
    new, spans = redact(text, data.draw(st.permutations(replacements)))
    expected, last = "", 0
    for n, (a, b) in enumerate(pairs):
        expected += text[last:a] + f"[{n}]"
        last = b
    assert expected + text[last:] == new
    assert [f"[{n}]" for n in range(len(pairs))] == [new[s.start : s.end] for s in spans]
