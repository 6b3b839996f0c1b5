"""One file for each variant of each format, with what must come out of it; ``expected.json`` was checked by hand."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import srt
import webvtt
from docx2python import docx2python
from praatio import textgrid
from pympi import Eaf
from pypdf import PdfReader
from striprtf.striprtf import rtf_to_text

from anonymizer.intake.reader import READERS, read
from anonymizer.transcript import Transcript

FOLDER = Path(__file__).parent / "specimens"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
CANARY = "Quagmore"


def test_every_specimen_is_listed() -> None:
    """No specimen lies there unread."""
    files = {path.name for path in FOLDER.iterdir() if path.is_file()} - {"expected.json", "make.py"}

    assert files == set(EXPECTED)


def test_every_format_has_two_variants() -> None:
    """At least two specimens for each reader; Watson's and Speechmatics' share one."""
    counts = Counter(value["format"] for value in EXPECTED.values())
    modules = {"canonical": "json", "vtt": "webvtt", "subrip": "srt", "plain": "text", "sheet": "csv"}

    assert not {m for m in READERS if m != "canonical" and counts[modules.get(m, m)] < 2}


@pytest.mark.parametrize("name", EXPECTED)
def test_specimen(name: str) -> None:
    """Speakers, texts and times of each turn."""
    transcript = read(FOLDER / name)

    assert EXPECTED[name]["turns"] == [[t.speaker, t.text, t.start, t.end] for t in transcript]
    assert EXPECTED[name]["format"] == transcript.format


@pytest.mark.parametrize("name", EXPECTED)
def test_extension_is_only_a_hint(name: str, tmp_path: Path) -> None:
    """Recognised by content: the same turns under an extension that says nothing, but for what only CSV's and
    Markdown's extension can tell.
    """
    if name in ("semicolons.csv",) or name.endswith(".md"):
        assert Path(name).suffix in (".csv", ".md")
        return
    copy = tmp_path / "received.dat"
    copy.write_bytes((FOLDER / name).read_bytes())

    assert EXPECTED[name]["turns"] == [[t.speaker, t.text, t.start, t.end] for t in read(copy)]


@pytest.mark.parametrize("name", EXPECTED)
def test_source_structure_is_dropped(name: str) -> None:
    """The canary in tokens, alternatives, media names, embeddings, account ids, authors and comments stays inside."""
    transcript = read(FOLDER / name)

    assert CANARY not in "".join(f"{t.speaker}{t.text}" for t in transcript)


def test_canaries_are_there() -> None:
    """Formats that have a place for such things hold the canary, or the test above would prove nothing."""
    holding = set()
    for name, value in EXPECTED.items():
        data = (FOLDER / name).read_bytes()
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = b"".join(archive.read(m) for m in archive.namelist())
        if CANARY.encode() in data:
            holding.add(value["format"])

    assert {"srt", "csv", "revai", "text"} >= {v["format"] for v in EXPECTED.values()} - holding


def _strip(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", markup))


def _vtt(path: Path) -> str:
    return " ".join(_strip(c.raw_text) for c in webvtt.read(str(path)))


def _srt(path: Path) -> str:
    return " ".join(re.sub(r"\{.*?\}|<[^>]+>", " ", c.content) for c in srt.parse(path.read_text()))


def _docx(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with docx2python(str(path)) as document:
            return re.sub(r"footnote\d+\)|----\S*----", " ", document.text)


def _odt(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return re.sub(r"\s+", " ", _strip(archive.read("content.xml").decode()))


def _xlsx(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return " ".join(str(c.value) for row in openpyxl.load_workbook(path).active for c in row if c.value is not None)


def _csv(path: Path) -> str:
    delimiter = {".tsv": "\t"}.get(path.suffix, ",")
    return " ".join(cell for row in csv.reader(io.StringIO(path.read_text()), delimiter=delimiter) for cell in row)


def _pdf(path: Path) -> str:
    return " ".join(page.extract_text() for page in PdfReader(path).pages)


def _eaf(path: Path) -> str:
    eaf = Eaf(str(path))
    return " ".join(a[2] for tier in eaf.get_tier_names() for a in eaf.get_annotation_data_for_tier(tier))


def _textgrid(path: Path) -> str:
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    return " ".join(entry.label for tier in grid.tiers for entry in tier.entries)


def _json_strings(*keys: str) -> Callable[[Path], str]:
    """All strings under some keys, wherever they are."""

    def collect(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [v for k, v in value.items() if k in keys and isinstance(v, str)]
            return own + [s for v in value.values() for s in collect(v)]
        return [s for v in value for s in collect(v)] if isinstance(value, list) else []

    return lambda path: _strip(" ".join(collect(json.loads(path.read_text()))))


SECOND_OPINION: dict[str, Callable[[Path], str]] = {
    "webvtt": _vtt,
    "srt": _srt,
    "docx": _docx,
    "odt": _odt,
    "rtf": lambda path: rtf_to_text(path.read_text()).replace("|", " "),
    "xlsx": _xlsx,
    "csv": _csv,
    "pdf": _pdf,
    "elan": _eaf,
    "textgrid": _textgrid,
    "exmaralda": lambda path: " ".join(re.findall(r"<event[^>]*>([^<]*)", path.read_text())),
    "chat": lambda path: path.read_text(),
    "noscribe": lambda path: _strip(path.read_text()),
    "otranscribe": lambda path: _strip(html.unescape(json.loads(path.read_text())["text"])),
    "text": lambda path: path.read_text(),
    "whisper": _json_strings("text"),
    "aws": _json_strings("content"),
    "google": _json_strings("word", "transcript"),
    "deepgram": _json_strings("transcript", "text", "punctuated_word"),
    "assemblyai": _json_strings("text"),
    "revai": lambda path: html.unescape(" ".join(re.findall(r'"value": "([^"]*)"', path.read_text()))),
    "watson": lambda path: " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', path.read_text())),
}  # fmt: skip


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[\w']+", html.unescape(text).lower()))


@pytest.mark.parametrize("name", [n for n in EXPECTED if n != "youtube.vtt"])
def test_no_word_is_invented_or_doubled(name: str) -> None:
    """Every word that comes out is in what another program extracts, and not more often."""
    other = _words(SECOND_OPINION[EXPECTED[name]["format"]](FOLDER / name))
    # notes stand in a part that the RTF library drops
    other += _words("note she laughs" if "[note:" in json.dumps(EXPECTED[name]) else "")
    ours = _words(" ".join(turn[1] for turn in EXPECTED[name]["turns"]))

    assert Counter() == ours - other


# formats in which a second program extracts the speech alone, or with labels and stamps
WHOLE = ("webvtt", "srt", "odt", "csv", "xlsx", "textgrid", "exmaralda", "docx", "text", "pdf", "rtf", "otranscribe")
NOT_SPEECH = {
    "bold.odt": "talk 1", "otter.docx": "talk with somebody summary keywords speakers",
    "agency-bold.docx": "interview file mp3", "agency-table.docx": "date may file",
    "teams.docx": "meeting recording august started stopped transcription s 8 07pm 12m 5s",
    "meet.docx": "notes by gemini invited quill example summary and others spoke about the harbour at length and came "
    "to no end of it as it seems here next steps calls the harbour transcript ended after this text was made by",
    "tracked.docx": "", "agency.txt": "interview with the harbour master date may file _01 mp3 duration",
    "descript.md": "the harbour", "plain.md": "talk", "otter.txt": "transcribed by https otter example",
    "labels.pdf": "page",
    "turns.csv": "id start end speaker text confidence ' ", "turns.tsv": "speaker transcript timestamp",
    "header.xlsx": "speaker text time", "table.odt": "speaker text", "bold.rtf": "", "long.TextGrid": "",
    "partitur.exb": "", "semicolons.csv": "",
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n, v in EXPECTED.items() if v["format"] in WHOLE and n != "youtube.vtt"])
def test_no_word_is_lost(name: str) -> None:
    """What another program extracts beyond our turns is labels, stamps, the canary and named headings only."""
    turns = EXPECTED[name]["turns"]
    other = _words(SECOND_OPINION[EXPECTED[name]["format"]](FOLDER / name))
    ours = _words(" ".join(turn[1] for turn in turns))
    labels = set(_words(" ".join(turn[0] or "" for turn in turns)))
    known = labels | set(_words(NOT_SPEECH.get(name, "")))
    rest = {word for word in other - ours if not (word[0].isdigit() or CANARY.lower() in word or word in known)}

    assert set() == rest


def test_rolling_captions_are_not_doubled() -> None:
    """YouTube repeats each line in the next cue: each word once, in order."""
    said = " ".join(turn[1] for turn in EXPECTED["youtube.vtt"]["turns"])

    assert "so we went to the harbour and back" == said


def test_name_is_the_stem() -> None:
    """The transcript is named by the file's stem."""
    transcript: Transcript = read(FOLDER / "otter.txt")

    assert "otter" == transcript.name
