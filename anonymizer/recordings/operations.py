"""What the commands do with recordings, in an order that a crash cannot turn into a false record."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from anonymizer.errors import RecordingError
from anonymizer.recordings import machine, media
from anonymizer.recordings.model import TRANSCRIPT_CODE, Deletion, RecordingRecord

Fields = dict[str, str | int | float | bool]


class Registry(Protocol):
    """Where records are kept: the key store, or a plain list in tests."""

    def recordings(self) -> tuple[RecordingRecord, ...]:
        """All records."""

    def put_recordings(self, records: Iterable[RecordingRecord], log: Iterable[tuple[str, Fields]]) -> None:
        """Save records (new ones, or replacing those of the same id) and log lines, at once."""


def find(registry: Registry, id: str) -> RecordingRecord:
    """The record with that id.

    Raises:
        RecordingError: There is none.
    """
    for record in registry.recordings():
        if record.id == id:
            return record
    raise RecordingError("there is no such recording", hint="anonymizer recordings list")


def add(
    registry: Registry, paths: Iterable[Path], transcripts: tuple[str, ...], *, secret: bytes, time: datetime.datetime
) -> tuple[RecordingRecord, ...]:
    """Register files, all or none.

    Raises:
        RecordingError: A file is missing, empty, no regular file or registered already; a code is malformed.
    """
    known = list(registry.recordings())
    new = []
    for path in paths:
        digest, size = media.keyed_digest(path, secret)
        record = machine.register(
            known, digest=digest, size=size, path=str(path.absolute()), transcripts=transcripts, time=time
        )
        known.append(record)
        new.append(record)
    log: list[tuple[str, Fields]] = [
        (
            "recording-add",
            {"recording": r.id, "transcripts": " ".join(r.transcripts), "bytes": r.size, "digest": r.digest},
        )
        for r in new
    ]
    registry.put_recordings(new, log)
    return tuple(new)


def follow(
    registry: Registry, facts: machine.Facts, *, days: int | None, time: datetime.datetime
) -> tuple[RecordingRecord, ...]:
    """Let every recording take the steps the facts allow, and log each; those that moved are returned."""
    moved = []
    log: list[tuple[str, Fields]] = []
    for record in registry.recordings():
        after = machine.advance(record, facts, days=days, time=time)
        if after != record:
            moved.append(after)
            log += [
                ("recording-state", {"recording": after.id, "state": s.state}) for s in after.steps[len(record.steps) :]
            ]
    if moved:
        registry.put_recordings(moved, log)
    return tuple(moved)


def set_hold(registry: Registry, id: str, *, reason: str, by: str, time: datetime.datetime) -> RecordingRecord:
    """Hold a recording; the reason is sealed, the log holds the fact alone."""
    record = machine.hold(find(registry, id), reason=reason, by=by, time=time)
    registry.put_recordings([record], [("recording-hold", {"recording": id, "holds": len(record.holds)})])
    return record


def lift_holds(registry: Registry, id: str) -> RecordingRecord:
    """Lift a recording's holds."""
    record = machine.release(find(registry, id))
    registry.put_recordings([record], [("recording-release", {"recording": id})])
    return record


def repair(registry: Registry) -> tuple[RecordingRecord, ...]:
    """Record deletions whose file was removed before a crash; copies go before the file, so all is done by then."""
    done = [
        machine.finish_deletion(r)
        for r in registry.recordings()
        if r.deleting is not None and not Path(r.path).exists() and not Path(r.path).is_symlink()
    ]
    if done:
        registry.put_recordings(done, [_deleted_line(r) for r in done])
    return tuple(done)


def delete(
    registry: Registry,
    id: str,
    *,
    answers: Iterable[tuple[str, str]],
    describe: Callable[[Path], str],
    secret: bytes,
    by: str,
    time: datetime.datetime,
    withdrawn: bool = False,
    gone: bool = False,
    copies: Iterable[Path] = (),
) -> RecordingRecord:
    """Delete one recording: look, write down the plan, remove copies, remove the file, record it.

    Args:
        registry: Where the record is.
        id: Of the recording.
        answers: Tick list, complete.
        describe: What overwriting is worth on the medium a path lies on, in words.
        secret: Key of the digest.
        by: Holder.
        time: Now.
        withdrawn: Delete before its time because the participant withdrew.
        gone: The file was removed outside the program; nothing is removed, that is what the record then says.
        copies: Files with the same content to remove as well.

    Raises:
        RecordingError: It may not go (see ``machine.may_delete``), the file is not the one registered, or cannot be
            removed. What was removed before an error stays written down as begun.
    """
    record = find(registry, id)
    machine.may_delete(record, withdrawn=withdrawn)
    ticked = machine.check_answers(answers)
    path = Path(record.path)
    copies = tuple(copies)
    exists = path.exists() or path.is_symlink()
    if gone and exists:
        raise RecordingError(f"the file of {id} is still there", hint="leave out --gone")
    if not gone:
        if not exists:
            raise RecordingError(
                f"the file of {id} is missing",
                hint="if somebody deleted it elsewhere: --gone, which is what is recorded",
            )
        if media.keyed_digest(path, secret) != (record.digest, record.size):
            raise RecordingError(
                f"the file of {id} is not the one that was registered",
                hint="find the registered recording; register this file by itself if it is a recording of the study",
            )
    method = "not there when its deletion was recorded; removed outside the program" if gone else describe(path)
    plan = Deletion(machine.stamp(time), by, withdrawn, method, len(copies), ticked)
    record = machine.begin_deletion(record, plan)
    registry.put_recordings([record], [("recording-delete-begin", {"recording": id, "withdrawn": withdrawn})])
    for copy in copies:
        media.delete_file(copy)
    if not gone:
        media.delete_file(path)
    record = machine.finish_deletion(record)
    registry.put_recordings([record], [_deleted_line(record)])
    return record


def _deleted_line(record: RecordingRecord) -> tuple[str, Fields]:
    deletion = record.deletion
    if deletion is None:
        raise RecordingError(f"{record.id} is not deleted")
    fields: Fields = {
        "recording": record.id,
        "withdrawn": deletion.withdrawn,
        "method": deletion.method,
        "copies": deletion.copies,
    }
    fields.update(dict(deletion.answers))
    return ("recording-deleted", fields)


def retie(registry: Registry, id: str, transcripts: tuple[str, ...]) -> RecordingRecord:
    """Correct which transcripts a recording belongs to; it starts over from what is then true.

    Raises:
        RecordingError: Deleted already, or a malformed code.
    """
    record = find(registry, id)
    if record.state == "deleted":
        raise RecordingError(f"{id} is deleted already")
    if not transcripts or any(not TRANSCRIPT_CODE.fullmatch(code) for code in transcripts):
        raise RecordingError("not the code of a transcript", hint="codes look like P07-1 or G01-1")
    record = replace(record, transcripts=tuple(dict.fromkeys(transcripts)))
    registry.put_recordings([record], [("recording-link", {"recording": id, "transcripts": " ".join(transcripts)})])
    return record
