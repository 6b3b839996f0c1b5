"""A reviewer says that somebody of one transcript is somebody of another: the next run gives both one pseudonym."""

from __future__ import annotations

import json

import pytest

from anonymizer.review.events import Event, append
from anonymizer.review.marks import Marks, load
from anonymizer.review.prepared import find

pytestmark = pytest.mark.model


def _friends(study) -> None:  # type: ignore[no-untyped-def]
    """Every interview gets two people who are named by bare first names."""
    for path in study.received.iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        document["turns"][5]["text"] += " My friend Nadia called me. Gregory called me too, and Nadia laughed."
        path.write_text(json.dumps(document), encoding="utf-8")


def _run(anonymizer, study, capfd) -> dict[str, object]:  # type: ignore[no-untyped-def]
    capfd.readouterr()
    assert anonymizer("run", "--json", "--study", study.folder) in (0, 3)
    return json.loads(capfd.readouterr().out)


def _said(study, code: str, words: str) -> tuple[Marks, str, str]:  # type: ignore[no-untyped-def]
    """Marks, the entity and its first passage, of what was said in turn 5."""
    marks = load(study.review, find(study, code))
    text = next(
        turns[5]["text"]
        for turns in (json.loads(p.read_text(encoding="utf-8"))["turns"] for p in study.received.iterdir())
        if study.transcript_id(json.dumps({"turns": turns}).encode()) == marks.transcript
    )
    start = text.index(words)
    return next((marks, d.entity, d.id) for d in marks.decisions if (d.turn, d.start) == (5, start))


def _label(study, code: str, words: str) -> str:  # type: ignore[no-untyped-def]
    marks, entity, _ = _said(study, code, words)
    found = marks.entity(entity)
    assert found is not None
    return found.pseudonym


@pytest.mark.parametrize(("one", "other"), [("P02-1", "P01-1"), ("P01-1", "P02-1")])
def test_joined_across_transcripts_have_one_label_until_it_is_undone(  # type: ignore[no-untyped-def]
    demo_study, anonymizer, capfd, one: str, other: str
) -> None:
    """Drafts of both show one label, others keep theirs, the key knows it in both, and undoing takes it back."""
    study = demo_study()
    _friends(study)
    _run(anonymizer, study, capfd)
    before = {(code, name): _label(study, code, name) for code in (one, other) for name in ("Nadia", "Gregory")}
    assert 4 == len(set(before.values()))
    marks, entity, passage = _said(study, one, "Nadia")
    there, other_entity, other_passage = _said(study, other, "Nadia")
    text = f"{there.transcript}:{other_entity}@{other_passage}"
    (event,) = append(
        study.review, marks.transcript, "AB", [Event("same", (f"{entity}@{passage}",), text=text)]
    )  # fmt: skip

    summary = _run(anonymizer, study, capfd)

    joined = {**before, (one, "Nadia"): before[other, "Nadia"]}
    assert [one] == summary["drafted"]
    assert joined == {key: _label(study, *key) for key in before}
    draft = json.loads((study.draft / f"{one}.json").read_text())["turns"][5]["text"]
    assert 2 == draft.count(before[other, "Nadia"])
    assert [] == _run(anonymizer, study, capfd)["drafted"]

    for path in study.draft.glob("*.stamp"):
        path.unlink()
    assert ["P01-1", "P02-1", "P03-1"] == sorted(_run(anonymizer, study, capfd)["drafted"])
    assert joined == {key: _label(study, *key) for key in before}

    append(study.review, marks.transcript, "AB", [Event("undo", (event.group,))])
    assert [one] == _run(anonymizer, study, capfd)["drafted"]
    assert before == {key: _label(study, *key) for key in before}


def test_what_was_joined_before_the_first_run_gets_one_label(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """Reviewed without the key: the one that comes first gives its label to the other, in whichever step that is."""
    study = demo_study()
    _friends(study)
    assert anonymizer("run", "--prepare", "--quiet", "--study", study.folder) in (0, 3)
    found = {}
    for path in study.received.iterdir():
        transcript = study.transcript_id(path.read_bytes())
        turn = json.loads(path.read_text(encoding="utf-8"))["turns"][5]["text"]
        marks = load(study.review, transcript)
        found[transcript] = next(d for d in marks.decisions if (d.turn, d.start) == (5, turn.index("Nadia")))
    first, *others = found
    for transcript in others:
        event = Event(
            "same", (f"{found[transcript].entity}@{found[transcript].id}",), text=f"{first}:{found[first].entity}"
        )
        append(study.review, transcript, "AB", [event])

    _run(anonymizer, study, capfd)

    labels = [_label(study, code, "Nadia") for code in ("P01-1", "P02-1", "P03-1")]
    assert 1 == len(set(labels))
    assert labels[0] not in ("", *(_label(study, code, "Gregory") for code in ("P01-1", "P02-1", "P03-1")))
    assert [] == _run(anonymizer, study, capfd)["drafted"]
