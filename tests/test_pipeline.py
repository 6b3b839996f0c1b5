"""The main job through the command line: received files in, drafts and releases out, the key beside it."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from pathlib import Path

import pytest

from anonymizer import files
from anonymizer.study import open_study

pytestmark = pytest.mark.model

SECRETS = ("Quillfeather", "Zephyrine", "Pemberwick", "Osgood", "Vashtari", "Ileana", "Braddock", "Okonjo-Brandt",
           "Thessaly", "Tamarack", "Lanternfish", "Cobblestone")  # fmt: skip


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _leaks(contents: dict[str, bytes]) -> list[str]:
    """Names of files that hold a canary, in any case; docx and xlsx are opened by the export room's reader."""
    from anonymizer.export.read_back import texts

    found = []
    for name, data in contents.items():
        suffix = name.rpartition(".")[2]
        whole = data.decode("utf-8", "replace")
        if suffix in ("docx", "xlsx"):
            whole = "\n".join(text for _, text in texts(data, suffix))
        if any(secret.lower() in (name + whole).lower() for secret in SECRETS):
            found.append(name)
    return found


@pytest.fixture
def released(demo_study, anonymizer):  # type: ignore[no-untyped-def]
    """A study run and released unreviewed, as its settings allow."""
    study = demo_study(review="optional")
    assert anonymizer("run", "--quiet", "--study", study.folder) in (0, 3)
    assert 0 == anonymizer("release", "--study", study.folder)
    return study


def test_drafts_wait_for_approval(demo_study, anonymizer) -> None:  # type: ignore[no-untyped-def]
    """A run writes drafts that say so; nothing is released before somebody approved it."""
    study = demo_study()

    code = anonymizer("run", "--quiet", "--study", study.folder)

    assert code in (0, 3)
    names = {path.name for path in study.draft.iterdir()}
    assert {f"P0{i}-1.{suffix}" for i in (1, 2, 3) for suffix in ("json", "txt", "docx", "stamp")} == names
    assert "not reviewed" in (study.draft / "P01-1.txt").read_text()
    assert 3 == anonymizer("release", "--study", study.folder)
    assert [] == list(study.anonymized.iterdir())


def test_released_files_hold_no_original(released) -> None:  # type: ignore[no-untyped-def]
    """Names, organizations and addresses are gone from texts, properties and file names; the talk is still there."""
    contents = _everything(released.anonymized)

    assert {f"P0{i}-1.{suffix}" for i in (1, 2, 3) for suffix in ("json", "txt", "docx")} | {"transcripts.csv"} == set(
        contents
    )
    assert [] == _leaks(contents)
    text = contents["P01-1.txt"].decode()
    for kept in ("PyTorch", "Adam optimizer", "TensorBoard", "Seven years"):
        assert kept in text


def test_drafts_are_gone_after_the_release(released) -> None:  # type: ignore[no-untyped-def]
    """Only the stamps stay, so that the next run knows that nothing changed."""
    assert {".stamp"} == {path.suffix for path in released.draft.iterdir()}


def test_released_json_is_tagged_and_coded(released) -> None:  # type: ignore[no-untyped-def]
    """Each turn has the speaker's code, role and question; asking turns have the right one."""
    document = json.loads((released.anonymized / "P01-1.json").read_text())

    assert "P01-1" == document["code"]
    assert ["I1", "P01"] * 5 == [turn["speaker"] for turn in document["turns"]]
    assert ["background.1", "background.2", "practice.1", "practice.2"] == [
        document["turns"][index]["question"] for index in (2, 4, 6, 8)
    ]


def test_study_table_has_a_row_a_turn(released) -> None:  # type: ignore[no-untyped-def]
    """transcripts.csv holds every released turn once."""
    rows = list(csv.DictReader(io.StringIO((released.anonymized / "transcripts.csv").read_text())))

    assert 30 == len(rows)
    assert {"P01-1", "P02-1", "P03-1"} == {row["transcript"] for row in rows}


def test_one_person_has_one_pseudonym_in_the_study_and_a_third_person_one_in_each_transcript(released) -> None:  # type: ignore[no-untyped-def]
    """The interviewer is I1 everywhere; a colleague's full and first name are one person."""
    for code in ("P01-1", "P02-1", "P03-1"):
        turns = json.loads((released.anonymized / f"{code}.json").read_text())["turns"]
        assert "I'm [I1]" in turns[0]["text"]
        colleague = turns[5]["text"]
        label = colleague[colleague.index("[") : colleague.index("]") + 1]
        assert 2 == colleague.count(label)


def test_log_cache_review_and_terminal_hold_no_name(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """Canaries are nowhere but in what was received and in the sealed store."""
    study = demo_study(review="optional")
    capfd.readouterr()
    anonymizer("run", "--study", study.folder)
    anonymizer("release", "--study", study.folder)
    anonymizer("status", "--study", study.folder)

    printed = capfd.readouterr()
    contents = _everything(study.folder)
    keys = _everything(study.folder.parent / "keys")
    received = {name for name in contents if name.startswith("private/received/")}
    assert [] == [name for name in _leaks(contents) if name not in received]
    assert [] == _leaks(keys)
    assert [] == [secret for secret in SECRETS if secret.lower() in (printed.out + printed.err).lower()]


def test_private_files_are_private(demo_study, anonymizer) -> None:  # type: ignore[no-untyped-def]
    """Everything the run wrote below private/ is 0600."""
    study = demo_study()
    anonymizer("run", "--quiet", "--study", study.folder)

    modes = {
        oct(path.stat().st_mode & 0o777)
        for folder in (study.draft, study.cache, study.review)
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert {"0o600"} == modes


def test_nothing_changed_is_nothing_done(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """A second run leaves every file as it is and says so."""
    study = demo_study()
    anonymizer("run", "--quiet", "--study", study.folder)
    before = {p: p.stat().st_mtime_ns for p in study.draft.iterdir()}
    capfd.readouterr()

    anonymizer("run", "--json", "--study", study.folder)

    summary = json.loads(capfd.readouterr().out)
    assert [["P01-1", "P02-1", "P03-1"], []] == [summary["unchanged"], summary["drafted"]]
    assert before == {p: p.stat().st_mtime_ns for p in study.draft.iterdir()}


def test_prepare_needs_no_key(demo_study, anonymizer) -> None:  # type: ignore[no-untyped-def]
    """Intake, tags and findings without the key store: entities E1, E2, no pseudonyms, no drafts."""
    from anonymizer.review.marks import load

    study = demo_study()
    (study.private / "local.toml").unlink()

    code = anonymizer("run", "--prepare", "--quiet", "--study", study.folder)

    assert code in (0, 3)
    marks = [load(study.review, path.name) for path in study.review.iterdir() if path.is_dir()]
    assert 3 == len(marks)
    assert {("", "")} == {(m.code, e.pseudonym) for m in marks for e in m.entities}
    assert [] == list(study.draft.iterdir())


BAD = {
    "empty.vtt": b"",
    "encoding.txt": b"\xff\xfe\x00\xd8Speaker",
    "truncated.docx": b"PK\x03\x04\x14\x00\x00\x00\x08\x00broken",
    "unknown.bin": bytes(range(256)) * 4,
    "noturns.json": b'{"turns": []}',
    "half.json": b'{"turns": [{"speaker": "A", "te',
}


def test_bad_files_are_named_and_the_others_go_on(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """Each unreadable file is one error line with its name; exit code 4; the good ones are drafted."""
    study = demo_study()
    for name, data in BAD.items():
        (study.received / name).write_bytes(data)

    code = anonymizer("run", "--quiet", "--study", study.folder)

    errors = capfd.readouterr().err
    assert 4 == code
    assert [] == [name for name in BAD if f"error: {name}: " not in errors]
    assert "Traceback" not in errors
    assert 3 == len(list(study.draft.glob("*.json")))


def test_an_unlinked_file_says_how_to_link_it(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """A file whose speakers nobody knows is never guessed at."""
    study = demo_study()
    turns = [{"speaker": "Speaker 1", "text": "Hello."}, {"speaker": "Speaker 2", "text": "Hi."}]
    (study.received / "unknown.json").write_text(json.dumps({"turns": turns}))

    code = anonymizer("run", "--quiet", "--study", study.folder)

    errors = capfd.readouterr().err
    assert 4 == code
    assert "error: unknown.json: is not tied to a participant" in errors
    assert "hint: anonymizer participants link" in errors


def test_the_gate_refuses_what_still_holds_an_original(demo_study, anonymizer, monkeypatch, capfd) -> None:  # type: ignore[no-untyped-def]
    """If replacing failed, nothing of that transcript is released; exit code 5 and the turn, not the name."""
    import anonymizer.pseudonyms.replace as replace

    study = demo_study(review="optional")
    anonymizer("run", "--quiet", "--study", study.folder)
    monkeypatch.setattr(replace, "replacements", lambda *arguments, **options: ())

    code = anonymizer("release", "--study", study.folder)

    errors = capfd.readouterr().err
    assert 5 == code
    assert "known original" in errors
    assert "turn 1" in errors
    assert [] == [secret for secret in SECRETS if secret in errors]
    assert [] == list(study.anonymized.iterdir())


def test_a_full_disk_leaves_nothing_half_written_and_the_next_run_continues(
    demo_study, anonymizer, monkeypatch, capfd
) -> None:  # type: ignore[no-untyped-def]
    """ENOSPC while drafts are written: a clear error, no pseudonym lost, the same drafts after the next run."""
    study = demo_study()
    twin = demo_study.copy(study)
    anonymizer("run", "--quiet", "--study", twin.folder)
    put = os.replace
    count = 0

    def full(source: Path, target: Path) -> None:
        nonlocal count
        if Path(target).parent == study.draft:
            count += 1
            if count > 4:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(source, target)

    monkeypatch.setattr(os, "replace", full)
    code = anonymizer("run", "--quiet", "--study", study.folder)
    errors = capfd.readouterr().err
    monkeypatch.setattr(os, "replace", put)

    assert 1 == code
    assert [] == [path.name for path in study.draft.glob(".tmp-*")]
    assert "no space left on device" in errors
    anonymizer("run", "--quiet", "--study", study.folder)
    assert demo_study.outputs(twin) == demo_study.outputs(study)


def test_two_runs_at_once(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """The second run is told that the study is in use: exit code 11."""
    study = demo_study()

    with files.lock(study.private / "run.lock"):
        code = anonymizer("run", "--quiet", "--study", study.folder)

    assert 11 == code


def test_status_counts_and_ends(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """Status needs no key, counts each state, and past the end exits with 6."""
    study = demo_study()
    anonymizer("run", "--quiet", "--study", study.folder)
    capfd.readouterr()

    assert 0 == anonymizer("status", "--json", "--study", study.folder)
    states = [t["state"] for t in json.loads(capfd.readouterr().out)["transcripts"]]
    assert ["drafted"] * 3 == states
    settings = study.folder / "study.toml"
    settings.write_text(settings.read_text().replace("2099-01-01", "2020-01-01"))
    assert 6 == anonymizer("status", "--study", study.folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("policy =", "polcy ="), "polcy"),
        (("2099-01-01", "2099-13-01"), "not valid TOML at line 3"),
        (('protocol = "protocol.txt"', 'protocol = "other.txt"'), "the protocol named in study.toml is missing"),
        (('review = "required"', 'review = "never"'), "release.review"),
    ],
)
def test_settings_are_checked(demo_study, anonymizer, capfd, change, message: str) -> None:  # type: ignore[no-untyped-def]
    """A wrong key, date, file or value in study.toml is named with its line."""
    study = demo_study()
    settings = study.folder / "study.toml"
    settings.write_text(settings.read_text().replace(*change))
    capfd.readouterr()

    code = anonymizer("status", "--study", study.folder)

    errors = capfd.readouterr().err
    assert 1 == code
    assert message in errors
    assert "study.toml" in errors


def test_a_link_in_received_is_refused(demo_study, anonymizer, tmp_path: Path, capfd) -> None:  # type: ignore[no-untyped-def]
    """A symbolic link in private/received/ could point anywhere: it is named and not followed."""
    study = demo_study()
    (tmp_path / "elsewhere.json").write_text('{"turns": [{"speaker": "A", "text": "Hi."}]}')
    (study.received / "link.json").symlink_to(tmp_path / "elsewhere.json")

    assert 4 == anonymizer("run", "--quiet", "--study", study.folder)
    assert "error: link.json: is not a plain file" in capfd.readouterr().err


def test_a_file_from_elsewhere_is_taken_in(demo_study, anonymizer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """``run FILE`` copies it into private/received/ with mode 0600 and works on that file only."""
    study = demo_study()
    source = sorted(study.received.iterdir())[0]
    moved = tmp_path / "delivered.json"
    source.rename(moved)

    code = anonymizer("run", "--quiet", moved, "--study", study.folder)

    assert code in (0, 3)
    assert 0o600 == (study.received / "delivered.json").stat().st_mode & 0o777
    assert 1 == len(list(study.draft.glob("*.json")))


def test_a_second_batch_takes_the_next_labels(demo_study, anonymizer) -> None:  # type: ignore[no-untyped-def]
    """Transcripts that arrive later change nothing of what was drafted before."""
    study = demo_study(copies=2)
    later = sorted(study.received.glob("interview-1-*"))
    aside = [path.rename(study.folder.parent / path.name) for path in later]
    anonymizer("run", "--quiet", "--study", study.folder)
    before = demo_study.outputs(study)
    for path in aside:
        path.rename(study.received / path.name)

    anonymizer("run", "--quiet", "--study", study.folder)

    after = demo_study.outputs(study)
    assert before == {name: after[name] for name in before}
    assert len(before) * 2 == len(after)


def test_open_study_finds_the_folder_above(demo_study, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Commands work from any folder inside the study."""
    from anonymizer.study import find_study

    study = demo_study()

    assert open_study(study.folder).settings == find_study(study.folder / "audit").settings
