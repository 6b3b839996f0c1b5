"""The sealed document as bytes: one canonical spelling, read strictly.

What is read must be byte for byte what would be written. docs/keystore-format.md is the specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from anonymizer.audit.log import Head
from anonymizer.detection.finding import ENTITY_TYPES
from anonymizer.errors import DamagedError
from anonymizer.keystore.container import MAX_DOCUMENT, MAX_HOLDERS
from anonymizer.keystore.document import (
    INTERVIEWER,
    PARTICIPANT,
    TRANSCRIPT,
    Document,
    Holder,
    Paper,
    Recording,
    SealedLink,
    Withdrawal,
)
from anonymizer.keystore.view import KnownEntity, TranscriptLink
from anonymizer.roster import Person

T = TypeVar("T")
VERSION = 2
PAD = 4096
ROLE_OF = {"participants": "participant", "interviewers": "interviewer", "others": "other"}


def to_bytes(document: Document) -> bytes:
    """The document's bytes.

    Raises:
        DamagedError: Larger than 256 MiB, or too many holders.
    """
    if not 1 <= len(document.holders) <= MAX_HOLDERS:
        raise DamagedError(f"a key store has 1 to {MAX_HOLDERS} holders")
    body = _canonical(_plain(document))
    if len(body) + 4 > MAX_DOCUMENT:
        raise DamagedError("the key store would be larger than 256 MiB")
    data = len(body).to_bytes(4, "big") + body
    return data + b"\0" * (-len(data) % PAD)


def from_bytes(data: bytes) -> Document:
    """Read a document strictly.

    Raises:
        DamagedError: Not exactly what :func:`to_bytes` writes: another version, an unknown or missing key, a
            duplicate key, spaces, padding that is not zero, a pseudonym given twice.
    """
    size = int.from_bytes(data[:4], "big")
    if len(data) > MAX_DOCUMENT or len(data) % PAD or not 0 < size <= len(data) - 4 or len(data) - 4 - size >= PAD:
        raise DamagedError("the sealed document has a length that does not fit")
    body = data[4 : 4 + size]
    if data[4 + size :].strip(b"\0"):
        raise DamagedError("the sealed document's padding is not empty")
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError):
        raise DamagedError("the sealed document is not JSON") from None
    if not isinstance(plain, dict) or plain.get("v") != VERSION:
        raise DamagedError(
            "the sealed document is of another version", hint="open it with the version of anonymizer that made it"
        )
    try:
        document = _document(plain)
        # also what refuses a repeated key, of which only the last would be read
        if _canonical(_plain(document)) != body:
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise DamagedError("the sealed document does not follow its format") from None
    _check(document)
    return document


def _canonical(value: Any) -> bytes:
    try:
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
        ).encode()
    except (ValueError, UnicodeEncodeError):
        raise DamagedError("a value holds characters that cannot be written as UTF-8") from None


def _check(document: Document) -> None:
    if not 1 <= len(document.holders) <= MAX_HOLDERS:
        raise DamagedError("the sealed document has no holders, or too many")
    if len(document.seed) != 32 or len(document.secret) != 32 or document.generation < 1:
        raise DamagedError("the sealed document lacks its secrets or its generation")
    given = [e.pseudonym for e in document.entities.values() if not _is_code(e.pseudonym)]
    if len(set(given)) != len(given) or set(given) & set(document.tombstones):
        raise DamagedError("the sealed document gives a pseudonym twice")
    codes = [sealed.link.code for sealed in document.transcripts.values()]
    if len(set(codes)) != len(codes) or set(codes) & set(document.tombstones):
        raise DamagedError("the sealed document gives a transcript code twice")
    if any(code in document.tombstones for code in (*document.participants, *document.interviewers)):
        raise DamagedError("the sealed document gives a withdrawn code again")
    for group, pattern in (("participants", PARTICIPANT), ("interviewers", INTERVIEWER)):
        if not all(re.fullmatch(pattern, code) for code in getattr(document, group)):
            raise DamagedError("the sealed document has a code that is none")
    if not all(re.fullmatch(TRANSCRIPT, code) for code in codes):
        raise DamagedError("the sealed document has a transcript code that is none")


def _is_code(pseudonym: str) -> bool:
    """True for a person's code: several entities (name, e-mail) of one person may carry it."""
    return re.fullmatch(f"{PARTICIPANT}|{INTERVIEWER}", pseudonym.strip("[]")) is not None


# One pair of functions per record, kept side by side so that a reader sees that they fit.


def _plain(d: Document) -> dict[str, Any]:
    return {
        "v": VERSION,
        "study": d.study,
        "title": d.title,
        "gen": d.generation,
        "log": {"seq": d.log.seq, "head": d.log.digest},
        "holders": {
            key: {"label": h.label, "recipient": h.recipient, "since": h.since, "public": h.public, "sign": h.sign}
            for key, h in d.holders.items()
        },
        **{name: {key: _plain_person(p) for key, p in getattr(d, name).items()} for name in ROLE_OF},
        "transcripts": {
            key: {
                "code": s.link.code,
                "participants": list(s.link.participants),
                "session": s.link.session,
                "speakers": [list(speaker) for speaker in s.link.speakers],
                "key": s.key,
            }
            for key, s in d.transcripts.items()
        },
        "entities": {
            key: {
                "type": e.entity_type,
                "kind": e.kind,
                "scope": e.scope,
                "transcript": e.transcript,
                "key": e.key,
                "forms": e.forms,
                "pseudonym": e.pseudonym,
                "about": e.about,
                "in": e.transcripts,
            }
            for key, e in d.entities.items()
        },
        "tombstones": dict(d.tombstones),
        "frozen": sorted(d.frozen),
        "recordings": {
            key: {
                "transcripts": list(r.transcripts),
                "path": r.path,
                "digest": r.digest,
                "size": r.size,
                "state": r.state,
                "facts": [list(fact) for fact in r.facts],
            }
            for key, r in d.recordings.items()
        },
        "counts": dict(d.counts),
        "papers": [{"counter": p.counter, "since": p.since, "copies": p.copies} for p in d.papers],
        "medium": dict(d.medium),
        "pending": [
            {"code": w.code, "transcripts": [list(t) for t in w.transcripts], "actions": [list(a) for a in w.actions]}
            for w in d.pending
        ],
        "seed": d.seed.hex(),
        "secret": d.secret.hex(),
    }


def _plain_person(p: Person) -> dict[str, Any]:
    return {
        "name": p.name,
        "aliases": p.aliases,
        "email": p.email,
        "organization": p.organization,
        "people": p.people,
        "places": p.places,
        "extra": p.extra,
    }


def _document(p: dict[str, Any]) -> Document:
    return Document(
        study=_text(p["study"]),
        title=_text(p["title"]),
        generation=_number(p["gen"]),
        log=Head(_number(p["log"]["seq"]), _text(p["log"]["head"])),
        holders={
            key: Holder(
                _text(h["label"]), _text(h["recipient"]), _text(h["since"]), _text(h["public"]), _text(h["sign"])
            )
            for key, h in p["holders"].items()
        },
        participants={key: _person(value, "participants", key) for key, value in p["participants"].items()},
        interviewers={key: _person(value, "interviewers", key) for key, value in p["interviewers"].items()},
        others={key: _person(value, "others", None) for key, value in p["others"].items()},
        transcripts={
            key: SealedLink(
                TranscriptLink(
                    key,
                    _text(s["code"]),
                    _texts(s["participants"]),
                    _number(s["session"]),
                    tuple((_text(a), _text(b), _text(c)) for a, b, c in s["speakers"]),
                ),
                _text(s["key"]),
            )
            for key, s in p["transcripts"].items()
        },
        entities={key: _entity(key, e) for key, e in p["entities"].items()},
        tombstones=_map(p["tombstones"], _text),
        frozen=frozenset(_texts(p["frozen"])),
        recordings=_map(p["recordings"], _recording),
        counts=_map(p["counts"], _number),
        papers=tuple(Paper(_number(x["counter"]), _text(x["since"]), _number(x["copies"])) for x in p["papers"]),
        medium=_map(p["medium"], _text),
        pending=tuple(
            Withdrawal(
                _text(w["code"]),
                tuple((_text(a), _text(b), _text(c)) for a, b, c in w["transcripts"]),
                _pairs(w["actions"]),
            )
            for w in p["pending"]
        ),
        seed=bytes.fromhex(p["seed"]),
        secret=bytes.fromhex(p["secret"]),
    )


def _person(p: dict[str, Any], group: str, code: str | None) -> Person:
    return Person(
        name=_text(p["name"]),
        aliases=_texts(p["aliases"]),
        email=_text(p["email"]),
        organization=_texts(p["organization"]),
        role=ROLE_OF[group],  # type: ignore[arg-type]
        people=_texts(p["people"]),
        places=_texts(p["places"]),
        extra=_pairs(p["extra"]),
        code=code,
    )


def _entity(key: str, e: dict[str, Any]) -> KnownEntity:
    if e["type"] not in ENTITY_TYPES or e["scope"] not in ("study", "transcript") or not e["pseudonym"]:
        raise ValueError
    return KnownEntity(
        key,
        e["type"],
        _text(e["kind"]),
        e["scope"],
        _text(e["transcript"]),
        _text(e["key"]),
        _texts(e["forms"]),
        _text(e["pseudonym"]),
        _texts(e["about"]),
        _texts(e["in"]),
    )


def _recording(value: object) -> Recording:
    if not isinstance(value, dict):
        raise TypeError
    return Recording(
        _texts(value["transcripts"]),
        _text(value["path"]),
        _text(value["digest"]),
        _number(value["size"]),
        _text(value["state"]),
        _pairs(value["facts"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError
    return tuple(value)


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple((_text(name), _text(item)) for name, item in value)


def _map(value: object, read: Callable[[object], T]) -> dict[str, T]:
    if not isinstance(value, dict):
        raise TypeError
    return {key: read(item) for key, item in value.items()}
