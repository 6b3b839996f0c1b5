"""The sealed document, version 2: frozen values, and the one canonical way to write them as bytes.

::

    4-byte big-endian length | canonical JSON (UTF-8, sorted keys, no floats) | zeros to a multiple of 4096

What is read must be byte for byte what would be written. docs/keystore-format.md is the specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from anonymizer.audit.log import Head
from anonymizer.detection.finding import ENTITY_TYPES
from anonymizer.errors import DamagedError
from anonymizer.keystore.container import MAX_DOCUMENT, MAX_HOLDERS
from anonymizer.keystore.view import KeyView, KnownEntity, TranscriptLink
from anonymizer.roster import Person, Roster

T = TypeVar("T")

VERSION = 2
PAD = 4096
ROLE_OF = {"participants": "participant", "interviewers": "interviewer", "others": "other"}
PARTICIPANT, INTERVIEWER, TRANSCRIPT = r"P[0-9]{2,6}", r"I[0-9]{1,6}", r"(?:P|G)[0-9]{2,6}-[0-9]{1,4}"


class _NoPickle:
    """A pickle is a copy of the key that nobody counts."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("the key is not pickled")


@dataclass(frozen=True, slots=True)
class Holder(_NoPickle):
    """Who can open the store.

    Attributes:
        label: Chosen name.
        recipient: ``age1...``.
        since: Date.
        public: Ed25519 public key, hex.
        sign: The signing key's 32 bytes, as an age file for this holder alone, base64: another holder reads the
            document, but not this.
    """

    label: str
    recipient: str = field(repr=False)
    since: str
    public: str
    sign: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedLink(_NoPickle):
    """A transcript's link and its data key.

    Attributes:
        link: Whose it is.
        key: age secret key under which the transcript's originals are sealed; dropping it drops them.
    """

    link: TranscriptLink = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recording(_NoPickle):
    """A registered recording; the recordings room knows what its fields mean.

    Attributes:
        transcripts: Codes of the transcripts made from it.
        path: Where it lay when registered.
        digest: Keyed digest of its bytes.
        size: Bytes.
        state: State of the recordings' state machine.
        facts: Further (name, value) pairs.
    """

    transcripts: tuple[str, ...]
    path: str = field(repr=False)
    digest: str
    size: int
    state: str
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper copy of the shred secret: of which counter, when, how many, and whether it is void."""

    counter: int
    since: str
    copies: int


@dataclass(frozen=True, slots=True)
class Withdrawal(_NoPickle):
    """A withdrawal whose files are not all gone yet: codes and paths, finished by whoever opens the store next.

    Attributes:
        code: The participant's.
        transcripts: (transcript id, code, rest): ``rest`` is what remains of it in a group interview, or empty.
        paths: Files to remove, relative to the study folder, or absolute.
    """

    code: str
    transcripts: tuple[tuple[str, str, str], ...]
    paths: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document(_NoPickle):
    """Everything the key store knows.

    Attributes:
        study: Study id.
        title: Study title.
        generation: Grows with each save.
        log: Head of the log at the last save.
        holders: By id ``h-...``.
        participants: By code ``P07``.
        interviewers: By code ``I1``.
        others: Other roster entries, by random id ``o-...``.
        transcripts: By id of the received file.
        entities: By random id ``e-...``.
        tombstones: Pseudonyms and codes that are never given again -> date; no name, no hash of one.
        frozen: Codes of transcripts that mention somebody withdrawn: never detected again.
        recordings: By random id ``r-...``.
        counts: ``exports``, ``readings`` ... over the study's life.
        papers: Paper copies made of shred secrets, void ones included.
        medium: Facts about the shred secret's medium and warnings given at init, for the certificate.
        pending: Withdrawals to finish.
        seed: Source of the study's random choices.
        secret: HMAC key.
    """

    study: str
    title: str
    generation: int
    log: Head
    holders: Mapping[str, Holder] = field(repr=False)
    participants: Mapping[str, Person] = field(default_factory=dict, repr=False)
    interviewers: Mapping[str, Person] = field(default_factory=dict, repr=False)
    others: Mapping[str, Person] = field(default_factory=dict, repr=False)
    transcripts: Mapping[str, SealedLink] = field(default_factory=dict, repr=False)
    entities: Mapping[str, KnownEntity] = field(default_factory=dict, repr=False)
    tombstones: Mapping[str, str] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    recordings: Mapping[str, Recording] = field(default_factory=dict, repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    medium: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[Withdrawal, ...] = field(default=(), repr=False)
    seed: bytes = field(default=b"", repr=False)
    secret: bytes = field(default=b"", repr=False)

    def people(self) -> tuple[Person, ...]:
        """Everybody, participants first, in the order of their codes."""
        groups = (self.participants, self.interviewers, self.others)
        return tuple(group[code] for group in groups for code in sorted(group, key=code_order))

    def reserved(self) -> frozenset[str]:
        """Every pseudonym and code that was ever given."""
        codes = (sealed.link.code for sealed in self.transcripts.values())
        return frozenset(
            {e.pseudonym for e in self.entities.values()}.union(
                self.participants, self.interviewers, self.tombstones, codes
            )
        )

    def view(self, holder: str = "") -> KeyView:
        """Frozen values for the pipeline."""
        return KeyView(
            study=self.study,
            generation=self.generation,
            roster=Roster(self.people()),
            links=tuple(self.transcripts[tid].link for tid in sorted(self.transcripts)),
            entities=tuple(self.entities[key] for key in sorted(self.entities)),
            reserved=self.reserved(),
            seed=self.seed,
            secret=self.secret,
            holder=holder,
            frozen=self.frozen,
        )

    def with_count(self, name: str, more: int = 1) -> Document:
        """The same with a count raised."""
        return replace(self, counts={**self.counts, name: self.counts.get(name, 0) + more})


def code_order(code: str) -> tuple[str, int, int]:
    """Sorts P2 before P10, and P07-1 before P07-2."""
    match = re.match(r"([A-Za-z]+-?)([0-9]+)(?:-([0-9]+))?$", code)
    return (match[1], int(match[2]), int(match[3] or 0)) if match else (code, 0, 0)


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
        plain = json.loads(body, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError):
        raise DamagedError("the sealed document is not JSON, or repeats a key") from None
    if not isinstance(plain, dict) or plain.get("v") != VERSION:
        raise DamagedError(
            "the sealed document is of another version", hint="open it with the version of anonymizer that made it"
        )
    try:
        document = _document(plain)
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


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError
    return result


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
            {"code": w.code, "transcripts": [list(t) for t in w.transcripts], "paths": list(w.paths)} for w in d.pending
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
        recordings={
            key: Recording(
                _texts(r["transcripts"]),
                _text(r["path"]),
                _text(r["digest"]),
                _number(r["size"]),
                _text(r["state"]),
                _pairs(r["facts"]),
            )
            for key, r in p["recordings"].items()
        },
        counts=_map(p["counts"], _number),
        papers=tuple(Paper(_number(x["counter"]), _text(x["since"]), _number(x["copies"])) for x in p["papers"]),
        medium=_map(p["medium"], _text),
        pending=tuple(
            Withdrawal(
                _text(w["code"]),
                tuple((_text(a), _text(b), _text(c)) for a, b, c in w["transcripts"]),
                _texts(w["paths"]),
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
