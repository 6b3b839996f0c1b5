"""Received transcripts sealed under their data keys, and the end of sealed originals while the key goes on."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath

from anonymizer import files
from anonymizer.errors import KeyStoreError
from anonymizer.keystore import originals
from anonymizer.keystore.document import Document, code_order
from anonymizer.keystore.effects import received
from anonymizer.keystore.rotate import Replaced, replace_secret
from anonymizer.keystore.store import Store
from anonymizer.keystore.vault import Entry

FILE, NAME = "file", "name"


def wanted(document: Document, codes: Iterable[str]) -> dict[str, str]:
    """Transcript id -> code of those named, or of all.

    Raises:
        KeyStoreError: A code is unknown.
    """
    table = {sealed.link.code: transcript for transcript, sealed in document.transcripts.items()}
    chosen = list(codes) or sorted(table, key=code_order)
    for code in chosen:
        if code not in table:
            raise KeyStoreError("no such transcript in the key store", hint="anonymizer participants list")
    return {table[code]: code for code in chosen}


def seal_received(store: Store, codes: Iterable[str]) -> int:
    """Seal received files beside the originals of what was replaced in them, then remove the plain files.

    Each is sealed, read back and logged before it is removed.

    Raises:
        KeyStoreError: A code is unknown.
        OutputError: The system refused; the plain file is still there.
    """
    chosen = wanted(store.document, codes)
    found = received(store.study, set(chosen))
    for transcript, path in found:
        sealed = store.document.transcripts[transcript]
        data = path.read_bytes()
        texts = {FILE: base64.b64encode(data).decode("ascii"), NAME: path.name}
        originals.write(store.fs, store.keys, transcript, sealed.key, texts, kind=originals.RECEIVED)
        if originals.read(store.fs, store.keys, transcript, sealed.key, kind=originals.RECEIVED) != texts:
            raise KeyStoreError("what was sealed reads back differently, so the file stays")
    if found:
        store.log("originals-seal", transcripts=" ".join(sorted({chosen[t] for t, _ in found}, key=code_order))[:1000])
    for _, path in found:
        files.remove(path)
    return len(found)


def restore_received(store: Store, code: str) -> Path:
    """Put a sealed received file back into private/received/; logged. The sealed one stays.

    Raises:
        KeyStoreError: It was not sealed, or a file of that name is there.
    """
    (transcript,) = wanted(store.document, [code])
    key = store.document.transcripts[transcript].key
    if not store.fs.exists(originals.path_of(store.keys, transcript, key, originals.RECEIVED)):
        raise KeyStoreError(f"the received file of {code} is not sealed")
    texts = originals.read(store.fs, store.keys, transcript, key, kind=originals.RECEIVED)
    target = store.study.received / PurePath(texts[NAME]).name
    if target.exists():
        raise KeyStoreError("a received file of that name is there already", file=target)
    store.count("readings", "originals-restore", transcript=code)
    files.write_atomic(target, base64.b64decode(texts[FILE]))
    return target


def destroy_originals(store: Store, codes: Iterable[str]) -> tuple[int, Replaced]:
    """Give the transcripts fresh data keys; what was sealed under the old ones is dropped, and older stores closed.

    Raises:
        KeyStoreError: A code is unknown.
    """
    chosen = wanted(store.document, codes)
    table = dict(store.document.transcripts)
    count = 0
    for transcript in chosen:
        key = table[transcript].key
        kinds = ("", originals.RECEIVED)
        count += any(store.fs.exists(originals.path_of(store.keys, transcript, key, kind)) for kind in kinds)
        table[transcript] = replace(table[transcript], key=originals.new_key())
    entry: Entry = ("originals-destroy", {"transcripts": len(chosen), "sealed": count})
    replaced = replace_secret(store, replace(store.document, transcripts=table), [entry])
    store.sweep()
    return count, replaced


def sealed_of(store: Store) -> list[tuple[str, int, bool]]:
    """(code, number of sealed originals, whether the received file is among them), in the order of codes."""
    rows = []
    for transcript, sealed in store.document.transcripts.items():
        count = 0
        if store.fs.exists(originals.path_of(store.keys, transcript, sealed.key)):
            count = len(originals.read(store.fs, store.keys, transcript, sealed.key))
        file = store.fs.exists(originals.path_of(store.keys, transcript, sealed.key, originals.RECEIVED))
        rows.append((sealed.link.code, count, file))
    return sorted(rows, key=lambda row: code_order(row[0]))
