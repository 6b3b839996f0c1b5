"""Where each transcript of a study stands; needs no key."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from anonymizer import drafts
from anonymizer.audit.due import due_lines
from anonymizer.errors import ReviewError
from anonymizer.received import scan
from anonymizer.review import marks as marks_store
from anonymizer.study import Study

STATES = ("received", "prepared", "drafted", "released")


@dataclass(frozen=True, slots=True)
class TranscriptState:
    """One transcript.

    Attributes:
        transcript: Id of the received file.
        code: ``P07-1``, or empty before the first run with the key.
        state: One of :data:`STATES`.
        undecided: Findings, tags and questions that a person should still see.
    """

    transcript: str
    code: str
    state: str
    undecided: int


@dataclass(frozen=True, slots=True)
class StudyStatus:
    """Counts, what is due, and the days left."""

    title: str
    days_left: int
    transcripts: tuple[TranscriptState, ...]
    problems: int
    due: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "title": self.title,
            "days_left": self.days_left,
            "transcripts": [
                {"transcript": t.transcript, "code": t.code, "state": t.state, "undecided": t.undecided}
                for t in self.transcripts
            ],
            "problems": self.problems,
            "due": list(self.due),
        }

    def lines(self) -> list[str]:
        """For people."""
        count = Counter(t.state for t in self.transcripts)
        waiting = [t for t in self.transcripts if t.state != "released" and t.undecided]
        ends = f"{self.days_left} days until the study ends" if self.days_left >= 0 else "the study has ended"
        lines = [f"{self.title}: {ends}"]
        lines += [f"{state:10} {count[state]}" for state in STATES]
        lines.append(f"waiting    {len(waiting)} transcripts, {sum(t.undecided for t in waiting)} decisions")
        lines += [f"  {t.code or t.transcript:14} {t.state:10} {t.undecided} undecided" for t in self.transcripts]
        if self.problems:
            lines.append(f"unusable   {self.problems} files in private/received/: anonymizer run names them")
        lines += [f"due        {item}" for item in self.due]
        return lines


def study_status(study: Study, today: datetime.date) -> StudyStatus:
    """Read the state of everything received from what lies in the study folder."""
    received, problems = scan(study)
    states = []
    released, drafted = drafts.Listing(study.anonymized), drafts.Listing(study.draft)
    for item in received:
        try:
            marks = marks_store.load(study.review, item.transcript)
        except ReviewError:
            states.append(TranscriptState(item.transcript, "", "received", 0))
            continue
        state = "prepared"
        if marks.code and released.paths(marks.code):
            state = "released"
        elif marks.code and any(p.suffix != ".stamp" for p in drafted.paths(marks.code)):
            state = "drafted"
        undecided = sum(d.review for d in marks.decisions) + sum(t.review for t in marks.tags) + len(marks.questions)
        states.append(TranscriptState(item.transcript, marks.code, state, undecided))
    left = study.days_left(today)
    due = ("the study has ended: close it and destroy the key (anonymizer close)",) if left < 0 else ()
    due = (*due, *due_lines(study, today))
    return StudyStatus(study.settings.title, left, tuple(states), len(problems), due)
