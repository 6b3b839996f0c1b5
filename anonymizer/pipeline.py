"""The way of every transcript: intake, tags, findings, entities, decisions, pseudonyms, drafts.

The key store is opened once by the caller; here its frozen view is read, and what is new is handed back once for each
batch step. A step is saved in the key store before any draft of it is written, so that a killed run never shows a
pseudonym that the key does not know; its files are stamped after they are all written, so that the next run redoes what
was cut off.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer import drafts, files
from anonymizer._version import __version__
from anonymizer.batch.where import HERE, Where
from anonymizer.batch.work import Failed, Job, Worked, Workshop, text_digest
from anonymizer.errors import AnonymizerError
from anonymizer.joins import Joins
from anonymizer.keystore.view import KeyView, TranscriptLink, Update
from anonymizer.marked import labelled, linked_of
from anonymizer.received import Received, scan, speakers_of, tie
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import MarkedEntity, Marks
from anonymizer.study import Study
from anonymizer.summary import Summary
from anonymizer.transcript import Speaker

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store

# transcripts whose new pseudonyms are saved together. Saving rewrites the whole sealed document, so steps double from
# one (the first draft is there at once) up to what may lie in memory; labels do not depend on them
LARGEST_STEP = 256
# transcripts whose files are made durable together, unless they are long
WRITTEN_TOGETHER, TURNS_TOGETHER = 32, 5_000

Progress = Callable[[int, int, str], None]


def _silent(done: int, total: int, code: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class _Item:
    """A transcript on its way through a batch step."""

    worked: Worked = field(repr=False)
    link: TranscriptLink
    machine: Marks = field(repr=False)
    effective: Marks = field(repr=False)
    inputs: str


def prepare(study: Study, *, only: Sequence[Path] = (), where: Where = HERE, progress: Progress = _silent) -> Summary:
    """Everything that needs no key: entities are E1, E2 ..., and the review can begin."""
    received, problems = scan(study, only)
    summary = Summary()
    summary.problems.extend(problems)
    workshop = Workshop.of(study)
    jobs = [Job(item.transcript, item.path) for item in received]
    for done, result in enumerate(where.work(study, workshop, jobs), 1):
        if isinstance(result, Failed):
            summary.failed(result.job.path, result.message, result.hint)
        else:
            marks = _marks(study, workshop, result, "")
            marks_store.save(study.review, marks)
            summary.count(marks)
            summary.prepared.append(marks.transcript)
        progress(done, len(jobs), "")
    return summary


def run(
    study: Study,
    store: Store,
    *,
    only: Sequence[Path] = (),
    where: Where = HERE,
    progress: Progress = _silent,
) -> Summary:
    """Draft every received transcript that is new or whose inputs changed.

    Args:
        study: The study.
        store: Its opened key store.
        only: Received files to restrict the run to; all if empty.
        where: This machine's processes, or a cluster.
        progress: Called with (done, total, code) after each transcript.

    Returns:
        What was done; the failures of single files are in it, never raised.
    """
    from anonymizer.review.events import apply, load

    summary = Summary()
    received, problems = scan(study, only)
    summary.problems.extend(problems)
    view = store.view()
    links, new, problems = tie(received, view)
    summary.problems.extend(problems)
    if new:
        view = store.update(Update(links=new, log=tuple(("link", (("code", link.code),)) for link in new)))
    workshop = Workshop.of(study, view.roster)
    base = workshop.fingerprint()
    joins = Joins(study.review, view.links)
    made = _Made(study)
    todo: list[tuple[Received, TranscriptLink, str]] = []
    for item in received:
        link = links.get(item.transcript)
        if link is None:
            continue
        frozen = link.code in view.frozen
        joined = joins.describe(item.transcript)
        inputs = _inputs(study, item.transcript, link, "frozen" if frozen else base, joined)
        if drafts.stamp(study, link.code) == inputs and link.code in made:
            summary.unchanged.append(link.code)
        elif frozen:
            _redraw(study, view, workshop, item=item, link=link, inputs=inputs, summary=summary)
        else:
            todo.append((item, link, inputs))
    summary.unchanged.sort()
    todo.sort(key=lambda entry: (entry[1].participants, entry[1].session, entry[1].code))
    by_transcript = {item.transcript: (link, inputs) for item, link, inputs in todo}
    jobs = (
        Job(item.transcript, item.path, link.code, link.participants, link_speakers(link)) for item, link, _ in todo
    )
    done = len(summary.unchanged)
    total = done + len(todo)
    for step in _steps(where.work(study, workshop, jobs)):
        items = []
        for result in step:
            if isinstance(result, Failed):
                summary.failed(result.job.path, result.message, result.hint)
                done += 1
                progress(done, total, result.job.code)
                continue
            link, inputs = by_transcript[result.job.transcript]
            machine = _marks(study, workshop, result, link.code)
            effective = apply(machine, load(study.review, result.job.transcript))
            items.append(_Item(result, link, machine, effective, inputs))
        view = _finish(study, store, view, workshop=workshop, items=items, joins=joins, summary=summary)
        for finished in items:
            done += 1
            progress(done, total, finished.link.code)
    return summary


def _redraw(
    study: Study,
    view: KeyView,
    workshop: Workshop,
    *,
    item: Received,
    link: TranscriptLink,
    inputs: str,
    summary: Summary,
) -> None:
    """Draft a transcript that mentions somebody withdrawn, from the decisions kept by offset.

    Nothing is detected and nothing handed to the key store: detection would find the forgotten name and bring it back.
    """
    from anonymizer.intake.reader import read
    from anonymizer.review.events import apply, load

    try:
        content = read(item.path)
        effective = apply(marks_store.load(study.review, item.transcript), load(study.review, item.transcript))
        released = drafts.build(
            content,
            effective,
            workshop.policy,
            workshop.protocol,
            speakers=speakers_of(content.labels, view, link),
            participants=link.participants,
            reviewed=False,
        )
        drafts.write(study, drafts.render_all(released, study.settings.release.formats))
        drafts.set_stamp(study, link.code, inputs)
    except AnonymizerError as error:
        summary.failed(item.path, error.message, error.hint)
        return
    summary.count(effective)
    summary.drafted.append(link.code)


def link_speakers(link: TranscriptLink) -> tuple[Speaker, ...]:
    """The speakers that a link's map names."""
    return tuple(Speaker(label, role, code or None) for label, role, code in link.speakers)  # type: ignore[arg-type]


def _steps(results: Iterable[Worked | Failed]) -> Iterator[list[Worked | Failed]]:
    source = iter(results)
    size = 1
    while step := list(islice(source, size)):
        yield step
        size = min(2 * size, LARGEST_STEP)


class _Made:
    """Which transcripts have outputs."""

    def __init__(self, study: Study) -> None:
        self._released, self._drafted = drafts.Listing(study.anonymized), drafts.Listing(study.draft)

    def __contains__(self, code: str) -> bool:
        return bool(self._released.paths(code)) or any(p.suffix != ".stamp" for p in self._drafted.paths(code))


def _inputs(
    study: Study, transcript: str, link: TranscriptLink, base: str, joined: Sequence[Sequence[object]] = ()
) -> str:
    """Keyed digest of all that a draft depends on."""
    folder = marks_store.folder(study.review, transcript)
    events = [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.jsonl")) if path.is_file()
    ]
    speakers = [list(speaker) for speaker in link.speakers]
    formats = list(study.settings.release.formats)
    parts = [__version__, transcript, link.code, list(link.participants), speakers, base, events, formats, *joined]
    return hmac.new(study.salt(), json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def _marks(study: Study, workshop: Workshop, worked: Worked, code: str) -> Marks:
    return Marks(
        transcript=worked.job.transcript,
        code=code,
        text_digest=text_digest(worked.content, study.salt()),
        turns=len(worked.content.turns),
        policy=f"{workshop.policy.name}:{workshop.policy.digest[:16]}",
        tags=worked.tags,
        decisions=worked.decisions,
        entities=tuple(
            MarkedEntity(
                id=entity.id,
                entity_type=entity.entity_type,
                kind=entity.kind,
                scope=entity.scope,
                roster=entity.roster if entity.roster and ":" not in entity.roster else None,
                about=entity.about,
            )
            for entity in worked.linked.entities
        ),
        questions=worked.linked.questions,
    )


def _finish(
    study: Study,
    store: Store,
    view: KeyView,
    *,
    workshop: Workshop,
    items: Sequence[_Item],
    joins: Joins,
    summary: Summary,
) -> KeyView:
    """Assign pseudonyms for one batch step, save them, then write its drafts."""
    from anonymizer.pseudonyms.assign import BatchItem, assign

    if not items:
        return view
    same = joins.groups({item.machine.transcript: item.machine for item in items})
    batch = [
        BatchItem(
            code=item.link.code,
            transcript=item.worked.content,
            linked=linked_of(item.effective, item.worked.content, item.worked.linked),
            decisions=item.effective.decisions,
            participants=item.link.participants,
            speakers=item.worked.job.speakers,
            chosen={entity.id: entity.pseudonym for entity in item.effective.entities if entity.pseudonym},
            same=same.get(item.machine.transcript, {}),
            before=joins.before(item.machine.transcript, item.machine),
        )
        for item in items
    ]
    assigned = assign(batch, view, workshop.policy)
    view = store.update(
        Update(
            entities=assigned.entities,
            originals=tuple((item.link.code, _originals(item)) for item in items),
            log=tuple(("draft", _log_fields(item)) for item in items),
        )
    )
    for some in _together(items):
        outputs: dict[Path, bytes] = {}
        for item in some:
            labels = assigned.labels[item.link.code]
            asked = assigned.questions.get(item.link.code, ())
            effective = labelled(item.effective, item.effective, labels, asked)
            released = drafts.build(
                item.worked.content,
                effective,
                workshop.policy,
                workshop.protocol,
                speakers=item.worked.job.speakers,
                participants=item.link.participants,
                reviewed=False,
            )
            outputs.update([marks_store.rendered(study.review, labelled(item.machine, item.effective, labels, asked))])
            outputs.update(drafts.rendered(study, drafts.render_all(released, study.settings.release.formats)))
            summary.count(effective)
        files.write_all(outputs)
        # only when all that they vouch for is on the disk
        drafts.set_stamps(study, {item.link.code: item.inputs for item in some})
        summary.drafted.extend(item.link.code for item in some)
    return view


def _together(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Transcripts that are written together: few enough to hold their outputs."""
    some: list[_Item] = []
    turns = 0
    for item in items:
        some.append(item)
        turns += item.machine.turns
        if len(some) >= WRITTEN_TOGETHER or turns >= TURNS_TOGETHER:
            yield some
            some, turns = [], 0
    if some:
        yield some


def _originals(item: _Item) -> tuple[tuple[str, str], ...]:
    texts = [turn.text for turn in item.worked.content]
    return tuple((d.id, texts[d.turn][d.start : d.end]) for d in item.effective.decisions if d.action != "keep")


def _log_fields(item: _Item) -> tuple[tuple[str, str | int], ...]:
    decisions = item.effective.decisions
    return (
        ("code", item.link.code),
        ("turns", item.effective.turns),
        ("replaced", sum(d.action != "keep" for d in decisions)),
        ("kept", sum(d.action == "keep" for d in decisions)),
        ("review", sum(d.review for d in decisions)),
        ("policy", item.effective.policy),
    )
