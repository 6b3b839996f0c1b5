"""Files written so that a crash, a full disk or a planted link cannot half-write, leak or redirect them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from anonymizer.errors import LockedError, OutputError

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700
SHARED_FILE = 0o644


def _reason(error: OSError) -> str:
    # strerror names no path; str(error) would, and a path may hold a name
    return os.strerror(error.errno).lower() if error.errno else "input/output error"


def fsync_folder(folder: Path) -> None:
    """Make renames in a folder durable; file systems without folder fsync (some network shares) are tolerated."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes | Iterable[bytes], mode: int = PRIVATE_FILE, *, durable: bool = True) -> None:
    """Replace a file as a whole, durably.

    The temporary file lies beside the target, is created exclusively with the final mode, and is removed on failure.

    Args:
        path: The file; its folder is made if missing.
        data: Its contents, or pieces of them.
        mode: Of the file.
        durable: False for what can be made again: after a power cut it may be missing or damaged.

    Raises:
        OutputError: The target is a symbolic link, or the system refused (full, read-only, not permitted).
    """
    folders = _replace(path, data, mode, durable=durable)
    if durable:
        _settle(folders, path)


def write_all(outputs: Mapping[Path, bytes], mode: int = PRIVATE_FILE) -> None:
    """Replace several files, each as a whole, durably once all are written: folders are made durable once.

    Raises:
        OutputError: As of :func:`write_atomic`; files before the one that failed may be new.
    """
    folders: dict[Path, Path] = {}
    for path, data in outputs.items():
        folders.update(dict.fromkeys(_replace(path, data, mode), path))
    for folder, path in folders.items():
        _settle([folder], path)


def _replace(path: Path, data: bytes | Iterable[bytes], mode: int, *, durable: bool = True) -> list[Path]:
    """Replace a file; returns the folders that are to be made durable."""
    if path.is_symlink():
        # following it would write a transcript wherever somebody pointed it
        raise OutputError("is a symbolic link", file=path)
    temporary = path.with_name(f".tmp-{secrets.token_hex(8)}")
    folders = [path.parent]
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIR if mode == PRIVATE_FILE else 0o755)
            folders.append(path.parent.parent)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        try:
            with os.fdopen(descriptor, "wb") as out:
                os.fchmod(out.fileno(), mode)
                for piece in (data,) if isinstance(data, bytes) else data:
                    out.write(piece)
                out.flush()
                if durable:
                    os.fsync(out.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise OutputError(f"cannot be written: {_reason(error)}", file=path) from None
    return folders


def _settle(folders: Iterable[Path], path: Path) -> None:
    try:
        for folder in folders:
            fsync_folder(folder)
    except OSError as error:
        raise OutputError(f"cannot be written: {_reason(error)}", file=path) from None


def to_json(value: Any) -> bytes:
    """A JSON document, UTF-8, keys in the order given, one trailing newline."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def write_json(path: Path, value: Any, mode: int = PRIVATE_FILE) -> None:
    """Write a JSON document atomically; see :func:`to_json`."""
    write_atomic(path, to_json(value), mode)


def make_private(folder: Path) -> None:
    """Create a folder that only its owner may enter, or tighten an existing one."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIR)
        folder.chmod(PRIVATE_DIR)
    except OSError as error:
        raise OutputError(f"cannot be created: {_reason(error)}", file=folder) from None


def remove(path: Path) -> bool:
    """Unlink a file durably; False if there was none. Does not overwrite: see docs/threat-model.md for why."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise OutputError(f"cannot be removed: {_reason(error)}", file=path) from None
    fsync_folder(path.parent)
    return True


def remove_all(paths: Iterable[Path]) -> None:
    """Unlink files, durably once all are gone; see :func:`remove`."""
    folders: dict[Path, Path] = {}
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"cannot be removed: {_reason(error)}", file=path) from None
        folders[path.parent] = path
    for folder in folders:
        fsync_folder(folder)


@contextlib.contextmanager
def lock(path: Path, what: str = "study") -> Iterator[None]:
    """Hold an advisory lock for the length of the block; released by the system if the process dies.

    Raises:
        LockedError: Another process holds it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIR)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise OutputError(f"cannot be locked: {_reason(error)}", file=path) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"the {what} is in use by another process", hint="wait for it, then try again") from None
        yield
    finally:
        os.close(descriptor)
