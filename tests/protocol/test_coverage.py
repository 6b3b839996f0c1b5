"""Coverage: who was asked what, and answered how much."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from anonymizer.audit.coverage import Cell, Coverage, TaggedInterview, coverage, document, table
from anonymizer.audit.coverage_page import page, picture
from anonymizer.cli import cli
from anonymizer.protocol.document import parse_protocol
from anonymizer.protocol.model import Protocol, Tag
from anonymizer.study import Study

PROTOCOL = parse_protocol(b"T\n\nWalks\n\n1. Where & <why>?\n2. *When?\n3. With whom?\n", "p.txt")


def tag(index: int, role: str, question: str | None, review: bool = False) -> Tag:
    """A tag."""
    return Tag(index, role, question, 0.9, review)  # type: ignore[arg-type]


@pytest.fixture
def found() -> Coverage:
    """Two interviews: one answers the first question and is only asked the second, one says nothing to the point."""
    first = TaggedInterview(
        "P02-1",
        (tag(0, "interviewer", "walks.1"), tag(1, "participant", "walks.1"), tag(2, "participant", "walks.1", True),
         tag(3, "interviewer", "walks.2"), tag(4, "participant", None), tag(5, "participant", "gone.1")),
        (5, 20, 10, 4, 15, 6),
    )  # fmt: skip
    return coverage(PROTOCOL, [first, TaggedInterview("P01-1", (tag(0, "participant", None),), (8,))])


def test_cells_count_turns_words_and_doubts(found: Coverage) -> None:
    """Columns are sorted by code; the asker's words do not count as an answer."""
    assert found.codes == ("P01-1", "P02-1")
    assert found.cells[0] == (Cell(), Cell(asked=1, answers=2, words=30, unsure=1))
    assert [cell.state for _, cell in found.cells] == ["answered", "asked", "skipped"]
    assert [q.id for q in found.unanswered()] == ["walks.2", "walks.3"]


def test_talk_outside_and_unknown_questions_are_counted_apart(found: Coverage) -> None:
    """A tag of a question that the protocol lost is not mixed up with small talk."""
    assert [(o.turns, o.words, round(o.share, 2)) for o in found.outside] == [(1, 8, 1.0), (1, 15, 0.25)]
    assert found.unknown == (0, 1)


def test_table(found: Coverage) -> None:
    """The text that a terminal shows."""
    assert table(found).splitlines()[:5] == [
        "question              P01-1  P02-1  answered",
        "walks.1                   -    30?         1",
        "walks.2*                  -      o         0",
        "walks.3                   -      -         0",
        "outside the protocol      8     15",
    ]
    assert "answered by nobody: walks.2, walks.3" in table(found)


def test_document_holds_the_same(found: Coverage) -> None:
    """For programs."""
    read = json.loads(json.dumps(document(found)))

    assert read["questions"][0]["cells"][1] == {
        "code": "P02-1", "state": "answered", "asked": 1, "answers": 2, "words": 30, "unsure": 1,
    }  # fmt: skip
    assert read["answered_by_nobody"] == ["walks.2", "walks.3"]


def test_picture_is_sound_and_says_everything_in_words(found: Coverage) -> None:
    """Well-formed, described for screen readers, a title at every mark, texts escaped."""
    tree = ET.fromstring(picture(found))
    titles = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}title")]

    assert tree.attrib["role"] == "img"
    assert "walks.1, P02-1: 30 words, 1 turns wait for review" in titles
    assert "walks.2, P02-1: asked, no answer" in titles
    assert "Where & <why>?" in titles


def test_page_needs_nothing_from_elsewhere(found: Coverage) -> None:
    """No script, no outside resource, also with a hostile title."""
    text = page(found, "<script>alert(1)</script>").decode()

    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "default-src 'none'" in text


def test_no_interviews() -> None:
    """A study without interviews has rows and no columns."""
    empty = coverage(PROTOCOL, [])

    assert empty.codes == ()
    assert ET.fromstring(picture(empty)) is not None
    assert "answered by nobody: walks.1, walks.2, walks.3" in table(empty)


@pytest.mark.parametrize("form", ["table", "html", "json"])
def test_command(study: Study, form: str, bicycles: Protocol) -> None:
    """anonymizer report coverage over a prepared study, to standard output and to a file; it quotes no interview."""
    args = ["report", "coverage", "--study", str(study.folder), "--format", form]
    shown = CliRunner().invoke(cli, args, standalone_mode=False)
    target = study.audit / "coverage.out"
    written = CliRunner().invoke(cli, [*args, "--output", str(target)], standalone_mode=False)

    assert (shown.exception, written.exception) == (None, None)
    assert target.read_text() == shown.stdout
    assert all(question.id in shown.stdout for question in bicycles.questions)
    assert "grandfather" not in shown.stdout


def test_command_says_which_interview_it_could_not_read(study: Study) -> None:
    """A received file that is gone: named by the transcript's random id, exit 1 because nothing is left."""
    (study.received / "talk.json").unlink()

    result = CliRunner().invoke(cli, ["report", "coverage", "--study", str(study.folder)], standalone_mode=False)

    assert "no tagged interviews" in str(result.exception)
    assert "the received file is gone" in result.stderr
