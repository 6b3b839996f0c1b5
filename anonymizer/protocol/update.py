"""Put a new version of the protocol into a study: keep the old one, tag anew what is not yet approved."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from anonymizer import files
from anonymizer.errors import ProtocolError, StudyError
from anonymizer.intake import reader
from anonymizer.protocol.document import override_of, parse_protocol, read_protocol
from anonymizer.protocol.model import Protocol
from anonymizer.protocol.tagging import Tagger
from anonymizer.protocol.versions import Change, added, archive, changes
from anonymizer.study import SETTINGS, Study
from anonymizer.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did.

    Attributes:
        changes: For each question of the old version.
        added: Ids that are new.
        retagged: Transcripts tagged anew.
        approved: Transcripts left as they are, because people approved them.
        unread: Transcripts left as they are, because their received file is gone or changed.
        carried: Reviewers' corrections moved to a question's new id.
        lost: Reviewers' corrections whose question is gone; they now say "outside the protocol".
    """

    changes: tuple[Change, ...]
    added: tuple[str, ...]
    retagged: int = 0
    approved: int = 0
    unread: int = 0
    carried: int = 0
    lost: int = 0


def _new(document: Path) -> tuple[bytes, Protocol]:
    try:
        data = document.read_bytes()
    except OSError:
        raise ProtocolError("the protocol cannot be read", file=document) from None
    return data, parse_protocol(data, document.name)


def preview(study: Study, document: Path) -> Updated:
    """What :func:`update` would do to the questions; changes nothing.

    Raises:
        ProtocolError: The new document cannot be understood.
    """
    _, new = _new(document)
    found = changes(read_protocol(study.protocol), new)
    return Updated(found, added(found, new))


def update(study: Study, document: Path) -> Updated:
    """Put a new document in the place of the study's protocol.

    Args:
        study: Call with its lock held.
        document: The new version, in any format that is read.

    Raises:
        ProtocolError: The new document cannot be understood; nothing was changed.
        OutputError: The system refused to write.
    """
    data, new = _new(document)
    old_path = override_of(study.protocol) or study.protocol
    old = read_protocol(study.protocol)
    found = changes(old, new)
    archive(study.folder, old_path, old, found, new)
    target = study.folder / f"protocol{document.suffix.lower()}"
    files.write_atomic(target, data, files.SHARED_FILE)
    if target != study.protocol:
        _name_in_settings(study, target.name)
    for stale in {old_path, study.protocol} - {target}:
        # kept in protocol-versions/; left here, a protocol.yaml would go on overriding the new document
        files.remove(stale)
    return _retag(study, new, Updated(found, added(found, new)))


def _name_in_settings(study: Study, name: str) -> None:
    path = study.folder / SETTINGS
    text = path.read_text(encoding="utf-8")
    changed, count = re.subn(r'(?m)^(\s*protocol\s*=\s*)"[^"\n]*"', rf'\g<1>"{name}"', text, count=1)
    if not count:
        raise StudyError('the line protocol = "..." cannot be found', file=path, hint=f'write protocol = "{name}"')
    files.write_atomic(path, changed.encode(), files.SHARED_FILE)


def _retag(study: Study, new: Protocol, done: Updated) -> Updated:
    from anonymizer.review import approvals, events, marks

    renamed = {change.old: change.new for change in done.changes}
    received = received_files(study)
    open_marks, transcripts = [], []
    need = 2 if study.settings.release.review == "two" else 1
    approved = unread = carried = lost = 0
    for folder in sorted(study.review.iterdir()) if study.review.is_dir() else []:
        if not (folder / "marks.json").is_file():
            continue
        held = marks.load(study.review, folder.name)
        effective = events.apply(held, events.load(study.review, folder.name))
        if approvals.is_approved(study, effective, need):
            approved += 1
            continue
        transcript = received_transcript(received, held.transcript, held.turns)
        if transcript is None:
            unread += 1
            held = replace(
                held, tags=tuple(replace(t, question=renamed.get(t.question or ""), review=True) for t in held.tags)
            )
            marks.save(study.review, held)
            continue
        open_marks.append(held)
        transcripts.append(transcript)
    results = Tagger(new, rules_overlay=study.rules).tag_study(transcripts)
    for held, tags in zip(open_marks, results, strict=True):
        marks.save(study.review, replace(held, tags=tags))
        moved, gone = _carry(study, held.transcript, renamed)
        carried, lost = carried + moved, lost + gone
    return replace(done, retagged=len(open_marks), approved=approved, unread=unread, carried=carried, lost=lost)


def _carry(study: Study, transcript: str, renamed: dict[str, str | None]) -> tuple[int, int]:
    """Add to each reviewer's events what their corrections mean under the new ids; events are never rewritten."""
    from anonymizer.review import events

    carried = lost = 0
    for reviewer in events.reviewers(study.review, transcript):
        said: dict[str, str | None] = {}
        for event in events.in_force(events.load_one(study.review, transcript, reviewer)):
            if event.op == "tag":
                said.update(dict.fromkeys(event.targets, event.question))
        follow = []
        for target, question in said.items():
            if question is None or renamed.get(question, question) == question:
                continue
            follow.append(events.Event("tag", (target,), question=renamed[question]))
            lost += renamed[question] is None
            carried += renamed[question] is not None
        events.append(study.review, transcript, reviewer, follow)
    return carried, lost


def received_files(study: Study) -> dict[str, Path]:
    """Received files by transcript id."""
    found = {}
    for path in sorted(study.received.iterdir()) if study.received.is_dir() else []:
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            found[study.transcript_id(path.read_bytes())] = path
    return found


def received_transcript(received: dict[str, Path], id: str, turns: int) -> Transcript | None:
    """The received transcript, or None if it is gone or has another number of turns than was prepared."""
    path = received.get(id)
    if path is None:
        return None
    transcript = reader.read(path)
    return transcript if len(transcript.turns) == turns else None
