"""``anonymizer recordings`` as typed: the whole life of a recording, exit codes, and no name anywhere."""

from __future__ import annotations

import json
import re

from anonymizer.audit.log import verify_log
from anonymizer.keystore.store import open_store
from anonymizer.recordings.model import TICK_LIST
from anonymizer.recordings.sealed import SealedRecordings

TICKED = tuple(f"--copy={place}=none" for place, _ in TICK_LIST)


def test_life_of_a_recording(run, place):
    """Registered, refused while not due, followed through review and release, deleted; the log tells each step."""
    code, out, err = run("recordings", "add", place.audio, "--transcript", place.code)
    assert 0 == code, err
    id = out.strip()
    assert re.fullmatch("r-[A-Z0-9]{6}", id)
    assert f"note: {id} is now transcript-received" in err

    code, out, err = run("recordings", "delete", id, *TICKED, "--yes")
    assert 1 == code
    assert "not due for deletion: its state is transcript-received" in err
    assert place.audio.exists()

    place.approve()
    assert json.loads(run("recordings", "list", "--json")[1])[0]["state"] == "reviewed"
    place.publish()
    code, out, err = run("recordings", "list")
    assert (6, True) == (code, "deletion-due" in out)

    code, out, err = run("recordings", "delete", "--due", *TICKED, "--yes")
    assert (0, f"{id}\n") == (code, out), err
    assert not place.audio.exists()
    assert (0, True) == (run("recordings", "list")[0], "deleted" in run("recordings", "list")[1])
    assert (0, "") == run("recordings", "check")[:2]

    log = place.study.log.read_text()
    assert verify_log(place.study.log).ok
    acts = [json.loads(line)["act"] for line in log.splitlines()]
    assert [a for a in acts if a.startswith("recording")] == [
        "recording-add", *["recording-state"] * 4, "recording-delete-begin", "recording-deleted",
    ]  # fmt: skip
    assert json.loads(log.splitlines()[-1])["data"]["cloud"] == "none"


def test_nothing_shows_the_name(run, place):
    """No command prints, logs or says the name in the file's name, but a list that is asked for paths."""
    said = []
    said.append(run("recordings", "add", place.audio, "--transcript", place.code))
    id = said[0][1].strip()
    said.append(run("recordings", "add", place.audio, "--transcript", place.code))
    said.append(run("recordings", "add", place.audio.with_name("Zanele Canary 2.wav"), "--transcript", place.code))
    said.append(run("recordings", "list"))
    said.append(run("recordings", "list", "--json"))
    said.append(run("recordings", "hold", id, "--reason", "a complaint of Zanele Canary"))
    said.append(run("recordings", "hold", id, "--reason", "a complaint"))
    said.append(run("recordings", "delete", id, "--withdrawn", *TICKED, "--yes"))
    place.audio.rename(place.audio.with_name("moved.wav"))
    said.append(run("recordings", "check"))
    assert [0, 1, 1, 0, 0, 1, 0, 1, 3] == [code for code, _, _ in said]
    assert not any("Canary" in out + err for _, out, err in said)
    assert "Canary" not in place.study.log.read_text()
    assert str(place.audio) in run("recordings", "list", "--paths")[1]


def test_held_and_withdrawn(run, place):
    """A hold stops even a withdrawal's deletion; after its release the recording goes before its time, and says so."""
    id = run("recordings", "add", place.audio, "--transcript", place.code)[1].strip()
    assert 0 == run("recordings", "hold", id, "--reason", "complaint pending")[0]
    assert 1 == run("recordings", "delete", id, "--withdrawn", *TICKED, "--yes")[0]
    assert 0 == run("recordings", "release", id)[0]
    assert 0 == run("recordings", "delete", id, "--withdrawn", *TICKED, "--yes")[0]
    assert not place.audio.exists()
    with open_store(place.study) as store:
        (record,) = SealedRecordings(store).recordings()
    assert record.deletion is not None
    assert record.deletion.withdrawn
    assert record.deletion.by == "dana"


def test_copies_in_a_named_folder(run, place, tmp_path):
    """A dry run lists copies and touches nothing; --delete-copies takes them along."""
    id = run("recordings", "add", place.audio, "--transcript", place.code)[1].strip()
    copy = tmp_path / "sync" / "x.bin"
    copy.parent.mkdir()
    copy.write_bytes(place.audio.read_bytes())
    arguments = ("recordings", "delete", id, "--withdrawn", "--search", copy.parent, "--delete-copies")
    code, _, err = run(*arguments, "--dry-run")
    assert 0 == code
    assert str(copy) in err
    assert copy.exists()
    assert place.audio.exists()
    assert 0 == run(*arguments, *TICKED, "--yes")[0]
    assert not copy.exists()
    assert not place.audio.exists()


def test_deletion_needs_answers_and_consent(run, place):
    """Without a terminal every place of the tick list and --yes must be said; --due or ids, not both."""
    id = run("recordings", "add", place.audio, "--transcript", place.code)[1].strip()
    code, _, err = run("recordings", "delete", id, "--withdrawn", "--copy=cloud=none", "--yes")
    assert 1 == code
    assert "recorder, transcription-service, sync-folders, backups" in err
    assert 2 == run("recordings", "delete", id, "--withdrawn", *TICKED)[0]
    assert 2 == run("recordings", "delete")[0]
    assert 2 == run("recordings", "delete", id, "--due")[0]
    assert 2 == run("recordings", "delete", id, "--withdrawn", "--copy=cloud", "--yes")[0]
    assert place.audio.exists()


def test_replaced_recording_is_found(run, place):
    """Tampering: another file in the registered one's place is a finding and is not deleted in its name."""
    id = run("recordings", "add", place.audio, "--transcript", place.code)[1].strip()
    place.audio.write_bytes(b"RIFF" + bytes(1999) + b"!")
    code, out, _ = run("recordings", "check")
    assert (3, f"recording-changed  {id}\n") == (code, out)
    assert 1 == run("recordings", "delete", id, "--withdrawn", *TICKED, "--yes")[0]
    assert place.audio.exists()


def test_voided_approval_undoes_due(run, place):
    """A recording that was due is not any more when the decisions changed after the approval."""
    id = run("recordings", "add", place.audio, "--transcript", place.code)[1].strip()
    place.approve()
    place.publish()
    assert 6 == run("recordings", "list")[0]
    (place.study.review / place.transcript / "AB.approval.json").unlink()
    code, _, err = run("recordings", "delete", id, *TICKED, "--yes")
    assert 1 == code
    assert "not due" in err
    assert place.audio.exists()


def test_two_approvals_where_the_study_asks_for_two(run, place):
    """With review = "two" one signature leaves the recording before ``reviewed``."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('review = "required"', 'review = "two"'))
    id = run("recordings", "add", place.audio, "--transcript", place.code)[1].strip()
    place.approve()
    place.publish()
    assert json.loads(run("recordings", "list", "--json")[1])[0]["state"] == "transcript-received"
    assert id


def test_retention_days_of_the_study_count(run, place):
    """A study whose policy waits 14 days has nothing due on the day of the release."""
    toml = place.study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('policy = "default"', 'retention = "fsd"\npolicy = "default"', 1))
    run("recordings", "add", place.audio, "--transcript", place.code)
    place.approve()
    place.publish()
    code, out, _ = run("recordings", "list", "--json")
    (row,) = json.loads(out)
    assert (0, "anonymized") == (code, row["state"])
    assert row["due"] is not None


def test_unknown_codes_are_refused(run, place):
    """A recording is tied to a known participant's transcript; a transcript that will come may be named before."""
    assert 1 == run("recordings", "add", place.audio, "--transcript", "P77-1")[0]
    assert 1 == run("recordings", "add", place.audio, "--transcript", "Zanele")[0]
    code, out, _ = run("recordings", "add", place.audio, "--transcript", "P02-1")
    assert 0 == code
    kinds = [line.split()[0] for line in run("recordings", "check")[1].splitlines()]
    assert ["recording-without-transcript", "transcript-without-recording"] == kinds
    assert 0 == run("recordings", "link", out.strip(), place.code)[0]
    assert 0 == run("recordings", "check")[0]


def test_status_says_what_is_due_without_the_key(run, place):
    """A cron job sees by exit code 6 that a recording is due; a hold and the deletion take it back."""
    id = run("recordings", "add", place.audio, "--transcript", place.code)[1].strip()
    assert 0 == run("status")[0]
    place.approve()
    place.publish()
    (place.study.folder.parent / "stick" / "study.shred").rename(place.study.folder.parent / "elsewhere")
    code, out, _ = run("status")
    assert 6 == code
    assert "1 recording is due for deletion" in out
    (place.study.folder.parent / "elsewhere").rename(place.study.folder.parent / "stick" / "study.shred")
    run("recordings", "hold", id, "--reason", "complaint pending")
    assert 0 == run("status")[0]
    run("recordings", "release", id)
    assert 6 == run("status")[0]
    run("recordings", "delete", "--due", *TICKED, "--yes")
    assert 0 == run("status")[0]


def test_status_after_the_end(run, place):
    """Past the last day the key, the received files and the decisions are due."""
    toml = place.study.folder / "study.toml"
    toml.write_text(re.sub(r"ends_on = \S+", "ends_on = 2026-01-01", toml.read_text()))
    code, out, _ = run("status", "--json")
    assert 6 == code
    due = json.loads(out)["due"]
    assert any(line.startswith("key store: ") for line in due)
    assert any(line.startswith("transcripts as received of 1 transcripts") for line in due)
