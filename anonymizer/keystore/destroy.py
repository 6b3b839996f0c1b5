"""The end of a key: log, wipe, look, certify. Started again after a crash, it goes on where it can.

Order: the signed ``destroy`` line, fsync; both slots overwritten in place, fsync, read back; the shred file unlinked;
study.key overwritten and unlinked, sealed originals unlinked; what is left is looked at; the certificate is signed with
the key that is still in memory. After a crash between the wipe and the certificate nobody can sign any more:
:func:`complete` then finishes the removal and writes an unsigned record that quotes the signed line.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer.audit.log import MAX_LOG, Line, Value, parse_log, verify_lines
from anonymizer.errors import DamagedError, KeyStoreError, OutputError, ShredError
from anonymizer.keystore import container, originals
from anonymizer.keystore.certificate import LIMITS, Check, Circumstances, CompletedWipe, as_text, issue
from anonymizer.keystore.fs import Fs, RealFs, guarded
from anonymizer.keystore.medium import COPY_ON_WRITE, NETWORK, NOT_MEASURED, facts
from anonymizer.keystore.shred import SIZE, ShredFile, parse, render_wiped
from anonymizer.keystore.store import Store, places
from anonymizer.keystore.vault import LOCK, STORE, TEMPORARY, Clock, Random, stamp, utc_now
from anonymizer.study import Study

if TYPE_CHECKING:
    from pyrage import x25519

CERTIFICATE, TEXT, RECORD = "certificate.json", "certificate.txt", "destruction-unsigned.json"
METHOD = "both slots of the shred secret overwritten in place with random characters and read back, then unlinked"


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What is left of a destroyed key.

    Attributes:
        certificate: Path of certificate.json, or of the unsigned record.
        status: ``key destroyed`` or ``key destroyed, originals present``.
        signed: False for an unsigned record.
        text: For people.
        notes: Said at the end.
    """

    certificate: Path
    status: str
    signed: bool
    text: str = field(repr=False)
    notes: tuple[str, ...] = ()


def destroy(store: Store, typed: str) -> Destroyed:
    """Destroy an open store's key and certify it.

    Args:
        store: Open.
        typed: The study's id, typed by a person.

    Raises:
        KeyStoreError: Another id was typed; nothing was touched.
        OutputError: A medium is read-only or full. Before the ``destroy`` line nothing was touched.
    """
    if typed.strip() != store.study.settings.id:
        raise KeyStoreError("this is not the study's id, so nothing was done", hint="the id stands in study.toml")
    _probe(store)
    key = store.signer()
    digest = hashlib.sha256(store.raw).hexdigest()
    before = _present(store.study)
    if not store.destruction_begun:
        fields: dict[str, Value] = {"sha256": digest, **{name: count for name, count in before.items() if count}}
        store.append_line("destroy", fields)
    wipe_done = wipe(store, digest)
    document = store.document
    circumstances = Circumstances(
        study=document.study,
        title=document.title,
        time=stamp(store.clock),
        holder=store.holder_id,
        medium_at_init=document.medium,
        counts=document.counts,
        papers=[(paper.counter, paper.since, paper.copies) for paper in document.papers],
        originals=_present(store.study),
    )
    certificate = issue(wipe_done, circumstances, key)
    path = store.study.audit / CERTIFICATE
    with guarded(path):
        _write(store.fs, path, certificate)
        _write(store.fs, store.study.audit / TEXT, as_text(certificate).encode())
    notes = _notes(wipe_done.medium, len(document.papers))
    try:
        store.pin.remove()
    except OutputError:
        notes = (*notes, "this computer's pin could not be removed; it holds two numbers and a digest")
    store.close()
    status = str(json.loads(certificate)["status"])
    return Destroyed(path, status, True, as_text(certificate), notes)


def _probe(store: Store) -> None:
    """Write where it does no harm, before anything is said: a read-only medium must leave everything as it was."""
    free = 1 - store.slot.index
    store.shred.wipe(free)
    probe = store.keys / ".tmp-probe"
    with guarded(store.keys / STORE):
        if store.fs.exists(probe):
            store.fs.unlink(probe)
        store.fs.create(probe, b"")
        store.fs.unlink(probe)
    audit = store.study.audit / ".tmp-probe"
    with guarded(store.study.audit / CERTIFICATE):
        if store.fs.exists(audit):
            store.fs.unlink(audit)
        store.fs.create(audit, b"")
        store.fs.unlink(audit)


def wipe(store: Store, digest: str) -> CompletedWipe:
    """Overwrite and unlink everything of the key, look at what is left, and give the proof that a certificate needs.

    Raises:
        DamagedError: Something is still there.
        OutputError: The system refused.
    """
    medium = facts(store.shred_path)
    raw, inner_slot = store.raw, store.slot
    for index in (inner_slot.index, 1 - inner_slot.index):
        store.shred.wipe(index)
    after_wipe = _slots_left(store.fs, store.shred_path)
    remove_all(store.fs, store.keys, store.shred_path, store.random)
    try:
        left = ShredFile(store.shred_path, store.fs).read()
    except ShredError:
        left = ()
    opens = any(_opens(raw, slot.identity) for slot in left)
    checks = (
        Check("both slots of the shred secret read back as overwritten", after_wipe == 0),
        Check("the shred file is unlinked", not store.fs.exists(store.shred_path)),
        Check("study.key is overwritten and unlinked", not store.fs.exists(store.keys / STORE)),
        Check("no sealed originals are left beside it", not store.fs.names(store.keys / originals.FOLDER)),
        Check("nothing in the key's folders parses as a shred secret", not leftovers(store.fs, store.keys, store)),
        Check("a copy of study.key in memory does not open with what is left", not opens),
    )
    if not all(check.result for check in checks):
        raise DamagedError("not everything is gone after the wipe", hint="anonymizer key verify")
    line = store.tail
    return CompletedWipe(digest, store.document.generation, line, METHOD, medium, checks)


def _opens(raw: bytes, identity: x25519.Identity) -> bool:
    try:
        container.open_outer(raw, identity)
    except (ShredError, DamagedError):
        return False
    return True


def _slots_left(fs: Fs, path: Path) -> int:
    with guarded(path, "cannot be read back"):
        return len(parse(fs.read(path, SIZE)))


def remove_all(fs: Fs, keys: Path, shred: Path, random: Random = secrets.token_bytes) -> None:
    """Overwrite and unlink the shred file, study.key and what lies beside it; goes on where it stopped."""
    if fs.exists(shred):
        with guarded(shred):
            if len(fs.read(shred, SIZE)) == SIZE:
                fs.overwrite(shred, 0, render_wiped(random) + render_wiped(random))
                fs.fsync(shred)
            fs.unlink(shred)
            fs.fsync_folder(shred.parent)
    for name in (STORE, TEMPORARY):
        path = keys / name
        if not fs.exists(path):
            continue
        with guarded(path):
            size = len(fs.read(path, container.MAX_STORE))
            for offset in range(0, size, 1 << 20):
                fs.overwrite(path, offset, random(min(1 << 20, size - offset)))
            fs.fsync(path)
            fs.unlink(path)
    originals.sweep(fs, keys, {})
    with guarded(keys):
        fs.fsync_folder(keys)


def leftovers(fs: Fs, keys: Path, store: Store | None = None) -> tuple[str, ...]:
    """Names of small files in the key's folders that parse as a shred secret."""
    folders = {keys} if store is None else {keys, store.shred_path.parent}
    found = []
    for folder in sorted(folders):
        for name in fs.names(folder):
            try:
                data = fs.read(folder / name, SIZE)
                if len(data) == SIZE and parse(data):
                    found.append(name)
            except (OSError, DamagedError, ShredError):
                continue
    return tuple(found)


def _present(study: Study) -> dict[str, int]:
    """Files with originals that the destruction of the key leaves: it is not their end."""
    folders = {"received": study.received, "drafts": study.draft, "recordings": study.recordings}
    return {
        name: sum(1 for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
        for name, folder in folders.items()
    }


def _write(fs: Fs, path: Path, data: bytes) -> None:
    temporary = path.with_name(f".tmp-{path.name}")
    if fs.exists(temporary):
        fs.unlink(temporary)
    fs.create(temporary, data)
    fs.fsync(temporary)
    fs.replace(temporary, path)
    fs.fsync_folder(path.parent)


def _notes(medium: Mapping[str, str], papers: int) -> tuple[str, ...]:
    notes = []
    if medium.get("filesystem") in COPY_ON_WRITE | NETWORK:
        notes.append("overwriting is not effective on this file system: destroy the medium or its full-disk key")
    elif medium.get("rotational") == "no":
        notes.append("remnants on flash memory cannot be excluded: destroy the device or its full-disk key")
    elif medium.get("rotational", NOT_MEASURED) == NOT_MEASURED:
        notes.append("what kind of medium it was is not measured")
    if papers:
        notes.append("burn the registered paper copies and sign for them on the certificate")
    return tuple(notes)


def complete(study: Study, *, clock: Clock = utc_now, fs: Fs | None = None, random: Random = secrets.token_bytes
             ) -> Destroyed | None:  # fmt: skip
    """Finish a destruction that was cut off after the wipe, and write the unsigned record; None if none was begun.

    Signed certificates that were written already are left alone.

    Raises:
        KeyStoreError: The shred secret is still there, so the destruction can be finished and signed instead.
    """
    fs = fs or RealFs()
    line = destroy_line(study, fs)
    if line is None or fs.exists(study.audit / CERTIFICATE):
        return None
    keys, shred, _ = places(study)
    with guarded(keys / LOCK), fs.lock(keys / LOCK):
        try:
            slots = ShredFile(shred, fs, random).read()
        except ShredError:
            slots = ()
        if slots and fs.exists(keys / STORE) and any(_opens(_read(fs, keys), slot.identity) for slot in slots):
            raise KeyStoreError(
                "the destruction was begun but the secret is still there", hint="anonymizer key destroy STUDY-ID"
            )
        remove_all(fs, keys, shred, random)
    found = {
        "shred file unlinked": not fs.exists(shred),
        "study.key unlinked": not fs.exists(keys / STORE),
        "nothing in the key's folder parses as a shred secret": not leftovers(fs, keys),
    }
    present = _present(study)
    status = "key destroyed, originals present" if any(present.values()) else "key destroyed"
    record = {
        "v": 1,
        "signed": False,
        "why": "the program was interrupted between the wipe and the certificate; nobody can sign any more",
        "study": study.settings.id,
        "status": status,
        "time": stamp(clock),
        "destroy_line": {"seq": line.seq, "time": line.time, "who": line.who, "gen": line.gen, "sha256": line.digest,
                         "data": dict(line.data)},
        "found": found,
        "originals": present,
        "limits": list(LIMITS),
    }  # fmt: skip
    path = study.audit / RECORD
    with guarded(path):
        _write(fs, path, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())
    text = "\n".join(["UNSIGNED completion record", str(record["why"]), *(f"{k}: {v}" for k, v in found.items())])
    return Destroyed(path, status, False, text + "\n")


def _read(fs: Fs, keys: Path) -> bytes:
    with guarded(keys / STORE, "cannot be read"):
        return fs.read(keys / STORE, container.MAX_STORE)


def destroy_line(study: Study, fs: Fs) -> Line | None:
    """The log's last line if it is a signed ``destroy``, else None."""
    if not fs.exists(study.log):
        return None
    with guarded(study.log, "cannot be read"):
        data = fs.read(study.log, MAX_LOG)
    lines, _, _ = parse_log(data)
    if not lines or lines[-1].act != "destroy" or not verify_lines(data).ok:
        return None
    return lines[-1]
