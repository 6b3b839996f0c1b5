"""The audio files themselves: keyed digests, what changed, copies, removal."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from anonymizer import files
from anonymizer.errors import RecordingError
from anonymizer.recordings.model import RecordingRecord

_BLOCK = 1 << 20


def keyed_digest(path: Path, secret: bytes) -> tuple[str, int]:
    """HMAC-SHA-256 (hex) of a file's content and its size; reads it once, in blocks.

    A plain digest would let anybody who holds a copy of a recording recognise whose it is.

    Raises:
        RecordingError: Not a regular file, or unreadable.
    """
    mac = hmac.new(secret, b"recording\0", hashlib.sha256)
    size = 0
    try:
        # O_NONBLOCK: opening a named pipe put in a recording's place would wait for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise RecordingError("not a regular file")
            while block := source.read(_BLOCK):
                mac.update(block)
                size += len(block)
    except FileNotFoundError:
        raise RecordingError("the recording's file is missing") from None
    except OSError:
        # no file name: names of recordings hold names of people
        raise RecordingError("the recording's file cannot be read, or is a symbolic link") from None
    return mac.hexdigest(), size


Kind = Literal[
    "recording-without-transcript",
    "transcript-without-recording",
    "recording-changed",
    "recording-missing",
    "recording-back",
    "recording-unregistered",
    "deletion-unfinished",
]
SENTENCES: dict[str, str] = {
    "recording-without-transcript": "a recording has no transcript yet",
    "transcript-without-recording": "a transcript has no recording",
    "recording-changed": "a recording's file changed since it was registered",
    "recording-missing": "a recording's file is missing though it was not deleted here",
    "recording-back": "a file with a deleted recording's content lies in the recordings folder",
    "recording-unregistered": "a file in the recordings folder is not registered",
    "deletion-unfinished": "a deletion was begun and not finished",
}


@dataclass(frozen=True, slots=True)
class RecordingFinding:
    """Something that does not fit.

    Attributes:
        kind: Key of :data:`SENTENCES`.
        recording: Id, or empty.
        transcript: Code, or empty.
        path: Where; may hold a name: for the local screen only.
    """

    kind: Kind
    recording: str = ""
    transcript: str = ""
    path: str = ""

    def __repr__(self) -> str:
        return f"RecordingFinding({self.kind} {self.recording} {self.transcript})"


def walk(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, no symbolic link followed, in sorted order."""
    for root, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(root) / name
            if path.is_file() and not path.is_symlink():
                yield path


def check(
    records: Iterable[RecordingRecord],
    *,
    transcripts: Iterable[str],
    folder: Path | None,
    secret: bytes,
) -> tuple[RecordingFinding, ...]:
    """Compare what is registered with the transcripts and with the disk.

    Args:
        records: All of the study.
        transcripts: Codes of the linked transcripts.
        folder: ``private/recordings``, searched for files nobody registered; None: not searched.
        secret: Key of the digests.
    """
    records = tuple(records)
    codes = tuple(transcripts)
    found: list[RecordingFinding] = []
    deleted = {r.digest for r in records if r.state == "deleted"}
    live = {r.digest: r.id for r in records if r.state != "deleted"}
    for record in records:
        if record.state == "deleted":
            continue
        found += [
            RecordingFinding("recording-without-transcript", record.id, code)
            for code in record.transcripts
            if code not in codes
        ]
        path = Path(record.path)
        if record.deleting:
            found.append(RecordingFinding("deletion-unfinished", record.id, path=record.path))
        elif not path.exists() and not path.is_symlink():
            found.append(RecordingFinding("recording-missing", record.id, path=record.path))
        else:
            try:
                same = keyed_digest(path, secret) == (record.digest, record.size)
            except RecordingError:
                same = False
            if not same:
                found.append(RecordingFinding("recording-changed", record.id, path=record.path))
    covered = {code for record in records for code in record.transcripts}
    found += [
        RecordingFinding("transcript-without-recording", transcript=code) for code in codes if code not in covered
    ]
    if folder is not None and folder.is_dir():
        paths = {r.path for r in records if r.state != "deleted"}
        for path in walk(folder):
            if str(path) in paths or path.name.startswith("."):
                continue
            digest, _ = keyed_digest(path, secret)
            if digest in deleted:
                found.append(RecordingFinding("recording-back", path=str(path)))
            elif digest not in live:
                found.append(RecordingFinding("recording-unregistered", path=str(path)))
    return tuple(found)


def find_copies(folders: Iterable[Path], record: RecordingRecord, secret: bytes) -> tuple[Path, ...]:
    """Files with a recording's content below the folders named, the registered file aside; sizes are compared first.

    Unreadable folders and files are left out: what could not be looked at is the tick list's business.
    """
    copies: dict[Path, None] = {}
    for folder in folders:
        for path in walk(folder):
            try:
                if path.stat().st_size != record.size or path.resolve() == Path(record.path).resolve():
                    continue
                digest, _ = keyed_digest(path, secret)
            except (OSError, RecordingError):
                continue
            if digest == record.digest:
                copies[path.resolve()] = None
    return tuple(copies)


def describe_deletion(path: Path) -> str:
    """What overwriting once and unlinking is worth on the medium a file lies on, in words; claims no more."""
    from anonymizer.keystore import medium

    known = medium.facts(path)
    system, spins = known["filesystem"], known["rotational"]
    done = "overwritten once and unlinked"
    if system in medium.IN_MEMORY:
        return f"{done}, in memory ({system}); swap space is out of reach"
    if system in medium.COPY_ON_WRITE:
        return f"{done}; {system} is copy-on-write: the old blocks stay until they are used again"
    if system in medium.NETWORK:
        return f"{done}, on a network share ({system}); what the server keeps is out of reach"
    if spins == "no":
        return f"{done}, on a solid-state device ({system}); remnants cannot be excluded"
    if spins == "yes":
        return f"{done}, on a magnetic disk ({system}); snapshots were not looked for"
    return f"{done}; the medium is not known, remnants cannot be excluded"


def delete_file(path: Path) -> None:
    """Overwrite a file once in place, unlink it, make the removal durable.

    The caller says what that is worth on this medium; this function claims nothing.

    Raises:
        RecordingError: Not a regular file, or the system refused.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError:
        raise RecordingError("the recording's file cannot be opened for overwriting") from None
    try:
        with os.fdopen(descriptor, "wb") as out:
            status = os.fstat(out.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise RecordingError("not a regular file")
            left = status.st_size
            zeros = bytes(_BLOCK)
            while left:
                left -= out.write(zeros[: min(left, _BLOCK)])
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        raise RecordingError("the recording's file cannot be overwritten") from None
    files.remove(path)
