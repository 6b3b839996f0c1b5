"""Files are written whole or not at all, private, and never through a planted link."""

from __future__ import annotations

import errno
import multiprocessing
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from anonymizer import files
from anonymizer.errors import LockedError, OutputError


def test_written_whole_with_its_mode(tmp_path: Path) -> None:
    """The content is there, the mode is the one asked for whatever the umask, nothing else is left."""
    old = os.umask(0o077)
    try:
        files.write_atomic(tmp_path / "a.json", b"x", files.SHARED_FILE)
        files.write_atomic(tmp_path / "b.json", b"y")
    finally:
        os.umask(old)

    assert [b"x", b"y"] == [(tmp_path / name).read_bytes() for name in ("a.json", "b.json")]
    assert [0o644, 0o600] == [(tmp_path / name).stat().st_mode & 0o777 for name in ("a.json", "b.json")]
    assert ["a.json", "b.json"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: str
) -> None:
    """At each step and for each refusal: our error with the reason, the old content, no temporary file."""
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(code, "refused", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, refuse)
        with pytest.raises(OutputError) as caught:
            files.write_atomic(path, b"new")

    assert os.strerror(code).lower() in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert b"old" == path.read_bytes()
    assert ["a.json"] == [p.name for p in tmp_path.iterdir()]


def test_a_planted_link_is_refused(tmp_path: Path) -> None:
    """A symbolic link at the target's place would carry a transcript elsewhere."""
    (tmp_path / "elsewhere").write_bytes(b"old")
    (tmp_path / "a.json").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OutputError, match="symbolic link"):
        files.write_atomic(tmp_path / "a.json", b"new")

    assert b"old" == (tmp_path / "elsewhere").read_bytes()


def _hold(path: str, ready: object, done: object) -> None:
    with files.lock(Path(path)):
        ready.set()  # type: ignore[attr-defined]
        done.wait(20)  # type: ignore[attr-defined]


def test_a_lock_excludes_another_process_and_dies_with_it(tmp_path: Path) -> None:
    """The second taker is told; when the first process is killed the lock is free."""
    spawn = multiprocessing.get_context("spawn")
    ready, done = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=_hold, args=(str(tmp_path / "l"), ready, done))
    holder.start()
    assert ready.wait(20)

    with pytest.raises(LockedError), files.lock(tmp_path / "l"):
        pass
    holder.kill()
    holder.join()

    with files.lock(tmp_path / "l"):
        assert (tmp_path / "l").exists()


def test_remove_says_whether_there_was_one(tmp_path: Path) -> None:
    """True for a file, False for none."""
    (tmp_path / "a").write_bytes(b"")

    assert [True, False] == [files.remove(tmp_path / "a"), files.remove(tmp_path / "a")]


def test_several_files_are_written_each_as_a_whole(tmp_path: Path) -> None:
    """Contents, mode, new folders; nothing temporary is left."""
    outputs = {tmp_path / "a" / "one.json": b"1", tmp_path / "a" / "two.json": b"2", tmp_path / "b" / "three": b"3"}

    files.write_all(outputs)

    assert outputs == {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in outputs}


def test_of_several_files_the_one_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A planted link is not followed; the files before it are whole."""
    (tmp_path / "two").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OutputError) as caught:
        files.write_all({tmp_path / "one": b"1", tmp_path / "two": b"2", tmp_path / "three": b"3"})

    assert "two" == caught.value.file
    assert ["one", "two"] == sorted(path.name for path in tmp_path.iterdir())


def test_folders_are_made_durable_once_and_after_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after the call loses nothing: each file first, then each folder that has a new name in it."""
    acts: list[str] = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        acts.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    files.write_all({tmp_path / "new" / "one": b"1", tmp_path / "new" / "two": b"2"})

    assert ["file", "file", "folder", "folder"] == acts


def test_pieces_are_written_one_after_the_other(tmp_path: Path) -> None:
    """What is too long for memory can be handed over in pieces; a failure in the middle leaves the old file."""
    path = tmp_path / "table.csv"
    files.write_atomic(path, iter([b"a", b"b", b"c"]))

    def failing() -> Iterator[bytes]:
        yield b"x"
        raise OutputError("is not a released transcript any more")

    with pytest.raises(OutputError):
        files.write_atomic(path, failing())

    assert b"abc" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_several_files_are_removed(tmp_path: Path) -> None:
    """Those that are gone already do no harm."""
    (tmp_path / "one").write_bytes(b"1")

    files.remove_all([tmp_path / "one", tmp_path / "two"])

    assert [] == list(tmp_path.iterdir())
