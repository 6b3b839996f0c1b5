"""Sealed originals: one age file for each transcript, under that transcript's data key, beside study.key.

They are apart so that saving the key does not rewrite them, and so that dropping a data key drops the originals, in
every copy of the file too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from anonymizer.audit.log import canonical
from anonymizer.errors import DamagedError, KeyStoreError
from anonymizer.keystore import container
from anonymizer.keystore.fs import Fs, guarded

FOLDER = "originals"
VERSION = 1


def new_key() -> str:
    """A fresh data key: an age secret key."""
    import pyrage

    return str(pyrage.x25519.Identity.generate())


def path_of(keys: Path, transcript: str) -> Path:
    """Where a transcript's originals lie."""
    return keys / FOLDER / f"{transcript}.age"


def write(fs: Fs, keys: Path, transcript: str, key: str, originals: Mapping[str, str]) -> None:
    """Seal a transcript's originals, durably, replacing what was sealed before.

    Raises:
        OutputError: The system refused; the file from before is whole.
    """
    import pyrage

    path = path_of(keys, transcript)
    recipient = str(pyrage.x25519.Identity.from_str(key).to_public())
    body = canonical({"v": VERSION, "transcript": transcript, "originals": dict(originals)})
    sealed = container.encrypt(body, [recipient])
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


def read(fs: Fs, keys: Path, transcript: str, key: str) -> dict[str, str]:
    """Open a transcript's originals: decision id -> original text.

    Raises:
        KeyStoreError: There are none.
        DamagedError: They do not open under the data key, or are another transcript's.
    """
    import pyrage

    path = path_of(keys, transcript)
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


def remove(fs: Fs, keys: Path, transcript: str) -> bool:
    """Unlink a transcript's originals; False if there were none. What drops them is dropping the data key."""
    path = path_of(keys, transcript)
    if not fs.exists(path):
        return False
    with guarded(path, "cannot be removed"):
        fs.unlink(path)
        fs.fsync_folder(path.parent)
    return True


def quiet_unlink(fs: Fs, path: Path) -> None:
    """Remove a temporary file if that is possible; the failure that led here is the one to report."""
    try:
        fs.unlink(path)
    except OSError:
        return
