"""What the pipeline sees of the key: frozen values in, new assignments out."""

from __future__ import annotations

from dataclasses import dataclass, field

from anonymizer.detection.finding import EntityType
from anonymizer.entities.entity import Scope
from anonymizer.roster import Roster


@dataclass(frozen=True, slots=True)
class KnownEntity:
    """An entity that has been given a pseudonym.

    Attributes:
        id: Random id in the store, such as ``e-19QX``; empty for one not stored yet.
        entity_type: What it is.
        kind: ``company``, ``hospital`` ...; may be empty.
        scope: ``study`` or ``transcript``.
        transcript: Code of the transcript for scope ``transcript``, else empty.
        key: Canonical form, case-folded.
        forms: Surface forms seen so far.
        pseudonym: Label given, brackets included; unique for ever.
        about: Codes of the participants it is only about.
        transcripts: Codes of the transcripts it occurs in.
    """

    id: str
    entity_type: EntityType
    kind: str
    scope: Scope
    transcript: str
    key: str = field(repr=False)
    forms: tuple[str, ...] = field(repr=False)
    pseudonym: str
    about: tuple[str, ...] = ()
    transcripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """A received file tied to people.

    Attributes:
        transcript: Id of the received file (``Study.transcript_id``).
        code: ``P07-1``, ``G01-1``: the name of everything made from it.
        participants: Codes of the participants in it.
        session: 1 for the first interview.
        speakers: (label, role, code or "") for each speaker label.
    """

    transcript: str
    code: str
    participants: tuple[str, ...]
    session: int
    speakers: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class KeyView:
    """The key store at one moment.

    Attributes:
        study: Study id.
        generation: Grows with each save.
        roster: People with their codes.
        links: Received files and whose they are.
        entities: Everything that has a pseudonym.
        reserved: Every pseudonym ever given, withdrawn ones included.
        seed: 32 bytes; the source of all random choices of the study.
        secret: 32 bytes; key of the HMAC-SHA-256 used wherever a digest of an original, turn or recording is needed.
        holder: Label of the holder who opened it.
        frozen: Codes of transcripts that mention somebody withdrawn: their decisions stay by offset, they are never
            detected again and no form found in them is handed to the store, or the forgotten name would come back.
    """

    study: str
    generation: int
    roster: Roster = field(repr=False)
    links: tuple[TranscriptLink, ...] = field(repr=False)
    entities: tuple[KnownEntity, ...] = field(repr=False)
    reserved: frozenset[str] = field(repr=False)
    seed: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    holder: str = ""
    frozen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Update:
    """What a batch step adds to the key, saved at once.

    Attributes:
        entities: New ones (``id`` empty) and known ones with more forms or transcripts (``id`` set).
        links: New links of received files.
        originals: Transcript code -> {decision id: original text}, to be sealed apart.
        log: Entries for the log, in order: (action, fields without personal information).
    """

    entities: tuple[KnownEntity, ...] = field(default=(), repr=False)
    links: tuple[TranscriptLink, ...] = field(default=(), repr=False)
    originals: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = field(default=(), repr=False)
    log: tuple[tuple[str, tuple[tuple[str, str | int | float | bool], ...]], ...] = ()
