"""Ties between received files and people. Values in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from anonymizer.errors import RosterError
from anonymizer.keystore import originals
from anonymizer.keystore.document import INTERVIEWER, PARTICIPANT, TRANSCRIPT, Document, SealedLink, code_order
from anonymizer.keystore.view import TranscriptLink

ROLES = ("interviewer", "participant", "other", "unknown")
Speakers = tuple[tuple[str, str, str], ...]


def parse_codes(text: str) -> tuple[str, ...]:
    """``P07`` or, for a group interview, ``P07,P08``; sorted.

    Raises:
        RosterError: Not participants' codes.
    """
    codes = tuple(sorted({part.strip().upper() for part in text.split(",") if part.strip()}, key=code_order))
    if not codes or not all(re.fullmatch(PARTICIPANT, code) for code in codes):
        raise RosterError("not a participant's code", hint="P07, or P07,P08,P09 for a group interview")
    return codes


def link(
    document: Document,
    transcript: str,
    codes: Sequence[str],
    session: int | None = None,
    speakers: Iterable[tuple[str, str, str]] = (),
) -> tuple[Document, TranscriptLink]:
    """Tie a received file to one participant (``P07-1``) or to a group (``G01-1``).

    Args:
        document: The document.
        transcript: Id of the received file.
        codes: Participants.
        session: Which interview with them; the next free one if None.
        speakers: (label, role, code or empty) for labels that do not tie themselves.

    Raises:
        RosterError: Unknown or withdrawn code; the file is tied to somebody else; the session is taken; a speaker's
            role or code does not fit.
    """
    codes = tuple(sorted(set(codes), key=code_order))
    if not codes:
        raise RosterError("a transcript needs at least one participant")
    for code in codes:
        if code not in document.participants:
            gone = code in document.tombstones
            raise RosterError(f"{code} was withdrawn" if gone else f"{code} is not a participant in the key store")
    known = document.transcripts.get(transcript)
    if known is not None:
        if known.link.participants != codes or (session is not None and session != known.link.session):
            raise RosterError(
                f"this file is tied to {known.link.code} already", hint="anonymizer participants link --undo FILE"
            )
        return set_speakers(document, transcript, speakers)
    stem = codes[0] if len(codes) == 1 else _group(document, codes)
    taken = {
        code_order(code)[2]
        for code in (*(s.link.code for s in document.transcripts.values()), *document.tombstones)
        if code.startswith(f"{stem}-")
    }
    if session is None:
        session = max(taken, default=0) + 1
    elif session < 1 or session in taken:
        raise RosterError(f"{stem}-{session} is taken" if session >= 1 else "sessions count from 1")
    made = TranscriptLink(transcript, f"{stem}-{session}", codes, session)
    sealed = SealedLink(made, originals.new_key())
    document = replace(document, transcripts={**document.transcripts, transcript: sealed})
    return set_speakers(document, transcript, speakers)


def set_speakers(
    document: Document, transcript: str, speakers: Iterable[tuple[str, str, str]]
) -> tuple[Document, TranscriptLink]:
    """Add to or change a transcript's speaker map.

    Raises:
        RosterError: The file is not tied; a role or code does not fit.
    """
    sealed = document.transcripts.get(transcript)
    if sealed is None:
        raise RosterError("this file is not tied to anybody", hint="anonymizer participants link FILE CODE")
    table = {label: (role, code) for label, role, code in sealed.link.speakers}
    for label, role, code in speakers:
        table[label] = _checked(document, role, code)
    made = replace(sealed.link, speakers=tuple((label, *table[label]) for label in table))
    return (
        replace(document, transcripts={**document.transcripts, transcript: replace(sealed, link=made)}),
        made,
    )


def unlink(document: Document, transcript: str) -> tuple[Document, TranscriptLink]:
    """Undo a tie made by mistake; its code is given again only to the same participants.

    Raises:
        RosterError: The file is not tied, or entities were found in it already.
    """
    sealed = document.transcripts.get(transcript)
    if sealed is None:
        raise RosterError("this file is not tied to anybody")
    if any(sealed.link.code in entity.transcripts for entity in document.entities.values()):
        raise RosterError(f"{sealed.link.code} was run already; its pseudonyms stand in outputs")
    rest = {key: value for key, value in document.transcripts.items() if key != transcript}
    return replace(document, transcripts=rest), sealed.link


def _checked(document: Document, role: str, code: str) -> tuple[str, str]:
    if role not in ROLES:
        raise RosterError("unknown role of a speaker", hint="interviewer, participant, other or unknown")
    if code and code not in document.participants and code not in document.interviewers:
        raise RosterError("a speaker's code is not in the key store", hint="anonymizer participants list")
    if code and role == "participant" and not re.fullmatch(PARTICIPANT, code):
        raise RosterError(f"{code} is not a participant's code")
    if code and role == "interviewer" and not re.fullmatch(INTERVIEWER, code):
        raise RosterError(f"{code} is not an interviewer's code")
    return role, code


def _group(document: Document, codes: tuple[str, ...]) -> str:
    """The group's code: the one these people have, or the next."""
    numbers = [0]
    for sealed in document.transcripts.values():
        stem, _, _ = sealed.link.code.partition("-")
        if stem.startswith("G"):
            if sealed.link.participants == codes:
                return stem
            numbers.append(int(stem[1:]))
    numbers += [int(code[1:].partition("-")[0]) for code in document.tombstones if re.fullmatch(TRANSCRIPT, code)
                and code.startswith("G")]  # fmt: skip
    return f"G{max(numbers) + 1:02d}"
