"""Marks: everything decided about a transcript, with offsets and without text.

The run writes them to ``private/review/TID/marks.json``, the review overlays people's decisions
(:mod:`anonymizer.review.events`), redaction reads the result.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from anonymizer import files
from anonymizer.decision import Decision
from anonymizer.detection.finding import EntityType
from anonymizer.entities.entity import OpenQuestion, Scope
from anonymizer.errors import ReviewError
from anonymizer.protocol.model import Tag
from anonymizer.transcript import Transcript

VERSION = 1


@dataclass(frozen=True, slots=True)
class MarkedEntity:
    """An entity as the review shows it; without its forms.

    Attributes:
        id: ``E1`` ... within the transcript.
        entity_type: What it is.
        kind: Finer kind, or empty.
        scope: Of its pseudonym.
        roster: ``P07``, ``I1``, or None.
        about: Codes of the participants it is only about.
        pseudonym: ``[Person 3]``; empty before one is assigned.
        same: ``TID:E4`` when a reviewer said that it is this entity of another transcript; empty otherwise.
    """

    id: str
    entity_type: EntityType
    kind: str = ""
    scope: Scope = "transcript"
    roster: str | None = None
    about: tuple[str, ...] = ()
    pseudonym: str = ""
    same: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Tags and decisions of one transcript.

    Attributes:
        transcript: Id of the received file (``Study.transcript_id``).
        code: ``P07-1``; empty for what ``run --prepare`` made.
        text_digest: HMAC-SHA-256 (hex) of the canonical turns, under the study's salt.
        turns: Number of turns.
        policy: Name and digest of the policy used.
        tags: One for each turn.
        decisions: Sorted, not overlapping within a turn.
        entities: In order of first mention.
        questions: For the reviewer.
    """

    transcript: str
    code: str
    text_digest: str
    turns: int
    policy: str = ""
    tags: tuple[Tag, ...] = ()
    decisions: tuple[Decision, ...] = ()
    entities: tuple[MarkedEntity, ...] = ()
    questions: tuple[OpenQuestion, ...] = field(default=())

    def entity(self, id: str) -> MarkedEntity | None:
        """The entity with that id, or None."""
        return next((e for e in self.entities if e.id == id), None)

    def with_decisions(self, decisions: tuple[Decision, ...]) -> Marks:
        """The same with other decisions, sorted."""
        return replace(self, decisions=tuple(sorted(decisions)))


def text_digest(transcript: Transcript, key: bytes) -> str:
    """HMAC-SHA-256 (hex) over speakers, texts and times, independent of the received format."""
    turns = [[t.speaker, t.text, t.start, t.end] for t in transcript]
    return hmac.new(key, json.dumps(turns, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()


def is_id(transcript: object) -> bool:
    """Whether something has the form of a received file's id, and can name a folder."""
    return isinstance(transcript, str) and re.fullmatch(r"t[0-9a-f]{12}", transcript) is not None


def folder(review: Path, transcript: str) -> Path:
    """Where a transcript's review state lies."""
    return review / transcript


def save(review: Path, marks: Marks) -> None:
    """Write marks.json, mode 0600."""
    files.write_atomic(*rendered(review, marks))


def rendered(review: Path, marks: Marks) -> tuple[Path, bytes]:
    """Where marks.json lies, and what is in it."""
    return folder(review, marks.transcript) / "marks.json", files.to_json({"v": VERSION, **asdict(marks)})


def load(review: Path, transcript: str) -> Marks:
    """Read marks.json.

    Raises:
        ReviewError: Missing, damaged or of another version.
    """
    path = folder(review, transcript) / "marks.json"
    try:
        return _parse(json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise ReviewError("nothing was prepared for this transcript", hint="anonymizer run --prepare") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ReviewError("marks.json is damaged", hint="anonymizer run makes it anew") from None


def _parse(document: dict[str, Any]) -> Marks:
    if document.pop("v") != VERSION:
        raise ValueError
    document["tags"] = tuple(Tag(**t) for t in document["tags"])
    document["decisions"] = tuple(Decision(**{**d, "sources": tuple(d["sources"])}) for d in document["decisions"])
    document["entities"] = tuple(MarkedEntity(**{**e, "about": tuple(e["about"])}) for e in document["entities"])
    document["questions"] = tuple(
        OpenQuestion(**{**q, "entities": tuple(q["entities"])}) for q in document["questions"]
    )
    return Marks(**document)
