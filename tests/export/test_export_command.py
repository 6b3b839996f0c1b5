"""``anonymizer export``: from released files only, through the gate, by question, for the whole study."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from anonymizer.export.released import ReleasedTranscript, ReleasedTurn, ReplacedSpan
from anonymizer.export.write import render
from anonymizer.protocol.document import read_protocol
from anonymizer.study import Study, open_study

Run = Callable[..., int]


def _release(study: Study, code: str, *, extra: str = "", start: float | None = 0.0, format: str = "webvtt") -> None:
    protocol = read_protocol(study.protocol)
    said = f"At [Company 1], seven years.{extra}"
    turns = (
        ReleasedTurn(0, "I1", "interviewer", "", None, 0.3, start, start, "Hello."),
        ReleasedTurn(1, "I1", "interviewer", "Background", "background.1", 0.9, start, start, "How many years?"),
        ReleasedTurn(
            2, code[:3], "participant", "Background", "background.1", 0.9, start, start, said,
            (ReplacedSpan(3, 14, "ORGANIZATION"),),
        ),
        ReleasedTurn(3, "I1", "interviewer", "Practice", "practice.1.a", 0.8, start, start, "How do you assess them?"),
    )  # fmt: skip
    released = ReleasedTranscript(code, turns, protocol, True, format, (code[:3],))
    (study.anonymized / f"{code}.json").write_bytes(render(released, "json"))


@pytest.fixture
def study(demo_study: Callable[..., Study], anonymizer: Run) -> Study:
    """Two released transcripts, P01-1 and P02-1, and a roster with a column that outputs may carry."""
    made = demo_study()
    roster = made.folder.parent / "roster.csv"
    lines = roster.read_text().splitlines()
    rows = [lines[0] + ",Age band,Shoe size"] + [f"{line},30-39,41" for line in lines[1:]]
    roster.write_text("\n".join(rows) + "\n")
    assert 0 == anonymizer("participants", "import", roster, "--study", made.folder)
    settings = made.folder / "study.toml"
    settings.write_text(settings.read_text().replace("[release]\n", '[release]\nattributes = ["Age band"]\n'))
    made = open_study(made.folder)
    _release(made, "P01-1")
    _release(made, "P02-1", start=None, format="deepgram")
    return made


def _files(study: Study) -> list[str]:
    folder = study.folder / "exports"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_formats_of_the_whole_study(study: Study, anonymizer: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A file for each transcript or one for all; what has no times has no subtitles, and that is said."""
    formats = [word for f in ("docx", "vtt", "csv", "xlsx", "qdpx", "qdc") for word in ("--format", f)]
    capsys.readouterr()

    assert 0 == anonymizer("export", "--study", study.folder, *formats)
    captured = capsys.readouterr()
    expected = ["P01-1.docx", "P01-1.vtt", "P02-1.docx", "protocol.qdc", "transcripts.csv", "transcripts.qdpx"]
    assert sorted([*expected, "transcripts.xlsx"]) == _files(study)
    assert "P02-1 skipped: subtitles need a time" in captured.err
    assert 7 == len(captured.out.splitlines())
    with zipfile.ZipFile(study.folder / "exports" / "P01-1.docx") as archive:
        assert b'w:rStyle w:val="Replaced"' in archive.read("word/document.xml")


def test_same_format_as_received(study: Study, anonymizer: Run) -> None:
    """WebVTT comes back as WebVTT, a recogniser's JSON as canonical JSON."""
    assert 0 == anonymizer("export", "--study", study.folder, "--format", "same")
    assert ["P01-1.vtt", "P02-1.json"] == _files(study)


@pytest.mark.parametrize(
    ("question", "turns"),
    [
        ("background.1", ["How many years?", "At [Company 1], seven years."]),
        ("practice.1", ["How do you assess them?"]),
        ("practice", ["How do you assess them?"]),
    ],
)
def test_by_question(study: Study, anonymizer: Run, question: str, turns: list[str]) -> None:
    """Only turns about the question, what is nested in it, or its section."""
    assert 0 == anonymizer("export", "P01-1", "--study", study.folder, "--format", "csv", "--question", question)
    name = f"transcripts.{question}.csv"
    assert [name] == _files(study)
    rows = csv.DictReader(io.StringIO((study.folder / "exports" / name).read_text(), newline=""))
    assert turns == [row["text"] for row in rows]


def test_only_named_attributes(study: Study, anonymizer: Run) -> None:
    """A roster column is in the project only if study.toml names it."""
    assert 0 == anonymizer("export", "--study", study.folder, "--format", "qdpx")
    with zipfile.ZipFile(study.folder / "exports" / "transcripts.qdpx") as archive:
        project = archive.read("project.qde").decode()

    assert "Age band" in project
    assert "Shoe size" not in project


def test_gate_refuses_and_nothing_is_written(study: Study, anonymizer: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A known original in a released file stops the export in every format, and no name is in the message."""
    _release(study, "P03-1", extra=" Ask Ileana Vashtari.")

    for format in ("txt", "docx", "vtt", "srt", "html", "csv", "xlsx", "qdpx", "json"):
        assert 5 == anonymizer("export", "--study", study.folder, "--format", format), format
        said = capsys.readouterr().err
        assert "turn 2" in said
        assert "Vashtari" not in said
    assert [] == _files(study)


def test_gate_searches_attributes(study: Study, anonymizer: Run) -> None:
    """A name in a participant's attribute is found too."""
    roster = study.folder.parent / "roster.csv"
    roster.write_text(roster.read_text().replace("30-39", "as Osgood Pemberwick"))
    assert 0 == anonymizer("participants", "import", roster, "--study", study.folder)

    assert 5 == anonymizer("export", "--study", study.folder, "--format", "qdpx")
    assert 0 == anonymizer("export", "--study", study.folder, "--format", "csv")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "csv", "--question", "nothing.9"], "no question nothing.9"),
        (["P09-1", "--format", "csv"], "P09-1 is not released"),
        (["--format", "csv", "--question", "practice.2"], "nothing released is about this"),
    ],
)
def test_errors_are_named(
    study: Study, anonymizer: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """Unknown questions, codes that are not released, and questions that nobody was asked."""
    assert 1 == anonymizer("export", "--study", study.folder, *arguments)
    assert message in capsys.readouterr().err
    assert [] == _files(study)


def test_not_into_the_release_folder(study: Study, anonymizer: Run) -> None:
    """anonymized/ holds what was signed for, and only that."""
    assert 1 == anonymizer("export", "--study", study.folder, "--format", "csv", "--out", study.anonymized / "more")


def test_nothing_released(
    demo_study: Callable[..., Study], anonymizer: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty study says what to do."""
    made = demo_study()

    assert 1 == anonymizer("export", "--study", made.folder, "--format", "csv")
    assert "anonymizer release" in capsys.readouterr().err


def test_export_is_logged_without_values(study: Study, anonymizer: Run, tmp_path: Path) -> None:
    """The log says that, how many and of which formats; no name, no code of a person."""
    assert 0 == anonymizer("export", "--study", study.folder, "--format", "csv", "--out", tmp_path / "out")
    last = study.log.read_text().splitlines()[-1]

    assert '"export"' in last
    assert json.loads(last)
    assert "Quillfeather" not in last


def test_same_bytes_twice(study: Study, anonymizer: Run, tmp_path: Path) -> None:
    """Two exports on one day are equal, byte for byte."""
    for name in ("a", "b"):
        assert 0 == anonymizer(
            "export", "--study", study.folder, "--format", "qdpx", "--format", "xlsx", "--out", tmp_path / name
        )

    for file in ("transcripts.qdpx", "transcripts.xlsx"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
