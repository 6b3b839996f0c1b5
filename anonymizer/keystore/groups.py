"""A group interview of which one person's turns go: the received file is replaced by one without them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from anonymizer import files
from anonymizer.errors import KeyStoreError
from anonymizer.intake.reader import read_bytes
from anonymizer.keystore.document import Document, SealedLink
from anonymizer.keystore.speakers import resolve
from anonymizer.review import events as review_events
from anonymizer.review import marks as marks_store
from anonymizer.roster import Roster
from anonymizer.study import Study
from anonymizer.transcript import Transcript

GONE = "[withdrawn]"


def turns_of(study: Study, document: Document, path: Path, transcript: str, code: str) -> tuple[int, ...]:
    """Numbers of the turns that a participant speaks.

    Raises:
        KeyStoreError: No speaker of the transcript is tied to the participant, so that nobody knows which turns to
            remove.
        IntakeError: The received file cannot be read.
    """
    content = read_bytes(path.read_bytes(), path.name)
    link = document.transcripts[transcript].link
    mapped = {label: (role, who) for label, role, who in link.speakers}
    speakers = resolve(content.labels, Roster(document.people()), mapped, link.participants)
    labels = {speaker.label for speaker in speakers if speaker.code == code}
    turns = tuple(turn.index for turn in content if turn.speaker in labels)
    if not turns:
        raise KeyStoreError(
            f"no speaker of {link.code} is tied to {code}, so nobody knows which turns go",
            hint="anonymizer participants link FILE --speakers CSV",
        )
    return turns


def without_turns(content: Transcript, turns: Iterable[int]) -> bytes:
    """The canonical transcript with these turns emptied; all keep their numbers, and decisions their offsets."""
    gone = set(turns)
    rows = [
        {
            "speaker": None if turn.index in gone else turn.speaker,
            "text": GONE if turn.index in gone else turn.text,
            "start": turn.start,
            "end": turn.end,
        }
        for turn in content
    ]
    return (json.dumps({"turns": rows}, ensure_ascii=False, indent=1) + "\n").encode()


def renamed(
    study: Study, document: Document, groups: Iterable[tuple[str, str]], received: dict[str, Path], code: str
) -> tuple[dict[str, str], tuple[tuple[str, str, str], ...]]:
    """New ids of the group transcripts, and what the withdrawal must remember of each.

    Returns:
        old id -> new id; (old id, transcript code, numbers of the turns) for :class:`Withdrawal`.

    Raises:
        KeyStoreError: A received file is missing, or see :func:`turns_of`.
    """
    ids: dict[str, str] = {}
    rows = []
    for transcript, name in groups:
        path = received.get(transcript)
        if path is None:
            raise KeyStoreError(
                f"the received file of {name} is missing, so its turns cannot be removed",
                hint="anonymizer originals restore CODE, or put it back into private/received/",
            )
        turns = turns_of(study, document, path, transcript, code)
        ids[transcript] = study.transcript_id(without_turns(read_bytes(path.read_bytes(), path.name), turns))
        rows.append((transcript, name, " ".join(str(turn) for turn in turns)))
    return ids, tuple(rows)


def with_ids(document: Document, ids: dict[str, str]) -> Document:
    """The document with transcripts under their new ids."""
    table: dict[str, SealedLink] = {}
    for key, sealed in document.transcripts.items():
        new = ids.get(key, key)
        table[new] = replace(sealed, link=replace(sealed.link, transcript=new))
    return replace(document, transcripts=table)


def rewrite(study: Study, path: Path, transcript: str, name: str, turns: tuple[int, ...]) -> None:
    """Replace the received file, and carry over the decisions about the turns that stay. Can be done again."""
    content = read_bytes(path.read_bytes(), path.name)
    data = without_turns(content, turns)
    new = study.transcript_id(data)
    target = study.received / f"{name}.json"
    if target.exists() and target != path:
        target = study.received / f"{name}-{new}.json"
    folder = marks_store.folder(study.review, transcript)
    if (folder / "marks.json").is_file():
        marks = review_events.apply(
            marks_store.load(study.review, transcript), review_events.load(study.review, transcript)
        )
        gone = set(turns)
        kept = tuple(decision for decision in marks.decisions if decision.turn not in gone)
        digest = text_digest(read_bytes(data, target.name), study.salt())
        moved = replace(marks, transcript=new, text_digest=digest, decisions=kept)
        marks_store.save(study.review, moved)
    files.write_atomic(target, data)
    if path != target:
        files.remove(path)
    for old in sorted(folder.rglob("*"), reverse=True) if folder.is_dir() and new != transcript else ():
        if old.is_dir():
            old.rmdir()
        else:
            files.remove(old)
    if folder.is_dir() and new != transcript:
        folder.rmdir()


def text_digest(transcript: Transcript, salt: bytes) -> str:
    """As in :class:`anonymizer.review.marks.Marks`."""
    turns = [[turn.speaker, turn.text, turn.start, turn.end] for turn in transcript]
    return hmac.new(salt, json.dumps(turns, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()
