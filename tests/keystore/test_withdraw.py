"""A withdrawal's effects in the study folder, also in group interviews and after a crash."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from anonymizer.decision import Decision
from anonymizer.errors import KeyStoreError, RulesError
from anonymizer.keystore import effects
from anonymizer.keystore.received import destroy_originals, restore_received, seal_received, sealed_of
from anonymizer.keystore.view import KnownEntity, Update
from anonymizer.keystore.withdraw import plan_withdrawal, withdraw
from anonymizer.protocol.model import Tag
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import Marks


def received(world, name, turns):
    """A received file; returns its id."""
    path = world.study.received / name
    path.write_text(json.dumps({"turns": [{"speaker": s, "text": t} for s, t in turns]}))
    return world.study.transcript_id(path.read_bytes())


def decision(turn, start=0, end=4):
    """A decision about a passage."""
    return Decision(turn, start, end, "PERSON", "direct", "E1", "pseudonymize", "default:PERSON/direct", "a name")


def code_of(store, name):
    """The participant's code."""
    return next(p.code for p in store.view().roster if p.name == name)


@pytest.fixture
def study_with_files(full):
    """One interview each of two people and a group of both, with drafts, decisions, releases and a cache."""
    alone = received(full, "mina.json", [("Interviewer", "Hello"), ("Wilhelmina Oduya", "I weave.")])
    other = received(full, "theo.json", [("Interviewer", "Hello"), ("Theo", "Mina showed me.")])
    group = received(full, "both.json", [("Mina", "We met."), ("Theo", "At the mill, Mina."), ("Willa", "Yes.")])
    with full.open() as store:
        mina, theo = code_of(store, "Wilhelmina Oduya"), code_of(store, "Thelonius Vanterpool")
        store.link(alone, mina)
        store.link(other, theo)
        store.link(group, f"{mina},{theo}", speakers=[("Willa", "participant", mina)])
        store.update(
            Update(
                originals=(
                    (f"{mina}-1", (("1:0-4", "Wilhelmina"),)),
                    ("G01-1", (("0:0-4", "We"), ("1:13-17", "Mina"), ("1:7-11", "mill"))),
                )
            )
        )
    for tid, code, turns in ((alone, f"{mina}-1", 2), (other, f"{theo}-1", 2), (group, "G01-1", 3)):
        tags = tuple(Tag(i, "participant", "a.1", 0.9, False) for i in range(turns))
        marks_store.save(
            full.study.review,
            Marks(tid, code, "d", turns, tags=tags, decisions=tuple(decision(i) for i in range(turns))),
        )
        (full.study.draft / f"{code}.not-reviewed.txt").write_text("draft")
        (full.study.anonymized / f"{code}.json").write_text("{}")
    (full.study.anonymized / "turns.csv").write_text(
        f'transcript,turn,text\n{mina}-1,0,a\n{theo}-1,0,b\nG01-1,0,"c, d"\n'
    )
    (full.study.anonymized / "study.qdpx").write_bytes(b"PK")
    (full.study.cache / "x.json").write_text("{}")
    (full.study.rules / "keep").mkdir()
    (full.study.rules / "keep" / "words.txt").write_text("PyTorch\nMina Oduya loom\nAdam optimizer\n")
    return full, mina, theo, {"alone": alone, "other": other, "group": group}


def test_files_go_by_policy_and_the_rest_stays(study_with_files):
    """The person's received file, draft, decisions, releases and rows go; other people's stay; the cache goes."""
    full, mina, theo, ids = study_with_files
    with full.open() as store:
        withdraw(store, mina, full.root / "worklist")
        assert {theo: "participant"} == {p.code: p.role for p in store.view().roster if p.code in (mina, theo)}

    study = full.study
    assert {"theo.json", "G01-1.json"} == {p.name for p in study.received.iterdir()}
    assert [f"{theo}-1.not-reviewed.txt"] == [p.name for p in study.draft.iterdir()]
    assert {f"{theo}-1.json", "turns.csv"} == {p.name for p in study.anonymized.iterdir()}
    assert f"transcript,turn,text\n{theo}-1,0,b\n" == (study.anonymized / "turns.csv").read_text()
    assert not (study.review / ids["alone"]).exists()
    assert (study.review / ids["other"] / "marks.json").exists()
    assert [] == list(study.cache.iterdir())
    assert "PyTorch\nAdam optimizer\n" == (study.rules / "keep" / "words.txt").read_text()


def test_group_interview_loses_the_persons_turns_only(study_with_files):
    """Turns keep their numbers; decisions about the others' turns, and their originals, stay; the link moves along."""
    full, mina, theo, ids = study_with_files
    with full.open() as store:
        withdraw(store, mina, full.root / "worklist")
        link = next(link for link in store.view().links if link.code == "G01-1")
        assert ((theo,), True) == (link.participants, "G01-1" in store.view().frozen)
        assert {"1:7-11": "mill"} == store.originals("G01-1")

    path = full.study.received / "G01-1.json"
    turns = json.loads(path.read_text())["turns"]
    assert ["[withdrawn]", "At the mill, Mina.", "[withdrawn]"] == [t["text"] for t in turns]
    assert [None, "Theo", None] == [t["speaker"] for t in turns]
    assert link.transcript == full.study.transcript_id(path.read_bytes()) != ids["group"]
    assert not (full.study.review / ids["group"]).exists()
    marks = marks_store.load(full.study.review, link.transcript)
    assert [1] == [d.turn for d in marks.decisions]
    assert 3 == len(marks.tags)


def test_group_whose_speaker_nobody_tied_is_refused(full):
    """Without knowing which turns are the person's, nothing is done at all."""
    group = received(full, "both.json", [("Speaker 1", "We met."), ("Speaker 2", "Yes.")])
    with full.open() as store:
        store.link(group, "P01,P02")
        generation = store.view().generation
        with pytest.raises(KeyStoreError, match="which turns go") as caught:
            withdraw(store, "P01", full.root / "w")
        assert generation == store.view().generation

    assert "--speakers" in caught.value.hint
    assert not (full.root / "w").exists()


def test_dry_run_changes_nothing_and_tells_everything(study_with_files):
    """The plan names each file, what is out of reach, and no name of the person."""
    full, mina, _, _ = study_with_files
    before = {p: p.read_bytes() for p in full.study.folder.rglob("*") if p.is_file()}
    with full.open() as store:
        store.count("exports", "export", reason="deposit")
        lines = plan_withdrawal(store, mina).lines(full.study.folder)
    after = {p: p.read_bytes() for p in full.study.folder.rglob("*") if p.is_file() and p.name != "log.jsonl"}

    assert after == {p: data for p, data in before.items() if p.name != "log.jsonl"}
    text = "\n".join(lines)
    for expected in (
        "received file private/received/mina.json is removed", "file anonymized/study.qdpx is removed",
        "file anonymized/turns.csv loses lines", "rules/keep/words.txt loses lines", "1 export(s) of the key",
        "transcript G01-1 stays without the turns", "review file private/review/",
    ):  # fmt: skip
        assert expected in text
    assert "Oduya" not in text


@pytest.mark.parametrize("kind", ["received", "draft", "review", "released"])
def test_policy_may_keep_files(study_with_files, kind):
    """The study's own rules/withdrawal/default.yaml decides; what stays is listed."""
    full, mina, _, ids = study_with_files
    shipped = effects.load_policy(full.study)
    (full.study.rules / "withdrawal").mkdir()
    (full.study.rules / "withdrawal" / "default.yaml").write_text(
        "".join(f"{name}: {'keep' if name == kind else action}\n" for name, action in shipped.items())
    )
    place = {
        "received": full.study.received / "mina.json",
        "draft": full.study.draft / f"{mina}-1.not-reviewed.txt",
        "review": full.study.review / ids["alone"] / "marks.json",
        "released": full.study.anonymized / f"{mina}-1.json",
    }
    with full.open() as store:
        withdraw(store, mina, full.root / "worklist")

    assert {name: name == kind for name in place} == {name: path.exists() for name, path in place.items()}
    assert f"{kind} file" in (full.root / "worklist").read_text()
    assert "stays (policy)" in (full.root / "worklist").read_text()


@pytest.mark.parametrize(
    ("text", "line"),
    [("received: burn\n", 1), ("received: keep\nreceived: keep\n", 2), ("x: keep\n", 1), ("draft\n", 1)],
)
def test_bad_policy_is_refused_with_its_line(full, text, line):
    """A withdrawal policy that cannot be read stops the withdrawal before anything happens."""
    (full.study.rules / "withdrawal").mkdir()
    (full.study.rules / "withdrawal" / "default.yaml").write_text(text)
    with full.open() as store, pytest.raises(RulesError) as caught:
        plan_withdrawal(store, "P01")

    assert line == caught.value.line


def test_interrupted_withdrawal_is_finished_by_the_next_opening(study_with_files, monkeypatch):
    """Killed after the save and before the files went: the next opening removes them and says so."""
    full, mina, _, _ = study_with_files

    def killed(*args):
        raise KeyboardInterrupt

    with full.open() as store, monkeypatch.context() as patch:
        patch.setattr(effects, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            withdraw(store, mina, full.root / "worklist")
    assert (full.study.received / "mina.json").exists()

    with full.open() as store:
        assert any(f"withdrawal of {mina} was interrupted" in notice for notice in store.notices)
        assert () == store.document.pending
    assert {"theo.json", "G01-1.json"} == {p.name for p in full.study.received.iterdir()}
    with full.open() as store:
        assert () == store.notices


def test_frozen_transcript_takes_no_new_entities(study_with_files):
    """A later run of a transcript that mentions the person cannot bring the name back into the key."""
    full, mina, theo, _ = study_with_files
    with full.open() as store:
        mention = KnownEntity(
            "", "PERSON", "", "transcript", f"{theo}-1", "", ("Mina",), "[Person 1]", (), (f"{theo}-1",)
        )
        store.update(Update(entities=(mention,)))
        withdraw(store, mina, full.root / "worklist")
        assert {f"{theo}-1", "G01-1"} == store.view().frozen
        with pytest.raises(KeyStoreError, match="frozen"):
            store.update(Update(entities=(replace(mention, pseudonym="[Person 2]"),)))


def test_sealing_received_files_and_the_way_back(study_with_files):
    """Sealed files leave private/received/, come back on request, and are gone when their data keys are dropped."""
    full, _, theo, _ = study_with_files
    original = (full.study.received / "theo.json").read_bytes()
    with full.open() as store:
        assert 3 == seal_received(store, ())
        assert [] == list(full.study.received.iterdir())
        assert [("G01-1", 3, True)] == [row for row in sealed_of(store) if row[0] == "G01-1"]
        restore_received(store, f"{theo}-1")
        assert original == (full.study.received / "theo.json").read_bytes()
        old = {p.name: p.read_bytes() for p in (full.keys / "originals").iterdir()}
        count, _ = destroy_originals(store, ())
        assert 3 == count
        with pytest.raises(KeyStoreError, match="no originals"):
            store.originals("G01-1")

    assert [] == list((full.keys / "originals").iterdir())
    # an old copy of the sealed files opens under no data key of the store
    for name, data in old.items():
        (full.keys / "originals" / name).write_bytes(data)
    with full.open() as store:
        assert {(0, False)} == {row[1:] for row in sealed_of(store)}
