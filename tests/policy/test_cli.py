"""``anonymizer policy`` on presets, on a study's own files, and on a study with marks."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from anonymizer.decision import Decision
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import MarkedEntity, Marks
from anonymizer.study import Study, create_study

Anonymizer = Callable[..., int]
TEXT = "I moved to Oslo with Ada Quill."


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with one received file, its marks and its release."""
    protocol = tmp_path / "protocol.txt"
    protocol.write_text("Interview\n\nBackground\n\n1. Who are you?\n", encoding="utf-8")
    made = create_study(tmp_path / "study", protocol=protocol, title="T", ends_on=datetime.date(2099, 1, 1))
    data = json.dumps({"turns": [{"speaker": "A", "text": "Hello."}, {"speaker": "B", "text": TEXT}]}).encode()
    (made.received / "talk.json").write_bytes(data)
    place = Decision(1, 11, 15, "LOCATION", "tied", "E1", "pseudonymize", "default:LOCATION/tied", "a place", True)
    name = Decision(1, 21, 30, "PERSON", "direct", "E2", "pseudonymize", "default:PERSON/direct", "a name")
    decisions = (place, name)
    entities = (
        MarkedEntity("E1", "LOCATION", pseudonym="[Place 1]"),
        MarkedEntity("E2", "PERSON", pseudonym="[Person 1]"),
    )
    transcript = made.transcript_id(data)
    marks_store.save(made.review, Marks(transcript, "P07-1", "d", 2, "default:x", (), decisions, entities))
    (made.anonymized / "P07-1.txt").write_text("x", encoding="utf-8")
    return made


def test_show_prints_every_type(anonymizer: Anonymizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """Without a study too; as JSON for programs."""
    monkeypatch.chdir(tmp_path)
    assert 0 == anonymizer("policy", "show", "hipaa")
    shown = capsys.readouterr().out
    assert "45 CFR 164.514" in shown
    assert "generalize to region" in shown
    assert 0 == anonymizer("policy", "show", "--format", "json")
    table = json.loads(capsys.readouterr().out)["types"]
    assert {"action": "generalize", "to": "band", "over": 89, "width": 10} == table["AGE"]["tied"]


def test_check_names_every_mistake(anonymizer: Anonymizer, study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    """All files of the study and the shipped ones; exit code 1 with file and line."""
    assert 0 == anonymizer("policy", "check", "--study", study.folder)
    (study.rules / "policy").mkdir()
    (study.rules / "policy" / "ours.yaml").write_text("extends: default\ntypes:\n  PERSON:\n    direct: keep\n")
    capsys.readouterr()
    assert 1 == anonymizer("policy", "check", "--study", study.folder)
    shown = capsys.readouterr()
    assert "error: ours.yaml:4: PERSON that identifies somebody directly would be let through" in shown.err
    assert "ukds: good" in shown.out


@pytest.mark.parametrize("file", ["P07-1", "talk.json"])
def test_explain_says_which_rule_decided(
    anonymizer: Anonymizer, study: Study, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By code or received file; passages only when asked for."""
    assert 0 == anonymizer("policy", "explain", f"{file}:1", "--study", study.folder)
    shown = capsys.readouterr().out
    assert "LOCATION, tied, E1\n  pseudonymize as [Place 1], by default:LOCATION/tied (default.yaml line" in shown
    assert "a person should look" in shown
    assert "Oslo" not in shown
    assert 0 == anonymizer("policy", "explain", f"{file}:1", "--text", "--study", study.folder)
    assert "LOCATION, tied, E1: Oslo" in capsys.readouterr().out
    assert 0 == anonymizer("policy", "explain", f"{file}:1", "--policy", "archive", "--format", "json",
                           "--study", study.folder)  # fmt: skip
    rows = json.loads(capsys.readouterr().out)
    assert ["generalize to country", "pseudonymize"] == [row["action"] for row in rows]


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [("P07-1", 2, "FILE:TURN"), ("P07-1:x", 2, "FILE:TURN"), ("P07-1:2", 1, "no turn 2"), ("P08-1:0", 1, "no such")],
)
def test_explain_of_what_is_not_there(
    anonymizer: Anonymizer, study: Study, place: str, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A usage error or an error line."""
    assert code == anonymizer("policy", "explain", place, "--study", study.folder)
    assert words in capsys.readouterr().err


def test_compare_names_released_transcripts_that_would_change(
    anonymizer: Anonymizer, study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says when none would."""
    assert 0 == anonymizer("policy", "compare", "archive", "--study", study.folder)
    assert "P07-1: 1 passage changes\n" == capsys.readouterr().out
    assert 0 == anonymizer("policy", "compare", "archive", "--format", "json", "--study", study.folder)
    assert {"P07-1": {"changes": 1, "shows_more": 0}} == json.loads(capsys.readouterr().out)
    assert 0 == anonymizer("policy", "compare", "default", "--study", study.folder)
    assert "no released transcript would change" in capsys.readouterr().err
    (study.anonymized / "P07-1.txt").unlink()
    assert 0 == anonymizer("policy", "compare", "archive", "--study", study.folder)
    assert "" == capsys.readouterr().out
