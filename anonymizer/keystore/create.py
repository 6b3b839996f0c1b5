"""Making a key store: study.key, study.shred, the first holder."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer.audit import log as audit_log
from anonymizer.audit.log import Head, Value
from anonymizer.errors import KeyStoreError
from anonymizer.keystore import container
from anonymizer.keystore.codec import to_bytes
from anonymizer.keystore.document import Document, Holder, Paper
from anonymizer.keystore.fs import Fs, RealFs, guarded
from anonymizer.keystore.identity import create_identity, load_identity
from anonymizer.keystore.medium import check_place, facts
from anonymizer.keystore.paper import render_paper
from anonymizer.keystore.people import random_id
from anonymizer.keystore.pin import Pin, PinFile, default_state
from anonymizer.keystore.shred import ShredFile
from anonymizer.keystore.vault import LOCK, STORE, Clock, Random, stamp, utc_now
from anonymizer.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from pyrage import x25519


@dataclass(frozen=True, slots=True)
class Created:
    """What ``key init`` made.

    Attributes:
        holder: The first holder's id.
        recipient: The first holder's ``age1...``.
        warnings: About the places chosen; they stand on the certificate.
        paper: The paper copy to print, or None if it was refused. Holds the shred secret.
    """

    holder: str
    recipient: str
    warnings: tuple[str, ...] = ()
    paper: str | None = field(default=None, repr=False)


def make_holder(label: str, recipient: str, since: str) -> Holder:
    """A holder with a fresh signing key, sealed to the holder alone."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    signer = Ed25519PrivateKey.generate()
    public = signer.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    sealed = container.encrypt(signer.private_bytes_raw(), [recipient])
    return Holder(label, recipient, since, public.hex(), base64.b64encode(sealed).decode("ascii"))


def create_store(  # noqa: PLR0917
    study: Study,
    keys: Path,
    shred: Path,
    holder: str,
    identity: Path,
    passphrase: str | None,
    paper: bool,
    *,
    anyway: bool = False,
    clock: Clock = utc_now,
    random: Random = secrets.token_bytes,
    state: Path | None = None,
    fs: Fs | None = None,
) -> Created:
    """Make the key store of a study, outside of it, and remember the places on this computer.

    study.key is written last: an interrupted init leaves no key store.

    Args:
        study: The study.
        keys: Folder for study.key; made if missing.
        shred: New file for the shred secret, not in ``keys``, or whoever copies the folder copies both.
        holder: Label of the first holder.
        identity: The holder's identity file; made if there is none.
        passphrase: Of the identity file; None for one without (mode 0600).
        paper: True if a paper copy of the shred secret is wanted; a refusal is logged.
        anyway: Accept a place that is refused otherwise; recorded for the certificate.
        clock: Now.
        random: Random bytes for ids and seeds.
        state: Folder of this computer's pin.
        fs: File system, for tests.

    Raises:
        KeyStoreError: There is one already; a place is refused; the label is empty.
        OutputError: The system refused.
    """
    fs = fs or RealFs()
    label = " ".join(holder.split())
    if not label or len(label) > 60:
        raise KeyStoreError("a holder's label has 1 to 60 characters")
    if fs.exists(keys / STORE):
        raise KeyStoreError("there is a key store in this folder already", file=keys / STORE)
    warnings = check_place(study, keys, shred, anyway=anyway)
    offset = _log_start(study, fs)
    if fs.exists(shred):
        raise KeyStoreError(
            "the shred file exists", file=shred, hint="name a new file; remove it if an interrupted init left it"
        )
    with guarded(keys):
        fs.make_folder(keys)
        fs.make_folder(shred.parent)
    with guarded(keys / LOCK), fs.lock(keys / LOCK):
        if not fs.exists(identity):
            create_identity(identity, passphrase, fs)
        opened = load_identity(identity, None if passphrase is None else lambda: passphrase, fs)
        recipient = str(opened.to_public())
        today = clock().date().isoformat()
        first = make_holder(label, recipient, today)
        key = random_id("h-", (), random)
        slot = ShredFile(shred, fs, random).create()
        medium = {**facts(shred), **{f"warning-{i}": text for i, text in enumerate(warnings, 1)}}
        fields: dict[str, Value] = {
            "study": study.settings.id,
            "holder": key,
            "public": first.public,
            "paper": paper,
            "warnings": len(warnings),
        }
        line, head = audit_log.make_line(
            Head(),
            time=stamp(clock),
            act="init",
            who=key,
            gen=1,
            data=fields,
            key=_signer(first, opened),
        )
        document = Document(
            study=study.settings.id,
            title=study.settings.title,
            generation=1,
            log=head,
            holders={key: first},
            papers=(Paper(slot.counter, today, 1),) if paper else (),
            medium=medium,
            seed=random(32),
            secret=random(32),
        )
        raw = container.seal(to_bytes(document), [recipient], slot.recipient)
        with guarded(study.log):
            fs.make_folder(study.log.parent)
            fs.append(study.log, offset, line)
            fs.fsync(study.log)
            fs.fsync_folder(study.log.parent)
        temporary = keys / f".tmp-{STORE}"
        with guarded(keys / STORE):
            if fs.exists(temporary):
                fs.unlink(temporary)
            fs.create(temporary, raw)
            fs.fsync(temporary)
            fs.replace(temporary, keys / STORE)
            fs.fsync_folder(keys)
        PinFile(state or default_state(), study.settings.id, fs).write(Pin(1, head))
    study.set_local(keys=str(keys.resolve()), shred=str(shred.resolve()), identity=str(identity.resolve()))
    text = render_paper(study.settings.id, slot) if paper else None
    return Created(key, recipient, warnings, text)


def _signer(holder: Holder, identity: x25519.Identity) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = container.decrypt(base64.b64decode(holder.sign), identity)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _log_start(study: Study, fs: Fs) -> int:
    """0 if the log is empty or holds only the line of an init that was interrupted; refuses any other log."""
    if not fs.exists(study.log):
        return 0
    with guarded(study.log, "cannot be read"):
        lines, problems, _ = audit_log.parse_log(fs.read(study.log, audit_log.MAX_LOG))
    if problems or len(lines) > 1 or any(line.act != "init" for line in lines):
        raise KeyStoreError(
            "this study has a log already, so it had a key store",
            file=study.log,
            hint="find the key store; a destroyed key cannot be followed by another one in the same study folder",
        )
    return 0
