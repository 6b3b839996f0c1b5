"""Adding, following, deleting and repairing recordings on disk."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from anonymizer.errors import RecordingError
from anonymizer.recordings import machine, media, operations
from anonymizer.recordings.model import TICK_LIST, RecordingRecord

T0 = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
SECRET = bytes(range(32))
ANSWERS = tuple((place, "deleted") for place, _ in TICK_LIST)
ALL = machine.Facts(received=("P07-1",), approved=("P07-1",), released=("P07-1",))


class CrashError(Exception):
    """The process dies."""


class Memory:
    """A registry in memory; dies before its ``die_at``-th save."""

    def __init__(self) -> None:
        self.records: dict[str, RecordingRecord] = {}
        self.log: list[tuple[str, operations.Fields]] = []
        self.saves = 0
        self.die_at = -1

    def recordings(self) -> tuple[RecordingRecord, ...]:
        return tuple(self.records.values())

    def put_recordings(self, records: Iterable[RecordingRecord], log: Iterable[tuple[str, operations.Fields]]) -> None:
        self.saves += 1
        if self.saves == self.die_at:
            raise CrashError
        self.records.update({r.id: r for r in records})
        self.log += log


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """A recording whose file name holds a name."""
    path = tmp_path / "rec" / "Zanele Canary interview.wav"
    path.parent.mkdir()
    path.write_bytes(b"RIFF" + bytes(5000))
    return path


def _due(audio: Path) -> tuple[Memory, str]:
    registry = Memory()
    (record,) = operations.add(registry, [audio], ("P07-1",), secret=SECRET, time=T0)
    operations.follow(registry, ALL, days=0, time=T0)
    return registry, record.id


def _delete(registry: Memory, id: str, **options: object) -> RecordingRecord:
    arguments: dict[str, object] = {
        "answers": ANSWERS,
        "describe": lambda path: "overwritten once and unlinked",
        "secret": SECRET,
        "by": "alice",
        "time": T0,
        **options,
    }
    return operations.delete(registry, id, **arguments)  # type: ignore[arg-type]


def test_life_of_a_recording(audio: Path) -> None:
    """Registered, followed, deleted; the file is gone and the log tells each step without a name."""
    registry, id = _due(audio)
    record = _delete(registry, id)
    assert not audio.exists()
    assert "deleted" == record.state
    assert [
        "recording-add",
        *["recording-state"] * 4,
        "recording-delete-begin",
        "recording-deleted",
    ] == [action for action, _ in registry.log]
    assert "Canary" not in repr(registry.log)
    assert {"deleted"} == {registry.log[-1][1][place] for place, _ in TICK_LIST}


def test_not_due_leaves_the_file(audio: Path) -> None:
    """A recording whose transcript is only received stays, whatever is answered."""
    registry = Memory()
    (record,) = operations.add(registry, [audio], ("P07-1",), secret=SECRET, time=T0)
    with pytest.raises(RecordingError, match="not due"):
        _delete(registry, record.id)
    assert audio.exists()


def test_incomplete_tick_list_leaves_the_file(audio: Path) -> None:
    """Nobody said what happened in the cloud: nothing is deleted."""
    registry, id = _due(audio)
    with pytest.raises(RecordingError, match="cloud"):
        _delete(registry, id, answers=[a for a in ANSWERS if a[0] != "cloud"])
    assert audio.exists()


def test_replaced_file_is_not_deleted(audio: Path) -> None:
    """A file swapped since registration is found, and not removed in the recording's name."""
    registry, id = _due(audio)
    audio.write_bytes(b"RIFF" + bytes(4999) + b"x")
    with pytest.raises(RecordingError, match="not the one"):
        _delete(registry, id)
    found = media.check(registry.recordings(), transcripts=["P07-1"], folder=None, secret=SECRET)
    assert ["recording-changed"] == [f.kind for f in found]


def test_link_in_place_of_the_file_is_not_followed(audio: Path, tmp_path: Path) -> None:
    """A symbolic link must not make the program overwrite another file."""
    registry, id = _due(audio)
    other = tmp_path / "thesis.docx"
    other.write_bytes(audio.read_bytes())
    audio.unlink()
    audio.symlink_to(other)
    with pytest.raises(RecordingError):
        _delete(registry, id)
    assert 5004 == other.stat().st_size
    assert other.read_bytes().startswith(b"RIFF")


def test_named_pipe_does_not_hang(audio: Path) -> None:
    """A pipe in a recording's place is an error, not a wait."""
    registry, id = _due(audio)
    audio.unlink()
    os.mkfifo(audio)
    with pytest.raises(RecordingError):
        _delete(registry, id)


def test_gone_outside_the_program_is_recorded_as_that(audio: Path) -> None:
    """``--gone`` claims nothing, and is refused while the file is there."""
    registry, id = _due(audio)
    with pytest.raises(RecordingError, match="still there"):
        _delete(registry, id, gone=True)
    audio.unlink()
    with pytest.raises(RecordingError, match="missing"):
        _delete(registry, id)
    deletion = _delete(registry, id, gone=True).deletion
    assert deletion is not None
    assert "outside the program" in deletion.method


def test_copies_are_found_by_content_and_go_first(audio: Path, tmp_path: Path) -> None:
    """Copies under other names are found; one of the same size with other content is not one."""
    registry, id = _due(audio)
    copy = tmp_path / "sync" / "a" / "backup.bin"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(audio.read_bytes())
    (copy.parent / "same-size.bin").write_bytes(b"x" * 5004)
    (copy.parent / "loop").symlink_to(copy.parent)
    copies = media.find_copies([tmp_path], operations.find(registry, id), SECRET)
    assert (copy,) == copies
    record = _delete(registry, id, copies=copies)
    assert not copy.exists()
    assert record.deletion is not None
    assert 1 == record.deletion.copies


@pytest.mark.parametrize("die_at", [1, 2])
def test_crash_during_deletion_is_repaired(audio: Path, die_at: int) -> None:
    """A crash before the plan is saved changes nothing; one after the removal is recorded by the next command."""
    registry, id = _due(audio)
    registry.saves, registry.die_at = 0, die_at
    with pytest.raises(CrashError):
        _delete(registry, id)
    registry.die_at = -1
    if die_at == 1:
        assert audio.exists()
        assert () == operations.repair(registry)
        assert "deletion-due" == operations.find(registry, id).state
    else:
        assert not audio.exists()
        assert ["deletion-unfinished"] == [
            f.kind for f in media.check(registry.recordings(), transcripts=["P07-1"], folder=None, secret=SECRET)
        ]
        (record,) = operations.repair(registry)
        assert "deleted" == record.state
        assert "recording-deleted" == registry.log[-1][0]


def test_removal_that_fails_is_not_recorded_as_done(audio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the file cannot be removed, the state stays, the begun deletion is reported, and a second try finishes it."""
    registry, id = _due(audio)

    def broken(path: Path) -> None:
        raise RecordingError("the recording's file cannot be overwritten")

    with monkeypatch.context() as patch:
        patch.setattr(media, "delete_file", broken)
        with pytest.raises(RecordingError):
            _delete(registry, id)
    assert () == operations.repair(registry)
    assert "deletion-due" == operations.find(registry, id).state
    assert "deleted" == _delete(registry, id).state


def test_findings(audio: Path, tmp_path: Path) -> None:
    """Recording without transcript, transcript without recording, unregistered, missing and returned files."""
    registry, id = _due(audio)
    stray = audio.with_name("stray.wav")
    stray.write_bytes(b"other")
    check = lambda codes: sorted(  # noqa: E731
        (f.kind, f.recording or f.transcript)
        for f in media.check(registry.recordings(), transcripts=codes, folder=audio.parent, secret=SECRET)
    )
    assert [
        ("recording-unregistered", ""),
        ("recording-without-transcript", id),
        ("transcript-without-recording", "P08-1"),
    ] == check(["P08-1"])
    stray.unlink()
    content = audio.read_bytes()
    audio.rename(audio.with_name("moved.wav"))
    assert [("recording-missing", id)] == check(["P07-1"])
    audio.with_name("moved.wav").rename(audio)
    _delete(registry, id)
    stray.write_bytes(content)
    assert [("recording-back", "")] == check(["P07-1"])


def test_adding_is_all_or_nothing(audio: Path, tmp_path: Path) -> None:
    """One bad file among several registers none of them, and the error does not name the file."""
    registry = Memory()
    with pytest.raises(RecordingError) as error:
        operations.add(registry, [audio, tmp_path / "Zanele Canary 2.wav"], ("P07-1",), secret=SECRET, time=T0)
    assert "Canary" not in str(error.value)
    assert () == registry.recordings()


def test_holds_and_ties(audio: Path) -> None:
    """A hold is lifted by name; a recording tied to the wrong transcript is tied anew and starts over."""
    registry, id = _due(audio)
    operations.set_hold(registry, id, reason="complaint of Zanele Canary", by="alice", time=T0)
    with pytest.raises(RecordingError, match="on hold"):
        _delete(registry, id)
    operations.lift_holds(registry, id)
    assert "Canary" not in repr(registry.log)
    operations.retie(registry, id, ("P08-1",))
    operations.follow(registry, ALL, days=0, time=T0)
    assert "received" == operations.find(registry, id).state
    with pytest.raises(RecordingError):
        operations.retie(registry, id, ("Zanele",))
    with pytest.raises(RecordingError, match="no such"):
        operations.find(registry, "r-XXXXXX")


def test_digest_depends_on_the_secret_and_content(audio: Path) -> None:
    """Without the study's secret nobody can tell whose recording a digest is."""
    one, size = media.keyed_digest(audio, SECRET)
    two, _ = media.keyed_digest(audio, bytes(32))
    assert 5004 == size
    assert one != two
