"""Decisions travel between computers as signed files: one reviewer's events and approvals, without text.

The file names transcripts by the id that every computer with the study gives them, and carries the keyed digest of the
text the decisions are about, so that they can never be laid over another text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from anonymizer import files
from anonymizer.errors import ReviewError
from anonymizer.review import marks as marks_store
from anonymizer.review.approvals import Signer, fingerprint, read_approval, register, verify
from anonymizer.review.combine import disagreements
from anonymizer.review.events import Event, append, check_reviewer, load, load_one, now, parse, path
from anonymizer.review.prepared import prepared
from anonymizer.study import Study

VERSION = 1
LIMIT = 64 << 20
_CONTEXT = b"anonymizer decisions v1\n"


@dataclass(frozen=True, slots=True)
class Clash:
    """A transcript in which this computer and the file disagree about what the same reviewer did.

    Attributes:
        transcript: Its id.
        here: Events that only this computer has.
        there: Events that only the file has.
    """

    transcript: str
    here: int
    there: int


@dataclass(slots=True)
class Imported:
    """What an import did.

    Attributes:
        reviewer: Whose decisions.
        fingerprint: Of the key that signed them.
        new_key: This key was not seen in the study before: compare the fingerprint with the person.
        added: Events added, by transcript.
        approvals: Approvals taken over.
        missing: Transcripts that are not prepared here.
        other_text: Transcripts whose text is another one here.
        clashes: Refused until ``settle`` says which side counts.
        disputes: Places where reviewers disagree now, by transcript.
    """

    reviewer: str
    fingerprint: str
    new_key: bool
    added: dict[str, int] = field(default_factory=dict)
    approvals: int = 0
    missing: list[str] = field(default_factory=list)
    other_text: list[str] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    disputes: dict[str, int] = field(default_factory=dict)


def _message(document: dict[str, Any]) -> bytes:
    unsigned = {key: value for key, value in document.items() if key != "signature"}
    return _CONTEXT + json.dumps(unsigned, sort_keys=True, separators=(",", ":")).encode()


def export_decisions(study: Study, by: Signer, transcripts: Iterable[str] = ()) -> bytes:
    """One reviewer's decisions and approvals as a signed file.

    Args:
        study: The study.
        by: The reviewer.
        transcripts: Ids; all with decisions if empty.

    Raises:
        ReviewError: There are none.
    """
    register(study, by.name, by.public)
    parts = []
    for id in tuple(transcripts) or prepared(study):
        events = load_one(study.review, id, by.name)
        if not events:
            continue
        approval = marks_store.folder(study.review, id) / f"{by.name}.approval.json"
        parts.append(
            {
                "transcript": id,
                "text_digest": marks_store.load(study.review, id).text_digest,
                "events": [event.document() for event in events],
                "approval": json.loads(approval.read_bytes()) if approval.is_file() else None,
            }
        )
    if not parts:
        raise ReviewError(f"reviewer {by.name} has made no decisions")
    document: dict[str, Any] = {
        "v": VERSION,
        "study": study.settings.id,
        "reviewer": by.name,
        "public": by.public,
        "at": now(),
        "transcripts": parts,
    }
    document["signature"] = by.sign(_message(document)).hex()
    return (json.dumps(document, indent=1) + "\n").encode()


def import_decisions(study: Study, data: bytes, settle: str = "") -> Imported:
    """Take another computer's decisions.

    Args:
        study: The study.
        data: What :func:`export_decisions` made elsewhere.
        settle: Where this computer has other events of the same reviewer: ``theirs`` replaces them by the file's,
            ``mine`` leaves them; empty refuses such transcripts and lists them.

    Raises:
        ReviewError: Not such a file, of another study, changed since it was signed, or by a stranger's key. Nothing
            was written.
    """
    document = _read(study, data)
    events = {part["transcript"]: _events(part, document["reviewer"]) for part in document["transcripts"]}
    reviewer = document["reviewer"]
    result = Imported(reviewer, fingerprint(document["public"]), register(study, reviewer, document["public"]))
    for part in document["transcripts"]:
        id = part["transcript"]
        if id not in prepared(study):
            result.missing.append(id)
        elif marks_store.load(study.review, id).text_digest != part.get("text_digest"):
            result.other_text.append(id)
        else:
            _take(study, part, events[id], settle=settle, into=result)
    return result


def _read(study: Study, data: bytes) -> dict[str, Any]:
    hint = "a file made by “anonymizer review export FILE.json” is needed"
    if len(data) > LIMIT:
        raise ReviewError("this file of decisions is too large", hint=hint)
    try:
        document = json.loads(data)
        reviewer, public, parts = document["reviewer"], document["public"], document["transcripts"]
        sound = document["v"] == VERSION and isinstance(parts, list) and isinstance(public, str)
        sound = sound and verify(public, _message(document), document["signature"])
        check_reviewer(reviewer)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReviewError("this is not a file of decisions", hint=hint) from None
    if not sound:
        raise ReviewError("this file of decisions was changed after it was signed", hint="ask for it again")
    if document["study"] != study.settings.id:
        raise ReviewError("these decisions belong to another study")
    return document  # type: ignore[no-any-return]


def _events(part: Any, reviewer: str) -> tuple[Event, ...]:
    try:
        if not marks_store.is_id(part["transcript"]):
            raise ReviewError("not a transcript's id")
        events = tuple(parse(event) for event in part["events"])
    except (KeyError, TypeError):
        raise ReviewError("this is not a file of decisions") from None
    if any(event.reviewer != reviewer for event in events):
        raise ReviewError("decisions of somebody else are in this file")
    return events


def _take(study: Study, part: dict[str, Any], theirs: Sequence[Event], *, settle: str, into: Imported) -> None:
    id, reviewer = part["transcript"], into.reviewer
    mine = load_one(study.review, id, reviewer)
    common = 0
    while common < min(len(mine), len(theirs)) and mine[common].id == theirs[common].id:
        common += 1
    if common < len(mine) and common < len(theirs):
        if settle not in ("mine", "theirs"):
            into.clashes.append(Clash(id, len(mine) - common, len(theirs) - common))
            return
        if settle == "mine":
            return
        # set aside, not deleted: it is somebody's work
        mine_file = path(study.review, id, reviewer)
        mine_file.replace(mine_file.with_name(f"{reviewer}.replaced"))
        common = 0
    fresh = [replace(event, seq=0) for event in theirs[common:]]
    if fresh:
        append(study.review, id, reviewer, fresh)
        into.added[id] = len(fresh)
    if part.get("approval") is not None:
        approval = read_approval(part["approval"])
        if approval.reviewer != reviewer or approval.transcript != id:
            raise ReviewError("an approval of somebody else is in this file")
        files.write_json(marks_store.folder(study.review, id) / f"{reviewer}.approval.json", part["approval"])
        into.approvals += 1
    places = disagreements(marks_store.load(study.review, id), load(study.review, id))
    if open_ := sum(place.open for place in places):
        into.disputes[id] = open_
