"""The audit: what lies in anonymized/ against the log, the approvals, the present decisions and the known originals.

:func:`examine` reads everything once; commands and the report take what they need from its result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer.audit.facts import OutputFacts, TranscriptFacts, TranscriptState
from anonymizer.audit.log import Head, Line, LogReport, parse_log, verify_lines
from anonymizer.audit.outputs import files_below, released_json, search_outputs
from anonymizer.errors import AnonymizerError, OutputError, ReviewError
from anonymizer.export.released import ReleasedTranscript
from anonymizer.keystore.view import KeyView, TranscriptLink
from anonymizer.review.marks import Marks
from anonymizer.study import Study
from anonymizer.transcript import Transcript

if TYPE_CHECKING:
    from anonymizer.batch.work import Workshop


@dataclass(frozen=True, slots=True)
class Examined:
    """What an audit saw.

    Attributes:
        log: Verification of the log.
        lines: Its lines.
        outputs: Search of the outputs; None without the key.
        transcripts: Facts of each, by code.
        released: Released transcripts as they can be read now, for the second look and the sample.
        kept: Case-folded forms with a recorded keep. Hold text.
        attributes: (participant, attribute, value) that outputs carry.
        by_transcript: (id of the received file, its content) of all that can be read. Hold text.
    """

    log: LogReport
    lines: tuple[Line, ...] = ()
    outputs: OutputFacts | None = None
    transcripts: tuple[TranscriptFacts, ...] = ()
    released: tuple[ReleasedTranscript, ...] = field(default=(), repr=False)
    kept: frozenset[str] = field(default=frozenset(), repr=False)
    attributes: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)
    by_transcript: tuple[tuple[str, Transcript], ...] = field(default=(), repr=False)

    @property
    def contents(self) -> tuple[Transcript, ...]:
        """The received transcripts, for planting."""
        return tuple(content for _, content in self.by_transcript)


def read_log(study: Study, head: Head | None = None, pin: Head | None = None) -> tuple[LogReport, tuple[Line, ...]]:
    """Verify the log and read its lines; a missing log is a report with a problem."""
    try:
        data = study.log.read_bytes()
    except OSError:
        return LogReport(problems=((0, "the log is missing or cannot be read"),)), ()
    return verify_lines(data, head, pin), tuple(parse_log(data)[0])


@dataclass(frozen=True, slots=True)
class _Source:
    """A linked transcript, as far as it can be read."""

    link: TranscriptLink = field(repr=False)
    content: Transcript | None = field(repr=False)
    marks: Marks | None = field(repr=False)
    approved: bool
    approved_by: tuple[tuple[str, str], ...]
    void: int


def examine(study: Study, view: KeyView, *, head: Head | None = None, pin: Head | None = None) -> Examined:
    """Look at everything; nothing is changed.

    Args:
        study: The study.
        view: Its key.
        head: Head of the log as the key store knows it.
        pin: Head of the log as this computer saw it last.
    """
    from anonymizer.batch.work import Workshop

    log, lines = read_log(study, head, pin)
    sources = _sources(study, view)
    workshop = Workshop.of(study, view.roster)
    logged = {str(line.data.get("code", "")): line for line in lines if line.act == "release"}
    times = event_times(lines)
    files = files_below(study.anonymized)
    outputs = search_outputs(
        study,
        view,
        files,
        codes=[source.link.code for source in sources],
        kept=_kept_forms(sources),
        protocol=workshop.protocol,
        lines=lines,
    )
    facts, released = [], []
    attributes: dict[tuple[str, str, str], None] = {}
    for source in sources:
        code = source.link.code
        mine = files.get(code, {})
        built, current = _rebuilt(study, view, source, workshop, mine)
        # what lies there is looked at; what would be made now only where it cannot be read
        shown = released_json(code, workshop.protocol, mine) or built
        if mine and shown is not None:
            released.append(shown)
            attributes.update(dict.fromkeys(_attributes(study, view, source)))
        line = logged.get(code)
        facts.append(
            TranscriptFacts(
                code=code,
                participants=source.link.participants,
                state=_state(study, source, mine),
                marks=source.marks,
                approved_by=source.approved_by if source.approved else (),
                void=source.void + (0 if source.approved else len(source.approved_by)),
                released_reviewed=(bool(line.data.get("reviewed")) if line else False) if mine else None,
                current=current if mine else None,
                times={
                    **times.get(code, {}),
                    **({"approved": max(t for _, t in source.approved_by)} if source.approved_by else {}),
                },
            )
        )
    return Examined(
        log=log,
        lines=lines,
        outputs=outputs,
        transcripts=tuple(facts),
        released=tuple(released),
        kept=_kept(sources),
        attributes=tuple(attributes),
        by_transcript=tuple((s.link.transcript, s.content) for s in sources if s.content is not None),
    )


def _sources(study: Study, view: KeyView) -> tuple[_Source, ...]:
    from anonymizer.intake.reader import read
    from anonymizer.received import scan
    from anonymizer.release import is_approved
    from anonymizer.review import marks as marks_store
    from anonymizer.review.approvals import approvals
    from anonymizer.review.events import apply, load

    paths = {item.transcript: item.path for item in scan(study)[0]}
    found = []
    for link in sorted(view.links, key=lambda each: each.code):
        content: Transcript | None = None
        marks: Marks | None = None
        states: tuple[tuple[str, str], ...] = ()
        void, approved = 0, False
        try:
            marks = apply(marks_store.load(study.review, link.transcript), load(study.review, link.transcript))
            signed = approvals(study, link.transcript)
            states = tuple((s.approval.reviewer, s.approval.at) for s in signed if s.valid)
            void = sum(not s.valid for s in signed)
            approved = is_approved(study, marks)
        except ReviewError:
            # nothing prepared, or damaged: then nothing of it is approved
            approved = False
        try:
            if link.transcript in paths:
                content = read(paths[link.transcript])
        except AnonymizerError:
            content = None
        found.append(_Source(link, content, marks, approved, states, void))
    return tuple(found)


def _rebuilt(
    study: Study, view: KeyView, source: _Source, workshop: Workshop, files: Mapping[str, bytes]
) -> tuple[ReleasedTranscript | None, bool | None]:
    """The transcript as decisions, policy and text would make it now, and whether the files are exactly that.

    Without the received file the JSON that was released is read, and nothing can be said about being current.
    """
    from anonymizer import drafts
    from anonymizer.batch.work import text_digest
    from anonymizer.received import speakers_of

    marks, content = source.marks, source.content
    if marks is None or content is None:
        return released_json(source.link.code, workshop.protocol, files), None
    policy = f"{workshop.policy.name}:{workshop.policy.digest[:16]}"
    if text_digest(content, study.salt()) != marks.text_digest or marks.policy != policy:
        return released_json(source.link.code, workshop.protocol, files), False
    try:
        built = drafts.build(
            content,
            marks,
            workshop.policy,
            workshop.protocol,
            speakers=speakers_of(content.labels, view, source.link),
            participants=source.link.participants,
            reviewed=source.approved,
        )
        outputs = drafts.render_all(built, sorted({name.rpartition(".")[2] for name in files}))
    except AnonymizerError:
        return released_json(source.link.code, workshop.protocol, files), False
    return built, dict(outputs) == dict(files)


def _state(study: Study, source: _Source, files: Mapping[str, bytes]) -> TranscriptState:
    if files:
        return "released"
    if source.marks is None:
        return "received"
    if source.approved:
        return "approved"
    drafted = study.draft.is_dir() and any(p.suffix != ".stamp" for p in study.draft.glob(f"{source.link.code}.*"))
    return "drafted" if drafted else "prepared"


def event_times(lines: Iterable[Line]) -> dict[str, dict[str, str]]:
    """Code -> event -> time of its last log line; the first for ``received``."""
    times: dict[str, dict[str, str]] = {}
    for line in lines:
        code = str(line.data.get("code") or line.data.get("transcript") or "")
        if line.act in ("link", "participants-link"):
            times.setdefault(code, {}).setdefault("received", line.time)
        elif line.act == "release":
            times.setdefault(code, {})["released"] = line.time
    return times


def _kept_forms(sources: Iterable[_Source]) -> dict[str, tuple[tuple[int, str, str], ...]]:
    """Code -> recorded keeps, of transcripts whose decisions fit their text."""
    from anonymizer.release import kept_forms

    return {
        s.link.code: kept_forms(s.content, s.marks)
        for s in sources
        if s.marks is not None and s.content is not None and len(s.content.turns) == s.marks.turns
    }


def _attributes(study: Study, view: KeyView, source: _Source) -> list[tuple[str, str, str]]:
    """Attributes of the transcript's participants that study.toml lets outputs carry."""
    wanted = {name.strip().lower(): name.strip() for name in study.settings.release.attributes}
    people = {person.code: person for person in view.roster if person.code in source.link.participants}
    return [
        (code, wanted[name], value)
        for code, person in people.items()
        if code is not None
        for name, value in person.extra
        if name in wanted and value
    ]


def _kept(sources: Iterable[_Source]) -> frozenset[str]:
    """Forms that recorded decisions keep, case-folded."""
    forms = set()
    for source in sources:
        if source.marks is None or source.content is None:
            continue
        for d in source.marks.decisions:
            if d.action == "keep" and d.turn < len(source.content.turns):
                forms.add(source.content.turns[d.turn].text[d.start : d.end].casefold())
    return frozenset(forms)


def sample_state(path: Path) -> tuple[str, int, tuple[tuple[str, int], ...]]:
    """Read what a sample drew: its seed (hex), the number of turns it was drawn from, and (transcript, turn).

    Raises:
        OutputError: There is none, or it is damaged.
    """
    try:
        document = json.loads(path.read_bytes())
        return (
            str(document["seed"]),
            int(document["total"]),
            tuple((str(code), int(turn)) for code, turn in document["drawn"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError(
            "no sample was drawn, or its record is damaged", hint="anonymizer audit --sample 50"
        ) from None
