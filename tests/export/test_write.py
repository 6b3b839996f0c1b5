"""Every output holds the turns, nothing else, and the same bytes each time."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import zipfile

import docx
import openpyxl
import pytest
import srt
import webvtt
from openpyxl.utils.escape import unescape

from anonymizer.errors import OutputError
from anonymizer.export import read_back
from anonymizer.export.canonical import parse
from anonymizer.export.released import ReleasedTranscript
from anonymizer.export.write import FORMATS, received_format, render
from anonymizer.intake.reader import read_bytes


def _flat(text: str) -> str:
    return text.replace("\n", " ")


@pytest.mark.parametrize("format", FORMATS)
def test_bytes_do_not_depend_on_the_day(released: ReleasedTranscript, format: str) -> None:
    """Two renderings are equal, and no ZIP member carries a date."""
    data = render(released, format)

    assert data == render(released, format)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert {(1980, 1, 1, 0, 0, 0)} == {member.date_time for member in archive.infolist()}


@pytest.mark.parametrize("format", FORMATS)
def test_a_draft_says_not_reviewed(released: ReleasedTranscript, format: str) -> None:
    """An unreviewed output says so; a reviewed one does not."""
    draft = dataclasses.replace(released, reviewed=False)
    texts = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml"}

    def contents(data: bytes) -> str:
        if format in texts:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return archive.read(texts[format]).decode()
        return data.decode()

    if format == "json":
        assert json.loads(render(draft, format))["reviewed"] is False
    else:
        assert "not reviewed" in contents(render(draft, format))
        assert "not reviewed" not in contents(render(released, format))


@pytest.mark.parametrize("format", FORMATS)
def test_read_back_sees_every_turn(released: ReleasedTranscript, format: str) -> None:
    """The gate's reader gets each turn's text whole, under its position."""
    found = [
        (place, text) for place, text in read_back.texts(render(released, format), format) if place.startswith("turn")
    ]
    flattened = format in ("txt", "vtt", "srt")
    indexed = format in ("json", "csv", "xlsx")
    expected = [
        (f"turn {t.index if indexed else i}", _flat(t.text) if flattened else t.text)
        for i, t in enumerate(released.turns)
    ]
    if format == "srt":
        expected = [
            (place, text.replace("-->", "->").replace("<b", "‹b").replace("</b", "‹/b")) for place, text in expected
        ]

    assert expected == [(place, text) for place, text in found if place.split()[-1].isdigit()]


@pytest.mark.parametrize("format", FORMATS)
def test_read_back_sees_nothing_fixed(released: ReleasedTranscript, format: str) -> None:
    """Style sheets and column names, which are the same in every output, are not searched."""
    places = {place for place, _ in read_back.texts(render(released, format), format)}

    assert not {p for p in places if "style" in p or "attribute" in p or "member" in p or "key" in p}


def test_json_is_read_by_our_own_intake(released: ReleasedTranscript) -> None:
    """Canonical JSON out is canonical JSON in, text untouched."""
    transcript = read_bytes(render(released, "json"), "P07-1.json")

    assert [(t.speaker, t.text, t.start, t.end) for t in released.turns] == [
        (t.speaker, t.text, t.start, t.end) for t in transcript
    ]


def test_docx_opens_in_python_docx(released: ReleasedTranscript) -> None:
    """Heading 1 is the section, Heading 2 the question; turns begin with the code; replacements have their style."""
    document = docx.Document(io.BytesIO(render(released, "docx")))

    assert ["Outside the protocol", "Background", "Outlook", "Background"] == [
        p.text for p in document.paragraphs if p.style.name == "Heading 1"
    ]
    assert [
        "background.1 How did you come to build bridges?",
        "background.2 Which <tools> & methods do you use?",
        "outlook.1 What comes next?",
        "background.1 How did you come to build bridges?",
    ] == [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    turns = [p for p in document.paragraphs if p.style.name == "Turn"]
    assert [f"{t.speaker}: {t.text}" for t in released.turns] == [p.text for p in turns]
    assert ["[Person 1]", "[Company 2]"] == [r.text for p in turns for r in p.runs if r.style.name == "Replaced"]
    assert "" == document.core_properties.author


def test_csv_cells_are_not_formulas(released: ReleasedTranscript) -> None:
    """No cell begins with a sign that a spreadsheet program computes, and the guard can be taken away again."""
    rows = list(csv.DictReader(io.StringIO(render(released, "csv").decode(), newline="")))

    assert "'=1\n- café 🙂\ttab: x" == rows[3]["text"]
    assert not [cell for row in rows for cell in row.values() if cell.lstrip()[:1] in ("=", "+", "-", "@")]
    assert ["0", "1", "2", "4", "5", "6"] == [row["turn"] for row in rows]
    assert ["00:00:00.000", "01:01:01.500"] == [rows[0]["time"], rows[5]["time"]]


def test_xlsx_opens_in_openpyxl(released: ReleasedTranscript) -> None:
    """Every cell is text, none a formula."""
    sheet = openpyxl.load_workbook(io.BytesIO(render(released, "xlsx"))).active
    rows = list(sheet.iter_rows(values_only=True))

    assert "text" == rows[0][8]
    assert [t.text for t in released.turns] == [unescape(row[8]) for row in rows[1:]]
    assert {"s"} == {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}


def test_vtt_opens_in_webvtt_py(released: ReleasedTranscript) -> None:
    """A second reader sees a cue a turn with its voice; an arrow in the text begins no cue."""
    captions = webvtt.from_string(render(released, "vtt").decode())

    assert [t.speaker for t in released.turns] == [c.voice for c in captions]
    assert "00:00:09.000" == captions[3].start
    assert "00:00:12.000" == captions[3].end


def test_srt_opens_in_srt(released: ReleasedTranscript) -> None:
    """A second reader sees a cue a turn."""
    cues = list(srt.parse(render(released, "srt").decode()))

    assert len(released.turns) == len(cues)
    assert "I1: Hello -> and welcome." == cues[0].content


def test_subtitles_need_times(released: ReleasedTranscript) -> None:
    """Without a time for each turn there are no subtitles, and the error says which turn."""
    untimed = dataclasses.replace(
        released, turns=(*released.turns[:2], dataclasses.replace(released.turns[2], start=None))
    )

    for format in ("vtt", "srt"):
        with pytest.raises(OutputError) as error:
            render(untimed, format)
        assert 2 == error.value.turn


def test_html_loads_nothing(released: ReleasedTranscript) -> None:
    """No script, no reference, and text is escaped."""
    page = render(released, "html").decode()

    assert "<script" not in page
    assert "src=" not in page.replace("default-src", "").replace("style-src", "")
    assert "href=" not in page
    assert "&lt;b&gt;steel&lt;/b&gt;" in page


def test_unknown_format_is_refused(released: ReleasedTranscript) -> None:
    """A format that nobody writes is an error that lists those that exist."""
    with pytest.raises(OutputError, match="json, txt"):
        render(released, "exe")


def test_same_format_as_received(released: ReleasedTranscript) -> None:
    """WebVTT comes back as WebVTT, and what has no writer as JSON."""
    assert "vtt" == received_format(released)
    assert "json" == received_format(dataclasses.replace(released, source_format="deepgram"))


def test_read_back_takes_indices(released: ReleasedTranscript) -> None:
    """Formats that do not hold a turn's index get it from outside, so that a decision to keep is found again."""
    indices = [t.index for t in released.turns]
    for format in ("txt", "docx", "vtt", "srt", "html"):
        found = [place for place, _ in read_back.texts(render(released, format), format, indices)]

        assert [f"turn {i}" for i in indices] == [p for p in found if p in {f"turn {i}" for i in range(9)}]


@pytest.mark.parametrize("format", FORMATS)
def test_read_back_finds_what_was_planted(released: ReleasedTranscript, format: str) -> None:
    """A name in any turn, speaker or section, and in the container's other parts, is among the texts."""
    name = "Wilhelmina Oakroot"
    planted = dataclasses.replace(
        released,
        turns=tuple(
            dataclasses.replace(t, text=f"{t.text} {name}", section=name, role="other") for t in released.turns
        ),
    )
    texts = read_back.texts(render(planted, format), format)

    assert len(released.turns) <= sum(name in text for _, text in texts)


def test_read_back_finds_foreign_parts(released: ReleasedTranscript) -> None:
    """What somebody adds to a Word file's properties, comments, attributes or part names is among the texts."""
    data = io.BytesIO(render(released, "docx"))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(
            "docProps/core.xml", "<p><creator who='Oakroot the Second'>Wilhelmina<!-- Remark --></creator></p>"
        )
        archive.writestr("word/oakroot.xml", "<p/>")
    texts = [text for _, text in read_back.texts(data.getvalue(), "docx")]

    assert {"Wilhelmina", "Oakroot the Second", "word/oakroot.xml"} <= set(texts)


def test_what_cannot_be_read_back_is_not_released() -> None:
    """A damaged output is an error, not an empty list of texts."""
    for format in ("json", "docx", "xlsx", "qdpx", "qdc"):
        with pytest.raises(OutputError):
            read_back.texts(b"\xff\x00 damaged", format)
    with pytest.raises(OutputError):
        read_back.texts(b"", "exe")


def test_json_keeps_where_replacements_stand(released: ReleasedTranscript) -> None:
    """What a later export needs is in the released JSON."""
    again = parse(render(released, "json"), released.protocol)

    assert dataclasses.replace(released, attributes=()) == dataclasses.replace(
        again, turns=tuple(dataclasses.replace(t, confidence=t.confidence) for t in again.turns)
    )
