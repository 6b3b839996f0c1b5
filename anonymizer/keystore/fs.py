"""The few file operations the key store is built from, so that tests can put a lossy file system underneath.

Every step that changes the disk is one method here. A crash test stops after each of them; an error test makes each of
them fail. Nothing else in this room opens a file of the key store.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from anonymizer import files
from anonymizer.errors import DamagedError, OutputError


class Fs(Protocol):
    """A file system. Methods raise :class:`OSError`; :func:`guarded` turns it into an error of ours."""

    def exists(self, path: Path) -> bool:
        """True if there is anything of that name, a dangling link included."""

    def read(self, path: Path, limit: int) -> bytes:
        """The file's bytes; refuses links and anything longer than ``limit`` before reading it."""

    def create(self, path: Path, data: bytes) -> None:
        """Write a new file, mode 0600; fails if the name is taken."""

    def overwrite(self, path: Path, offset: int, data: bytes) -> None:
        """Change bytes in place: same file, same blocks."""

    def append(self, path: Path, offset: int, data: bytes) -> None:
        """Cut the file at ``offset``, then write ``data`` there; creates it."""

    def fsync(self, path: Path) -> None:
        """Make the file's bytes durable."""

    def fsync_folder(self, folder: Path) -> None:
        """Make the folder's names durable."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename over the target, atomically."""

    def unlink(self, path: Path) -> None:
        """Remove a name."""

    def names(self, folder: Path) -> tuple[str, ...]:
        """Names in a folder, sorted; empty if there is no such folder."""

    def make_folder(self, folder: Path) -> None:
        """Create a folder, mode 0700, with its parents; no error if there."""

    def lock(self, path: Path) -> AbstractContextManager[None]:
        """Hold the key store's lock, or raise :class:`~anonymizer.errors.LockedError`."""


class RealFs:
    """The operating system's file system."""

    def exists(self, path: Path) -> bool:
        return os.path.lexists(path)

    def read(self, path: Path, limit: int) -> bytes:
        # O_NOFOLLOW and the link count: a planted link would make us read, or later overwrite, somebody else's file
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as source:
            _check_plain(path, os.fstat(source.fileno()))
            if os.fstat(source.fileno()).st_size > limit:
                raise DamagedError("is larger than such a file can be", file=path)
            return source.read(limit + 1)

    def create(self, path: Path, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, files.PRIVATE_FILE), "wb") as out:
            os.fchmod(out.fileno(), files.PRIVATE_FILE)
            out.write(data)

    def overwrite(self, path: Path, offset: int, data: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "wb", buffering=0) as out:
            _check_plain(path, os.fstat(out.fileno()))
            _write_all(out.fileno(), data, offset)

    def append(self, path: Path, offset: int, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, files.SHARED_FILE)
        with os.fdopen(descriptor, "wb", buffering=0) as out:
            _check_plain(path, os.fstat(out.fileno()))
            os.ftruncate(out.fileno(), offset)
            _write_all(out.fileno(), data, offset)

    def fsync(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def fsync_folder(self, folder: Path) -> None:
        files.fsync_folder(folder)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        os.unlink(path)

    def names(self, folder: Path) -> tuple[str, ...]:
        try:
            return tuple(sorted(path.name for path in folder.iterdir()))
        except FileNotFoundError:
            return ()

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=files.PRIVATE_DIR)

    def lock(self, path: Path) -> AbstractContextManager[None]:
        return files.lock(path, "key store")


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    """The system may write less than it was given."""
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], offset + written)


def _check_plain(path: Path, facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise DamagedError("is not a plain file", file=path)
    if facts.st_nlink != 1:
        raise DamagedError(
            "has a second name (hard link)", file=path, hint="remove the other name: it would survive as a copy"
        )


@contextlib.contextmanager
def guarded(path: Path, what: str = "cannot be written") -> Iterator[None]:
    """Turn the system's refusal into an :class:`OutputError` that names the file only."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "input/output error"
        hint = "replace the symbolic link by the file itself" if path.is_symlink() else None
        raise OutputError(f"{what}: {reason}", file=path, hint=hint) from None
