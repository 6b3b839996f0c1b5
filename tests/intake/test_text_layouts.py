"""Plain text and Markdown in the layouts of services and agencies, one case a layout."""

from __future__ import annotations

import pytest

from anonymizer.errors import IntakeError
from anonymizer.intake.reader import read_bytes

Expected = list[tuple[str | None, str, float | None]]

HELLO: Expected = [("Ada Quill", "Hello there. You too?", 4.0), ("Bo Reed", "Yes: me too.", 70.0)]
ROLES: Expected = [("Speaker 1", "Hello there. You too?", 4.0), ("Speaker 2", "Yes: me too.", 70.0)]
LETTERS: Expected = [("I", "Hello there. You too?", None), ("R", "Yes: me too.", None), ("I", "Good.", None)]

CASES: dict[str, tuple[str, Expected]] = {
    "otter": ("Ada Quill  0:04  \nHello there.\nYou too?\n\nBo Reed  1:10  \nYes: me too.\n\n", HELLO),
    "otter, one body line": ("Ada Quill   0:04\nHello there. You too?\n\nBo Reed   1:10\nYes: me too.\n", HELLO),
    "rev": ("Speaker 1 (00:04):\nHello there. You too?\n\nSpeaker 2 (01:10):\nYes: me too.\n", ROLES),
    "rev, same line": ("Speaker 1 (00:04): Hello there. You too?\nSpeaker 2 (01:10): Yes: me too.\n", ROLES),
    "gotranscript": ("[00:00:04] Speaker 1: Hello there. You too?\n\n[00:01:10] Speaker 2: Yes: me too.\n", ROLES),
    "sonix": ("Speaker 1: [00:00:04] Hello there. You too?\n\nSpeaker 2: [00:01:10] Yes: me too.\n", ROLES),
    "happy scribe": ("Speaker 1: [00:00:04.0]\nHello there. You too?\n\nSpeaker 2: [00:01:10]\nYes: me too.\n", ROLES),
    "scribie": ("[00:04] Ada Quill: Hello there. You too?\n[01:10] Bo Reed: Yes: me too.\n", HELLO),
    "descript": (
        "# Talk\n\n**Ada Quill:** [00:00:04] Hello there. You too?\n\n**Bo Reed:** [00:01:10] Yes: me too.\n", HELLO
    ),
    "markdown, stamp first": (
        "[00:04] **Ada Quill:** Hello there. You too?\n\n[01:10] **Bo Reed:** Yes: me too.\n", HELLO
    ),
    "zoom, tabs": ("00:00:04\tAda Quill\tHello there. You too?\n00:01:10\tBo Reed\tYes: me too.\n", HELLO),
    "zoom, saved captions": (
        "[Ada Quill] 00:00:04\nHello there. You too?\n\n[Bo Reed] 00:01:10\nYes: me too.\n", HELLO
    ),
    "header with stamp first": ("00:00:04 Ada Quill\nHello there. You too?\n\n00:01:10 Bo Reed\nYes: me too.\n", HELLO),
    "date and time": (
        "2026-08-15 00:00:04 Ada Quill: Hello there. You too?\n2026-08-15 00:01:10 Bo Reed: Yes: me too.\n", HELLO
    ),
    "ranges": (
        "00:00:04 - 00:00:09 Ada Quill: Hello there. You too?\n00:01:10 - 00:01:12 Bo Reed: Yes: me too.\n", HELLO
    ),
    "letters with tabs": ("I:\tHello there. You too?\nR:\tYes: me too.\nI:\tGood.\n", LETTERS),
    "letters with tabs only": ("I\tHello there. You too?\nR\tYes: me too.\nI\tGood.\n", LETTERS),
    "capitals": (
        "INTERVIEWER: Hello there. You too?\n\nADA: Yes: me too.\n\nINTERVIEWER: Good.\n",
        [("INTERVIEWER", "Hello there. You too?", None), ("ADA", "Yes: me too.", None), ("INTERVIEWER", "Good.", None)],
    ),
    "whisperx": (
        "[SPEAKER_00]: Hello there. You too?\n[SPEAKER_01]: Yes: me too.\n",
        [("SPEAKER_00", "Hello there. You too?", None), ("SPEAKER_01", "Yes: me too.", None)],
    ),
    "labels alone": (
        "Interviewer\nHello there. You too?\n\nAda\nYes: me too.\n\nInterviewer\nGood.\n\nAda\nFine, then.\n",
        [
            ("Interviewer", "Hello there. You too?", None),
            ("Ada", "Yes: me too.", None),
            ("Interviewer", "Good.", None),
            ("Ada", "Fine, then.", None),
        ],
    ),
    "meet": (
        "00:00:04\n\nAda Quill: Hello there. You too?\n\n00:01:10\n\nBo Reed: Yes: me too.\n", HELLO
    ),
    "no labels": (
        "hello there. you too?\n\nyes: me too.\n", [(None, "hello there. you too?", None), (None, "yes: me too.", None)]
    ),
    "no labels, stamps": (
        "[00:04] hello there. you too?\n[01:10] yes: me too.\n",
        [(None, "hello there. you too?", 4.0), (None, "yes: me too.", 70.0)],
    ),
    "a paragraph without label goes on": (
        "Q: Hello there.\n\nYou too?\n\nA: Yes.\n", [("Q", "Hello there.\nYou too?", None), ("A", "Yes.", None)]
    ),
    "dial-in": (
        "Ada Quill: Hello there.\n+44 20 7946 0018: Yes: me too.\nAda Quill: Good.\n",
        [("Ada Quill", "Hello there.", None), ("+44 20 7946 0018", "Yes: me too.", None), ("Ada Quill", "Good.", None)],
    ),
    "markers survive": (
        "Speaker 1 (00:04): [inaudible 00:00:05] (laughs) //no// (..)\nSpeaker 2 (01:10): [crosstalk]\n",
        [("Speaker 1", "[inaudible 00:00:05] (laughs) //no// (..)", 4.0), ("Speaker 2", "[crosstalk]", 70.0)],
    ),
    "title block": (
        (
            "Interview 3\nDate: 3 May 2024\nInterviewer: Ada Quill\nDuration: 00:41:10\n\n"
            "Interviewer: Hello there.\nParticipant: Yes: me too.\nInterviewer: Good.\n"
        ),
        [("Interviewer", "Hello there.", None), ("Participant", "Yes: me too.", None), ("Interviewer", "Good.", None)],
    ),
    "a colon is not a speaker": (
        "Ada: Hello.\nBo: I work at St. Elm's: the big one.\nHere is the thing: it leaks.\nAda: So.\nBo: Right.\n",
        [
            ("Ada", "Hello.", None),
            ("Bo", "I work at St. Elm's: the big one. Here is the thing: it leaks.", None),
            ("Ada", "So.", None),
            ("Bo", "Right.", None),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", CASES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_layout(layout: str, ends: str) -> None:
    """Each layout gives the same speakers, texts and times, whatever ends its lines."""
    text, expected = CASES[layout]
    transcript = read_bytes(text.replace("\n", ends).encode(), "t.md" if "**" in text else "t.txt")

    assert expected == [(t.speaker, t.text, t.start) for t in transcript]
    assert list(range(len(expected))) == [t.index for t in transcript]


@pytest.mark.parametrize(
    "text",
    [
        "Ada @ 0h04\nhello\n\nBo @ 0h05\nhi\n\nAda @ 0h07\nyes\n",
        "Ada: Hello.\nBo: Yes.\n[0h04m] Ada goes on.\nAda: So.\n",
        "Ada: Hello.\nBo: Yes.\nAda 12\nBo: no.\n",
        "Ada >> hello\n\nBo >> hi\n\nAda >> yes\n\nBo >> no\n\nAda >> so\n\nBo >> right\n",
    ],
)
def test_half_understood_is_refused(text: str) -> None:
    """Stamps and labels in an unknown notation are an error that shows the shape of the line and no word of it."""
    with pytest.raises(IntakeError, match="not understood") as error:
        read_bytes(text.encode(), "t.txt")

    assert error.value.line is not None
    assert "Ada" not in str(error.value)
    assert "Bo" not in str(error.value)
