"""``anonymizer close``: in order, stopping at what is missing, going on after a crash between any two steps."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pytest

from anonymizer.audit import closing
from anonymizer.audit.log import verify_log
from anonymizer.keystore.certificate import check_certificate
from anonymizer.recordings.model import TICK_LIST
from anonymizer.retention import load_retention

Run = Callable[..., tuple[int, str, str]]
TICKED = tuple(f"--copy={place}=deleted" for place, _ in TICK_LIST)


def _ended(place: Any, days: str = "2026-01-01") -> None:
    toml = place.study.folder / "study.toml"
    toml.write_text(re.sub(r"ends_on = \S+", f"ends_on = {days}", toml.read_text()))


def _record(run: Run, place: Any) -> tuple[str, Path]:
    audio = place.study.folder.parent / "Zanele Canary.wav"
    audio.write_bytes(b"RIFF" + bytes(100))
    code, out, err = run("recordings", "add", audio, "--transcript", "P01-1")
    assert code == 0, err
    return out.strip(), audio


def _steps(out: str) -> list[str]:
    """What became of each step, of the last walk in the output."""
    last = out[out.rindex("1 of 7") :]
    return [re.split(r"\s{2,}", line)[2].split(":")[0] for line in last.splitlines()]


def _close(run: Run, place: Any, *more: str) -> tuple[int, list[str], str]:
    code, out, err = run("close", place.study.settings.id, *more)
    return code, _steps(out), out + err


def test_the_whole_end(run: Run, place: Any) -> None:
    """Stops at the recording, then goes through to key and report; run again it does no harm."""
    _ended(place)
    id, audio = _record(run, place)
    code, steps, said = _close(run, place)
    assert (3, ["done", "done", "done", "STOPPED"]) == (code, steps), said
    assert id in said
    assert 0 == run("recordings", "delete", "--due", *TICKED, "--yes")[0]
    assert not audio.exists()
    code, steps, said = _close(run, place)
    assert (0, ["done", "done before", "done before", "done", "done", "done", "done"]) == (code, steps), said

    study = place.study
    assert not any(study.received.iterdir())
    assert not any(study.draft.iterdir())
    assert not any(study.review.iterdir())
    assert not (study.folder.parent / "keys" / "study.key").exists()
    assert [] == check_certificate(study.audit / "certificate.json", study.log)
    assert verify_log(study.log).ok

    bag = bagit.Bag(str(study.folder / "deposit"))
    bag.validate()
    data = study.folder / "deposit" / "data"
    beside = {"README.txt", "codebook.csv", "protocol.txt", "anonymization-log.csv", "report.html", "report.json"}
    transcripts = {f"transcripts/{name}" for name in ("P01-1.json", "P01-1.txt", "P01-1.docx", "transcripts.csv")}
    assert beside | transcripts == {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}
    rows = list(csv.DictReader(io.StringIO((study.folder / "deposit/data/codebook.csv").read_text("utf-8-sig"))))
    assert ["background.1", "background.2"] == [row["id"] for row in rows]

    document = json.loads((study.audit / "report.json").read_text())
    assert "key destroyed, originals deleted" in document["status"]["sentence"]
    assert document["key"]["destroyed"]
    assert ["deleted"] == [row["state"] for row in document["recordings"]["rows"]]
    assert document["log"]["ok"]
    assert document["log"]["counts"]["destroy"] == 1

    code, steps, said = _close(run, place)
    assert (0, ["done before"] * 6 + ["done"]) == (code, steps), said


def test_no_name_in_anything_that_remains(run: Run, place: Any) -> None:
    """The canary: after the end no byte of the study folder holds a name."""
    _ended(place)
    assert _close(run, place)[0] == 0
    for path in place.study.folder.rglob("*"):
        assert "canary" not in path.name.lower()
        if path.is_file():
            data = path.read_bytes().lower()
            for name in (b"zanele", b"canary", b"quarrybird", b"trevanion", b"olwen"):
                assert name not in data, path.name


class CrashError(BaseException):
    """The process dies."""


@pytest.mark.parametrize("step", closing.STEPS)
@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.long)])
def test_a_crash_at_each_step_is_gone_on_from(
    run: Run, place: Any, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    """Killed before or after any step, the next run ends the study all the same, once."""
    _ended(place)
    whole = getattr(closing.Closing, f"_{step}")

    def dies(self: closing.Closing) -> closing.Step:
        if when == "after":
            whole(self)
        raise CrashError

    with monkeypatch.context() as patch:
        patch.setattr(closing.Closing, f"_{step}", dies)
        with pytest.raises(CrashError):
            run("close", place.study.settings.id)
    code, steps, said = _close(run, place)
    assert code == 0, said
    assert len(steps) == 7
    assert [] == check_certificate(place.study.audit / "certificate.json", place.study.log)
    acts = [json.loads(line)["act"] for line in place.study.log.read_text().splitlines()]
    assert acts.count("destroy") == 1
    assert acts[-1] == "destroy"
    assert "key destroyed, originals deleted" in (place.study.audit / "report.html").read_text()


def test_a_crash_while_files_go(run: Run, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed when half of the private files are removed: the rest goes the next time, nothing is audited twice."""
    from anonymizer.recordings import media

    _ended(place)
    real, calls = media.delete_file, []

    def dies(path: Path) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise CrashError
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(media, "delete_file", dies)
        with pytest.raises(CrashError):
            run("close", place.study.settings.id)
    code, steps, said = _close(run, place)
    assert (0, ["done before"] * 3) == (code, steps[:3]), said
    assert not any(place.study.review.iterdir())


def test_a_release_changed_before_the_end_is_found(run: Run, place: Any) -> None:
    """A name put back into an output: the walk stops at the audit and destroys nothing."""
    _ended(place)
    path = place.released("txt")
    path.write_text(path.read_text().replace("[P01]", "Zanele"))
    code, steps, said = _close(run, place)
    assert (3, ["done", "STOPPED"]) == (code, steps), said
    assert "Zanele" not in said
    assert any(place.study.received.iterdir())


def test_a_release_changed_after_the_originals_are_gone(run: Run, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody can audit any more, a changed output stops the walk with where to find the right bytes."""
    _ended(place)
    with monkeypatch.context() as patch:
        patch.setattr(closing.Closing, "_key", lambda self: (_ for _ in ()).throw(CrashError()))
        with pytest.raises(CrashError):
            run("close", place.study.settings.id)
    path = place.released("txt")
    good = path.read_bytes()
    path.write_bytes(good + b"x")
    code, _, said = _close(run, place)
    assert code == 13
    assert "deposit/data/transcripts/" in said
    path.write_bytes(good)
    assert _close(run, place)[0] == 0


def test_a_changed_package_is_found(run: Run, place: Any) -> None:
    """One byte in the package: its checksums say so."""
    _ended(place)
    _record(run, place)
    assert _close(run, place)[0] == 3
    (place.study.folder / "deposit" / "data" / "README.txt").write_text("other")
    code, _, said = _close(run, place)
    assert code == 13
    assert "deposit package was changed" in said


def test_not_before_its_day(run: Run, place: Any) -> None:
    """A study that has not ended is closed only when somebody insists."""
    assert 1 == run("close", place.study.settings.id)[0]
    assert _close(run, place, "--early")[0] == 0


def test_the_id_is_typed(run: Run, place: Any) -> None:
    """Without the study's id everything but the key goes; with another id nothing does."""
    _ended(place)
    assert 1 == run("close", "0123456789abcdef")[0]
    assert any(place.study.received.iterdir())
    code, out, _ = run("close")
    assert (3, "STOPPED") == (code, _steps(out)[-1])
    assert (place.study.folder.parent / "keys" / "study.key").exists()
    assert _close(run, place)[0] == 0


@pytest.mark.parametrize("missing", ["approval", "release", "unlinked"])
def test_stops_at_what_is_missing(run: Run, place: Any, missing: str) -> None:
    """Not approved, not released, not linked: the first step says which and nothing is touched."""
    _ended(place)
    if missing == "approval":
        (place.study.review / place.transcript / "AB.approval.json").unlink()
    elif missing == "release":
        for path in place.study.anonymized.iterdir():
            path.unlink()
    else:
        (place.study.received / "more.txt").write_text("Somebody: hello\n")
    code, steps, said = _close(run, place)
    assert (3, ["STOPPED"]) == (code, steps), said
    assert any(place.study.received.iterdir())


def test_a_policy_that_keeps_the_key(run: Run, place: Any) -> None:
    """ukds: received files are sealed beside the key, the key stays, and the report says so."""
    _ended(place)
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('policy = "default"', 'retention = "ukds"\npolicy = "default"', 1))
    assert load_retention("ukds").clock("key").then == "keep"
    code, steps, said = _close(run, place)
    assert (0, ["done", "done", "done", "done", "done", "kept", "done"]) == (code, steps), said
    assert not any(place.study.received.iterdir())
    assert (place.study.folder.parent / "keys" / "study.key").exists()
    assert "the key is kept" in said
    assert 0 == run("originals", "restore", "P01-1")[0] or any(
        (place.study.folder.parent / "keys" / "originals").iterdir()
    )
    code, steps, said = _close(run, place)
    assert code == 0, said
