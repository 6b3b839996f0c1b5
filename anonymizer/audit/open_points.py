"""What a report says is open: broken promises first."""

from __future__ import annotations

from typing import Any

from anonymizer.audit.facts import ReportFacts
from anonymizer.recordings.media import SENTENCES
from anonymizer.retention import WORDS

LEVELS = ("stop", "attend", "note")


def open_points(facts: ReportFacts) -> list[dict[str, Any]]:
    """What is open, worst first: ``stop`` (a promise is broken or cannot be shown), ``attend``, ``note``.

    ``topic`` says what a point is about: outputs, log, releases, recordings, retention, key, review, risk, measures.
    """
    points: list[tuple[str, int, str, str]] = []
    topic = "outputs"

    def add(level: str, count: int, one: str, many: str = "") -> None:
        if count:
            points.append((level, count, one if count == 1 or not many else many.format(count), topic))

    outputs, log = facts.outputs, facts.log
    if outputs is not None:
        add(
            "stop", len(outputs.hits), "a known original is in an output", "known originals are in {} places of outputs"
        )
        add("stop", outputs.log_hits, "a known original is in the log", "known originals are in {} places of the log")
        add("stop", len(outputs.changed), "a released file was changed since", "{} released files were changed since")
        add(
            "stop",
            len(outputs.foreign),
            "a file in anonymized/ was never released",
            "{} files in anonymized/ were never released",
        )
    else:
        add("attend", 1, "outputs were not searched for known originals: the key was not opened")
    topic = "log"
    if log is not None:
        add("stop", len(log.problems), "the log has a line that does not fit", "the log has {} places that do not fit")
    else:
        add("stop", 1, "the log was not verified")
    topic = "releases"
    unreviewed = [t for t in facts.transcripts if t.state == "released" and not t.approved_by]
    add(
        "attend" if facts.review == "optional" else "stop",
        len(unreviewed),
        "a released transcript is not covered by an approval that counts",
        "{} released transcripts are not covered by an approval that counts",
    )
    add("attend", sum(t.current is False for t in facts.transcripts),
        "a release is older than its text, decisions or policy",
        "{} releases are older than their text, decisions or policy")  # fmt: skip
    topic = "recordings"
    for kind, words in SENTENCES.items():
        count = sum(f.kind == kind for f in facts.recording_findings)
        level = "note" if kind in ("recording-without-transcript", "transcript-without-recording") else "stop"
        add(level, count, words, words + " ({} times)")
    topic = "retention"
    for artefact, words in WORDS.items():
        due = [d for d in facts.due if d.artefact == artefact and d.state == "due"]
        days = max((-(d.days_left or 0) for d in due), default=0)
        late = f", {days} days overdue" if days else ""
        add(
            "attend",
            len(due),
            f"due by the retention policy: {words}{late}",
            f"{{}} are due by the retention policy: {words}{late}",
        )
    topic = "key"
    left = (facts.ends_on - facts.time.date()).days
    if left < 0 and not (facts.key and facts.key.destroyed):
        add("stop", 1, f"the study ended {-left} days ago and the key exists")
    topic = "review"
    undecided = sum(d.review for t in facts.transcripts if t.marks for d in t.marks.decisions)
    add("attend", undecided, "a finding is undecided", "{} findings are undecided")
    questions = sum(len(t.marks.questions) for t in facts.transcripts if t.marks)
    add("attend", questions, "a question to the reviewer is open", "{} questions to the reviewer are open")
    topic = "releases"
    waiting = sum(t.state != "released" for t in facts.transcripts)
    add("attend", waiting, "a transcript is not released yet", "{} transcripts are not released yet")
    topic = "measures"
    if facts.second_look is not None:
        add("attend", facts.second_look.strong, "the second look lists a passage of high suspicion",
            "the second look lists {} passages of high suspicion")  # fmt: skip
    topic = "risk"
    unique = sum(c.unique for c in facts.combinations or ())
    add("attend", unique, "a combination of kept attributes is held by one participant",
        "{} combinations of kept attributes are held by one participant")  # fmt: skip
    alone = sum(c.unique for c in facts.said or ())
    add("note", alone, "one thing kept in the talk is said of one participant only",
        "{} things or combinations kept in the talk are said of one participant only")  # fmt: skip
    topic = "key"
    if facts.key is not None:
        add(
            "note",
            facts.key.exports,
            "the key was exported as plain text once",
            "the key was exported as plain text {} times",
        )
        for warning in facts.key.warnings:
            add("note", 1, warning)
    topic = "measures"
    released = any(t.state == "released" for t in facts.transcripts)
    add("note", int(released and facts.sample is None), "no human sample was read: anonymizer audit --sample 50")
    add("note", int(released and not facts.planted), "planted identifiers were not counted: anonymizer audit --plant")
    add("note", int(released and facts.agreement is None), "no transcript was read by two people apart")
    order = sorted(points, key=lambda p: LEVELS.index(p[0]))
    return [{"level": level, "count": count, "text": text, "topic": about} for level, count, text, about in order]
