"""Recordings kept in the sealed document of the key store."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from anonymizer.errors import DamagedError, RecordingError
from anonymizer.recordings.model import RecordingRecord, from_document, to_document
from anonymizer.recordings.operations import Fields

if TYPE_CHECKING:
    from anonymizer.keystore.document import Recording
    from anonymizer.keystore.store import Store

_OWN = ("transcripts", "path", "digest", "size")


class SealedRecordings:
    """The registry of an open store: records and their log lines are saved at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recordings(self) -> tuple[RecordingRecord, ...]:
        """All records, in the order in which they were registered."""
        records = [unseal(id, value) for id, value in self._store.document.recordings.items()]
        return tuple(sorted(records, key=lambda r: (r.steps[0].time, r.id)))

    def put_recordings(self, records: Iterable[RecordingRecord], log: Iterable[tuple[str, Fields]]) -> None:
        """Save records and log lines.

        Raises:
            RecordingError: A hold's reason holds a known original.
        """
        from anonymizer.keystore.known import contains, forms

        document = self._store.document
        changed = {record.id: record for record in records}
        reasons = " ".join(hold.reason for record in changed.values() for hold in record.holds)
        # sealed, but shown on screens: the rule for what people type is the same everywhere
        if contains(reasons, forms(document)):
            raise RecordingError("the reason holds a known name", hint="use codes and pseudonyms")
        sealed = {id: seal(record) for id, record in changed.items()}
        self._store.commit(replace(document, recordings={**document.recordings, **sealed}), log)


def seal(record: RecordingRecord) -> Recording:
    """As the sealed document keeps it."""
    from anonymizer.keystore.document import Recording

    whole = to_document(record)
    rest = {name: value for name, value in whole.items() if name not in (*_OWN, "id")}
    facts = tuple((name, json.dumps(value, ensure_ascii=False, sort_keys=True)) for name, value in sorted(rest.items()))
    return Recording(record.transcripts, record.path, record.digest, record.size, record.state, facts)


def unseal(id: str, value: Recording) -> RecordingRecord:
    """Read what :func:`seal` made.

    Raises:
        DamagedError: It is not what it made.
    """
    try:
        rest = {name: json.loads(text) for name, text in value.facts}
    except ValueError:
        raise DamagedError("a recording's entry in the key store is damaged") from None
    own = {name: getattr(value, name) for name in _OWN}
    record = from_document({"id": id, **own, **rest})
    if record.state != value.state:
        raise DamagedError("a recording's entry in the key store is damaged")
    return record
