"""From a study and its opened key to the facts of a report."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from anonymizer._version import __version__
from anonymizer.audit.check import Examined
from anonymizer.audit.facts import AgreementFacts, KeyFacts, ReportFacts, TranscriptFacts
from anonymizer.audit.measures import Measures, load_measures
from anonymizer.audit.risk import mosaics, said, small_cells
from anonymizer.audit.sampling import interval
from anonymizer.errors import ReviewError
from anonymizer.recordings.media import RecordingFinding, check
from anonymizer.recordings.model import RecordingRecord
from anonymizer.retention import Due, Event, Item, load_retention, standing
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store

# acts that open the key to somebody's eyes
READINGS = ("lookup", "select", "participants-list", "originals-restore")
_REPLACING = ("rotate", "withdraw", "holder-remove", "originals-destroy")


def gather(study: Study, store: Store, examined: Examined, *, time: datetime.datetime | None = None) -> ReportFacts:
    """Everything a report says about a study whose key is open. Nothing is changed."""
    from anonymizer.policy.load import load_policy
    from anonymizer.protocol.document import read_protocol
    from anonymizer.recordings.sealed import SealedRecordings

    time = time or datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    view = store.view()
    measures: Measures = load_measures(study.audit)
    records = SealedRecordings(store).recordings()
    policy = load_policy(study.settings.policy, study.rules)
    people = {link.code: link.participants for link in view.links}
    marks = [t.marks for t in examined.transcripts if t.marks is not None]
    attributes = examined.attributes
    holders = said_about(study, examined)
    return ReportFacts(
        study=study.settings.id,
        title=study.settings.title,
        ends_on=study.settings.ends_on,
        time=time,
        version=__version__,
        policy=policy.name,
        policy_digest=policy.digest[:16],
        review=study.settings.release.review,
        protocol=read_protocol(study.protocol),
        transcripts=_initials(examined.transcripts, store),
        retention=load_retention(study.settings.retention, study.rules),
        due=standings(study, records, examined.transcripts, time.date()),
        log=examined.log,
        outputs=examined.outputs,
        key=key_facts(store, examined),
        recordings=records,
        recording_findings=recording_findings(study, store, records),
        agreement=agreement_facts(study, view_transcripts(store)),
        sample=measures.sample,
        planted=measures.planted,
        second_look=measures.second_look,
        combinations=small_cells(attributes) if attributes else None,
        said=None if holders is None else said(holders),
        mosaics=mosaics(marks, people, attributes),
        originals_present=bool(examined.contents) or any(study.received.iterdir())
        if study.received.is_dir()
        else False,
    )


def view_transcripts(store: Store) -> tuple[str, ...]:
    """Ids of the linked transcripts."""
    return tuple(link.transcript for link in store.view().links)


def recording_findings(study: Study, store: Store, records: Iterable[RecordingRecord]) -> tuple[RecordingFinding, ...]:
    """What does not fit between the register, the transcripts and the files; nothing if no recording is registered."""
    records = tuple(records)
    view = store.view()
    if not records and not (study.recordings.is_dir() and any(study.recordings.iterdir())):
        return ()
    codes = [link.code for link in view.links]
    return check(records, transcripts=codes, folder=study.recordings, secret=view.secret)


def key_facts(store: Store, examined: Examined) -> KeyFacts:
    """The key's life, from the store and the log."""
    document = store.document
    counts = examined.log.counts
    medium = {name: value for name, value in document.medium.items() if name in ("filesystem", "rotational")}
    current = max((paper.counter for paper in document.papers), default=0)
    return KeyFacts(
        generation=document.generation,
        holders=len(document.holders),
        readings=document.counts.get("readings", 0),
        openings=len({(line.who, line.gen) for line in examined.lines}),
        exports=document.counts.get("exports", 0),
        rotations=sum(counts.get(act, 0) for act in _REPLACING),
        papers=sum(paper.copies for paper in document.papers if paper.counter == current == store.slot.counter),
        withdrawn=counts.get("withdraw", 0),
        medium=", ".join(
            f"{'magnetic disk' if value == 'yes' else 'solid-state device'}"
            if name == "rotational" and value in ("yes", "no")
            else f"{name} {value}"
            for name, value in sorted(medium.items())
        ),
        warnings=tuple(value for name, value in sorted(document.medium.items()) if name.startswith("warning")),
    )


def readers(store: Store, examined: Examined) -> list[tuple[str, str, int]]:
    """(holder's label, act, times) of every act that showed names, most first; holders removed by their id."""
    labels = {id: holder.label for id, holder in store.document.holders.items()}
    counts: dict[tuple[str, str], int] = {}
    for line in examined.lines:
        if line.act in READINGS or line.act == "export":
            key = labels.get(line.who, line.who), line.act
            counts[key] = counts.get(key, 0) + 1
    return sorted(((who, act, n) for (who, act), n in counts.items()), key=lambda row: (-row[2], row[0], row[1]))


def agreement_facts(study: Study, transcripts: Iterable[str]) -> AgreementFacts | None:
    """How far two people agreed who decided apart; None if no transcript was submitted by two.

    Raises:
        ReviewError: A file of decisions is damaged.
    """
    from anonymizer.review import marks as marks_store
    from anonymizer.review.combine import by_reviewer, pooled
    from anonymizer.review.events import in_force, load

    pairs = []
    read = set()
    for transcript in transcripts:
        everyone = by_reviewer(load(study.review, transcript))
        names = sorted(name for name, own in everyone.items() if any(e.op == "submit" for e in in_force(own)))
        if len(names) < 2:
            continue
        marks = marks_store.load(study.review, transcript)
        read.add(transcript)
        pairs += [(marks, everyone[a], everyone[b]) for i, a in enumerate(names) for b in names[i + 1 :]]
    if not pairs:
        return None
    found = pooled(pairs)
    low, high = interval(found.same, found.units) if found.units else (None, None)
    return AgreementFacts(len(read), found.units, found.same, found.kappa, low, high)


# what a passage of these types and judgements says, it says about the participant
_ABOUT = ("ROLE", "LOCATION", "ORGANIZATION", "AGE", "DATE", "OTHER")
_WORLD = ("general", "technical", "relative")


def said_about(study: Study, examined: Examined) -> dict[str, set[tuple[str, str]]] | None:
    """Participant -> (kind, value) of what released talk keeps, or makes coarser, about the person. Holds text.

    None if a transcript cannot be counted (its received file is gone, or its decisions do not fit it): a count of the
    others would look better than it is.
    """
    from anonymizer.policy.load import load_policy
    from anonymizer.pseudonyms.generalize import marker
    from anonymizer.pseudonyms.replace import replacements

    policy = load_policy(study.settings.policy, study.rules)
    contents = dict(examined.by_transcript)
    found: dict[str, set[tuple[str, str]]] = {}
    for t in examined.transcripts:
        for code in t.participants:
            found.setdefault(code, set())
        content = contents.get(t.marks.transcript) if t.marks else None
        if t.state != "released":
            continue
        if t.marks is None or content is None or len(content.turns) != t.marks.turns:
            return None
        labels = {e.id: e.pseudonym for e in t.marks.entities if e.pseudonym}
        try:
            new = {r.decision: r.text for r in replacements(content, t.marks.decisions, labels, policy)}
        except ReviewError:
            return None
        for d in t.marks.decisions:
            if d.entity_type not in _ABOUT or d.context in _WORLD or d.action not in ("keep", "generalize"):
                continue
            value = new.get(d.id, content.turns[d.turn].text[d.start : d.end])
            if value != marker(d.entity_type):
                for code in t.participants:
                    found[code].add((d.entity_type.lower(), " ".join(value.casefold().split())))
    return found


def _initials(transcripts: Iterable[TranscriptFacts], store: Store) -> tuple[TranscriptFacts, ...]:
    """Reviewers by their short names, or R1, R2 where a short name is a name that the key knows."""
    from dataclasses import replace

    from anonymizer.keystore.known import contains, forms

    transcripts = tuple(transcripts)
    names = sorted({name for t in transcripts for name, _ in t.approved_by})
    known = tuple(forms(store.document))
    shown = {name: f"R{i}" if contains(name, known) else name for i, name in enumerate(names, 1)}
    return tuple(replace(t, approved_by=tuple((shown[n], at) for n, at in t.approved_by)) for t in transcripts)


def standings(
    study: Study,
    records: Iterable[RecordingRecord],
    transcripts: Iterable[TranscriptFacts],
    today: datetime.date,
) -> tuple[Due, ...]:
    """Where the clocks of recordings, received files, decisions, releases, originals, key and log stand."""
    from anonymizer.recordings.follow import standings as of_recordings

    policy = load_retention(study.settings.retention, study.rules)
    study_events: dict[Event, datetime.date] = {}
    if today >= study.settings.ends_on:
        study_events["study-ended"] = study.settings.ends_on
    items = []
    received = {path.name for path in study.received.iterdir()} if study.received.is_dir() else set()
    for t in transcripts:
        events = dict(study_events)
        names: tuple[tuple[Event, str], ...] = (
            ("transcript-received", "received"),
            ("reviewed", "approved"),
            ("anonymized", "released"),
        )
        for event, name in names:
            if name in t.times:
                events[event] = datetime.date.fromisoformat(t.times[name][:10])
        items.append(Item("received", t.code, events, gone=not received))
        items.append(Item("decisions", t.code, events, gone=t.marks is None))
        if t.state == "released":
            items.append(Item("anonymized", t.code, events))
    items += [Item("originals", "", study_events), Item("key", "", study_events), Item("log", "", study_events)]
    return (*of_recordings(study, records, today), *standing(policy, items, today))
