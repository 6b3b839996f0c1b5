"""Received files: what lies in private/received/, and whose interview it is."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from anonymizer import files
from anonymizer.errors import AnonymizerError, IntakeError, OutputError, StudyError, UnlinkedError
from anonymizer.keystore.view import KeyView, TranscriptLink
from anonymizer.study import Study
from anonymizer.transcript import Speaker


@dataclass(frozen=True, slots=True)
class Received:
    """A file as a transcription service delivered it."""

    transcript: str
    path: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that cannot be worked on yet: its name, why, and what to do."""

    path: Path = field(repr=False)
    message: str
    hint: str | None = None

    @classmethod
    def of(cls, path: Path, error: AnonymizerError) -> Problem:
        """From an expected error."""
        return cls(path, error.message if error.file in (None, path.name) else str(error), error.hint)


def take_in(study: Study, paths: Iterable[Path]) -> tuple[Path, ...]:
    """Copy files from elsewhere into private/received/; files already there are left as they are.

    Raises:
        StudyError: A different file of the same name is there already.
        IntakeError: A file cannot be read.
    """
    inside = []
    for path in paths:
        if path.resolve().parent == study.received.resolve():
            inside.append(path)
            continue
        target = study.received / path.name
        try:
            data = path.read_bytes()
        except OSError:
            raise IntakeError("cannot be read", file=path) from None
        if target.exists() and target.read_bytes() != data:
            raise StudyError("another file of this name was received before", file=path, hint="rename the new file")
        if shutil.disk_usage(study.received).free < len(data):
            raise OutputError("the disk is full", file=path)
        files.write_atomic(target, data)
        inside.append(target)
    return tuple(inside)


def scan(study: Study, only: Sequence[Path] = ()) -> tuple[tuple[Received, ...], tuple[Problem, ...]]:
    """All received files, sorted by name; links, unreadable and doubled ones become problems."""
    found: dict[str, Received] = {}
    problems: list[Problem] = []
    wanted = {p.resolve() for p in only}
    for path in sorted(study.received.iterdir()) if study.received.is_dir() else []:
        if path.name.startswith(".") or (wanted and path.resolve() not in wanted):
            continue
        if path.is_symlink() or not path.is_file():
            problems.append(Problem(path, "is not a plain file", "put the transcript itself into private/received/"))
            continue
        try:
            transcript = study.transcript_id(path.read_bytes())
        except OSError:
            problems.append(Problem(path, "cannot be read"))
            continue
        if transcript in found:
            problems.append(Problem(path, "is the same as another received file", "remove one of the two"))
            continue
        found[transcript] = Received(transcript, path)
    return tuple(found.values()), tuple(problems)


def tie(
    received: Sequence[Received], view: KeyView
) -> tuple[dict[str, TranscriptLink], tuple[TranscriptLink, ...], tuple[Problem, ...]]:
    """Tie received files to participants.

    A link made before is used. Otherwise speaker labels that name exactly one person of the roster tie the file by
    themselves; anything else is a problem with the command that solves it, never a guess.

    Returns:
        Links by transcript id; those that are new; problems.
    """
    from anonymizer.intake.drift import unanimous
    from anonymizer.intake.reader import read
    from anonymizer.keystore.speakers import resolve

    links = {link.transcript: link for link in view.links}
    sessions: dict[tuple[str, ...], int] = {}
    for link in view.links:
        sessions[link.participants] = max(link.session, sessions.get(link.participants, 0))
    agreed: dict[str, tuple[str, str]] | None = None
    new: list[TranscriptLink] = []
    problems: list[Problem] = []
    for item in received:
        if item.transcript in links:
            continue
        try:
            content = read(item.path)
            agreed = unanimous(link.speakers for link in view.links) if agreed is None else agreed
            speakers = resolve(content.labels, view.roster, agreed)
            link = _new_link(item.transcript, speakers, sessions, item.path, agreed)
        except AnonymizerError as error:
            problems.append(Problem.of(item.path, error))
            continue
        links[item.transcript] = link
        sessions[link.participants] = link.session
        new.append(link)
    return links, tuple(new), tuple(problems)


def speakers_of(labels: Sequence[str], view: KeyView, link: TranscriptLink | None) -> tuple[Speaker, ...]:
    """Who the labels stand for, by the link's speaker map first and the roster second."""
    from anonymizer.keystore.speakers import resolve

    if link is None:
        return resolve(labels, view.roster)
    mapped = {label: (role, code) for label, role, code in link.speakers}
    return resolve(labels, view.roster, mapped, link.participants)


def _new_link(
    transcript: str,
    speakers: Sequence[Speaker],
    sessions: Mapping[tuple[str, ...], int],
    path: Path,
    decided: Container[str],
) -> TranscriptLink:
    participants = tuple(dict.fromkeys(s.code for s in speakers if s.role == "participant" and s.code))
    if len(participants) != 1:
        raise UnlinkedError(
            "is not tied to a participant" if not participants else "several participants speak in it",
            file=path,
            hint=f"anonymizer participants link {path.name!r} CODE"
            if not participants
            else f"anonymizer participants link {path.name!r} CODE CODE ...",
        )
    session = 1 + sessions.get(participants, 0)
    return TranscriptLink(
        transcript=transcript,
        code=f"{participants[0]}-{session}",
        participants=participants,
        session=session,
        speakers=tuple((s.label, s.role, s.code or "") for s in speakers if s.code or s.label in decided),
    )
