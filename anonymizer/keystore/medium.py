"""Places for the key: which are refused, which are warned about, and what is known about a medium.

Facts are read from the system, for the certificate; what cannot be read is ``not measured``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from anonymizer.errors import KeyStoreError
from anonymizer.study import Study

NOT_MEASURED = "not measured"
COPY_ON_WRITE = {"btrfs", "zfs", "apfs", "bcachefs", "overlay", "f2fs", "nilfs2"}
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "afpfs", "webdav", "fuse.sshfs", "davfs", "virtiofs"}
IN_MEMORY = {"tmpfs", "ramfs"}
_SYNC_NAMES = (
    "dropbox", "onedrive", "google drive", "googledrive", "my drive", "icloud", "icloud drive", "mobile documents",
    "cloudstorage", "nextcloud", "owncloud", "seafile", "pcloud", "pclouddrive", "megasync", "syncthing", "box sync",
    "tresorit", "sciebo", "switchdrive", "surfdrive",
)  # fmt: skip
_SYNC_MARKS = (".dropbox", ".dropbox.cache", ".stfolder", ".owncloudsync.log", ".nextcloudsync.log", ".seafile-data")
_CHECKOUT = Path(__file__).resolve().parents[2]


def check_place(study: Study, keys: Path, shred: Path, *, anyway: bool = False) -> tuple[str, ...]:
    """Warnings about where the key is to lie.

    Raises:
        KeyStoreError: In the study folder, in a git work tree (but for this checkout's keys/), in a synced folder, or
            both in one folder; unless ``anyway``, which turns refusals into warnings. Never allowed: inside the study.
    """
    refusals: list[str] = []
    for place, what in ((keys, "the key store"), (shred.parent, "the shred secret")):
        if _within(place, study.folder) or _within(place, study.private):
            raise KeyStoreError(
                f"{what} may not lie in the study folder", hint="the study folder is copied and shared; the key is not"
            )
        if _git_tree(place):
            refusals.append(f"{what} would lie in a git work tree: what was committed once can never be destroyed")
        if _synced(place):
            refusals.append(f"{what} would lie in a folder that looks synchronized: copies would be out of reach")
    if _within(shred.parent, keys):
        refusals.append("the shred secret would lie in the key store's folder: one copy of it would copy both")
    if refusals and not anyway:
        raise KeyStoreError(refusals[0], hint="choose another place, or insist with --anyway; the certificate says so")
    warnings = list(refusals)
    known = facts(shred)
    if known["filesystem"] in COPY_ON_WRITE:
        warnings.append("the shred secret lies on a copy-on-write file system: overwriting keeps old blocks")
    if known["filesystem"] in NETWORK:
        warnings.append("the shred secret lies on a network share: what the server keeps is out of reach")
    if known["rotational"] == "no":
        warnings.append("the shred secret lies on flash memory: remnants of an overwritten secret cannot be excluded")
    return tuple(warnings)


def facts(path: Path) -> dict[str, str]:
    """File system type, mount options, whether the device spins: what the system says, or ``not measured``."""
    result = {"filesystem": NOT_MEASURED, "options": NOT_MEASURED, "rotational": NOT_MEASURED}
    place = _existing(path)
    try:
        device = place.stat().st_dev
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as table:  # noqa: PTH123
            rows = [line.split() for line in table]
    except OSError:
        return result
    number = f"{os.major(device)}:{os.minor(device)}"
    for row in rows:
        if "-" in row and row[2] == number:
            dash = row.index("-")
            result["filesystem"], result["options"] = row[dash + 1], row[5]
    for folder in (Path("/sys/dev/block") / number, (Path("/sys/dev/block") / number).resolve().parent):
        try:
            flag = (folder / "queue" / "rotational").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        result["rotational"] = "yes" if flag == "1" else "no"
        break
    return result


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next((place for place in (path, *path.absolute().parents) if place.exists()), Path("/"))


def _within(place: Path, folder: Path) -> bool:
    return place.resolve().is_relative_to(folder.resolve())


def _above(place: Path) -> Iterator[Path]:
    resolved = place.resolve()
    yield resolved
    yield from resolved.parents


def _git_tree(place: Path) -> bool:
    for folder in _above(place):
        if (folder / ".git").exists():
            # the example study's keys/ of this very checkout is ignored by its .gitignore
            return not (folder == _CHECKOUT and _within(place, folder / "keys"))
    return False


def _synced(place: Path) -> bool:
    for folder in _above(place):
        name = folder.name.casefold()
        if name in _SYNC_NAMES or name.startswith(("onedrive -", "dropbox (", "googledrive-")):
            return True
        if any((folder / mark).exists() for mark in _SYNC_MARKS):
            return True
    return False
