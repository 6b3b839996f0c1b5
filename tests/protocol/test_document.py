"""Protocol documents: what comes out of text, Markdown, DOCX, ODT and protocol.yaml."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anonymizer.errors import ProtocolError
from anonymizer.protocol.document import parse_protocol, read_protocol

SHARED = Path(__file__).parents[3] / "shared" / "protocols"


def ids(text: str, name: str = "p.txt") -> list[str]:
    """Ids of a document's questions."""
    return [q.id for q in parse_protocol(text.encode(), name).questions]


@pytest.mark.parametrize("name", ["reengineering", "teaching"])
def test_shared_protocols_come_out_exactly(name: str) -> None:
    """Ids, texts and optional flags of the real protocols are those laid down beside them."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    expected = json.loads((SHARED / f"{name}.json").read_text())

    protocol = read_protocol(SHARED / f"{name}.txt")

    assert expected == [{"id": q.id, "text": q.text, "optional": q.optional} for q in protocol.questions]
    assert () == protocol.unplaced


def test_levels_come_from_numbers_not_from_indents() -> None:
    """Text out of a PDF has stray indents: numbers alone must give the levels."""
    text = "Walks\n\n- 1. Where?\n - a) Which path?\n- i. Why?\n   - ii. When?\n - b) With whom?\n  - 2. How far?\n"

    assert ["walks.1", "walks.1.a", "walks.1.a.i", "walks.1.a.ii", "walks.1.b", "walks.2"] == ids("T\n\n" + text)


def test_lost_line_breaks_are_mended() -> None:
    """A sentence goes on after a page break, a new paragraph does not."""
    protocol = parse_protocol(b"T\n\nWalks\n\n1. Where do you walk in the\n\nforest?\n\nA note.\n\n2. Why?\n", "p.txt")

    assert ["Where do you walk in the forest?", "Why?"] == [q.text for q in protocol.questions]
    assert ((9, "A note."),) == protocol.notes


def test_number_standing_twice_is_refused_with_its_line() -> None:
    """Two questions under one number would get one id: refused, naming both lines."""
    with pytest.raises(ProtocolError, match="first in line 5") as caught:
        parse_protocol(b"T\n\nWalks\n\n1. Where?\n2. Why?\n1. When?\n", "p.txt")

    assert 7 == caught.value.line
