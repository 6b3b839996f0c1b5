"""A study with a key store, three participants, one linked and prepared transcript, and a recording of it."""

from __future__ import annotations

import datetime
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.decision import Decision
from anonymizer.keystore.create import create_store
from anonymizer.keystore.store import open_store
from anonymizer.protocol.model import Tag
from anonymizer.review import marks as marks_store
from anonymizer.review.approvals import approve, signer
from anonymizer.review.marks import MarkedEntity, Marks
from anonymizer.roster import parse_roster
from anonymizer.study import Study, create_study

ROSTER = """name,aliases,email,organization,role
Zanele Canary,Zee,zee@quarrybird.example,Quarrybird,participant
Olwen Trevanion,,,,participant
"""
Run = Callable[..., tuple[int, str, str]]


@dataclass
class Place:
    """Where things lie.

    Attributes:
        study: The study.
        audio: A recording named after its speaker.
        code: Code of its transcript.
        transcript: Id of the received file.
        keys: A folder for reviewers' signing keys.
    """

    study: Study
    audio: Path
    code: str
    transcript: str
    keys: Path

    def approve(self, reviewer: str = "AB") -> None:
        """Sign what was decided about the transcript."""
        approve(self.study, self.transcript, signer(reviewer, self.keys), read=True)

    def publish(self) -> None:
        """Put a released file where releases lie."""
        (self.study.anonymized / f"{self.code}.json").write_text("{}")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The study as ``run`` leaves it, nothing approved."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    protocol = tmp_path / "protocol.txt"
    protocol.write_text("Background\n1. What do you do?\n")
    study = create_study(tmp_path / "study", protocol=protocol, title="Birds", ends_on=datetime.date(2031, 12, 31))
    create_store(
        study, tmp_path / "keys", tmp_path / "stick" / "study.shred", "dana", tmp_path / "dana.identity", None, False
    )
    received = study.received / "talk.txt"
    received.write_text("Zanele: hello\n")
    transcript = study.transcript_id(received.read_bytes())
    with open_store(study) as store:
        store.import_roster(parse_roster(ROSTER.encode()))
        link = store.link(transcript, "P01")
    marks = Marks(
        transcript=transcript,
        code=link.code,
        text_digest="00" * 32,
        turns=1,
        policy="default:00",
        tags=(Tag(0, "participant", None, 0.9, False),),
        decisions=(Decision(0, 0, 5, "PERSON", "direct", "E1", "pseudonymize", "r", "a name"),),
        entities=(MarkedEntity("E1", "PERSON", pseudonym="[Person 1]"),),
    )
    marks_store.save(study.review, marks)
    audio = tmp_path / "card" / "Zanele Canary.wav"
    audio.parent.mkdir()
    audio.write_bytes(b"RIFF" + bytes(2000))
    return Place(study, audio, link.code, transcript, tmp_path / "reviewers")


@pytest.fixture
def run(place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in the study; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(place.study.folder)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8"))
        code = run_safely(cli, [str(a) for a in arguments])
        out = capsys.readouterr()
        return code, out.out, out.err

    return call
