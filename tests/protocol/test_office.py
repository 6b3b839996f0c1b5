"""Protocols from word processors: numbers that the document does not hold are computed as the program prints them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anonymizer.errors import ProtocolError
from anonymizer.protocol.document import parse_protocol

WALKS = ["walks.1", "walks.1.a", "walks.1.a.i", "walks.1.b", "walks.2"]


def test_docx_numbers_are_computed(docx: Callable[..., bytes]) -> None:
    """Automatic list numbers become the ids; headings become sections."""
    data = docx(
        [("H1", "Walks"), (0, "Where do you walk?"), (1, "Which path?"), (2, "Why that one?"), (1, "With whom?"),
         (0, "How far?")]
    )  # fmt: skip

    assert parse_protocol(data, "p.docx").questions[0].text == "Where do you walk?"
    assert [q.id for q in parse_protocol(data, "p.docx").questions] == WALKS


def test_docx_list_restarts_where_an_override_says_so(docx: Callable[..., bytes]) -> None:
    """A second list of the same definition starts at 1 again; without the override it counts on."""
    data = docx([("Sub", "Walks"), (0, "Where?"), (0, "Why?"), ("Sub", "Runs"), (10, "How fast?"), (10, "How far?")])

    assert [q.id for q in parse_protocol(data, "p.docx").questions] == ["walks.1", "walks.2", "runs.1", "runs.2"]


def test_docx_deleted_text_is_left_out_and_inserted_text_kept(docx: Callable[..., bytes]) -> None:
    """Tracked changes are read as accepted."""
    body = (
        "<w:p><w:r><w:t>3. Do you </w:t></w:r><w:del><w:r><w:delText>run</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>walk</w:t></w:r></w:ins><w:r><w:t>?</w:t></w:r></w:p>"
    )

    assert parse_protocol(docx([("H1", "Walks")], body), "p.docx").questions[0].text == "Do you walk?"


def test_docx_bold_line_is_a_heading(docx: Callable[..., bytes]) -> None:
    """Researchers make headings bold instead of using a style."""
    body = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Long walks</w:t></w:r></w:p><w:p><w:r><w:t>1. Where?</w:t></w:r></w:p>"

    assert parse_protocol(docx([(None, "Protocol")], body), "p.docx").questions[0].id == "long-walks.1"


def test_docx_plain_questions_above_bullets(docx: Callable[..., bytes]) -> None:
    """Paragraphs with typed bullets below them are questions with follow-ups, as in text."""
    rows = ["Where do you walk?", "• Which path?", "• With whom?", "How far?", "• Why?"]
    data = docx([("H1", "Walks"), *((None, row) for row in rows)])

    assert ["walks.1", "walks.1.a", "walks.1.b", "walks.2", "walks.2.a"] == [
        q.id for q in parse_protocol(data, "p.docx").questions
    ]


def test_docx_section_letter_and_number(docx: Callable[..., bytes]) -> None:
    """Typed codes such as A1a. are read in a word processor's document too."""
    rows = ["A1. Where?", "A1a. Why?", "A2. When?"]

    assert ["walks.1", "walks.1.a", "walks.2"] == [
        q.id for q in parse_protocol(docx([("H1", "A. Walks"), *((None, row) for row in rows)]), "p.docx").questions
    ]


def test_odt_numbers_are_computed(odt: Callable[[str], bytes]) -> None:
    """Nested lists become nested ids."""
    inner = "<text:list><text:list-item><text:p>Why that one?</text:p></text:list-item></text:list>"
    body = (
        '<text:h text:outline-level="1">Walks</text:h><text:list text:style-name="L">'
        "<text:list-item><text:p>Where do you walk?</text:p><text:list>"
        f"<text:list-item><text:p>Which path?</text:p>{inner}</text:list-item>"
        "<text:list-item><text:p>With whom?</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>How far?</text:p></text:list-item></text:list>"
    )

    assert [q.id for q in parse_protocol(odt(body), "p.odt").questions] == WALKS


def test_odt_list_goes_on_after_a_paragraph(odt: Callable[[str], bytes]) -> None:
    """continue-numbering counts on after an instruction between two lists."""
    body = (
        '<text:h>Walks</text:h><text:list text:style-name="L"><text:list-item><text:p>Where?</text:p></text:list-item>'
        "</text:list><text:p>[Pause here]</text:p>"
        '<text:list text:style-name="L" text:continue-numbering="true"><text:list-item><text:p>Why?</text:p>'
        "</text:list-item></text:list>"
    )

    protocol = parse_protocol(odt(body), "p.odt")

    assert [q.id for q in protocol.questions] == ["walks.1", "walks.2"]
    assert protocol.questions[0].notes == ("Pause here",)


@pytest.mark.parametrize("name", ["p.docx", "p.odt"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"plain text"])
def test_damaged_documents_are_refused(name: str, data: bytes) -> None:
    """No foreign exception leaves the room."""
    with pytest.raises(ProtocolError):
        parse_protocol(data, name)


def test_entities_in_a_document_are_refused(docx: Callable[..., bytes]) -> None:
    """The "billion laughs" attack: a document that declares entities is not expanded."""
    import io
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')

    with pytest.raises(ProtocolError, match="damaged"):
        parse_protocol(target.getvalue(), "p.docx")
