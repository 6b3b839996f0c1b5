"""The audit of a study: what is released is searched, compared and explained; tampering is found."""

from __future__ import annotations

import csv
import datetime
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymizer import drafts, files
from anonymizer.audit.measures import load_measures
from anonymizer.batch.work import text_digest
from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.decision import Decision
from anonymizer.intake.reader import read
from anonymizer.keystore.create import create_store
from anonymizer.keystore.store import open_store
from anonymizer.keystore.view import KnownEntity, Update
from anonymizer.policy.load import load_policy
from anonymizer.protocol.model import Tag
from anonymizer.release import release
from anonymizer.review import marks as marks_store
from anonymizer.review.approvals import approve, signer
from anonymizer.review.marks import MarkedEntity, Marks
from anonymizer.roster import parse_roster
from anonymizer.study import Study, create_study, open_study

ROSTER = """name,aliases,email,organization,role
Zanele Canary,,zee@quarrybird.example,Quarrybird Ltd,participant
Olwen Trevanion,,,,interviewer
"""
TALK = {
    "turns": [
        {"speaker": "Olwen Trevanion", "text": "So what do you do there, Zanele?"},
        {"speaker": "Zanele Canary", "text": "I build models at Quarrybird Ltd, mostly with PyTorch, and it is fun."},
        {"speaker": "Olwen Trevanion", "text": "And before that?"},
        {"speaker": "Zanele Canary", "text": "I was a teacher in a school for a long while, then I moved on."},
    ]
}
Run = Callable[..., tuple[int, str, str]]


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
def run(place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in the study; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(place.study.folder)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8"))
        code = run_safely(cli, [str(a) for a in arguments])
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


def _found(run: Run, *more: object) -> tuple[int, dict[str, object]]:
    code, out, err = run("audit", "--json", *more)
    return code, json.loads(out) if out else {"error": err}


def test_a_study_in_order(run: Run, place: Place) -> None:
    """Nothing found: exit 0; what was kept and who read the key is said; the audit itself is logged."""
    code, found = _found(run)
    assert (0, [], []) == (code, found["problems"], found["waiting"]), found
    assert found["kept"] == {"a technical name": 1}
    assert found["outputs"] == {"files": 4, "hits": [], "excused": 0, "log_hits": 0}
    assert (1, 1) == (found["released"], found["approved"])
    assert json.loads(place.study.log.read_text().splitlines()[-1])["act"] == "audit"
    assert run("key", "verify")[0] in (0, 2)


@pytest.mark.parametrize("suffix", ["json", "txt"])
def test_a_name_put_back_is_found(run: Run, place: Place, suffix: str) -> None:
    """An output edited after its release: exit 5, the place, never the name."""
    path = place.released(suffix)
    path.write_text(path.read_text().replace("[P01]", "Zanele"))
    code, out, err = run("audit")
    assert code == 5
    assert f"P01-1.{suffix}: turn 0" in out
    assert "is not as it was released" in out
    assert "Zanele" not in out + err


def test_a_name_in_a_file_name_is_found(run: Run, place: Place) -> None:
    """A copy that somebody saved under the participant's name, beside the releases."""
    (place.study.anonymized / "Canary notes.txt").write_text("nothing in here")
    code, out, _ = run("audit")
    assert code == 5
    assert "file name" in out
    assert "was never released" in out
    assert "Canary" not in out


def test_an_edit_without_a_name_is_found(run: Run, place: Place) -> None:
    """Any change of a released file is one, also a harmless one; the study-wide table counts too."""
    path = place.released("txt")
    path.write_text(path.read_text() + "\n")
    code, found = _found(run)
    assert (1, [["P01-1", "is not as it was released"]]) == (code, found["problems"])
    table = place.study.anonymized / "transcripts.csv"
    table.write_bytes(table.read_bytes().replace(b"fun", b"fum"))
    assert ["transcripts.csv", "is not as it was released"] in _found(run)[1]["problems"]


def test_a_file_nobody_released_is_found(run: Run, place: Place) -> None:
    """What lies in the folder that is shared must have gone through the gate."""
    (place.study.anonymized / "extra.csv").write_text("a,b\n")
    code, found = _found(run)
    assert (1, [["file 1", "in anonymized/ was never released"]]) == (code, found["problems"])


def test_a_withdrawn_approval_is_found(run: Run, place: Place) -> None:
    """A release whose approval does not count any more."""
    (place.study.review / place.transcript / "AB.approval.json").unlink()
    code, found = _found(run)
    assert code == 1
    assert ["P01-1", "is released without an approval that counts"] in found["problems"]


def test_a_changed_decision_makes_the_release_old(run: Run, place: Place) -> None:
    """Decisions changed after the release: the approval is void and the files are not what they would be now."""
    marks = marks_store.load(place.study.review, place.transcript)
    marks_store.save(place.study.review, marks.with_decisions(marks.decisions[:1] + marks.decisions[2:]))
    code, found = _found(run)
    assert code == 1
    assert ["P01-1", "was released from an older text, policy or decisions"] in found["waiting"]


def test_a_changed_policy_makes_the_release_old(run: Run, place: Place) -> None:
    """Another policy in study.toml: exit 3, the release is from before."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('policy = "default"', 'policy = "hipaa"'))
    code, found = _found(run)
    assert (3, []) == (code, found["problems"])
    assert ["P01-1", "was released from an older text, policy or decisions"] in found["waiting"]


@pytest.mark.parametrize("line", [1, -2])
def test_a_changed_log_line_is_found(run: Run, place: Place, line: int) -> None:
    """A log line changed in the middle: exit 13 and its number, whether or not the key store still opens."""
    lines = place.study.log.read_text().splitlines()
    lines[line] = lines[line].replace('"act":"', '"act":"x')
    place.study.log.write_text("\n".join(lines) + "\n")
    code, out, _ = run("audit")
    assert code == 13
    assert "NOT WHOLE" in out
    assert f"line {1 + line % len(lines)}" in out


def test_a_cut_log_is_found(run: Run, place: Place) -> None:
    """Lines cut off the end: the sealed head knows them."""
    lines = place.study.log.read_text().splitlines()
    place.study.log.write_text("\n".join(lines[:-1]) + "\n")
    code, _, err = run("audit")
    assert code == 13
    assert "error:" in err


def test_without_a_key_only_the_log_is_verified(run: Run, place: Place) -> None:
    """Exit 10, and no claim about originals."""
    Path(str(place.study.local().keys)).joinpath("study.key").unlink()
    code, out, _ = run("audit")
    assert code == 10
    assert "whole" in out
    assert "originals" not in out


def test_optional_review_is_said_and_no_failure(run: Run, place: Place) -> None:
    """review = "optional": released without approval is a note."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('review = "required"', 'review = "optional"'))
    (place.study.review / place.transcript / "AB.approval.json").unlink()
    code, found = _found(run)
    assert ["P01-1", "is released without an approval that counts"] in found["notes"]
    # the file still says "reviewed", which is not so any more
    assert code == 3


def test_second_look_names_places_and_words_only_when_asked(run: Run, place: Place) -> None:
    """Kept technical names are excused; counts go into the measures."""
    path = place.released("json")
    document = json.loads(path.read_text())
    assert document
    code, out, _ = run("audit", "--second-look")
    assert code == 0
    assert "second look" in out
    look = load_measures(place.study.audit).second_look
    assert look is not None
    assert (4, 1) == (look.turns, look.excused)


def test_sample_from_draw_to_bound(run: Run, place: Place) -> None:
    """Drawn, filled in, read back, bounded, logged; the worksheet is gone afterwards."""
    code, _, err = run("audit", "--sample", 3)
    assert code == 0
    worksheet = place.study.review / "sample" / "sample.csv"
    assert str(worksheet) in err
    assert 0o600 == worksheet.stat().st_mode & 0o777
    assert 1 == run("audit", "--sample-result", worksheet)[0]
    rows = list(csv.reader(io.StringIO(worksheet.read_text("utf-8-sig"))))
    for row in rows[1:]:
        row[-1] = "0"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    worksheet.write_text(out.getvalue())
    code, said, _ = run("audit", "--sample-result", worksheet)
    assert code == 0
    assert "0 of 3 turns" in said
    assert "(1)" in said
    assert not worksheet.exists()
    assert not worksheet.with_name("sample.json").exists()
    sample = load_measures(place.study.audit).sample
    assert sample is not None
    assert (3, 4, 0) == (sample.turns, sample.total, sample.with_misses)


def test_report_and_log_hold_no_name(run: Run, place: Place) -> None:
    """The canary: a name in roster, received file and audio's name is in no byte of audit/."""
    audio = place.study.folder.parent / "Zanele Canary.wav"
    audio.write_bytes(b"RIFF1234")
    assert 0 == run("recordings", "add", audio, "--transcript", "P01-1")[0]
    assert 0 == run("audit", "--second-look", "--sample", 2)[0]
    code, out, err = run("report")
    assert code == 0, err
    assert out.strip().endswith("report.html")
    assert 0 == run("report", "log")[0]
    written = {path.name: path.read_bytes() for path in place.study.audit.rglob("*") if path.is_file()}
    assert {"report.html", "report.json", "anonymization-log.csv", "measures.json", "log.jsonl"} <= set(written)
    for name, data in written.items():
        for canary in (b"Zanele", b"Canary", b"Quarrybird", b"Trevanion", b"quarrybird.example"):
            assert canary.lower() not in data.lower(), name
    line = json.loads(place.study.log.read_text().splitlines()[-2])
    assert line["act"] == "report"


def test_report_with_a_name_in_the_title_is_refused(run: Run, place: Place) -> None:
    """A title that names a participant: exit 5, nothing written, the name not repeated."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('title = "Birds"', 'title = "Talks with Zanele Canary"'))
    code, out, err = run("report")
    assert (5, "") == (code, out)
    assert "study.title" in err
    assert "Canary" not in err
    assert not (place.study.audit / "report.html").exists()


def test_anonymization_log_of_the_release(run: Run, place: Place) -> None:
    """Three decisions, with the reviewer and the replacement."""
    assert run("report", "log")[2].startswith("3 decisions")
    rows = list(csv.DictReader(io.StringIO((place.study.audit / "anonymization-log.csv").read_text("utf-8-sig"))))
    assert [("pseudonymize", "[P01]", "AB"), ("pseudonymize", "[Company 1]", "AB"), ("keep", "", "AB")] == [
        (row["action"], row["replacement"], row["reviewer"]) for row in rows
    ]


def test_damaged_measures_are_an_error(run: Run, place: Place) -> None:
    """A measures file changed by hand is refused, not shown."""
    files.write_json(place.study.audit / "measures.json", {"v": 1, "sample": {"turns": 1}})
    assert 13 == run("report")[0]
    assert open_study(place.study.folder)
