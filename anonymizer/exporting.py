"""Exports: released transcripts once more, in other formats or by question, through the gate.

They are made from the released JSON in anonymized/ and nothing else, so that an export can hold nothing that was not
released. What is written goes to a folder of its own: anonymized/ holds what was signed for, and only that.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer import files
from anonymizer.errors import AnonymizerError, GateError, OutputError
from anonymizer.export.released import ReleasedTranscript
from anonymizer.protocol.model import Protocol
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store
    from anonymizer.keystore.view import KeyView

EACH = ("json", "txt", "docx", "vtt", "srt", "html")
WHOLE = ("csv", "xlsx", "qdpx", "qdc")
FORMATS = (*EACH, "same", *WHOLE)
_PLACE = re.compile(r"^(?P<code>[A-Z]+\d+-\d+) (?P<place>(?:turn \d+|text).*)$")

Kept = tuple[tuple[int, str, str], ...]


@dataclass(slots=True)
class Exported:
    """What was written.

    Attributes:
        files: Names of the files.
        transcripts: Codes in them.
        skipped: (code, reason) of transcripts that have no such form, as subtitles of one without times.
    """

    files: list[str] = field(default_factory=list)
    transcripts: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def export(
    study: Study,
    store: Store,
    out: Path,
    *,
    formats: Sequence[str],
    questions: Sequence[str] = (),
    codes: Sequence[str] = (),
    today: datetime.date | None = None,
) -> Exported:
    """Write released transcripts into ``out``.

    Args:
        study: The study.
        store: Its opened key store: the gate needs to know the originals, the project's GUIDs its secret.
        out: A folder outside anonymized/.
        formats: Of :data:`FORMATS`; csv, xlsx, qdpx and qdc are about all transcripts at once.
        questions: Only turns about these questions or sections and those nested in them.
        codes: Only these transcripts.
        today: For the project's date.

    Raises:
        OutputError: Nothing released, an unknown question or code, or nothing said about the questions.
        GateError: A known original is in what would be written; nothing is.
    """
    from anonymizer.export.choose import about
    from anonymizer.protocol.document import read_protocol

    if out.resolve().is_relative_to(study.anonymized.resolve()):
        raise OutputError("anonymized/ holds releases only", hint="choose another folder for --out")
    view = store.view()
    protocol = read_protocol(study.protocol)
    released = [_with_attributes(study, view, t) for t in released_transcripts(study, protocol, codes)]
    chosen = about(released, protocol, questions)
    if not chosen:
        raise OutputError("nothing released is about this")
    result = Exported(transcripts=[t.code for t in chosen])
    outputs: dict[str, tuple[str, bytes]] = {}
    suffix = "".join(f".{_slug(question)}" for question in questions)
    for format in dict.fromkeys(formats):
        if format in WHOLE:
            name = "protocol.qdc" if format == "qdc" else f"transcripts{suffix}.{format}"
            outputs[name] = ("", _whole(format, chosen, protocol, view, today))
            continue
        for transcript in chosen:
            _each(transcript, format, suffix, outputs, result)
    _gate(study, view, outputs, chosen)
    digest = hmac.new(view.secret, b"".join(outputs[name][1] for name in sorted(outputs)), hashlib.sha256).hexdigest()
    store.log(
        "export",
        formats=" ".join(formats),
        files=len(outputs),
        transcripts=len(chosen),
        questions=len(questions),
        digest=digest,
    )
    for name, (_, data) in outputs.items():
        files.write_atomic(out / name, data, files.SHARED_FILE)
        result.files.append(name)
    return result


def released_transcripts(study: Study, protocol: Protocol, codes: Sequence[str] = ()) -> list[ReleasedTranscript]:
    """The released transcripts, from their JSON.

    Raises:
        OutputError: Nothing was released, as JSON; an unknown code; a file that is no release any more.
    """
    from anonymizer.export.canonical import parse

    found: dict[str, ReleasedTranscript] = {}
    for path in sorted(study.anonymized.glob("*.json")) if study.anonymized.is_dir() else []:
        try:
            transcript = parse(path.read_bytes(), protocol)
        except OSError:
            raise OutputError("cannot be read", file=path) from None
        found[transcript.code] = transcript
    missing = [code for code in codes if code not in found]
    if missing:
        raise OutputError(
            f"{missing[0]} is not released, or not as JSON", hint="anonymizer release; formats in study.toml"
        )
    if not found:
        raise OutputError("nothing is released as JSON yet", hint="anonymizer release; formats in study.toml")
    return [t for code, t in found.items() if not codes or code in codes]


def _with_attributes(study: Study, view: KeyView, transcript: ReleasedTranscript) -> ReleasedTranscript:
    """Attributes of the participants that study.toml lets outputs carry."""
    # the roster's reader lowers column names; outputs have them as study.toml spells them
    wanted = {name.strip().lower(): name.strip() for name in study.settings.release.attributes}
    people = {person.code: person for person in view.roster if person.code}
    return replace(
        transcript,
        attributes=tuple(
            (code, wanted[name], value)
            for code in transcript.participants
            if code in people
            for name, value in people[code].extra
            if name in wanted and value
        ),
    )


def _slug(question: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", "-", question.lower()).strip("-.")


def _whole(
    format: str, chosen: Sequence[ReleasedTranscript], protocol: Protocol, view: KeyView, today: datetime.date | None
) -> bytes:
    from anonymizer.export import study as whole

    if format == "csv":
        return whole.render_csv(chosen)
    if format == "xlsx":
        return whole.render_xlsx(chosen)
    if format == "qdc":
        return whole.render_qdc(protocol, secret=view.secret)
    created = f"{(today or datetime.date.today()).isoformat()}T00:00:00Z"
    return whole.render_qdpx(chosen, protocol, secret=view.secret, created=created)


def _each(
    transcript: ReleasedTranscript, format: str, suffix: str, outputs: dict[str, tuple[str, bytes]], result: Exported
) -> None:
    from anonymizer.export.write import received_format, render

    actual = received_format(transcript) if format == "same" else format
    try:
        outputs[f"{transcript.code}{suffix}.{actual}"] = (transcript.code, render(transcript, actual))
    except OutputError as error:
        result.skipped.append((transcript.code, error.message))


def _gate(
    study: Study, view: KeyView, outputs: Mapping[str, tuple[str, bytes]], chosen: Sequence[ReleasedTranscript]
) -> None:
    from anonymizer.export.read_back import texts
    from anonymizer.gate import known_originals, search

    originals = known_originals(view)
    kept = _kept(study, view, {t.code for t in chosen})
    indices = {t.code: [turn.index for turn in t.turns] for t in chosen}
    places: list[str] = []
    for name, (code, data) in outputs.items():
        found = [("file name", name), *texts(data, name.rpartition(".")[2], indices.get(code))]
        for owner, group in _by_transcript(code, found, indices if name.endswith(".qdpx") else {}):
            hits = search(group, originals, code=owner, kept=kept.get(owner, ()))
            places += [f"{name} {hit.place}" for hit in hits if not hit.excused]
    if places:
        raise GateError(
            f"a known original is still in {len(places)} places: {', '.join(places[:5])}",
            hint="nothing was written; look at these turns in the review, release again, then export",
        )


def _by_transcript(
    code: str, found: Iterable[tuple[str, str]], positions: Mapping[str, Sequence[int]]
) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    """Texts of a file by the transcript that they are from; ``positions`` gives the indices where turns are counted."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for place, text in found:
        owner, where = code, place
        if not code and (match := _PLACE.match(place)):
            owner, where = match["code"], match["place"]
            if owner in positions and where.startswith("turn "):
                number, space, rest = where[5:].partition(" ")
                where = f"turn {positions[owner][int(number)]}{space}{rest}"
        groups.setdefault(owner, []).append((where, text))
    return groups.items()


def _kept(study: Study, view: KeyView, codes: set[str]) -> dict[str, Kept]:
    """Recorded decisions to keep, of transcripts whose received file is still there."""
    from anonymizer.intake.reader import read
    from anonymizer.received import scan
    from anonymizer.release import effective_marks, kept_forms

    by_id = {link.transcript: link.code for link in view.links}
    kept: dict[str, Kept] = {}
    for item in scan(study)[0]:
        code = by_id.get(item.transcript)
        if code not in codes:
            continue
        try:
            content, marks = read(item.path), effective_marks(study, item.transcript)
        except AnonymizerError:
            # without its decisions nothing is excused in it, and the gate refuses rather than guesses
            continue
        if len(content.turns) == marks.turns:
            kept[code] = kept_forms(content, marks)
    return kept
