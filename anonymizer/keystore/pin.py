"""What this computer saw last of a study's key: generation and head of the log.

An older key store with its older log is a valid pair; only something outside of both can tell. The pin lies in the
user's state folder, away from what a synced folder or a colleague can roll back. The first use on a computer trusts
what it sees.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from anonymizer.audit.log import Head
from anonymizer.errors import OutputError, RolledBackError
from anonymizer.keystore.fs import Fs, guarded

MAX_PIN = 4096


@dataclass(frozen=True, slots=True)
class Pin:
    """Generation and log head seen last."""

    generation: int
    log: Head


def default_state() -> Path:
    """This user's state folder: ``$XDG_STATE_HOME/anonymizer`` or the system's equivalent."""
    import platformdirs

    return Path(platformdirs.user_state_dir("anonymizer", appauthor=False))


class PinFile:
    """One study's pin."""

    def __init__(self, state: Path, study: str, fs: Fs) -> None:
        self.path = state / f"{study}.json"
        self._fs = fs

    def read(self) -> Pin | None:
        """The pin, or None if there is none yet.

        Raises:
            RolledBackError: There is one but it cannot be understood; ignoring it would switch the check off.
        """
        if not self._fs.exists(self.path):
            return None
        try:
            body = json.loads(self._fs.read(self.path, MAX_PIN))
            return Pin(int(body["gen"]), Head(int(body["seq"]), str(body["head"])))
        except (OSError, ValueError, KeyError, TypeError):
            raise RolledBackError(
                "this computer's pin of the key store is damaged",
                file=self.path,
                hint="check by other means that the key store is the newest, then remove the pin",
            ) from None

    def write(self, pin: Pin) -> None:
        """Replace the pin.

        Raises:
            OutputError: It cannot be written.
        """
        body = {"gen": pin.generation, "seq": pin.log.seq, "head": pin.log.digest}
        temporary = self.path.with_name(f".tmp-{self.path.name}")
        with guarded(self.path):
            self._fs.make_folder(self.path.parent)
            if self._fs.exists(temporary):
                self._fs.unlink(temporary)
            self._fs.create(temporary, json.dumps(body).encode())
            self._fs.fsync(temporary)
            self._fs.replace(temporary, self.path)
            self._fs.fsync_folder(self.path.parent)

    def remove(self) -> bool:
        """Forget the pin; False if there was none."""
        if not self._fs.exists(self.path):
            return False
        try:
            self._fs.unlink(self.path)
        except OSError:
            raise OutputError("the pin cannot be removed", file=self.path) from None
        return True
