"""Releasing: approved transcripts go through the gate into anonymized/."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anonymizer import drafts, files
from anonymizer.batch.work import Workshop, text_digest
from anonymizer.errors import AnonymizerError, GateError, ReviewError
from anonymizer.export.released import ReleasedTranscript
from anonymizer.keystore.view import KeyView, TranscriptLink, Update
from anonymizer.protocol.model import Protocol
from anonymizer.received import Problem, Received, scan, speakers_of
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import Marks
from anonymizer.study import Study
from anonymizer.transcript import Transcript

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store

STUDY_TABLE = "transcripts.csv"
# transcripts that one save of the key store logs, and how much of their outputs may lie in memory
RELEASED_TOGETHER, BYTES_TOGETHER = 64, 16_000_000


@dataclass(slots=True)
class Releases:
    """What a release did.

    Attributes:
        released: Codes written to anonymized/ now.
        waiting: Codes that lack an approval.
        unchanged: Codes whose release is up to date.
        refused: Codes in whose outputs a known original was found, with the places.
        problems: Other failures.
        excused: Hits that a recorded keep explains.
    """

    released: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    excused: int = 0


def release(study: Study, store: Store, *, codes: Sequence[str] = ()) -> Releases:
    """Render every approved transcript through the gate into anonymized/, then the study-wide table.

    Args:
        study: The study.
        store: Its opened key store.
        codes: Restrict to these; all if empty.

    Returns:
        What happened to each; nothing of a refused transcript is written.
    """
    from anonymizer.gate import known_originals

    result = Releases()
    view = store.view()
    received, problems = scan(study)
    result.problems.extend(problems)
    links = {link.transcript: link for link in view.links}
    workshop = Workshop.of(study, view.roster)
    originals = known_originals(view)
    desk = _Desk(study, store, view, workshop, originals, result)
    for item in received:
        link = links.get(item.transcript)
        if link is None or (codes and link.code not in codes) or drafts.stamp(study, link.code) is None:
            continue
        try:
            desk.take(item, link)
        except AnonymizerError as error:
            result.problems.append(Problem.of(item.path, error))
    desk.put()
    if result.released:
        write_table(study, workshop.protocol)
    return result


def effective_marks(study: Study, transcript: str) -> Marks:
    """The machine's marks with people's decisions over them."""
    from anonymizer.review.events import apply, load

    return apply(marks_store.load(study.review, transcript), load(study.review, transcript))


def is_approved(study: Study, marks: Marks) -> bool:
    """Whether as many people approved these very decisions as study.toml asks for."""
    from anonymizer.review.approvals import is_approved as approved

    return approved(study, marks, need=2 if study.settings.release.review == "two" else 1)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A transcript that passed the gate.

    Attributes:
        item: What it is made from.
        code: Its code.
        outputs: File name -> contents.
        reviewed: Whether it is approved.
        excused: Hits that a recorded keep explains.
    """

    item: Received
    code: str
    outputs: dict[str, bytes] = field(repr=False)
    reviewed: bool
    excused: int


class _Desk:
    """Takes transcripts one by one, and puts those that passed the gate out in groups.

    Saving the key store, for the log, rewrites it as a whole: once for a group.
    """

    def __init__(  # noqa: PLR0917
        self,
        study: Study,
        store: Store,
        view: KeyView,
        workshop: Workshop,
        originals: tuple,  # type: ignore[type-arg]
        into: Releases,
    ) -> None:
        self._study, self._store, self._view = study, store, view
        self._workshop, self._originals, self._into = workshop, originals, into
        self._released, self._drafted = drafts.Listing(study.anonymized), drafts.Listing(study.draft)
        self._ready: list[_Ready] = []
        self._size = 0

    def take(self, item: Received, link: TranscriptLink) -> None:
        """Render a transcript and put it through the gate.

        Raises:
            AnonymizerError: It cannot be released; the others can.
        """
        from anonymizer.intake.reader import read

        study, workshop, into = self._study, self._workshop, self._into
        marks = effective_marks(study, item.transcript)
        reviewed = is_approved(study, marks)
        if not reviewed and study.settings.release.review != "optional":
            into.waiting.append(link.code)
            return
        content = read(item.path)
        if text_digest(content, study.salt()) != marks.text_digest or link.code != marks.code:
            raise ReviewError("the received file changed since the draft", file=item.path, hint="anonymizer run")
        missing = {d.entity for d in marks.decisions if d.action == "pseudonymize"} - {
            entity.id for entity in marks.entities if entity.pseudonym
        }
        if missing:
            raise ReviewError("decisions are newer than the draft", file=item.path, hint="anonymizer run")
        speakers = speakers_of(content.labels, self._view, link)
        released = drafts.build(
            content,
            marks,
            workshop.policy,
            workshop.protocol,
            speakers=speakers,
            participants=link.participants,
            reviewed=reviewed,
        )
        outputs = drafts.render_all(released, study.settings.release.formats)
        places, excused = gate_outputs(outputs, released, content, marks, self._originals)
        into.excused += excused
        if places:
            into.refused[link.code] = places
            raise GateError(
                f"a known original is still there: {'; '.join(places[:5])}{' ...' if places[5:] else ''}",
                file=link.code,
                hint="look at these turns in the review, then run again",
            )
        current = {path.name: path.read_bytes() for path in self._released.paths(link.code)}
        if current == outputs:
            into.unchanged.append(link.code)
            drafts.discard(self._drafted.paths(link.code))
            return
        self._ready.append(_Ready(item, link.code, outputs, reviewed, excused))
        self._size += sum(len(data) for data in outputs.values())
        if len(self._ready) >= RELEASED_TOGETHER or self._size >= BYTES_TOGETHER:
            self.put()

    def put(self) -> None:
        """Log those that are ready, then write them."""
        ready, self._ready, self._size = self._ready, [], 0
        if not ready:
            return
        # logged first: a release that is in the log but not in the folder is found by the audit; the other way round
        # something would be out that nobody signed for
        try:
            self._store.update(Update(log=tuple(("release", self._log_fields(one)) for one in ready)))
        except AnonymizerError as error:
            self._into.problems.extend(Problem.of(one.item.path, error) for one in ready)
            return
        for one in ready:
            try:
                self._write(one)
            except AnonymizerError as error:
                self._into.problems.append(Problem.of(one.item.path, error))
            else:
                self._into.released.append(one.code)

    def _log_fields(self, one: _Ready) -> tuple[tuple[str, str | int], ...]:
        return (
            ("code", one.code),
            ("reviewed", one.reviewed),
            ("excused", one.excused),
            ("formats", " ".join(self._study.settings.release.formats)),
            ("digest", outputs_digest(self._view.secret, one.outputs)),
        )

    def _write(self, one: _Ready) -> None:
        folder = self._study.anonymized
        files.write_all({folder / name: data for name, data in one.outputs.items()}, files.SHARED_FILE)
        files.remove_all(path for path in self._released.paths(one.code) if path.name not in one.outputs)
        drafts.discard(self._drafted.paths(one.code))


def outputs_digest(secret: bytes, outputs: dict[str, bytes]) -> str:
    """HMAC-SHA-256 (hex) over a transcript's output files, by name, for the log and for the audit to compare."""
    return hmac.new(secret, b"".join(outputs[name] for name in sorted(outputs)), hashlib.sha256).hexdigest()


def gate_outputs(
    outputs: dict[str, bytes],
    released: ReleasedTranscript,
    content: Transcript,
    marks: Marks,
    originals: tuple,  # type: ignore[type-arg]
) -> tuple[tuple[str, ...], int]:
    """Search rendered outputs for known originals.

    Returns:
        Places of hits (file and turn, no text), and the number of hits that a recorded keep excuses.
    """
    from anonymizer.export.read_back import texts
    from anonymizer.gate import search

    places: dict[str, list[str]] = {}
    excused = 0
    printed = _protocol_texts(released)
    # a withdrawal may have taken turns out of a group interview: positions in the output are not the turns' indices
    indices = [turn.index for turn in released.turns]
    kept = kept_forms(content, marks)
    # formats say the same at the same place: each text is searched once, and blamed on every format that has it
    blamed: dict[tuple[str, str], bool] = {}
    for name, data in outputs.items():
        suffix = name.rpartition(".")[2]
        rows = [("file name", name), *(row for row in texts(data, suffix, indices) if row[1].strip() not in printed)]
        new = [row for row in dict.fromkeys(rows) if row not in blamed]
        hits = search(new, originals, code=released.code, kept=kept)
        excused += sum(hit.excused for hit in hits)
        left = {hit.place for hit in hits if not hit.excused}
        blamed.update({row: row[0] in left for row in new})
        for row in rows:
            if blamed[row]:
                places.setdefault(row[0], []).append(suffix)
    return tuple(f"{place} ({', '.join(dict.fromkeys(found_in))})" for place, found_in in places.items()), excused


def _protocol_texts(released: ReleasedTranscript) -> frozenset[str]:
    """Section titles and questions as outputs print them.

    They are the team's own words and stand in the protocol whatever anybody said: "how do you mark work" is no leak of
    somebody called Mark.
    """
    from anonymizer.export.headings import question_title

    questions = released.protocol.questions
    return frozenset(text for q in questions for text in (q.section, q.id, question_title(released, q.id)))


def kept_forms(content: Transcript, marks: Marks) -> tuple[tuple[int, str, str], ...]:
    """(turn, form, entity type) of every recorded keep."""
    return tuple(
        (d.turn, content.turns[d.turn].text[d.start : d.end], d.entity_type)
        for d in marks.decisions
        if d.action == "keep"
    )


def write_table(study: Study, protocol: Protocol) -> None:
    """Write the study-wide CSV, a row a turn, from the released JSON files; one of them is in memory at a time."""
    from anonymizer.export.canonical import parse
    from anonymizer.export.study import csv_pieces, place

    paths = sorted(study.anonymized.glob("*.json"), key=lambda path: place(path.stem))
    pieces = csv_pieces(parse(path.read_bytes(), protocol) for path in paths)
    files.write_atomic(study.anonymized / STUDY_TABLE, pieces, files.SHARED_FILE)
