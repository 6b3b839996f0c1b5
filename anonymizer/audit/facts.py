"""What a report is made from: values that the rooms hand over, gathered once.

Nothing here holds a passage or a name of a transcript. ``None`` means "not measured" or "cannot be known without the
key", and is printed as that.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from anonymizer.audit.log import LogReport
from anonymizer.audit.plant import Recall
from anonymizer.audit.risk import Combination, Mosaic
from anonymizer.audit.sampling import SampleResult
from anonymizer.protocol.model import Protocol
from anonymizer.recordings.media import RecordingFinding
from anonymizer.recordings.model import RecordingRecord
from anonymizer.retention import Due, RetentionPolicy
from anonymizer.review.marks import Marks

TranscriptState = Literal["received", "prepared", "drafted", "approved", "released"]


@dataclass(frozen=True, slots=True)
class TranscriptFacts:
    """One transcript.

    Attributes:
        code: ``P07-1``; the transcript's id while nobody tied it to a participant.
        participants: Codes.
        state: How far it is.
        marks: Effective marks, or None before ``run``.
        approved_by: (reviewer, UTC time) of approvals that count now.
        void: Approvals that do not count any more.
        released_reviewed: Whether the release was made with approval; None if there is no release.
        current: Whether the release was made from the present text, decisions and policy; None if there is no release.
        times: When what happened: ``received``, ``approved``, ``released`` (UTC, ISO 8601).
    """

    code: str
    participants: tuple[str, ...]
    state: TranscriptState
    marks: Marks | None = None
    approved_by: tuple[tuple[str, str], ...] = ()
    void: int = 0
    released_reviewed: bool | None = None
    current: bool | None = None
    times: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The key store's life.

    Attributes:
        generation: Saves so far.
        holders: People who can open it.
        readings: Names looked up or revealed.
        openings: Times it was opened, as far as logged.
        exports: Plain-text exports.
        rotations: Replacements of the shred secret.
        papers: Paper copies that open the store now.
        withdrawn: Participants withdrawn.
        medium: What is known of the medium of the shred secret.
        warnings: Given when it was laid out.
        destroyed: When it was destroyed, or empty.
        certificate: SHA-256 of the certificate, or empty.
    """

    generation: int = 0
    holders: int = 0
    readings: int = 0
    openings: int = 0
    exports: int = 0
    rotations: int = 0
    papers: int = 0
    withdrawn: int = 0
    medium: str = ""
    warnings: tuple[str, ...] = ()
    destroyed: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """How far two reviewers agreed, deciding apart.

    Attributes:
        transcripts: Read by two.
        decisions: Passages both decided.
        agreed: Of these, decided the same.
        kappa: Cohen's kappa over the actions, or None where it is not defined.
        low: Lower end of the 95 % interval of agreed / decisions, or None.
        high: Upper end, or None.
    """

    transcripts: int
    decisions: int
    agreed: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """What the search for known originals found.

    Attributes:
        files: Files searched.
        hits: (file, place) of unexcused hits; names by code, places by turn or property.
        excused: Hits that recorded keeps explain.
        foreign: Files in anonymized/ that nobody released.
        changed: Released files that are not the bytes that were released.
        log_hits: Known originals in the log itself.
    """

    files: int
    hits: tuple[tuple[str, str], ...] = ()
    excused: int = 0
    foreign: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    log_hits: int = 0


@dataclass(frozen=True, slots=True)
class SecondLookFacts:
    """What the second look listed: counts only."""

    turns: int
    by_rule: Mapping[str, int]
    strong: int
    excused: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything a report says.

    Attributes:
        study: Id.
        title: As in study.toml.
        ends_on: Day the key is due to be destroyed.
        time: Of the report.
        version: Of the program.
        policy: Name.
        policy_digest: First 16 hex digits.
        review: ``required``, ``two`` or ``optional``.
        protocol: The questions.
        transcripts: All received.
        retention: Policy of the clocks.
        due: Where the clocks stand.
        log: Verification of the log.
        outputs: Search of the outputs; None without the key.
        key: The key's life; None where it could not be opened.
        recordings: Records; None without the key.
        recording_findings: What does not fit.
        agreement: None if no transcript was read by two people apart.
        sample: Last human sample.
        planted: Last planting.
        second_look: Last second look.
        combinations: Small cells; None if no attribute leaves the study.
        said: Small combinations of what the talk keeps about participants; None: not measured.
        mosaics: What is kept about each participant.
        originals_present: Received files or sealed originals still exist.
    """

    study: str
    title: str
    ends_on: datetime.date
    time: datetime.datetime
    version: str
    policy: str
    policy_digest: str
    review: str
    protocol: Protocol
    transcripts: tuple[TranscriptFacts, ...]
    retention: RetentionPolicy
    due: tuple[Due, ...] = ()
    log: LogReport | None = None
    outputs: OutputFacts | None = None
    key: KeyFacts | None = None
    recordings: tuple[RecordingRecord, ...] | None = None
    recording_findings: tuple[RecordingFinding, ...] = ()
    agreement: AgreementFacts | None = None
    sample: SampleResult | None = None
    planted: tuple[Recall, ...] = ()
    second_look: SecondLookFacts | None = None
    combinations: tuple[Combination, ...] | None = None
    said: tuple[Combination, ...] | None = None
    mosaics: tuple[Mosaic, ...] = ()
    originals_present: bool = True
