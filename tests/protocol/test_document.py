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


def test_unnumbered_items_take_the_next_number() -> None:
    """A bullet without a number counts on at the level where it stands; an asterisk makes it optional."""
    text = "T\n\nWalks\n\n1. Where?\n  a. Why?\n  - *When?\n    i. How?\n*Anything else?\n"
    protocol = parse_protocol(text.encode(), "p.txt")

    assert [q.id for q in protocol.questions] == ["walks.1", "walks.1.a", "walks.1.b", "walks.1.b.i", "walks.2"]
    assert [q.optional for q in protocol.questions] == [False, False, True, False, True]


def test_parts_questions_and_probes() -> None:
    """Part B: is dropped from the id, Q7. keeps its number, probes take letters."""
    text = (
        "T\n\nPart A: Long walks\n\nQ7. Where?\n    - Probe: Why?\n    - Probe (optional): When?\nQ8. (optional) How?\n"
    )
    protocol = parse_protocol(text.encode(), "p.txt")

    assert [(q.id, q.optional) for q in protocol.questions] == [
        ("long-walks.7", False),
        ("long-walks.7.a", False),
        ("long-walks.7.b", True),
        ("long-walks.8", True),
    ]


def test_notes_to_the_interviewer_are_no_questions() -> None:
    """Brackets, read-aloud texts and closing sections are kept as notes, even where they ask something."""
    text = (
        'T\n\nREAD OUT: "Shall we begin?"\n\nWalks\n\n[Is the recorder on?]\n\n1. Where?\n[Show the map]\n\n'
        "Privacy\n\nAll names are removed. Will anybody read it? No.\n"
    )
    protocol = parse_protocol(text.encode(), "p.txt")

    assert [q.id for q in protocol.questions] == ["walks.1"]
    assert protocol.questions[0].notes == ("Show the map",)
    assert [line for line, _ in protocol.notes] == [3, 7, 10, 14]


def test_a_bracket_after_a_blank_line_is_nobodys_note() -> None:
    """Only what stands directly under a question belongs to it."""
    protocol = parse_protocol(b"T\n\nWalks\n\n1. Where?\n\n[Say goodbye]\n", "p.txt")

    assert protocol.questions[0].notes == ()
    assert protocol.notes == ((7, "[Say goodbye]"),)


def test_lines_that_ask_without_a_number_are_reported() -> None:
    """In a numbered section a paragraph that asks something is named with its line, not lost in silence."""
    protocol = parse_protocol(b"T\n\nWalks\n\n1. Where?\n\nAnd what about the rain there?\n", "p.txt")

    assert protocol.unplaced == ((7, "And what about the rain there?"),)


def test_section_without_numbers_takes_paragraphs_that_ask() -> None:
    """Some protocols are plain paragraphs under headings."""
    text = "T\n\nWalks\n\nWhere do you walk?\n\nWhy there?\n\nRuns\n\nHow fast do you run?\n"

    assert ids(text) == ["walks.1", "walks.2", "runs.1"]


def test_numbered_headings_are_sections() -> None:
    """1. Background above 1.1 or a. is a section, not a question."""
    assert ids("T\n\n1. Walks\n1.1 Where?\n1.2 Why?\n2. Runs\n2.1 How fast?\n") == ["walks.1", "walks.2", "runs.1"]


def test_same_section_title_twice_gets_its_own_ids() -> None:
    """Two sections called alike do not share ids."""
    assert ids("T\n\nWalks\n\n1. Where?\n\nWalks\n\n1. Why?\n") == ["walks.1", "walks-2.1"]


def test_markdown() -> None:
    """Headings, lists numbered all 1., emphasis, comments and quotes."""
    text = (
        "# Protocol\n\n## 2. Long walks\n\n> Thanks for coming.\n\n1. Where do you **really** walk?\n   - Why?\n"
        "1. *When?*\n\n<!-- 1. Not a question? -->\nRuns\n----\n\n1. _How_ fast?\n"
    )
    protocol = parse_protocol(text.encode(), "p.md")

    assert [(q.id, q.text) for q in protocol.questions] == [
        ("long-walks.1", "Where do you really walk?"),
        ("long-walks.1.a", "Why?"),
        ("long-walks.2", "When?"),
        ("runs.1", "How fast?"),
    ]
    assert protocol.title == "Protocol"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    """What Windows programs save is read."""
    text = "T\r\n\r\nWalks\r\n\r\n1. Où’s that café?\r\n"

    assert parse_protocol(text.encode(encoding), "p.txt").questions[0].text == "Où’s that café?"


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"", "p.txt"), (b"\n\n", "p.txt"), (b"Only a title\n", "p.txt"), (b"a\0b", "p.txt"), (b"%PDF-1.7", "p.pdf")],
)
def test_documents_without_questions_are_refused(data: bytes, name: str) -> None:
    """Empty, binary and unknown documents say so."""
    with pytest.raises(ProtocolError):
        parse_protocol(data, name)


def test_yaml_beside_the_document_overrides_it(tmp_path: Path) -> None:
    """protocol.yaml is read instead of protocol.txt."""
    (tmp_path / "protocol.txt").write_text("T\n\nWalks\n\n1. Where?\n")
    (tmp_path / "protocol.yaml").write_text("sections:\n- title: Runs\n  questions:\n  - text: How fast?\n")

    assert [q.id for q in read_protocol(tmp_path / "protocol.txt").questions] == ["runs.1"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sections: [", 1),
        ("sections:\n- title: A\n  questions:\n  - txt: Where?\n", 4),
        ("sections:\n- title: A\n  questions:\n  - {number: 1, text: B}\n  - {number: 1, text: C}\n", 5),
        ("sections:\n- questions: []\n", 2),
        ("title: A\ntitle: B\n", 2),
    ],
)
def test_yaml_faults_name_their_line(text: str, line: int) -> None:
    """Hand-written files have typing errors."""
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(text.encode(), "protocol.yaml")

    assert caught.value.line == line


def test_yaml_numbers_stay_as_written() -> None:
    """1.10 is not 1.1, and a question called n is not false."""
    text = "sections:\n- title: A\n  questions:\n  - {number: 1.10, text: yes}\n  - {number: n, text: B}\n"

    assert [(q.number, q.text) for q in parse_protocol(text.encode(), "p.yaml").questions] == [
        ("1.10", "yes"),
        ("n", "B"),
    ]
