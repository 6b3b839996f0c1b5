"""A received file in memory: bounded, decoded once, opened as archive or JSON once."""

from __future__ import annotations

import errno
import json
import os
import stat
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from anonymizer.errors import IntakeError
from anonymizer.intake.archive import Archive
from anonymizer.intake.text import decode

MAX_BYTES = 200 * 1024 * 1024


def read_file(path: Path, *, follow_links: bool = False) -> bytes:
    """The bytes of a regular file of at most 200 MB.

    Raises:
        IntakeError: A symbolic link (unless allowed), not a regular file, too large, or unreadable.
    """
    # O_NONBLOCK: opening a named pipe that nobody writes to would wait for ever
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow_links else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise IntakeError("is a symbolic link", file=path, hint="copy the file itself") from None
        if error.errno == errno.ENOENT:
            raise IntakeError("there is no such file", file=path) from None
        raise IntakeError(f"cannot be read: {os.strerror(error.errno or 5).lower()}", file=path) from None
    except ValueError:
        raise IntakeError("not a file name", file=path) from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise IntakeError("not a regular file", file=path)
    with os.fdopen(descriptor, "rb") as stream:
        if facts.st_size > MAX_BYTES:
            _too_large(path.name)
        try:
            data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise IntakeError(f"cannot be read: {os.strerror(error.errno or 5).lower()}", file=path) from None
    return data


def _too_large(file: str) -> NoReturn:
    raise IntakeError("larger than 200 MB", file=file, hint="a transcript is text; is this the recording?")


class Source:
    """What the readers look at.

    Attributes:
        data: The file's bytes.
        name: File name; its extension is a hint only.
    """

    def __init__(self, data: bytes, name: str) -> None:
        if len(data) > MAX_BYTES:
            _too_large(name)
        self.data = data
        self.name = name

    @property
    def extension(self) -> str:
        """Lower case, with the dot."""
        return Path(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    def refuse(
        self, message: str, *, line: int | None = None, turn: int | None = None, hint: str | None = None
    ) -> NoReturn:
        """Raise an IntakeError that names this file."""
        raise self.error(message, line=line, turn=turn, hint=hint)

    def error(
        self, message: str, *, line: int | None = None, turn: int | None = None, hint: str | None = None
    ) -> IntakeError:
        """An IntakeError that names this file."""
        return IntakeError(message, file=self.name, line=line, turn=turn, hint=hint)

    @cached_property
    def is_zip(self) -> bool:
        return self.data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))

    @cached_property
    def archive(self) -> Archive:
        """The file as a checked ZIP archive."""
        return Archive(self.data, self.name)

    @cached_property
    def text(self) -> str:
        """The file as text, decoded and otherwise untouched."""
        return decode(self.data, self.name)

    @cached_property
    def is_json(self) -> bool:
        """Whether the file begins as a JSON document does, and not as ``[00:00:01] ...`` or ``{\\rtf1`` do."""
        if self.is_zip:
            return False
        head = self.text.lstrip("\ufeff \t\r\n")
        first, second = head[:1], head[1:10_000].lstrip()[:1]
        return (first == "{" and second in ("", '"', "}")) or (first == "[" and second in ("", '"', "{", "[", "]"))

    @cached_property
    def json(self) -> Any:
        """The file as JSON.

        Raises:
            IntakeError: Not JSON (with the line), nested too deeply, or numbers that JSON does not have.
        """

        def constant(_: str) -> NoReturn:
            self.refuse("holds NaN or Infinity, which JSON does not have")

        try:
            return json.loads(self.text.lstrip("\ufeff"), parse_constant=constant)
        except json.JSONDecodeError as error:
            # error.msg names what was expected, never what was there
            self.refuse(f"not valid JSON: {error.msg.lower()}", line=error.lineno, hint="the file may be cut off")
        except RecursionError:
            self.refuse("nested too deeply")
        except ValueError:
            self.refuse("holds a number too long to be one")
