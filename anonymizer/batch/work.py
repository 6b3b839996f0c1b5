"""What one worker does with one received file: everything that needs neither the key nor another transcript.

Intake, tagging, detection, linking within the transcript and policy are a map without shared state. A
:class:`Workshop` loads models and rules once and is then called for each file; it reads the received file and, where it
is given a cache, keeps the model's candidates there (offsets without text, named by keyed digests).
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer import files
from anonymizer.decision import Decision
from anonymizer.entities.entity import Linked
from anonymizer.errors import AnonymizerError
from anonymizer.protocol.model import Protocol, Tag
from anonymizer.roster import EMPTY, Roster
from anonymizer.study import DetectionSettings, Study
from anonymizer.transcript import Speaker, Transcript

if TYPE_CHECKING:
    from anonymizer.detection.detector import Detector
    from anonymizer.policy.model import Policy
    from anonymizer.protocol.tagging import Tagger


@dataclass(frozen=True, slots=True)
class Job:
    """A received file to work on.

    Attributes:
        transcript: Its id (``Study.transcript_id``).
        path: Where it lies.
        code: ``P07-1``; empty when prepared without the key.
        participants: Codes of the participants in it.
        speakers: Who its labels stand for, as far as known.
    """

    transcript: str
    path: Path = field(repr=False)
    code: str = ""
    participants: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Worked:
    """A transcript with everything that needs no key.

    Attributes:
        job: What was asked for.
        content: The turns as read.
        tags: One for each turn.
        linked: Findings and entities.
        decisions: By policy.
    """

    job: Job
    content: Transcript = field(repr=False)
    tags: tuple[Tag, ...]
    linked: Linked = field(repr=False)
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not be worked on; the others go on.

    Attributes:
        job: What was asked for.
        message: The error, without text of the transcript.
        hint: What to do, or None.
    """

    job: Job
    message: str
    hint: str | None = None


def text_digest(transcript: Transcript, key: bytes) -> str:
    """HMAC-SHA-256 (hex) over speakers, texts and times, independent of the received format."""
    turns = [[t.speaker, t.text, t.start, t.end] for t in transcript]
    return hmac.new(key, json.dumps(turns, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()


class Workshop:
    """Models, rules and protocol, loaded once, for any number of files.

    Args:
        settings: Which models look.
        protocol: The study's interview protocol.
        policy: Decides what happens to findings.
        rules: The study's own rules, or None.
        roster: Known people; empty when prepared without the key.
        cache: Where the model's candidates are kept, or None to keep none (a machine that may not store anything).
        salt: Key of the cache's names; not needed without a cache.
    """

    def __init__(
        self,
        *,
        settings: DetectionSettings,
        protocol: Protocol,
        policy: Policy,
        rules: Path | None = None,
        roster: Roster = EMPTY,
        cache: Path | None = None,
        salt: bytes = b"",
    ) -> None:
        self.settings = settings
        self.protocol = protocol
        self.policy = policy
        self.rules = rules
        self.roster = roster
        self._cache = cache
        self._salt = salt
        self._detector: Detector | None = None
        self._tagger: Tagger | None = None

    @classmethod
    def of(cls, study: Study, roster: Roster = EMPTY) -> Workshop:
        """The workshop of a study on this machine.

        Raises:
            ProtocolError: The protocol cannot be read.
            RulesError: The policy cannot be read.
        """
        from anonymizer.policy.load import load_policy
        from anonymizer.protocol.document import read_protocol

        return cls(
            settings=study.settings.detection,
            protocol=read_protocol(study.protocol),
            policy=load_policy(study.settings.policy, study.rules),
            rules=study.rules,
            roster=roster,
            cache=study.cache,
            salt=study.salt(),
        )

    @property
    def detector(self) -> Detector:
        """The detector; its models are loaded at first use."""
        if self._detector is None:
            from anonymizer.detection.detector import Detector

            self._detector = Detector(self.settings, rules_overlay=self.rules)
        return self._detector

    @property
    def tagger(self) -> Tagger:
        """The tagger for the study's protocol."""
        if self._tagger is None:
            from anonymizer.protocol.tagging import Tagger

            self._tagger = Tagger(self.protocol, rules_overlay=self.rules)
        return self._tagger

    def fingerprint(self) -> str:
        """Digest of everything but the file that a result depends on: models, rules, protocol, policy, roster."""
        roster = hmac.new(self._salt, repr([_values(p) for p in self.roster]).encode(), hashlib.sha256).hexdigest()
        parts = [self._detection, self.protocol.version, self.policy.digest, roster]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    @functools.cached_property
    def _detection(self) -> str:
        from anonymizer.detection.fingerprint import fingerprint

        return fingerprint(self.settings, self.rules)

    def __call__(self, job: Job) -> Worked | Failed:
        """Work on one file; an expected error becomes a :class:`Failed`, so that the others go on."""
        from anonymizer.intake.reader import read

        try:
            return self.work(job, read(job.path))
        except AnonymizerError as error:
            return Failed(job, str(error), error.hint)

    def load(self) -> None:
        """Load models now rather than at the first file."""
        self.detector.load()

    def forget(self) -> None:
        """Drop what must not travel to another machine: loaded models, the cache's place and its key."""
        self._detector = None
        self._tagger = None
        self._cache = None
        self._salt = b""

    def work(self, job: Job, content: Transcript, candidates: Any = None) -> Worked:
        """Everything after intake; ``candidates`` are the model's, where another machine has found them."""
        from anonymizer.entities.linking import link
        from anonymizer.keystore.speakers import resolve

        mapped = {s.label: (s.role, s.code or "") for s in job.speakers}
        job = replace(job, speakers=resolve(content.labels, self.roster, mapped, job.participants))
        tags = self.tagger.tag(content, job.speakers)
        if candidates is None:
            candidates = self._candidates(content)
        findings = self.detector.judge(content, candidates, self.roster, job.speakers)
        linked = link(content, findings, self.roster, job.speakers)
        return Worked(job, content, tags, linked, self.policy.decide(content, linked))

    def _candidates(self, content: Transcript) -> Any:
        """The model's candidates, from the cache where text, model and rules are the same."""
        if self._cache is None:
            return self.detector.candidates(content)
        from anonymizer.detection.candidate import dump, restore

        name = hmac.new(
            self._salt, f"{text_digest(content, self._salt)}|{self._detection}".encode(), hashlib.sha256
        ).hexdigest()
        path = self._cache / f"{name[:32]}.json"
        try:
            return restore(json.loads(path.read_bytes()))
        except (OSError, ValueError):
            candidates = self.detector.candidates(content)
        # one that a power cut damaged is not read: it is made again
        files.write_atomic(path, files.to_json(dump(candidates)), durable=False)
        return candidates


def _values(person: object) -> tuple[object, ...]:
    """Field values of a slotted dataclass, for digests."""
    return tuple(getattr(person, name) for name in person.__dataclass_fields__)  # type: ignore[attr-defined]
