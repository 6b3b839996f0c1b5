"""The sealed document, version 2: frozen values, and the one canonical way to write them as bytes.

::

    4-byte big-endian length | canonical JSON (UTF-8, sorted keys, no floats) | zeros to a multiple of 4096

What is read must be byte for byte what would be written. docs/keystore-format.md is the specification.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from anonymizer.audit.log import Head
from anonymizer.keystore.view import KeyView, KnownEntity, TranscriptLink
from anonymizer.roster import Person, Roster

PARTICIPANT, INTERVIEWER, TRANSCRIPT = r"P[0-9]{2,6}", r"I[0-9]{1,6}", r"(?:P|G)[0-9]{2,6}-[0-9]{1,4}"


class _NoPickle:
    """A pickle is a copy of the key that nobody counts."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("the key is not pickled")


@dataclass(frozen=True, slots=True)
class Holder(_NoPickle):
    """Who can open the store.

    Attributes:
        label: Chosen name.
        recipient: ``age1...``.
        since: Date.
        public: Ed25519 public key, hex.
        sign: The signing key's 32 bytes, as an age file for this holder alone, base64: another holder reads the
            document, but not this.
    """

    label: str
    recipient: str = field(repr=False)
    since: str
    public: str
    sign: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedLink(_NoPickle):
    """A transcript's link and its data key.

    Attributes:
        link: Whose it is.
        key: age secret key under which the transcript's originals are sealed; dropping it drops them.
    """

    link: TranscriptLink = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recording(_NoPickle):
    """A registered recording; the recordings room knows what its facts mean.

    Attributes:
        transcripts: Codes of the transcripts made from it.
        path: Where it lay when registered.
        digest: Keyed digest of its bytes.
        size: Bytes.
        state: State of the recordings' state machine.
        facts: Further (name, value) pairs.
    """

    transcripts: tuple[str, ...]
    path: str = field(repr=False)
    digest: str
    size: int
    state: str
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper copy of the shred secret: of which counter, when, how many, and whether it is void."""

    counter: int
    since: str
    copies: int


@dataclass(frozen=True, slots=True)
class Withdrawal(_NoPickle):
    """A withdrawal whose files are not all gone yet: codes and paths, finished by whoever opens the store next.

    Attributes:
        code: The participant's.
        transcripts: (id of the received file, code, turns): ``turns`` are the numbers of the person's turns in a group
            interview, of which the rest stays; empty where the whole transcript goes.
        actions: (kind of file, ``delete`` or ``keep``), as the policy said when the withdrawal began.
    """

    code: str
    transcripts: tuple[tuple[str, str, str], ...]
    actions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Document(_NoPickle):
    """Everything the key store knows.

    Attributes:
        study: Study id.
        title: Study title.
        generation: Grows with each save.
        log: Head of the log at the last save.
        holders: By id ``h-...``.
        participants: By code ``P07``.
        interviewers: By code ``I1``.
        others: Other roster entries, by random id ``o-...``.
        transcripts: By id of the received file.
        entities: By random id ``e-...``.
        tombstones: Pseudonyms and codes that are never given again -> date; no name, no hash of one.
        frozen: Codes of transcripts that mention somebody withdrawn: never detected again.
        recordings: By random id ``r-...``.
        counts: ``exports``, ``readings`` ... over the study's life.
        papers: Paper copies made of shred secrets, void ones included.
        medium: Facts about the shred secret's medium and warnings given at init, for the certificate.
        pending: Withdrawals to finish.
        seed: Source of the study's random choices.
        secret: HMAC key.
    """

    study: str
    title: str
    generation: int
    log: Head
    holders: Mapping[str, Holder] = field(repr=False)
    participants: Mapping[str, Person] = field(default_factory=dict, repr=False)
    interviewers: Mapping[str, Person] = field(default_factory=dict, repr=False)
    others: Mapping[str, Person] = field(default_factory=dict, repr=False)
    transcripts: Mapping[str, SealedLink] = field(default_factory=dict, repr=False)
    entities: Mapping[str, KnownEntity] = field(default_factory=dict, repr=False)
    tombstones: Mapping[str, str] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    recordings: Mapping[str, Recording] = field(default_factory=dict, repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    medium: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[Withdrawal, ...] = field(default=(), repr=False)
    seed: bytes = field(default=b"", repr=False)
    secret: bytes = field(default=b"", repr=False)

    def people(self) -> tuple[Person, ...]:
        """Everybody, participants first, in the order of their codes."""
        groups = (self.participants, self.interviewers, self.others)
        return tuple(group[code] for group in groups for code in sorted(group, key=code_order))

    def reserved(self) -> frozenset[str]:
        """Every pseudonym and code that was ever given."""
        codes = (sealed.link.code for sealed in self.transcripts.values())
        return frozenset(
            {e.pseudonym for e in self.entities.values()}.union(
                self.participants, self.interviewers, self.tombstones, codes
            )
        )

    def view(self, holder: str = "") -> KeyView:
        """Frozen values for the pipeline."""
        return KeyView(
            study=self.study,
            generation=self.generation,
            roster=Roster(self.people()),
            links=tuple(self.transcripts[tid].link for tid in sorted(self.transcripts)),
            entities=tuple(self.entities[key] for key in sorted(self.entities)),
            reserved=self.reserved(),
            seed=self.seed,
            secret=self.secret,
            holder=holder,
            frozen=self.frozen,
        )

    def with_count(self, name: str, more: int = 1) -> Document:
        """The same with a count raised."""
        return replace(self, counts={**self.counts, name: self.counts.get(name, 0) + more})


def code_order(code: str) -> tuple[str, int, int]:
    """Sorts P2 before P10, and P07-1 before P07-2."""
    match = re.match(r"([A-Za-z]+-?)([0-9]+)(?:-([0-9]+))?$", code)
    return (match[1], int(match[2]), int(match[3] or 0)) if match else (code, 0, 0)
