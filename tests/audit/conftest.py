"""A made-up study's facts, as large as one likes; and a real small study, released without a language model."""

from __future__ import annotations

import datetime
import io
import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymizer import drafts
from anonymizer.audit.facts import (
    AgreementFacts,
    KeyFacts,
    OutputFacts,
    ReportFacts,
    SecondLookFacts,
    TranscriptFacts,
)
from anonymizer.audit.log import Head, LogReport
from anonymizer.audit.plant import KINDS, STYLES, Recall
from anonymizer.audit.risk import mosaics, said, small_cells
from anonymizer.audit.sampling import result
from anonymizer.batch.work import text_digest
from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.decision import Decision
from anonymizer.detection.finding import ACTIONS, ENTITY_TYPES
from anonymizer.entities.entity import OpenQuestion
from anonymizer.intake.reader import read
from anonymizer.keystore.create import create_store
from anonymizer.keystore.store import open_store
from anonymizer.keystore.view import KnownEntity, Update
from anonymizer.policy.load import load_policy
from anonymizer.protocol.model import Protocol, Question, Tag
from anonymizer.recordings import machine
from anonymizer.recordings.media import RecordingFinding
from anonymizer.recordings.model import TICK_LIST, Deletion, RecordingRecord
from anonymizer.release import release
from anonymizer.retention import Due, load_retention
from anonymizer.review import marks as marks_store
from anonymizer.review.approvals import approve, signer
from anonymizer.review.marks import MarkedEntity, Marks
from anonymizer.roster import parse_roster
from anonymizer.study import Study, create_study

NOW = datetime.datetime(2026, 9, 1, 12, tzinfo=datetime.UTC)
REASONS = ("a technical name in the lexicon", "a vendor mentioned in general", "a relative date")


def _marks(code: str, source: random.Random, turns: int, protocol: Protocol) -> Marks:
    decisions = []
    for turn in range(0, turns, 2):
        for k in range(source.randrange(3)):
            entity_type = source.choice(ENTITY_TYPES)
            keep = entity_type in ("TECHNOLOGY", "ROLE") or source.random() < 0.25
            action = "keep" if keep else source.choice(ACTIONS[:3])
            context = "technical" if entity_type == "TECHNOLOGY" else source.choice(("direct", "tied", "general"))
            decisions.append(
                Decision(
                    turn, 20 * k, 20 * k + 6, entity_type, context, f"E{source.randrange(30)}", action, "default",  # type: ignore[arg-type]
                    source.choice(REASONS), source.random() < 0.02, 0.9, ("ner",),
                )
            )  # fmt: skip
    tags = tuple(
        Tag(
            i,
            "participant" if i % 2 else "interviewer",
            source.choice(protocol.questions).id if source.random() < 0.8 else None,
            0.5 + source.random() / 2,
            source.random() < 0.1,
        )
        for i in range(turns)
    )
    questions = (OpenQuestion("same?", ("E1", "E2"), "may be one"),) if source.random() < 0.2 else ()
    return Marks("t" + code, code, "0" * 64, turns, "default:abc", tags, tuple(decisions), questions=questions)


def _recordings(n: int) -> tuple[RecordingRecord, ...]:
    records: list[RecordingRecord] = []
    answers = tuple((place, "deleted") for place, _ in TICK_LIST)
    for i in range(n):
        code = f"P{i + 1:02d}-1"
        time = NOW - datetime.timedelta(days=100 - 2 * (i % 40))
        record = machine.register(
            records, digest=f"{i:064d}", size=10, path=f"/r/{i}.wav", transcripts=(code,), time=time
        )
        if i % 3:
            facts = machine.Facts(received=(code,), approved=(code,), released=(code,))
            record = machine.advance(record, facts, days=0, time=time + datetime.timedelta(days=20))
        if i % 3 == 2:
            plan = Deletion(
                machine.stamp(time + datetime.timedelta(days=30)), "alice", False,
                "overwritten once and unlinked; on this solid-state disk remnants cannot be excluded", 0, answers,  # type: ignore[arg-type]
            )  # fmt: skip
            record = machine.finish_deletion(machine.begin_deletion(record, plan))
        records.append(record)
    return tuple(records)


@pytest.fixture
def make_facts() -> Callable[..., ReportFacts]:
    """Facts of a study with so many transcripts, in every state."""

    def make(
        transcripts: int = 8, *, turns: int = 60, measured: bool = True, title: str = "Tools in practice"
    ) -> ReportFacts:
        source = random.Random(7)
        sections = ("Background", "Process", "Other")
        protocol = Protocol(
            "Interview protocol",
            tuple(
                Question(f"{s.lower()}.{i}", s, str(i), f"What about part {i} of the {s.lower()}, and why?", i == 3)
                for s in sections
                for i in range(1, 9)
            ),
        )
        rows = []
        for i in range(transcripts):
            code = f"P{i + 1:02d}-1"
            state = ("released", "released", "released", "approved", "drafted", "received")[i % 6]
            received = NOW - datetime.timedelta(days=110 - i % 50)
            times = {"received": machine.stamp(received)}
            approved: tuple[tuple[str, str], ...] = ()
            if state in ("released", "approved"):
                times["approved"] = machine.stamp(received + datetime.timedelta(days=12))
                approved = (("AB", times["approved"]), ("CD", times["approved"]))[: 1 + i % 2]
            if state == "released":
                times["released"] = machine.stamp(received + datetime.timedelta(days=13))
            rows.append(
                TranscriptFacts(
                    code,
                    (code[:-2],),
                    state,  # type: ignore[arg-type]
                    None if state == "received" else _marks(code, source, turns, protocol),
                    approved,
                    int(i == 4),
                    True if state == "released" else None,
                    (i != 1) if state == "released" else None,
                    times,
                )
            )
        attributes = [
            (f"P{i + 1:02d}", name, value)
            for i in range(transcripts)
            for name, value in (
                ("role", source.choice("ab")),
                ("region", source.choice("xyz")),
                ("field", source.choice("mn")),
            )
        ]
        recordings = _recordings(transcripts)
        people = {t.code: t.participants for t in rows}
        states = {
            "deleted": ("gone", None, None),
            "deletion-due": ("due", NOW.date() - datetime.timedelta(days=3), -3),
        }
        due = [
            Due("recording", r.id, state, "delete", on, left)  # type: ignore[arg-type]
            for r in recordings
            for state, on, left in [states.get(r.state, ("waiting", None, None))]
        ]
        return ReportFacts(
            study="9f2c41d07be833a6",
            title=title,
            ends_on=datetime.date(2027, 6, 30),
            time=NOW,
            version="0.1.0",
            policy="default",
            policy_digest="abc",
            review="required",
            protocol=protocol,
            transcripts=tuple(rows),
            retention=load_retention("default"),
            due=tuple(due),
            log=LogReport(
                120,
                (),
                Head(120, "ab" * 32),
                "9f2c41d07be833a6",
                {"h-1": "00"},
                counts={"draft": 60, "release": 12, "init": 1},
            ),
            outputs=OutputFacts(24, excused=14),
            key=KeyFacts(42, 2, 5, 31, 0, 1, 1, 0, "ext4 on a magnetic disk"),
            recordings=recordings,
            recording_findings=(RecordingFinding("transcript-without-recording", transcript="P99-1"),),
            agreement=AgreementFacts(3, 211, 194, 0.82, 0.87, 0.95) if measured else None,
            sample=result({("P01-1", i): int(i == 3) for i in range(50)}, 900) if measured else None,
            planted=tuple(
                Recall(kind, style, 20, 20 - i % 5 - 3 * (style == "captions"), i % 2)
                for i, kind in enumerate(KINDS)
                for style in STYLES
            )
            if measured
            else (),
            second_look=SecondLookFacts(
                900, {"several capitals in a row": 12, "capitals": 30, "long number": 1}, 1, 240
            )
            if measured
            else None,
            combinations=small_cells(attributes),
            said=said(
                {f"P{i + 1:02d}": [("location", "abc"[i % 3]), ("role", "de"[i % 2])] for i in range(transcripts)}
            ),
            mosaics=mosaics([t.marks for t in rows if t.marks], people, attributes),
        )

    return make


ROSTER = """name,aliases,email,organization,role,Field
Zanele Canary,,zee@quarrybird.example,Quarrybird Ltd,participant,ornithology-canary
Olwen Trevanion,,,,interviewer,
"""
TALK = {
    "turns": [
        {"speaker": "Olwen Trevanion", "text": "So what do you do there, Zanele?"},
        {"speaker": "Zanele Canary", "text": "I build models at Quarrybird Ltd, mostly with PyTorch, and it is fun."},
        {"speaker": "Olwen Trevanion", "text": "And before that?"},
        {"speaker": "Zanele Canary", "text": "I was a teacher in a school for a long while, then I moved on."},
    ]
}


@dataclass
class Place:
    """A study with one released transcript."""

    study: Study
    transcript: str
    signing: Path

    def released(self, suffix: str) -> Path:
        """The released file."""
        return self.study.anonymized / f"P01-1.{suffix}"


def _span(turn: int, passage: str) -> tuple[int, int, int]:
    start = TALK["turns"][turn]["text"].index(passage)
    return turn, start, start + len(passage)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Linked, decided by hand, approved and released, without a language model."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    protocol = tmp_path / "protocol.txt"
    protocol.write_text("Background\n1. What do you do?\n2. What did you do before?\n")
    study = create_study(tmp_path / "study", protocol=protocol, title="Birds", ends_on=datetime.date(2031, 12, 31))
    create_store(study, tmp_path / "keys", tmp_path / "stick" / "s.shred", "dana", tmp_path / "d.identity", None, False)
    received = study.received / "talk.json"
    received.write_text(json.dumps(TALK))
    transcript = study.transcript_id(received.read_bytes())
    policy = load_policy("default", study.rules)
    marks = Marks(
        transcript=transcript,
        code="P01-1",
        text_digest=text_digest(read(received), study.salt()),
        turns=4,
        policy=f"{policy.name}:{policy.digest[:16]}",
        tags=tuple(
            Tag(i, "participant" if i % 2 else "interviewer", f"background.{1 + i // 2}", 0.9, False) for i in range(4)
        ),
        decisions=(
            Decision(*_span(0, "Zanele"), "PERSON", "direct", "E1", "pseudonymize", "default", "a name of the roster"),
            Decision(
                *_span(1, "Quarrybird Ltd"), "ORGANIZATION", "tied", "E2", "pseudonymize", "default", "an employer"
            ),
            Decision(*_span(1, "PyTorch"), "TECHNOLOGY", "technical", "E3", "keep", "default", "a technical name"),
        ),
        entities=(
            MarkedEntity("E1", "PERSON", scope="study", roster="P01", pseudonym="[P01]"),
            MarkedEntity("E2", "ORGANIZATION", "company", "study", pseudonym="[Company 1]"),
            MarkedEntity("E3", "TECHNOLOGY"),
        ),
    )
    with open_store(study) as store:
        store.import_roster(parse_roster(ROSTER.encode()))
        store.link(
            transcript,
            "P01",
            speakers=(("Zanele Canary", "participant", "P01"), ("Olwen Trevanion", "interviewer", "I1")),
        )
        forms = (("[P01]", "PERSON", "Zanele"), ("[Company 1]", "ORGANIZATION", "Quarrybird Ltd"))
        store.update(
            Update(
                entities=tuple(
                    KnownEntity("", kind, "", "study", "", form.casefold(), (form,), label, (), ("P01-1",))  # type: ignore[arg-type]
                    for label, kind, form in forms
                )
            )
        )
    marks_store.save(study.review, marks)
    drafts.set_stamp(study, "P01-1", "by hand")
    here = Place(study, transcript, tmp_path / "reviewers")
    approve(study, transcript, signer("AB", here.signing), read=True)
    with open_store(study) as store:
        done = release(study, store)
    assert done.released == ["P01-1"], done
    return here


@pytest.fixture
def run(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run a command line in the study; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(place.study.folder)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8"))
        code = run_safely(cli, [str(a) for a in arguments])
        out = capsys.readouterr()
        return code, out.out, out.err

    return call
