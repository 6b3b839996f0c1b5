"""Detectors that are loaded once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anonymizer.detection.detector import Detector
from anonymizer.detection.finding import Finding
from anonymizer.roster import EMPTY, Roster
from anonymizer.study import DetectionSettings
from anonymizer.transcript import Transcript, Turn


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The default detector."""
    return Detector()


@pytest.fixture(scope="session")
def bare() -> Detector:
    """A detector without any model: roster, patterns, spoken forms and consistency."""
    return Detector(DetectionSettings(model="none"))


def make(*turns: str | tuple[str, str]) -> Transcript:
    """A transcript of texts or (speaker, text) pairs."""
    pairs = [t if isinstance(t, tuple) else (None, t) for t in turns]
    return Transcript("t", tuple(Turn(i, speaker, text) for i, (speaker, text) in enumerate(pairs)))


@pytest.fixture
def transcript() -> Callable[..., Transcript]:
    """Builds transcripts: ``transcript("text", ("Speaker", "text"))``."""
    return make


@pytest.fixture
def hidden() -> Callable[..., list[str]]:
    """The texts that a detector hides in the turns given."""

    def look(detector: Detector, *turns: str | tuple[str, str], roster: Roster = EMPTY) -> list[str]:
        built = make(*turns)
        return [text_of(built, f) for f in detector.detect(built, roster) if f.context in ("direct", "tied")]

    return look


def text_of(transcript: Transcript, finding: Finding) -> str:
    """The passage of a finding."""
    return transcript.turns[finding.turn].text[finding.start : finding.end]
