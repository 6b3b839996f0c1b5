"""Text as the recognizers see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.detection.folding import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ma\u200bra", "Mara"),
        ("M\u0430r\u0430", "Mara"),
        ("Ｍａｒａ", "Mara"),
        ("𝐌𝐚𝐫𝐚", "Mara"),
        ("Jose\u0301", "José"),
        ("Мария", "Мария"),
        ("O’Brien", "O'Brien"),
        ("S\u00adigrid", "Sigrid"),
    ],
)
def test_what_hides_a_name_is_gone(text, expected):
    """Invisible and look-alike characters become plain; words wholly of another script stay."""
    assert expected == fold(text).text


@given(st.text(max_size=100))
def test_offsets_lead_back(text):
    """Every passage of the folded text has a place inside the original, in order."""
    folded = fold(text)
    last = 0
    for position in range(len(folded.text)):
        start, end = folded.back(position, position + 1)
        assert last <= start < end <= len(text)
        last = start


@given(st.text(alphabet="Mara \u200b\u0430é", max_size=40))
def test_folding_twice_changes_nothing(text):
    """What was folded once is plain."""
    once = fold(text).text

    assert once == fold(once).text
