"""What a study's folders and key say about the transcripts of its recordings."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Literal

from anonymizer.errors import ReviewError
from anonymizer.keystore.view import KeyView, TranscriptLink
from anonymizer.recordings import machine
from anonymizer.recordings.model import STATES, RecordingRecord
from anonymizer.recordings.operations import Registry, follow
from anonymizer.retention import Due, Event, Item, load_retention, standing
from anonymizer.study import Study

# states that are events of the retention clocks as well
_EVENTS: tuple[Literal["transcript-received"], Literal["reviewed"], Literal["anonymized"]] = (
    "transcript-received",
    "reviewed",
    "anonymized",
)


def study_facts(study: Study, links: Iterable[TranscriptLink]) -> machine.Facts:
    """Which transcripts are received, approved and released now.

    Received: prepared from the linked file, which is or was there. Approved: as many people signed exactly the present
    decisions as the study asks for. Released: its files are in anonymized/.
    """
    from anonymizer.review import marks as marks_store
    from anonymizer.review.approvals import is_approved
    from anonymizer.review.events import apply, load

    received, approved, released = set(), set(), set()
    # a study with optional review still promised that the transcripts are looked at before the audio goes
    need = 2 if study.settings.release.review == "two" else 1
    for link in links:
        received.add(link.code)
        try:
            marks = apply(marks_store.load(study.review, link.transcript), load(study.review, link.transcript))
            if marks.code == link.code and is_approved(study, marks, need):
                approved.add(link.code)
        except ReviewError:
            # nothing prepared, or damaged: not approved, so nothing is deleted on its account
            continue
        if study.anonymized.is_dir() and any(study.anonymized.glob(f"{link.code}.*")):
            released.add(link.code)
    return machine.Facts(frozenset(received), frozenset(approved), frozenset(released))


def deletion_days(study: Study) -> int | None:
    """Days from ``anonymized`` to ``deletion-due`` by the study's retention policy; None: never by itself."""
    clock = load_retention(study.settings.retention, study.rules).clock("recording")
    return clock.days if clock.start == "anonymized" else None


def follow_study(
    study: Study, view: KeyView, registry: Registry, time: datetime.datetime | None = None
) -> tuple[RecordingRecord, ...]:
    """Let every recording take the steps that are due; those that moved are returned."""
    if not registry.recordings():
        return ()
    facts = study_facts(study, view.links)
    return follow(registry, facts, days=deletion_days(study), time=time or machine.now())


def standings(study: Study, records: Iterable[RecordingRecord], today: datetime.date | None = None) -> tuple[Due, ...]:
    """Where the recordings' clocks stand."""
    policy = load_retention(study.settings.retention, study.rules)
    items = []
    for record in records:
        events: dict[Event, datetime.date] = {"recording-received": _day(record.steps[0].time)}
        for state in _EVENTS:
            since = record.since(state)
            # a state that was left again by a step back does not count
            if since is not None and STATES.index(record.state) >= STATES.index(state):
                events[state] = _day(since)
        items.append(Item("recording", record.id, events, bool(record.holds), record.state == "deleted"))
    return standing(policy, items, today or datetime.datetime.now(datetime.UTC).date())


def _day(stamp: str) -> datetime.date:
    return machine.parse_stamp(stamp).date()
