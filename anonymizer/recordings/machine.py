"""Which step a recording may take, from facts about its transcripts.

``advance`` is the only way to a later state but ``deleted``, ``finish_deletion`` the only way there.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from anonymizer.errors import RecordingError
from anonymizer.recordings.model import (
    ANSWERS,
    STATES,
    TICK_LIST,
    TRANSCRIPT_CODE,
    Answer,
    Deletion,
    Hold,
    RecordingRecord,
    State,
    Step,
)

# no B/8, I/1, O/0, S/5: ids are read out on the telephone
_ALPHABET = "ACDEFGHJKLMNPQRTUVWXYZ234679"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of all transcripts of the study now.

    Attributes:
        received: Codes of transcripts whose file is there and linked.
        approved: Codes whose approval holds for the present text and decisions.
        released: Codes whose released files are there and current.
    """

    received: Collection[str] = ()
    approved: Collection[str] = ()
    released: Collection[str] = ()


def now() -> datetime.datetime:
    """The time, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def stamp(time: datetime.datetime) -> str:
    """UTC, ISO 8601, seconds: ``2026-03-01T09:30:00Z``."""
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime.datetime:
    """Read what :func:`stamp` wrote."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)


def new_id(taken: Collection[str]) -> str:
    """A random id that is not taken and means nothing."""
    while True:
        id = "r-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))
        if id not in taken:
            return id


def register(
    known: Collection[RecordingRecord],
    *,
    digest: str,
    size: int,
    path: str,
    transcripts: tuple[str, ...],
    time: datetime.datetime,
) -> RecordingRecord:
    """A new record in state ``received``.

    Raises:
        RecordingError: No transcript code, a malformed one, an empty file, or the same content is registered already.
    """
    if not transcripts:
        raise RecordingError("a recording needs the code of its transcript", hint="--transcript P07-1")
    if any(not TRANSCRIPT_CODE.fullmatch(code) for code in transcripts):
        raise RecordingError("not the code of a transcript", hint="codes look like P07-1 or G01-1")
    if size == 0:
        raise RecordingError("the recording is empty")
    for other in known:
        if other.digest == digest and other.state != "deleted":
            raise RecordingError(f"the same content is registered as {other.id}")
    return RecordingRecord(
        id=new_id({r.id for r in known}),
        digest=digest,
        size=size,
        path=path,
        transcripts=tuple(dict.fromkeys(transcripts)),
        steps=(Step("received", stamp(time)),),
    )


def target(record: RecordingRecord, facts: Facts, due: bool) -> State:
    """The state that the facts allow; every transcript of the recording must have come so far."""
    codes = record.transcripts
    if not all(code in facts.received for code in codes):
        return "received"
    if not all(code in facts.approved for code in codes):
        return "transcript-received"
    if not all(code in facts.released for code in codes):
        return "reviewed"
    return "deletion-due" if due else "anonymized"


def advance(record: RecordingRecord, facts: Facts, *, days: int | None, time: datetime.datetime) -> RecordingRecord:
    """Walk step by step to where the facts allow, forwards or back; a deleted recording stays deleted.

    Args:
        record: Now.
        facts: About all transcripts.
        days: Days between ``anonymized`` and ``deletion-due`` by the retention policy; None: never due by itself.
        time: Of the steps taken.
    """
    if record.state == "deleted" or record.deleting:
        return record
    due = False
    since = record.since("anonymized") if record.state in ("anonymized", "deletion-due") else stamp(time)
    if days is not None and since is not None:
        due = time >= parse_stamp(since) + datetime.timedelta(days=days)
    goal = STATES.index(target(record, facts, due))
    here = STATES.index(record.state)
    path = range(here + 1, goal + 1) if goal > here else ([goal] if goal < here else [])
    steps = record.steps + tuple(Step(STATES[i], stamp(time)) for i in path)
    return replace(record, steps=steps)


def hold(record: RecordingRecord, *, reason: str, by: str, time: datetime.datetime) -> RecordingRecord:
    """Stop the clock and every deletion.

    Raises:
        RecordingError: Deleted already, or no reason.
    """
    if record.state == "deleted":
        raise RecordingError(f"{record.id} is deleted already")
    if not reason.strip():
        raise RecordingError("a hold needs a reason", hint="--reason TEXT")
    return replace(record, holds=(*record.holds, Hold(stamp(time), reason.strip(), by)))


def release(record: RecordingRecord) -> RecordingRecord:
    """Lift all holds.

    Raises:
        RecordingError: There is none.
    """
    if not record.holds:
        raise RecordingError(f"{record.id} has no hold")
    return replace(record, holds=())


def may_delete(record: RecordingRecord, *, withdrawn: bool) -> None:
    """Whether the recording may go now.

    Raises:
        RecordingError: Not due and not withdrawn; held; deleted already.
    """
    if record.state == "deleted":
        raise RecordingError(f"{record.id} is deleted already")
    if record.holds:
        raise RecordingError(f"{record.id} is on hold", hint=f"anonymizer recordings release {record.id}")
    if record.state != "deletion-due" and not withdrawn:
        raise RecordingError(
            f"{record.id} is not due for deletion: its state is {record.state}",
            hint="only what is received, reviewed, anonymized and due is deleted; --withdrawn after a withdrawal",
        )


def begin_deletion(record: RecordingRecord, plan: Deletion) -> RecordingRecord:
    """Write down what is about to happen, so that a crash between removing and recording it is repaired.

    Raises:
        RecordingError: See :func:`may_delete`; or the tick list is incomplete.
    """
    may_delete(record, withdrawn=plan.withdrawn)
    check_answers(plan.answers)
    return replace(record, deleting=plan)


def check_answers(answers: Iterable[tuple[str, str]]) -> tuple[tuple[str, Answer], ...]:
    """The tick list, complete and in its order.

    Raises:
        RecordingError: A place is missing, unknown, repeated, or has an unknown answer.
    """
    given: dict[str, str] = {}
    for place, answer in answers:
        if place not in dict(TICK_LIST):
            raise RecordingError("unknown place", hint="places: " + ", ".join(p for p, _ in TICK_LIST))
        if place in given:
            raise RecordingError(f"{place} is answered twice")
        if answer not in ANSWERS:
            raise RecordingError(f"unknown answer for {place}", hint="answers: " + ", ".join(ANSWERS))
        given[place] = answer
    missing = [place for place, _ in TICK_LIST if place not in given]
    if missing:
        raise RecordingError(
            "nobody said what happened to copies in: " + ", ".join(missing),
            hint=" ".join(f"--copy {place}=deleted" for place in missing) + f" (or {', '.join(ANSWERS[1:])})",
        )
    return tuple((place, given[place]) for place, _ in TICK_LIST)  # type: ignore[misc]


def finish_deletion(record: RecordingRecord) -> RecordingRecord:
    """Record that the file is gone. Its path is forgotten: file names of recordings hold names.

    Raises:
        RecordingError: The deletion was not begun.
    """
    plan = record.deleting
    if plan is None:
        raise RecordingError(f"the deletion of {record.id} was not begun")
    return replace(record, steps=(*record.steps, Step("deleted", plan.time)), path="", deleting=None, deletion=plan)
