"""What the retention policy has due, as far as it can be told without the key: for ``anonymizer status`` and cron."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable

from anonymizer.audit.check import event_times, read_log
from anonymizer.audit.facts import TranscriptFacts, TranscriptState
from anonymizer.audit.gather import standings
from anonymizer.audit.log import Line
from anonymizer.errors import ReviewError
from anonymizer.keystore.view import TranscriptLink
from anonymizer.recordings.follow import deletion_days, study_facts
from anonymizer.retention import WORDS
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import Marks
from anonymizer.study import Study

_COMMANDS = {
    "received": "anonymizer close, or anonymizer originals seal",
    "decisions": "anonymizer close",
    "originals": "anonymizer close",
    "key": "anonymizer close",
    "anonymized": "look whether they may stay",
    "log": "look whether it may go",
}


def due_lines(study: Study, today: datetime.date) -> tuple[str, ...]:
    """What is due, in sentences without names; nothing if nothing is.

    Recordings are followed by what the log says of them, since their register is sealed.
    """
    _, lines = read_log(study)
    marks = _marks(study)
    transcripts = _transcripts(study, marks, event_times(lines))
    states = standings(study, (), transcripts, today)
    found = []
    recordings = _recordings_due(study, marks, lines, today)
    if recordings:
        what = "recording is" if recordings == 1 else "recordings are"
        found.append(f"{recordings} {what} due for deletion: anonymizer recordings delete --due")
    counts = Counter(d.artefact for d in states if d.state == "due")
    ended = any(line.act == "destroy" for line in lines)
    for artefact, count in counts.items():
        if ended and artefact in ("key", "originals"):
            continue
        number = f" of {count} transcripts" if artefact in ("received", "decisions", "anonymized") else ""
        found.append(f"{WORDS[artefact]}{number}: {_COMMANDS[artefact]}")
    return tuple(found)


def _marks(study: Study) -> tuple[Marks, ...]:
    found = []
    for folder in sorted(study.review.glob("t*")) if study.review.is_dir() else []:
        try:
            marks = marks_store.load(study.review, folder.name)
        except ReviewError:
            continue
        if marks.code:
            found.append(marks)
    return tuple(found)


def _transcripts(study: Study, marks: Iterable[Marks], times: dict[str, dict[str, str]]) -> tuple[TranscriptFacts, ...]:
    facts = []
    for each in marks:
        released = study.anonymized.is_dir() and any(study.anonymized.glob(f"{each.code}.*"))
        state: TranscriptState = "released" if released else "drafted"
        facts.append(TranscriptFacts(each.code, (), state, each, times=times.get(each.code, {})))
    return tuple(facts)


def _recordings_due(study: Study, marks: Iterable[Marks], lines: Iterable[Line], today: datetime.date) -> int:
    """Recordings that a command with the key would find due and not on hold."""
    days = deletion_days(study)
    if days is None:
        return 0
    transcripts: dict[str, tuple[str, ...]] = {}
    anonymized: dict[str, datetime.date | None] = {}
    held: set[str] = set()
    released: dict[str, datetime.date] = {}
    for line in lines:
        id = str(line.data.get("recording", ""))
        day = datetime.date.fromisoformat(line.time[:10])
        if line.act in ("recording-add", "recording-link"):
            transcripts[id] = tuple(str(line.data.get("transcripts", "")).split())
        elif line.act == "recording-state":
            state = line.data.get("state")
            if state == "anonymized":
                anonymized[id] = day
            elif state != "deletion-due":
                anonymized[id] = None
        elif line.act == "recording-hold":
            held.add(id)
        elif line.act == "recording-release":
            held.discard(id)
        elif line.act == "recording-deleted":
            transcripts.pop(id, None)
        elif line.act == "release":
            released[str(line.data.get("code", ""))] = day
    facts = study_facts(study, [TranscriptLink(m.transcript, m.code, (), 1) for m in marks])
    count = 0
    for id, codes in transcripts.items():
        if id in held or not codes or not all(c in facts.approved and c in facts.released for c in codes):
            continue
        # before any command with the key has noted it, the clock counts from the last release
        start = anonymized.get(id) or max((released[c] for c in codes if c in released), default=today)
        count += (today - start).days >= days
    return count
