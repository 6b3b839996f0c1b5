"""The key in the clear, as CSV: for depositing with somebody, or leaving this program. Counted for ever."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from anonymizer.errors import KeyStoreError
from anonymizer.keystore.document import Document, code_order
from anonymizer.keystore.fs import guarded
from anonymizer.keystore.known import check_text
from anonymizer.keystore.store import Store

HEADER = ("pseudonym", "kind", "names", "about", "transcripts")


def as_csv(document: Document) -> str:
    """Participants, interviewers, entities and transcripts, one a row."""
    rows: list[list[str]] = []
    for code, person in {**document.participants, **document.interviewers}.items():
        names = (person.name, *person.aliases, *((person.email,) if person.email else ()))
        tied = [s.link.code for s in document.transcripts.values() if code in s.link.participants]
        rows.append([code, person.role, "; ".join(names), "", " ".join(sorted(tied, key=code_order))])
    for entity in document.entities.values():
        rows.append(
            [
                entity.pseudonym,
                entity.entity_type,
                "; ".join(entity.forms),
                " ".join(entity.about),
                " ".join(entity.transcripts),
            ]
        )
    rows += [[gone, "withdrawn", "", "", ""] for gone in document.tombstones]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    rows.sort(key=lambda row: (code_order(row[0]), row[1]))
    writer.writerows(rows)
    return out.getvalue()


def export(store: Store, target: Path, reason: str) -> int:
    """Write the key in the clear to a new file, mode 0600; logged and counted before the file is written.

    Raises:
        KeyStoreError: No reason, one that holds a name, or the target lies in the study folder.
        OutputError: The name is taken, or the system refused.
    """
    if not reason.strip():
        raise KeyStoreError("an export needs a reason", hint="--reason TEXT, without names")
    check_text(reason, store.document, "the reason")
    if target.resolve().is_relative_to(store.study.folder.resolve()):
        raise KeyStoreError("an export may not lie in the study folder", hint="the study folder is copied and shared")
    if store.fs.exists(target):
        raise KeyStoreError("the file exists", file=target, hint="name a new file")
    text = as_csv(store.document)
    store.count("exports", "export", reason=reason.strip())
    with guarded(target):
        store.fs.create(target, text.encode())
        store.fs.fsync(target)
    return text.count("\n") - 1
