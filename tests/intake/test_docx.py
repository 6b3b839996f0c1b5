"""Word documents, made with python-docx or by hand where it cannot make them."""

from __future__ import annotations

import io

import docx
import pytest

from anonymizer.errors import IntakeError
from anonymizer.intake.reader import read_bytes
from anonymizer.transcript import Transcript


def _bytes(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _said(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(t.speaker, t.text) for t in transcript]


def test_bold_speakers_over_runs() -> None:
    """An agency's bold labels are found although Word split the label and a name over runs."""
    document = docx.Document()
    for pieces in (("IN", "T:"), ("RE", "S:"), ("INT", ":")):
        paragraph = document.add_paragraph()
        for piece in pieces:
            paragraph.add_run(piece).bold = True
        paragraph.add_run(" I met Orl")
        paragraph.add_run("a Vane there.")

    assert [
        ("INT", "I met Orla Vane there."),
        ("RES", "I met Orla Vane there."),
        ("INT", "I met Orla Vane there."),
    ] == (_said(read_bytes(_bytes(document), "t.docx")))


def test_bold_labels_without_colon() -> None:
    """A bold beginning that repeats is a label without any punctuation."""
    document = docx.Document()
    for label, text in (("Ada", "How so?"), ("Bo", "By boat."), ("Ada", "I see."), ("Bo", "Yes.")):
        paragraph = document.add_paragraph()
        paragraph.add_run(label).bold = True
        paragraph.add_run(f"  {text}")

    assert [("Ada", "How so?"), ("Bo", "By boat."), ("Ada", "I see."), ("Bo", "Yes.")] == (
        _said(read_bytes(_bytes(document), "t.docx"))
    )


@pytest.mark.parametrize("header", [True, False])
def test_table_of_turns(header: bool) -> None:
    """A two-column table is read row by row, with or without a header row; the title above is not speech."""
    rows = [("INT:", "How so?"), ("RES:", "By boat, and it took a while."), ("INT:", "I see."), ("RES:", "Yes.")]
    document = docx.Document()
    document.add_heading("Interview with somebody", 0)
    table = document.add_table(0, 2)
    for cells in ([("Speaker", "Text")] if header else []) + rows:
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text

    assert [(a.rstrip(":"), b) for a, b in rows] == _said(read_bytes(_bytes(document), "t.docx"))


def test_teams_paragraphs() -> None:
    """One paragraph a turn, its lines joined by breaks; who started the transcription has not spoken."""
    document = docx.Document()
    document.add_paragraph("Weekly-20260815_200732-Meeting Recording")
    document.add_paragraph("15 August 2026, 08:07PM")
    document.add_paragraph("Cy Marsh started transcription")
    for text in (
        "Ada Quill   0:04\nThanks for joining\nus today.",
        "Bo Reed   0:09\nSure.",
        "Cy Marsh stopped transcription",
    ):
        paragraph = document.add_paragraph()
        for i, line in enumerate(text.split("\n")):
            if i:
                paragraph.add_run().add_break()
            paragraph.add_run(line)
    transcript = read_bytes(_bytes(document), "t.docx")

    assert [("Ada Quill", "Thanks for joining us today."), ("Bo Reed", "Sure.")] == _said(transcript)
    assert [4.0, 9.0] == [t.start for t in transcript]


def test_meet_summary_is_not_speech() -> None:
    """Google Meet's notes, addresses and closing lines are not read as speech."""
    document = docx.Document()
    for text in (
        "Notes by a machine",
        "Invited  ada@quill.example  bo@reed.example",
        "Summary",
        "The group talked at length about boats, about the harbour and about who would pay for all of it in the end.",
        "Next steps: Ada Quill will call the harbour.",
        "Transcript",
        "00:00:00",
        "Ada Quill: Welcome.",
        "Bo Reed: Thanks.",
        "00:05:00",
        "Ada Quill: So.",
        "Transcription ended after 00:05:39",
        "This text was made by a computer and may hold errors.",
    ):
        document.add_paragraph(text)

    assert [("Ada Quill", "Welcome."), ("Bo Reed", "Thanks."), ("Ada Quill", "So.")] == (
        _said(read_bytes(_bytes(document), "t.docx"))
    )


def test_old_word_file_is_refused() -> None:
    """An OLE file, .doc or one with a password, says what to do."""
    with pytest.raises(IntakeError) as error:
        read_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "t.docx")

    assert "save it as .docx" in str(error.value.hint)
