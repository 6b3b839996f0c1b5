"""``study.shred``: two slots of 128 bytes, changed in place, in one of which the shred secret lies.

A live slot is a comment with a counter, an age secret key with its own checksum, and a filler comment; a wiped slot is
one comment line of random characters. So the file is a valid age identity file in every state. Either slot may be live;
both are while the secret is being replaced. A torn slot fails the key's checksum and counts as empty.

The file is never replaced by a new one: replacing leaves the old blocks, with the old secret, on the disk.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer.errors import DamagedError, ShredError
from anonymizer.keystore.fs import Fs, guarded

if TYPE_CHECKING:
    from pyrage import x25519

SLOT = 128
SIZE = 2 * SLOT
_LIVE = re.compile(rb"# ([0-9]{8})\n(AGE-SECRET-KEY-1[0-9A-Z]{58})\n#( {40})\n")


@dataclass(frozen=True, slots=True)
class Slot:
    """A live slot.

    Attributes:
        index: 0 or 1.
        counter: Grows with each replacement.
        identity: The secret.
    """

    index: int
    counter: int
    identity: x25519.Identity = field(repr=False)

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a secret is not pickled")

    @property
    def recipient(self) -> str:
        """Public half; written nowhere, or whoever reads it could forge a store."""
        return str(self.identity.to_public())


def render(counter: int, identity: x25519.Identity) -> bytes:
    """A live slot's 128 bytes."""
    return f"# {counter:08d}\n{identity}\n#{' ' * 40}\n".encode("ascii")


def render_wiped(random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """A wiped slot's 128 bytes."""
    return b"#" + base64.b64encode(random(96))[: SLOT - 2] + b"\n"


def parse(data: bytes) -> tuple[Slot, ...]:
    """Live slots, newest first; whatever is not a live slot counts as empty.

    Raises:
        ShredError: Not 256 bytes.
    """
    import pyrage

    if len(data) != SIZE:
        raise ShredError("the shred file has not 256 bytes", hint="anonymizer key paper --restore, from the paper copy")
    slots = []
    for index in (0, 1):
        match = _LIVE.fullmatch(data[index * SLOT : (index + 1) * SLOT])
        if match is None:
            continue
        try:
            identity = pyrage.x25519.Identity.from_str(match[2].decode("ascii"))
        except pyrage.IdentityError:
            continue
        slots.append(Slot(index, int(match[1]), identity))
    return tuple(sorted(slots, key=lambda slot: -slot.counter))


class ShredFile:
    """The file with its two slots."""

    def __init__(self, path: Path, fs: Fs, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self.path = path
        self._fs = fs
        self._random = random

    def __repr__(self) -> str:
        return "ShredFile()"

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a secret is not pickled")

    def create(self, counter: int = 1) -> Slot:
        """Write a new file with one live slot, durably.

        Raises:
            OutputError: The name is taken, or the system refused.
        """
        import pyrage

        identity = pyrage.x25519.Identity.generate()
        self.create_with(counter, identity)
        return Slot(0, counter, identity)

    def create_with(self, counter: int, identity: x25519.Identity) -> None:
        """Write a new file that holds this secret."""
        with guarded(self.path):
            self._fs.create(self.path, render(counter, identity) + render_wiped(self._random))
            self._fs.fsync(self.path)
            self._fs.fsync_folder(self.path.parent)

    def read(self) -> tuple[Slot, ...]:
        """Live slots, newest first.

        Raises:
            ShredError: Missing, unreadable, of another size, or a link.
        """
        if not self._fs.exists(self.path):
            raise ShredError(
                "the shred secret is missing",
                file=self.path,
                hint="insert its medium, or restore it from paper: anonymizer key paper --restore",
            )
        try:
            return parse(self._fs.read(self.path, SIZE))
        except OSError:
            raise ShredError("the shred secret cannot be read", file=self.path) from None
        except DamagedError as error:
            raise ShredError(f"the shred file {error.message}", file=self.path, hint=error.hint) from None

    def next(self, live: Slot) -> Slot:
        """A fresh secret for the slot that is not ``live``; in memory only."""
        import pyrage

        return Slot(1 - live.index, live.counter + 1, pyrage.x25519.Identity.generate())

    def write(self, slot: Slot) -> None:
        """Write a secret into its slot, durably; the other slot stays."""
        self._write(slot.index, render(slot.counter, slot.identity))

    def wipe(self, index: int) -> None:
        """Overwrite a slot in place and read it back.

        Raises:
            DamagedError: What is read back is not what was written.
        """
        data = render_wiped(self._random)
        self._write(index, data)
        with guarded(self.path, "cannot be read back"):
            back = self._fs.read(self.path, SIZE)
        if back[index * SLOT : (index + 1) * SLOT] != data:
            raise DamagedError("a wiped slot reads back differently", file=self.path)

    def _write(self, index: int, data: bytes) -> None:
        with guarded(self.path):
            self._fs.overwrite(self.path, index * SLOT, data)
            self._fs.fsync(self.path)
