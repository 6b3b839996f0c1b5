"""The open key store as the pipeline and the commands use it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from anonymizer.audit.log import Value
from anonymizer.errors import KeyStoreError, NoKeyStoreError
from anonymizer.keystore import container, links, originals, people
from anonymizer.keystore.fs import Fs, RealFs, guarded
from anonymizer.keystore.identity import load_identity
from anonymizer.keystore.pin import default_state
from anonymizer.keystore.shred import ShredFile
from anonymizer.keystore.update import apply_update
from anonymizer.keystore.vault import STORE, Clock, Entry, Random, Vault, open_outer, utc_now
from anonymizer.keystore.view import KeyView, TranscriptLink, Update
from anonymizer.roster import Person, Roster
from anonymizer.study import Study


class Store(Vault):
    """An open key store; holds its lock until closed. Made by :func:`open_store`."""

    def view(self) -> KeyView:
        """The key as frozen values."""
        return self.document.view(self.document.holders[self.holder_id].label)

    def update(self, update: Update) -> KeyView:
        """Save new assignments, links and log lines in one save, sealed originals before it.

        Originals are durable before the save, and outputs are written after it, so no crash loses a pseudonym that an
        output shows.

        Raises:
            KeyStoreError: A pseudonym is taken, or an id or code is unknown. Nothing was saved.
        """
        document, sealed = apply_update(self.document, update, self.random)
        for transcript, texts in sealed:
            originals.write(self.fs, self.keys, transcript, document.transcripts[transcript].key, texts)
        entries: list[Entry] = [(act, dict(fields)) for act, fields in update.log]
        self.commit(document, entries or [("update", {"entities": len(update.entities), "links": len(update.links)})])
        return self.view()

    def originals(self, code: str) -> dict[str, str]:
        """Sealed originals of a transcript by its code: decision id -> text.

        Raises:
            KeyStoreError: No such transcript, or nothing sealed.
        """
        for transcript, sealed in self.document.transcripts.items():
            if sealed.link.code == code:
                return originals.read(self.fs, self.keys, transcript, sealed.key)
        raise KeyStoreError("no such transcript in the key store")

    def log(self, action: str, **fields: Value) -> None:
        """Log an act that changes nothing in the key itself; one save."""
        self.commit(self.document, [(action, fields)])

    def count(self, name: str, action: str, more: int = 1, **fields: Value) -> None:
        """Raise a count (``exports``, ``readings``) that the certificate will show, and log the act."""
        self.commit(self.document.with_count(name, more), [(action, fields)])

    def import_roster(self, roster: Roster) -> people.ImportCounts:
        """See :func:`anonymizer.keystore.people.import_roster`; saved once."""
        document, counts = people.import_roster(self.document, roster, self.random)
        fields = {"added": counts.added, "updated": counts.updated, "unchanged": counts.unchanged}
        self.commit(document, [("participants-import", fields)])
        return counts

    def add_person(self, person: Person) -> str:
        """Add one person; the code given, or the random id of one without a code."""
        document, code = people.add(self.document, person, self.random)
        self.commit(document, [("participants-add", {"code": code})])
        return code

    def edit_person(self, code: str, person: Person) -> None:
        """Replace what is known of somebody."""
        self.commit(people.edit(self.document, code, person), [("participants-edit", {"code": code})])

    def link(
        self,
        transcript: str,
        codes: str | Sequence[str],
        session: int | None = None,
        speakers: Iterable[tuple[str, str, str]] = (),
    ) -> TranscriptLink:
        """Tie a received file to ``P07`` or, for a group, ``P07,P08``; see :func:`anonymizer.keystore.links.link`."""
        wanted = links.parse_codes(codes) if isinstance(codes, str) else tuple(codes)
        document, made = links.link(self.document, transcript, wanted, session, speakers)
        if document != self.document:
            self.commit(document, [("participants-link", {"transcript": made.code, "speakers": len(made.speakers)})])
        return made

    def set_speakers(self, transcript: str, speakers: Iterable[tuple[str, str, str]]) -> TranscriptLink:
        """Add (label, role, code) rows to a transcript's speaker map."""
        document, made = links.set_speakers(self.document, transcript, speakers)
        self.commit(document, [("participants-link", {"transcript": made.code, "speakers": len(made.speakers)})])
        return made

    def unlink(self, transcript: str) -> TranscriptLink:
        """Undo a tie made by mistake, before the transcript was run."""
        document, gone = links.unlink(self.document, transcript)
        self.commit(document, [("participants-unlink", {"transcript": gone.code})])
        return gone


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
    destroying: bool = False,
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
        destroying: Open a store whose destruction was begun and cut off, to finish it.
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
        open_outer(fs.read(keys / STORE, container.MAX_STORE), secret.read())
    opened = load_identity(identity_file, passphrase, fs)
    return Store(
        study,
        keys,
        shred,
        opened,
        state=state or default_state(),
        clock=clock,
        random=random,
        fs=fs,
        repair=repair,
        destroying=destroying,
    )
