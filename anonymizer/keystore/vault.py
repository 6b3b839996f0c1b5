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
from anonymizer.keystore import container, originals
from anonymizer.keystore.codec import from_bytes, to_bytes
from anonymizer.keystore.document import Document
from anonymizer.keystore.fs import Fs, guarded
from anonymizer.keystore.known import check_fields
from anonymizer.keystore.pin import Pin, PinFile
from anonymizer.keystore.shred import ShredFile, Slot
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


class Vault:
    """An open key store; holds its lock until closed. Base of :class:`anonymizer.keystore.store.Store`.

    Attributes:
        study: The study it belongs to.
        keys: Folder of study.key.
        notices: What was repaired or remarked on opening, in sentences for people.
        holder_id: Who opened it.
        destruction_begun: The log ends with a ``destroy`` line; only possible where ``destroying`` was asked for.
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
        destroying: bool = False,
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
        self._destroying = destroying
        self.destruction_begun = False
        self._resources = ExitStack()
        try:
            with guarded(self._path, "cannot be opened"):
                self._resources.enter_context(fs.lock(keys / LOCK))
            self._open(repair)
        except BaseException:
            self._resources.close()
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

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
        self._slot, inner = open_outer(self._raw, slots)
        self._document = from_bytes(container.open_inner(inner, self._identity))
        if self._document.study != self.study.settings.id:
            raise DamagedError("this key store belongs to another study")
        self.signer()
        self._check_pin()
        self._tail, self._offset, ahead = self._check_log()
        self._dangling = ahead
        unfinished = self._unfinished(slots)
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
        if self.destruction_begun:
            # nothing may follow the destroy line
            self.notices = (*self.notices, *notices)
            return
        if self._document.pending:
            from anonymizer.keystore.effects import finish

            self.sweep()
            for withdrawal in self._document.pending:
                finish(self.study, withdrawal)
                notices.append(f"the withdrawal of {withdrawal.code} was interrupted; its files are removed now")
            self.commit(replace(self._document, pending=()), [("withdraw-files", {"resumed": True})])
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

    def signer(self) -> Ed25519PrivateKey:
        """This holder's signing key, opened with the holder's identity."""
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
            if line.act == "destroy" and self._destroying:
                self.destruction_begun = True
            elif line.act == "destroy":
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
        signer = self.signer()
        head, data = self._tail, b""
        for act, fields in entries:
            check_fields(fields, self._document)
            line, head = audit_log.make_line(
                head, time=stamp(self.clock), act=act, who=self.holder_id, gen=generation, data=fields, key=signer
            )
            data += line
        return data, head

    @property
    def tail(self) -> Head:
        """The log's last line."""
        return self._tail

    def append_line(self, act: str, fields: Mapping[str, Value]) -> None:
        """Log an act that no save follows, at the present generation: ``destroy``."""
        self.append(*self._lines([(act, fields)], self._document.generation))

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

    def sweep(self) -> int:
        """Unlink sealed originals that no data key opens any more."""
        known = {transcript: sealed.key for transcript, sealed in self._document.transcripts.items()}
        return originals.sweep(self.fs, self.keys, known)


def open_outer(raw: bytes, slots: tuple[Slot, ...]) -> tuple[Slot, bytes]:
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


def opens_with(fs: Fs, keys: Path, secret: x25519.Identity) -> bool:
    """True if a shred secret opens the outer layer of the store in this folder."""
    try:
        container.open_outer(fs.read(keys / STORE, container.MAX_STORE), secret)
    except ShredError:
        return False
    return True
