"""Sealed originals: one age file for each transcript, under that transcript's data key, beside study.key.

They are apart so that saving the key does not rewrite them, and so that dropping a data key drops the originals, in
every copy of the file too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from anonymizer.audit.log import canonical
from anonymizer.errors import DamagedError, KeyStoreError
from anonymizer.keystore import container
from anonymizer.keystore.fs import Fs, guarded

FOLDER = "originals"
RECEIVED = ".received"
VERSION = 1


def new_key() -> str:
    """A fresh data key: an age secret key."""
    import pyrage

    return str(pyrage.x25519.Identity.generate())


def path_of(keys: Path, transcript: str, key: str, kind: str = "") -> Path:
    """Where a transcript's originals, or its received file (``kind`` ``.received``), lie under a data key.

    The name tells data keys apart, so that sealing anew under another key leaves the old file until the save.
    """
    mark = hashlib.sha256(_recipient(key).encode()).hexdigest()[:8]
    return keys / FOLDER / f"{transcript}-{mark}{kind}.age"


def _recipient(key: str) -> str:
    import pyrage

    try:
        return str(pyrage.x25519.Identity.from_str(key).to_public())
    except pyrage.IdentityError:
        raise DamagedError("a transcript's data key is damaged") from None


def write(fs: Fs, keys: Path, transcript: str, key: str, originals: Mapping[str, str], *, kind: str = "") -> None:
    """Seal a transcript's originals, durably, replacing what was sealed before.

    Raises:
        OutputError: The system refused; the file from before is whole.
    """
    path = path_of(keys, transcript, key, kind)
    body = canonical({"v": VERSION, "transcript": transcript, "originals": dict(originals)})
    sealed = container.encrypt(body, [_recipient(key)])
    temporary = path.with_name(f".tmp-{path.name}")
    with guarded(path):
        fs.make_folder(path.parent)
        fs.fsync_folder(path.parent.parent)
        if fs.exists(temporary):
            fs.unlink(temporary)
        try:
            fs.create(temporary, sealed)
            fs.fsync(temporary)
            fs.replace(temporary, path)
        except OSError:
            quiet_unlink(fs, temporary)
            raise
        fs.fsync_folder(path.parent)


def read(fs: Fs, keys: Path, transcript: str, key: str, *, kind: str = "") -> dict[str, str]:
    """Open a transcript's originals: decision id -> original text.

    Raises:
        KeyStoreError: There are none.
        DamagedError: They do not open under the data key, or are another transcript's.
    """
    import pyrage

    path = path_of(keys, transcript, key, kind)
    if not fs.exists(path):
        raise KeyStoreError("no originals are sealed for this transcript")
    with guarded(path, "cannot be read"):
        data = fs.read(path, container.MAX_STORE)
    try:
        body = json.loads(container.decrypt(data, pyrage.x25519.Identity.from_str(key)))
        if body["v"] != VERSION or body["transcript"] != transcript:
            raise ValueError
        return {str(decision): str(text) for decision, text in body["originals"].items()}
    except container.NoMatch:
        raise DamagedError("the sealed originals do not fit their data key", file=path) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError("the sealed originals do not follow their format", file=path) from None


def sweep(fs: Fs, keys: Path, known: Mapping[str, str]) -> int:
    """Unlink originals under data keys that the document does not have any more; the number of files.

    What dropped them is dropping the data key; the files only take room.

    Args:
        fs: File system.
        keys: Folder of study.key.
        known: transcript id -> data key of all that stay.
    """
    folder = keys / FOLDER
    stay = {path_of(keys, transcript, key, kind).name for transcript, key in known.items() for kind in ("", RECEIVED)}
    gone = [name for name in fs.names(folder) if name not in stay]
    with guarded(folder, "cannot be removed"):
        for name in gone:
            fs.unlink(folder / name)
        if gone:
            fs.fsync_folder(folder)
    return len(gone)


def quiet_unlink(fs: Fs, path: Path) -> None:
    """Remove a temporary file if that is possible; the failure that led here is the one to report."""
    try:
        fs.unlink(path)
    except OSError:
        return
