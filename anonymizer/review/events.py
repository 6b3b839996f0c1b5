"""What people decided: an append-only file of events for each transcript and reviewer.

``private/review/TID/<reviewer>.jsonl`` holds one JSON object a line. Events name turns, offsets, entity ids, question
ids and labels, never a passage of the transcript. They lie over the machine's marks and never change them::

    {"v": 1, "seq": 3, "id": "9f...", "batch": "41...", "at": "2026-05-04T09:12:01Z", "reviewer": "A",
     "op": "decide", "targets": ["12:4-9", "31:0-5"], "action": "keep", "entity": "E3@12:4-9"}

An append is flushed to the disk before it is confirmed. A last line that was cut off by a crash is dropped, by
:func:`load` when it reads and by :func:`append` before it writes; damage anywhere else is an error.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from anonymizer import files
from anonymizer.detection.finding import ACTIONS, ENTITY_TYPES
from anonymizer.errors import OutputError, ReviewError
from anonymizer.review.marks import Marks, folder

Op = Literal[
    "decide", "add", "extent", "retype", "link", "merge", "split", "name", "same", "note", "tag", "answer", "fine",
    "looked", "read", "submit", "reopen", "undo", "redo",
]  # fmt: skip
OPS: tuple[str, ...] = get_args(Op)
VERSION = 1

_REVIEWER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_MENTION = re.compile(r"(\d{1,7}):(\d{1,7})-(\d{1,7})")
_TEXT_LIMIT = 2000


def now() -> str:
    """The time as events write it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one reviewer. Which fields count depends on ``op``:

    ``decide``
        ``targets`` (mentions ``12:4-9`` or entities ``E3``) get ``action``, and ``entity_type`` if given. An entity in
        ``targets`` stands for its mentions that were not decided one by one. ``entity`` is set when mentions were
        listed because one decision was carried over to a whole entity.
    ``add``
        ``targets`` (new mentions: the one that was marked, then the same words elsewhere) with ``entity_type``,
        ``action`` and ``entity`` (empty: a new one). Findings that overlap them are superseded.
    ``extent``
        ``targets`` (a mention, its new mention).
    ``retype``
        ``targets`` get ``entity_type`` (and ``action`` if given); for an entity, the entity too.
    ``link``, ``split``
        ``targets`` (mentions) now belong to ``entity``; for ``split`` a new one.
    ``merge``
        ``targets`` (entities) are all ``entity``.
    ``name``
        ``targets`` (an entity) is called ``text``.
    ``same``
        ``targets`` (an entity) is the one that ``text`` names in another transcript: ``TID:E4`` or ``TID:E4@12:4-9``.
    ``note``
        ``text`` about ``targets`` (a mention or ``t12``).
    ``tag``
        ``targets`` (turns, ``t12``) are about ``question``, or None for talk outside the protocol.
    ``answer``
        ``targets`` (an open question, ``same?:E1+E4``) is answered by ``text``: ``same``, ``other`` or an entity.
    ``fine``
        ``targets`` (passages, ``12:4-9``) were looked at and need nothing; ``text`` may say why.
    ``looked``
        ``targets`` (mentions) were shown after being decided elsewhere.
    ``read``
        ``targets`` (turn ranges, ``t0-49``) were read.
    ``submit``, ``reopen``
        The reviewer is done with the transcript, or is not.
    ``undo``, ``redo``
        ``targets`` (batches).

    Attributes:
        op: What was done.
        targets: What it is about.
        reviewer: Short name of who did it.
        id: 32 hex digits, made by whoever made the event; a repeat is not counted twice.
        batch: Events with one batch are undone together; by default the id.
        at: UTC time, ``2026-05-04T09:12:01Z``.
        seq: Position in the reviewer's file, from 1; 0 before it was written.
        action: Empty where it does not apply.
        entity_type: Empty where it does not apply.
        entity: An entity id, with a mention of it behind ``@``, by which it is found again when ids changed.
        question: Question id or None.
        text: A label, an answer or a note.
        joint: True when made in view of other reviewers' decisions: not independent, and above them.
    """

    op: Op
    targets: tuple[str, ...] = ()
    reviewer: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    batch: str = ""
    at: str = field(default_factory=now)
    seq: int = 0
    action: str = ""
    entity_type: str = ""
    entity: str = ""
    question: str | None = None
    text: str = field(default="", repr=False)
    joint: bool = False

    @property
    def group(self) -> str:
        """What ``undo`` names."""
        return self.batch or self.id

    def document(self) -> dict[str, Any]:
        """As a JSON object: fields that have their default are left out."""
        document: dict[str, Any] = {"v": VERSION}
        for name, value in asdict(self).items():
            if name in ("op", "id", "at", "reviewer", "seq") or value not in ("", (), False, None):
                document[name] = list(value) if isinstance(value, tuple) else value
        return document


_FIELDS = {f.name: f for f in fields(Event)}
_TEXTS = ("reviewer", "id", "batch", "at", "action", "entity_type", "entity", "text")


def check_reviewer(name: str) -> str:
    """The name, if it can be a reviewer's: 1 to 32 letters, digits, ``_`` and ``-``.

    Raises:
        ReviewError: It cannot; the name becomes a file name and must not lead elsewhere.
    """
    if not _REVIEWER.fullmatch(name):
        raise ReviewError("a reviewer's name is 1 to 32 letters, digits, _ and -", hint="initials will do: --as AB")
    return name


def mention(id: str) -> tuple[int, int, int]:
    """Turn, start and end of ``12:4-9``.

    Raises:
        ReviewError: Not of this form, or empty.
    """
    match = _MENTION.fullmatch(id)
    if match:
        turn, start, end = (int(part) for part in match.groups())
        if start < end:
            return turn, start, end
    raise ReviewError("not a passage: TURN:START-END is needed")


def parse(document: Any) -> Event:
    """An event from its JSON object.

    Raises:
        ReviewError: A field is missing, unknown, too long or of the wrong kind.
    """
    if not isinstance(document, dict) or document.get("v") != VERSION:
        raise ReviewError("an event of another version")
    values = {key: value for key, value in document.items() if key != "v"}
    if not set(values) <= set(_FIELDS) or not {"op", "id", "at"} <= set(values):
        raise ReviewError("an event with missing or unknown fields")
    targets = values.get("targets", [])
    wrong = (
        values["op"] not in OPS
        or not isinstance(targets, list)
        or not all(isinstance(target, str) and 0 < len(target) <= 100 for target in targets)
        or not all(
            isinstance(values.get(name, ""), str) and len(values.get(name, "")) <= _TEXT_LIMIT for name in _TEXTS
        )
        or not isinstance(values.get("question"), str | None)
        or type(values.get("seq", 0)) is not int
        or not isinstance(values.get("joint", False), bool)
        or values.get("action", "") not in ("", *ACTIONS)
        or values.get("entity_type", "") not in ("", *ENTITY_TYPES)
        or not re.fullmatch(r"[0-9a-f]{8,64}", values["id"])
    )
    if wrong:
        raise ReviewError("an event with a value that does not fit")
    return Event(**{**values, "targets": tuple(targets)})


def path(review: Path, transcript: str, reviewer: str) -> Path:
    """Where a reviewer's events about a transcript lie."""
    return folder(review, transcript) / f"{check_reviewer(reviewer)}.jsonl"


def reviewers(review: Path, transcript: str) -> tuple[str, ...]:
    """Who made events about a transcript, by name."""
    return tuple(sorted(p.stem for p in folder(review, transcript).glob("*.jsonl") if _REVIEWER.fullmatch(p.stem)))


def _lines(data: bytes, file: Path) -> tuple[list[Event], int]:
    """Events, and the length of the sound part of the file."""
    events: list[Event] = []
    sound = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        whole = line.endswith(b"\n")
        try:
            event = parse(json.loads(line))
            if event.seq != number or event.reviewer != file.stem:
                raise ReviewError("an event out of order")
        except (ValueError, ReviewError):
            if whole:
                raise ReviewError("this file of decisions is damaged", file=file, line=number) from None
            break
        if not whole:
            # complete but unconfirmed: the newline is written with the line, so the write was cut short
            break
        events.append(event)
        sound += len(line)
    return events, sound


def load_one(review: Path, transcript: str, reviewer: str) -> tuple[Event, ...]:
    """One reviewer's events about a transcript, in order.

    Raises:
        ReviewError: Damaged, other than by a cut-off last line.
    """
    file = path(review, transcript, reviewer)
    try:
        return tuple(_lines(file.read_bytes(), file)[0])
    except FileNotFoundError:
        return ()
    except OSError:
        raise ReviewError("this file of decisions cannot be read", file=file) from None


def load(review: Path, transcript: str) -> tuple[Event, ...]:
    """Everybody's events about a transcript: reviewers by name, each in order.

    Raises:
        ReviewError: A file is damaged.
    """
    return tuple(event for name in reviewers(review, transcript) for event in load_one(review, transcript, name))


class Log:
    """A reviewer's file of events about a transcript, kept open in memory for a server that appends often."""

    def __init__(self, review: Path, transcript: str, reviewer: str) -> None:
        self.file = path(review, transcript, reviewer)
        self.reviewer = reviewer
        self.events: list[Event] = []
        self._sound = 0
        self._ids: set[str] = set()
        if self.file.exists():
            self._take(self.file.read_bytes())

    def _take(self, data: bytes) -> None:
        self.events, self._sound = _lines(data, self.file)
        self._ids = {event.id for event in self.events}

    def append(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Add events and return them as written, once they are on the disk.

        Events whose id is in the file already are left out, so that a repeated request is harmless.

        Raises:
            ReviewError: The file is damaged.
            OutputError: The system refused to write; what it wrote in part is dropped at the next reading.
        """
        try:
            files.make_private(self.file.parent)
            descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, files.PRIVATE_FILE)
            with os.fdopen(descriptor, "r+b") as out:
                if os.fstat(out.fileno()).st_size != self._sound:
                    # a cut-off line, or somebody imported decisions meanwhile
                    self._take(out.read())
                    out.truncate(self._sound)
                written: list[Event] = []
                for event in events:
                    if event.id not in self._ids and all(event.id != other.id for other in written):
                        number = len(self.events) + len(written) + 1
                        written.append(replace(event, reviewer=self.reviewer, seq=number))
                data = b"".join(_line(event) for event in written)
                out.seek(self._sound)
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            if not self._sound:
                files.fsync_folder(self.file.parent)
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else "input/output error"
            raise OutputError(f"decisions cannot be written: {reason}") from None
        self.events += written
        self._sound += len(data)
        self._ids.update(event.id for event in written)
        return tuple(written)


def append(review: Path, transcript: str, reviewer: str, events: Iterable[Event]) -> tuple[Event, ...]:
    """Add events to a reviewer's file; see :meth:`Log.append`."""
    return Log(review, transcript, reviewer).append(events)


def _line(event: Event) -> bytes:
    # ASCII: a lone surrogate in a note could not be written as UTF-8
    return (json.dumps(event.document(), separators=(",", ":")) + "\n").encode()


def in_force(events: Sequence[Event]) -> tuple[Event, ...]:
    """One reviewer's events without those undone, and without ``undo`` and ``redo`` themselves."""
    undone: set[str] = set()
    for event in events:
        if event.op == "undo":
            undone.update(event.targets)
        elif event.op == "redo":
            undone.difference_update(event.targets)
    return tuple(e for e in events if e.op not in ("undo", "redo") and e.group not in undone)


def apply(marks: Marks, events: Iterable[Event]) -> Marks:
    """The machine's marks with people's decisions over them.

    Decisions that a person made have ``by`` set to the reviewer, ``rule`` ``reviewer`` and ``review`` False. Where
    reviewers disagree, the version that hides more stands and ``review`` stays True. Events about passages that the
    marks do not have are left out.
    """
    from anonymizer.review.combine import combine

    return combine(marks, events).marks()
