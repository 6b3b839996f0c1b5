"""The anonymization log: the archive's columns, no original, no offset."""

from __future__ import annotations

import csv
import io

from anonymizer.audit.anonlog import COLUMNS, LoggedTranscript, anonymization_log, public_id
from anonymizer.decision import Decision
from anonymizer.protocol.model import Tag
from anonymizer.review.marks import Marks

SECRET = bytes(32)


def _marks(code: str = "P07-1") -> Marks:
    return Marks(
        transcript="t0123456789ab",
        code=code,
        text_digest="",
        turns=2,
        tags=(Tag(0, "participant", "background.1", 0.9, False), Tag(1, "participant", None, 0.9, False)),
        decisions=(
            Decision(
                0, 4, 9, "PERSON", "direct", "E1", "pseudonymize", "r", "a name", score=0.97, sources=("roster", "ner")
            ),
            Decision(0, 20, 27, "TECHNOLOGY", "technical", "E2", "keep", "r", "a library", sources=("lexicon",)),
            Decision(1, 0, 3, "ORGANIZATION", "tied", "E3", "generalize", "reviewer", "by hand", by="AB"),
        ),
    )


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_row_for_each_decision_kept_ones_too() -> None:
    """Transcript, turn, question, what, how, by whom, why."""
    marks = _marks()
    data = anonymization_log(
        [LoggedTranscript(marks, {"0:4-9": "[Person 1]", "1:0-3": "[company]"}, "2026-03-01T09:00:00Z", ("CD",))],
        SECRET,
    )
    first, kept, manual = _rows(data)
    assert tuple(first) == COLUMNS
    assert ("P07-1", "0", "background.1", "PERSON", "pseudonymize", "[Person 1]") == tuple(
        first[c] for c in ("transcript", "turn", "question", "category", "action", "replacement")
    )
    assert ("roster+ner", "0.97", "CD") == (first["detected_by"], first["score"], first["reviewer"])
    assert ("keep", "") == (kept["action"], kept["replacement"])
    assert ("manual", "", "AB", "") == (manual["detected_by"], manual["score"], manual["reviewer"], manual["question"])


def test_no_offsets() -> None:
    """Offsets and lengths beside somebody's copy of the original would point at every passage."""
    data = anonymization_log([LoggedTranscript(_marks(), {})], SECRET).decode()
    assert "4-9" not in data
    assert "t0123456789ab" not in data
    ids = [row["decision"] for row in _rows(data.encode())]
    assert len(set(ids)) == 3
    assert ids[0] == public_id(SECRET, "t0123456789ab", "0:4-9")
    assert ids[0] != public_id(bytes(31) + b"x", "t0123456789ab", "0:4-9")


def test_sorted_by_code() -> None:
    """The order of the file says nothing about the order of the interviews."""
    data = anonymization_log([LoggedTranscript(_marks("P09-1"), {}), LoggedTranscript(_marks("P02-1"), {})], SECRET)
    assert [r["transcript"] for r in _rows(data)] == ["P02-1"] * 3 + ["P09-1"] * 3
