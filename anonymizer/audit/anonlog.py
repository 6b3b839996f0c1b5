"""The anonymization log that an archive asks for, as CSV: what was done where and why, without the originals.

Columns after the UK Data Service's anonymisation log: transcript, turn, protocol question, category, action,
replacement, detector with score or ``manual``, reviewer, time, decision, reason. The original stands sealed in
the key store under the decision's id. That id is keyed: the decision's own (turn and offsets) together with a copy of
the original would point at the passage and give its length.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from anonymizer.decision import Decision
from anonymizer.review.marks import Marks

COLUMNS = (
    "transcript", "turn", "question", "category", "context", "action", "replacement", "detected_by", "score",
    "reviewer", "time", "decision", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoggedTranscript:
    """What the log needs of one transcript.

    Attributes:
        marks: Effective marks.
        replacements: Decision id -> new text, for decisions that are not keep.
        time: When the transcript was approved or, without approval, released; UTC, ISO 8601; empty if not known.
        reviewers: Short names of those who approved.
    """

    marks: Marks
    replacements: Mapping[str, str] = field(repr=False)
    time: str = ""
    reviewers: tuple[str, ...] = ()


def public_id(secret: bytes, transcript: str, decision: str) -> str:
    """A decision's name outside the study: 16 hex digits of an HMAC-SHA-256."""
    message = f"decision\0{transcript}\0{decision}".encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:16]


def anonymization_log(transcripts: Iterable[LoggedTranscript], secret: bytes) -> bytes:
    """The CSV, UTF-8 with byte order mark, a row a decision, sorted by transcript and turn."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in sorted(transcripts, key=lambda t: t.marks.code):
        tags = {tag.index: tag.question or "" for tag in each.marks.tags}
        reviewers = " ".join(each.reviewers)
        for decision in each.marks.decisions:
            writer.writerow(
                (
                    each.marks.code,
                    decision.turn,
                    tags.get(decision.turn, ""),
                    decision.entity_type,
                    decision.context,
                    decision.action,
                    "" if decision.action == "keep" else each.replacements.get(decision.id, ""),
                    "manual" if _manual(decision) else "+".join(decision.sources),
                    "" if _manual(decision) else f"{decision.score:.2f}",
                    decision.by or reviewers,
                    each.time,
                    public_id(secret, each.marks.transcript, decision.id),
                    decision.reason,
                )
            )
    return ("\ufeff" + out.getvalue()).encode()


def _manual(decision: Decision) -> bool:
    return bool(decision.by) or decision.sources == ("reviewer",)
