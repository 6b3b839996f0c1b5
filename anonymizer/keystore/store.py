"""The open key store, and the only place that knows the order of steps on the disk.

Save (reference: docs/keystore-format.md): compare what lies on the disk with what was opened; append the signed log
lines, fsync; seal with fresh keys; write a temporary file, fsync; open it and compare; replace; fsync the folder;
update this computer's pin. Replacing the shred secret puts "new secret into the free slot, fsync" before the temporary
file and "overwrite the old slot, fsync" after the folder's fsync. A crash anywhere leaves the old state or the new
one, and the next opening finishes what was begun before it answers anything.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from anonymizer.audit import log as audit_log
from anonymizer.audit.log import Head, Value
from anonymizer.errors import (
    DamagedError,
    KeyStoreError,
    LockedError,
    NoKeyStoreError,
    OutputError,
    RolledBackError,
    ShredError,
    UnfinishedError,
)
from anonymizer.keystore import container, links, originals, people
from anonymizer.keystore.document import Document, from_bytes, to_bytes
from anonymizer.keystore.fs import Fs, RealFs, guarded
from anonymizer.keystore.identity import load_identity
from anonymizer.keystore.known import check_fields
from anonymizer.keystore.pin import Pin, PinFile, default_state
from anonymizer.keystore.shred import ShredFile, Slot
from anonymizer.keystore.update import apply_update
from anonymizer.keystore.view import KeyView, TranscriptLink, Update
from anonymizer.roster import Person, Roster
from anonymizer.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from pyrage import x25519

STORE = "study.key"
LOCK = ".lock"
TEMPORARY = ".tmp-study.key"
Clock = Callable[[], datetime.datetime]
Random = Callable[[int], bytes]
Entry = tuple[str, Mapping[str, Value]]


def utc_now() -> datetime.datetime:
    """The default clock."""
    return datetime.datetime.now(datetime.UTC)


def stamp(clock: Clock) -> str:
    """The time as log lines have it."""
    return clock().astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """An open key store; holds its lock until closed. Made by :func:`open_store`.

    Attributes:
        study: The study it belongs to.
        keys: Folder of study.key.
        notices: What was repaired or remarked on opening, in sentences for people.
        holder_id: Who opened it.
    """

    def __init__(
        self,
        study: Study,
        keys: Path,
        shred: Path,
        identity: x25519.Identity,
        *,
        state: Path,
        clock: Clock,
        random: Random,
        fs: Fs,
        repair: bool = True,
    ) -> None:
        self.study = study
        self.keys = keys
        self.fs = fs
        self.clock = clock
        self.random = random
        self.notices: tuple[str, ...] = ()
        self._path = keys / STORE
        self._identity = identity
        self._shred = ShredFile(shred, fs, random)
        self._pin = PinFile(state, study.settings.id, fs)
        self._broken = False
        self._resources = ExitStack()
        try:
            with guarded(self._path, "cannot be opened"):
                self._resources.enter_context(fs.lock(keys / LOCK))
            self._open(repair)
        except BaseException:
            self._resources.close()
            raise

    def __repr__(self) -> str:
        return "Store()"

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("the key is not pickled")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back; the store cannot be used afterwards."""
        self._broken = True
        self._resources.close()

    # --- opening

    def _open(self, repair: bool) -> None:
        self._raw = self._read_store()
        slots = self._shred.read()
        self._slot, inner = _open_outer(self._raw, slots)
        self._document = from_bytes(container.open_inner(inner, self._identity))
        if self._document.study != self.study.settings.id:
            raise DamagedError("this key store belongs to another study")
        self._signing_key()
        self._check_pin()
        self._tail, self._offset, ahead = self._check_log()
        self._dangling = ahead
        unfinished = [f"{slot}" for slot in self._unfinished(slots)]
        if unfinished and not repair:
            raise UnfinishedError(
                f"unfinished operation found: {'; '.join(unfinished)}", hint="any other key command finishes it"
            )
        self._repair(slots)

    def _unfinished(self, slots: tuple[Slot, ...]) -> list[str]:
        found = []
        if len(slots) > 1:
            found.append("a replacement of the shred secret")
        if self._dangling:
            found.append(f"{self._dangling} logged without effect")
        if self._document.pending:
            found.append("a withdrawal")
        if self.fs.exists(self.keys / TEMPORARY):
            found.append("a half-written file")
        return found

    def _repair(self, slots: tuple[Slot, ...]) -> None:
        notices = []
        temporary = self.keys / TEMPORARY
        if self.fs.exists(temporary):
            with guarded(temporary, "cannot be removed"):
                self.fs.unlink(temporary)
            notices.append("a half-written file of an interrupted save was removed")
        for slot in slots:
            if slot.index != self._slot.index:
                # what was read may not be durable yet: a power cut after the wipe must not bring back a store that
                # only the wiped secret opens
                with guarded(self._path):
                    self.fs.fsync(self._path)
                    self.fs.fsync_folder(self.keys)
                self._shred.wipe(slot.index)
                finished = slot.counter < self._slot.counter
                notices.append(
                    "an interrupted replacement of the shred secret was finished"
                    if finished
                    else "an interrupted replacement of the shred secret was undone; run the command again"
                )
        if self._pin_missing:
            notices.append("first use on this computer: it cannot tell whether the key store is the newest")
        if self._dangling:
            lines = self._dangling
            self.commit(self._document, [])
            notices.append(f"{lines} logged act(s) of an interrupted command had no effect; the log says so")
        self.notices = (*self.notices, *notices)

    def _read_store(self) -> bytes:
        if not self.fs.exists(self._path):
            raise NoKeyStoreError("there is no key store in the folder remembered for it", hint="anonymizer key init")
        with guarded(self._path, "cannot be read"):
            return self.fs.read(self._path, container.MAX_STORE)

    def _signing_key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        recipient = str(self._identity.to_public())
        for key, holder in self._document.holders.items():
            if holder.recipient == recipient:
                self.holder_id = key
                try:
                    seed = container.decrypt(base64.b64decode(holder.sign, validate=True), self._identity)
                    signer = Ed25519PrivateKey.from_private_bytes(seed)
                except (ValueError, container.NoMatch):
                    raise DamagedError("this holder's signing key is damaged") from None
                public = signer.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
                if public.hex() != holder.public:
                    raise DamagedError("this holder's signing key is not the one the log knows")
                return signer
        raise DamagedError("the key store opens for this identity but does not list it")

    def _check_pin(self) -> None:
        pin = self._pin.read()
        self._pin_missing = pin is None
        if pin is None:
            return
        here = Pin(self._document.generation, self._document.log)
        if pin.generation > here.generation or (pin.generation == here.generation and pin != here):
            raise RolledBackError(
                f"the key store is older than this computer saw before "
                f"(generation {here.generation}, seen {pin.generation})",
                hint="find the newest copy; an older one may lack pseudonyms that outputs show",
            )

    def _check_log(self) -> tuple[Head, int, int]:
        """The log's end, its offset, and how many lines follow the head that the store knows."""
        head = self._document.log
        path = self.study.log
        if not self.fs.exists(path):
            raise DamagedError("the log is missing", file=path, hint="restore audit/ from a copy of the study folder")
        with guarded(path, "cannot be read"):
            data = self.fs.read(path, audit_log.MAX_LOG)
        lines, problems, _ = audit_log.parse_log(data)
        if problems:
            raise DamagedError("is damaged", file=path, line=problems[0][0], hint="anonymizer key verify")
        if len(lines) < head.seq:
            raise DamagedError(
                f"the log ends at line {len(lines)} but the key store knows line {head.seq}",
                file=path,
                hint="restore audit/log.jsonl from a copy",
            )
        if lines[head.seq - 1].head != head:
            raise DamagedError("is another log than the key store knows", file=path, line=head.seq)
        self._check_after(lines[head.seq :], head)
        last = lines[-1]
        return last.head, last.end, len(lines) - head.seq

    def _check_after(self, lines: Sequence[audit_log.Line], head: Head) -> None:
        path = self.study.log
        verifiers = {key: audit_log.verifier(holder.public) for key, holder in self._document.holders.items()}
        for line in lines:
            check = verifiers.get(line.who)
            signed = check is not None and check(line.sig, audit_log.DOMAIN + line.signed)
            if line.seq != head.seq + 1 or line.prev != head.digest or not signed:
                raise DamagedError("does not follow or is not signed by a holder", file=path, line=line.seq)
            if line.gen > self._document.generation + 1:
                # a crash leaves lines of the one save that did not happen; later ones were saved by a newer store
                raise RolledBackError("the key store is older than its log", hint="find the newest copy of study.key")
            if line.act == "destroy":
                raise UnfinishedError(
                    "the destruction of this key was begun and not finished",
                    hint="anonymizer key destroy finishes it; anonymizer key verify says what is left",
                )
            head = line.head

    # --- saving

    @property
    def document(self) -> Document:
        """The document as saved last."""
        return self._document

    @property
    def shred_path(self) -> Path:
        """Where the shred secret lies."""
        return self._shred.path

    @property
    def slot(self) -> Slot:
        """The live shred secret."""
        return self._slot

    @property
    def shred(self) -> ShredFile:
        """The shred file."""
        return self._shred

    @property
    def pin(self) -> PinFile:
        """This computer's pin."""
        return self._pin

    @property
    def raw(self) -> bytes:
        """The sealed bytes as they lie on the disk."""
        return self._raw

    def _lines(self, entries: Iterable[Entry], generation: int) -> tuple[bytes, Head]:
        """Signed lines after the log's end, and the head after them; nothing is written."""
        signer = self._signing_key()
        head, data = self._tail, b""
        for act, fields in entries:
            check_fields(fields, self._document)
            line, head = audit_log.make_line(
                head, time=stamp(self.clock), act=act, who=self.holder_id, gen=generation, data=fields, key=signer
            )
            data += line
        return data, head

    def append(self, data: bytes, head: Head) -> None:
        """Write prepared lines at the log's end, durably; the store knows them after the next :meth:`commit`."""
        path = self.study.log
        with guarded(path):
            self.fs.append(path, self._offset, data)
            self.fs.fsync(path)
        self._dangling += head.seq - self._tail.seq
        self._tail, self._offset = head, self._offset + len(data)

    def commit(self, document: Document, entries: Iterable[Entry], *, replace_shred: bool = False) -> None:
        """Save once, with its log lines.

        Raises:
            LockedError: Somebody saved since this store was opened.
            OutputError: The system refused; the old state is whole.
            DamagedError: What was written reads back differently; the old state is whole.
        """
        if self._broken:
            raise KeyStoreError("the key store is closed, or a save failed at its last step", hint="try again")
        if hashlib.sha256(self._read_store()).digest() != hashlib.sha256(self._raw).digest():
            raise LockedError("somebody saved the key store since it was opened", hint="try again")
        all_entries = list(entries)
        if self._dangling:
            first = self._tail.seq - self._dangling + 1
            all_entries.insert(0, ("unfinished", {"first": first, "lines": self._dangling}))
        generation = self._document.generation + 1
        lines, head = self._lines(all_entries, generation)
        saved = replace(document, generation=generation, log=head)
        slot = self._shred.next(self._slot) if replace_shred else self._slot
        # in memory first: a document that cannot be written must not leave a line that says it was
        body = to_bytes(saved)
        raw = container.seal(body, [holder.recipient for holder in saved.holders.values()], slot.recipient)
        self.append(lines, head)
        if replace_shred:
            self._shred.write(slot)
        self._write(raw, body, slot, saved)
        old, self._slot = self._slot, slot
        self._raw, self._document, self._dangling = raw, saved, 0
        try:
            with guarded(self._path):
                self.fs.fsync_folder(self.keys)
            if replace_shred:
                self._shred.wipe(old.index)
        except BaseException:
            # the new state may or may not survive a power cut; only a fresh opening can tell and repair
            self._broken = True
            raise
        try:
            self._pin.write(Pin(generation, head))
        except OutputError:
            self.notices = (*self.notices, "this computer's pin could not be written; a rollback might go unseen")

    def _write(self, raw: bytes, body: bytes, slot: Slot, saved: Document) -> None:
        temporary = self.keys / TEMPORARY
        with guarded(self._path):
            if self.fs.exists(temporary):
                self.fs.unlink(temporary)
            try:
                self.fs.create(temporary, raw)
                self.fs.fsync(temporary)
                self._compare(self.fs.read(temporary, container.MAX_STORE), body, slot, saved)
                self.fs.replace(temporary, self._path)
            except BaseException:
                originals.quiet_unlink(self.fs, temporary)
                raise

    def _compare(self, back: bytes, body: bytes, slot: Slot, saved: Document) -> None:
        """Open what was written; for a holder who removes herself the inner layer stays shut, as it should."""
        inner = container.open_outer(back, slot.identity)
        mine = str(self._identity.to_public())
        still = any(holder.recipient == mine for holder in saved.holders.values())
        if still and container.open_inner(inner, self._identity) != body:
            raise DamagedError("what was written reads back differently")

    # --- what the pipeline and the commands do with it

    def view(self) -> KeyView:
        """The key as frozen values."""
        return self._document.view(self._document.holders[self.holder_id].label)

    def update(self, update: Update) -> KeyView:
        """Save new assignments, links and log lines in one save, sealed originals before it.

        Originals are durable before the save, and outputs are written after it, so no crash loses a pseudonym that an
        output shows.

        Raises:
            KeyStoreError: A pseudonym is taken, or an id or code is unknown. Nothing was saved.
        """
        document, sealed = apply_update(self._document, update, self.random)
        for transcript, texts in sealed:
            key = self._document_key(document, transcript)
            originals.write(self.fs, self.keys, transcript, key, texts)
        entries: list[Entry] = [(act, dict(fields)) for act, fields in update.log]
        self.commit(document, entries or [("update", {"entities": len(update.entities), "links": len(update.links)})])
        return self.view()

    @staticmethod
    def _document_key(document: Document, transcript: str) -> str:
        return document.transcripts[transcript].key

    def originals(self, code: str) -> dict[str, str]:
        """Sealed originals of a transcript by its code: decision id -> text.

        Raises:
            KeyStoreError: No such transcript, or nothing sealed.
        """
        for transcript, sealed in self._document.transcripts.items():
            if sealed.link.code == code:
                return originals.read(self.fs, self.keys, transcript, sealed.key)
        raise KeyStoreError("no such transcript in the key store")

    def log(self, action: str, **fields: Value) -> None:
        """Log an act that changes nothing in the key itself; one save."""
        self.commit(self._document, [(action, fields)])

    def count(self, name: str, action: str, more: int = 1, **fields: Value) -> None:
        """Raise a count (``exports``, ``readings``) that the certificate will show, and log the act."""
        self.commit(self._document.with_count(name, more), [(action, fields)])

    def import_roster(self, roster: Roster) -> people.ImportCounts:
        """See :func:`anonymizer.keystore.people.import_roster`; saved once."""
        document, counts = people.import_roster(self._document, roster, self.random)
        fields = {"added": counts.added, "updated": counts.updated, "unchanged": counts.unchanged}
        self.commit(document, [("participants-import", fields)])
        return counts

    def add_person(self, person: Person) -> str:
        """Add one person; the code given, or the random id of one without a code."""
        document, code = people.add(self._document, person, self.random)
        self.commit(document, [("participants-add", {"code": code})])
        return code

    def edit_person(self, code: str, person: Person) -> None:
        """Replace what is known of somebody."""
        self.commit(people.edit(self._document, code, person), [("participants-edit", {"code": code})])

    def link(
        self,
        transcript: str,
        codes: str | Sequence[str],
        session: int | None = None,
        speakers: Iterable[tuple[str, str, str]] = (),
    ) -> TranscriptLink:
        """Tie a received file to ``P07`` or, for a group, ``P07,P08``; see :func:`anonymizer.keystore.links.link`."""
        wanted = links.parse_codes(codes) if isinstance(codes, str) else tuple(codes)
        document, made = links.link(self._document, transcript, wanted, session, speakers)
        if document != self._document:
            self.commit(document, [("participants-link", {"transcript": made.code, "speakers": len(made.speakers)})])
        return made

    def set_speakers(self, transcript: str, speakers: Iterable[tuple[str, str, str]]) -> TranscriptLink:
        """Add (label, role, code) rows to a transcript's speaker map."""
        document, made = links.set_speakers(self._document, transcript, speakers)
        self.commit(document, [("participants-link", {"transcript": made.code, "speakers": len(made.speakers)})])
        return made

    def unlink(self, transcript: str) -> TranscriptLink:
        """Undo a tie made by mistake, before the transcript was run."""
        document, gone = links.unlink(self._document, transcript)
        self.commit(document, [("participants-unlink", {"transcript": gone.code})])
        return gone


def _open_outer(raw: bytes, slots: tuple[Slot, ...]) -> tuple[Slot, bytes]:
    """The slot that opens the store, newest first."""
    if not slots:
        raise ShredError(
            "the shred file holds no secret any more",
            hint="the key was destroyed, or restore the secret: anonymizer key paper --restore",
        )
    failure: ShredError | None = None
    for slot in slots:
        try:
            return slot, container.open_outer(raw, slot.identity)
        except ShredError as error:
            failure = error
    assert failure is not None  # noqa: S101
    raise failure


def places(study: Study, identity: Path | None = None) -> tuple[Path, Path, Path]:
    """Where this computer keeps the key store's folder, the shred secret and the user's identity file.

    Raises:
        NoKeyStoreError: No key store is remembered on this computer.
        KeyStoreError: No identity is remembered and none was given.
    """
    local = study.local()
    if local.keys is None or local.shred is None:
        raise NoKeyStoreError(
            "no key store is remembered for this study on this computer",
            hint="anonymizer key init; on a second computer use run --prepare, which needs no key",
        )
    if identity is None and local.identity is None:
        raise KeyStoreError("no identity is remembered on this computer", hint="--identity FILE")
    return Path(local.keys), Path(local.shred), identity or Path(str(local.identity))


def open_store(
    study: Study,
    *,
    identity: Path | None = None,
    passphrase: Callable[[], str] | None = None,
    clock: Clock = utc_now,
    random: Random = secrets.token_bytes,
    state: Path | None = None,
    fs: Fs | None = None,
    repair: bool = True,
) -> Store:
    """Open the study's key store and hold its lock until closed.

    Args:
        study: The study; where the files lie is remembered in its private/local.toml.
        identity: The holder's identity file, by default the remembered one.
        passphrase: Called only if the identity file has one.
        clock: Now, for log lines.
        random: Source of random bytes for ids.
        state: Folder of this computer's pin.
        fs: File system, for tests.
        repair: False: raise :class:`UnfinishedError` instead of finishing an interrupted operation.

    Raises:
        NoKeyStoreError: 10, none there.
        LockedError: 11, in use.
        NotAHolderError: 12, wrong passphrase or a stranger.
        DamagedError: 13, store or log damaged or forged.
        RolledBackError: 14, older than this computer saw, or older than its log.
        ShredError: 15, shred secret missing or not fitting.
        UnfinishedError: 16, see ``repair``; or a destruction was begun.
    """
    fs = fs or RealFs()
    keys, shred, identity_file = places(study, identity)
    if not fs.exists(keys / STORE):
        destroyed = (study.audit / "certificate.json").exists()
        raise NoKeyStoreError(
            "the key of this study was destroyed; its certificate is in audit/"
            if destroyed
            else "there is no key store in the folder remembered for it",
            hint=None if destroyed else "insert its medium, or make one with anonymizer key init",
        )
    # a stranger must not be asked for a passphrase on behalf of a store that does not fit: check the outer layer first
    secret = ShredFile(shred, fs, random)
    with guarded(keys / STORE, "cannot be read"):
        _open_outer(fs.read(keys / STORE, container.MAX_STORE), secret.read())
    opened = load_identity(identity_file, passphrase, fs)
    return Store(
        study, keys, shred, opened, state=state or default_state(), clock=clock, random=random, fs=fs, repair=repair
    )
