"""The audit of a study: what is released is searched, compared and explained; tampering is found."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anonymizer import files
from anonymizer.audit.measures import load_measures
from anonymizer.review import marks as marks_store
from anonymizer.review.events import Event, append
from anonymizer.study import open_study

Run = Callable[..., tuple[int, str, str]]


def _found(run: Run, *more: object) -> tuple[int, dict[str, object]]:
    code, out, err = run("audit", "--json", *more)
    return code, json.loads(out) if out else {"error": err}


def test_a_study_in_order(run: Run, place: Any) -> None:
    """Nothing found: exit 0; what was kept and who read the key is said; the audit itself is logged."""
    code, found = _found(run)
    assert (0, [], []) == (code, found["problems"], found["waiting"]), found
    assert found["kept"] == {"a technical name": 1}
    assert found["outputs"] == {"files": 4, "hits": [], "excused": 0, "log_hits": 0}
    assert (1, 1) == (found["released"], found["approved"])
    assert json.loads(place.study.log.read_text().splitlines()[-1])["act"] == "audit"
    assert run("key", "verify")[0] in (0, 2)


@pytest.mark.parametrize("suffix", ["json", "txt"])
def test_a_name_put_back_is_found(run: Run, place: Any, suffix: str) -> None:
    """An output edited after its release: exit 5, the place, never the name."""
    path = place.released(suffix)
    path.write_text(path.read_text().replace("[P01]", "Zanele"))
    code, out, err = run("audit")
    assert code == 5
    assert f"P01-1.{suffix}: turn 0" in out
    assert "is not as it was released" in out
    assert "Zanele" not in out + err


def test_a_name_in_a_file_name_is_found(run: Run, place: Any) -> None:
    """A copy that somebody saved under the participant's name, beside the releases."""
    (place.study.anonymized / "Canary notes.txt").write_text("nothing in here")
    code, out, _ = run("audit")
    assert code == 5
    assert "file name" in out
    assert "was never released" in out
    assert "Canary" not in out


def test_exports_are_searched_too(run: Run, place: Any) -> None:
    """An export, as project and as table, is clean; one with a name put into it is found by transcript and turn."""
    assert 0 == run("export", "--format", "csv", "--format", "qdpx", "--format", "txt")[0]
    code, found = _found(run)
    assert (0, 7, []) == (code, found["outputs"]["files"], found["outputs"]["hits"])  # type: ignore[index]
    table = place.study.folder / "exports" / "transcripts.csv"
    table.write_bytes(table.read_bytes().replace(b"and it is fun", b"and Canary is fun"))
    code, found = _found(run)
    assert (5, [["exports/transcripts.csv", "turn 1"]]) == (code, found["outputs"]["hits"])  # type: ignore[index]


def test_attributes_that_leave_the_study_make_small_cells(run: Run, place: Any) -> None:
    """study.toml lets one attribute out: the report names it and counts, and does not say its value."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace("[release]", '[release]\nattributes = ["Field"]'))
    code, _, err = run("report")
    assert code == 0, err
    text = (place.study.audit / "report.json").read_text()
    assert json.loads(text)["cells"]["combinations"] == [
        {"attributes": ["Field"], "cells": 1, "unique": 1, "small": 1, "participants": "<3"}
    ]
    assert "ornithology" not in text


def test_an_edit_without_a_name_is_found(run: Run, place: Any) -> None:
    """Any change of a released file is one, also a harmless one; the study-wide table counts too."""
    path = place.released("txt")
    path.write_text(path.read_text() + "\n")
    code, found = _found(run)
    assert (1, [["P01-1", "is not as it was released"]]) == (code, found["problems"])
    table = place.study.anonymized / "transcripts.csv"
    table.write_bytes(table.read_bytes().replace(b"fun", b"fum"))
    assert ["transcripts.csv", "is not as it was released"] in _found(run)[1]["problems"]


def test_a_file_nobody_released_is_found(run: Run, place: Any) -> None:
    """What lies in the folder that is shared must have gone through the gate."""
    (place.study.anonymized / "extra.csv").write_text("a,b\n")
    code, found = _found(run)
    assert (1, [["file 1", "in anonymized/ was never released"]]) == (code, found["problems"])


def test_a_withdrawn_approval_is_found(run: Run, place: Any) -> None:
    """A release whose approval does not count any more."""
    (place.study.review / place.transcript / "AB.approval.json").unlink()
    code, found = _found(run)
    assert code == 1
    assert ["P01-1", "is released without an approval that counts"] in found["problems"]


def test_a_changed_decision_makes_the_release_old(run: Run, place: Any) -> None:
    """Decisions changed after the release: the approval is void and the files are not what they would be now."""
    marks = marks_store.load(place.study.review, place.transcript)
    marks_store.save(place.study.review, marks.with_decisions(marks.decisions[:1] + marks.decisions[2:]))
    code, found = _found(run)
    assert code == 1
    assert ["P01-1", "was released from an older text, policy or decisions"] in found["waiting"]


def test_a_changed_policy_makes_the_release_old(run: Run, place: Any) -> None:
    """Another policy in study.toml: exit 3, the release is from before."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('policy = "default"', 'policy = "hipaa"'))
    code, found = _found(run)
    assert (3, []) == (code, found["problems"])
    assert ["P01-1", "was released from an older text, policy or decisions"] in found["waiting"]


@pytest.mark.parametrize("line", [1, -2])
def test_a_changed_log_line_is_found(run: Run, place: Any, line: int) -> None:
    """A log line changed in the middle: exit 13 and its number, whether or not the key store still opens."""
    lines = place.study.log.read_text().splitlines()
    lines[line] = lines[line].replace('"act":"', '"act":"x')
    place.study.log.write_text("\n".join(lines) + "\n")
    code, out, _ = run("audit")
    assert code == 13
    assert "NOT WHOLE" in out
    assert f"line {1 + line % len(lines)}" in out


def test_a_cut_log_is_found(run: Run, place: Any) -> None:
    """Lines cut off the end: the sealed head knows them."""
    lines = place.study.log.read_text().splitlines()
    place.study.log.write_text("\n".join(lines[:-1]) + "\n")
    code, _, err = run("audit")
    assert code == 13
    assert "error:" in err


def test_without_a_key_only_the_log_is_verified(run: Run, place: Any) -> None:
    """Exit 10, and no claim about originals."""
    Path(str(place.study.local().keys)).joinpath("study.key").unlink()
    code, out, _ = run("audit")
    assert code == 10
    assert "whole" in out
    assert "originals" not in out


def test_optional_review_is_said_and_no_failure(run: Run, place: Any) -> None:
    """review = "optional": released without approval is a note."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('review = "required"', 'review = "optional"'))
    (place.study.review / place.transcript / "AB.approval.json").unlink()
    code, found = _found(run)
    assert ["P01-1", "is released without an approval that counts"] in found["notes"]
    # the file still says "reviewed", which is not so any more
    assert code == 3


def test_second_look_names_places_and_words_only_when_asked(run: Run, place: Any) -> None:
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


def test_sample_from_draw_to_bound(run: Run, place: Any) -> None:
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


def test_report_and_log_hold_no_name(run: Run, place: Any) -> None:
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


def test_report_with_a_name_in_the_title_is_refused(run: Run, place: Any) -> None:
    """A title that names a participant: exit 5, nothing written, the name not repeated."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('title = "Birds"', 'title = "Talks with Zanele Canary"'))
    code, out, err = run("report")
    assert (5, "") == (code, out)
    assert "study.title" in err
    assert "Canary" not in err
    assert not (place.study.audit / "report.html").exists()


def test_anonymization_log_of_the_release(run: Run, place: Any) -> None:
    """Three decisions, with the reviewer and the replacement."""
    assert run("report", "log")[2].startswith("3 decisions")
    rows = list(csv.DictReader(io.StringIO((place.study.audit / "anonymization-log.csv").read_text("utf-8-sig"))))
    assert [("pseudonymize", "[P01]", "AB"), ("pseudonymize", "[Company 1]", "AB"), ("keep", "", "AB")] == [
        (row["action"], row["replacement"], row["reviewer"]) for row in rows
    ]


def test_damaged_measures_are_an_error(run: Run, place: Any) -> None:
    """A measures file changed by hand is refused, not shown."""
    files.write_json(place.study.audit / "measures.json", {"v": 1, "sample": {"turns": 1}})
    assert 13 == run("report")[0]
    assert open_study(place.study.folder)


def test_agreement_of_two_who_decided_apart(run: Run, place: Any) -> None:
    """Two submit, one keeps what the other hides: 2 of 3 passages the same, in the report with its kappa."""
    study, transcript = place.study, place.transcript
    turn, start, end = 1, 18, 32
    id = f"{turn}:{start}-{end}"
    assert id in {d.id for d in marks_store.load(study.review, transcript).decisions}
    append(study.review, transcript, "CD", [Event("decide", (id,), "CD", action="keep"), Event("submit", (), "CD")])
    code, _, err = run("report")
    assert code == 0, err
    agreement = json.loads((study.audit / "report.json").read_text())["review"]["agreement"]
    assert (1, 3, 2) == (agreement["transcripts"], agreement["decisions"], agreement["agreed"])
    assert 0 < agreement["kappa"] < 1
    assert agreement["low"] < 2 / 3 < agreement["high"]
