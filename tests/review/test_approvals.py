"""Approvals: refused while something is open, bound to text and decisions, one person counts once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonymizer.errors import ReviewError
from anonymizer.review import approvals, events
from anonymizer.review.approvals import approve, is_approved, signer
from anonymizer.review.events import Event
from anonymizer.review.marks import Marks
from anonymizer.study import Study

Save = Callable[[Study, Marks], None]


def do(study: Study, marks: Marks, who: str, op: Any, *targets: str, **values: Any) -> None:
    """Write one event."""
    events.append(study.review, marks.transcript, who, [Event(op, targets, **values)])


def finish(study: Study, marks: Marks, who: str) -> None:
    """Decide, answer and read everything."""
    do(study, marks, who, "decide", "1:0-4", "1:10-18", "3:0-4", "5:0-4", action="remove")
    do(study, marks, who, "answer", "same?:E1+E3", text="other")
    do(study, marks, who, "read", "t0-5")


def effective(study: Study, marks: Marks) -> Marks:
    """What the release works with."""
    return events.apply(marks, events.load(study.review, marks.transcript))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A user's configuration folder."""
    return tmp_path / "config"


def test_every_reason_is_named(study: Study, marks: Marks, save_marks: Save) -> None:
    """Undecided findings, questions, unread turns, carried decisions never shown."""
    save_marks(study, marks)
    do(study, marks, "A", "decide", "1:0-4", "3:0-4", action="remove", entity="E1")

    assert approvals.missing(study, marks.transcript, "A") == (
        "2 findings are undecided",
        "1 question is not answered",
        "6 turns are not read",
        "2 carried decisions were never shown",
    )


def test_approval_is_refused_until_nothing_is_open(study: Study, marks: Marks, save_marks: Save, keys: Path) -> None:
    """Then it counts, and the file holds no private key."""
    save_marks(study, marks)
    with pytest.raises(ReviewError, match="4 findings are undecided"):
        approve(study, marks.transcript, signer("A", keys))
    assert not is_approved(study, effective(study, marks))

    finish(study, marks, "A")
    approve(study, marks.transcript, signer("A", keys))

    assert is_approved(study, effective(study, marks))
    assert not is_approved(study, effective(study, marks), need=2)
    secret = (keys / "A.key").read_text().strip()
    assert all(secret.encode() not in p.read_bytes() for p in study.folder.rglob("*") if p.is_file())


def test_any_later_decision_loses_the_approval(study: Study, marks: Marks, save_marks: Save, keys: Path) -> None:
    """Also a name, which changes no action; undo brings it back."""
    save_marks(study, marks)
    finish(study, marks, "A")
    approve(study, marks.transcript, signer("A", keys))

    do(study, marks, "A", "name", "E1", text="[sister 1]", batch="b1")
    assert [s.problem for s in approvals.approvals(study, marks.transcript)] == ["decisions changed since"]
    assert not is_approved(study, effective(study, marks))

    do(study, marks, "A", "undo", "b1")
    assert is_approved(study, effective(study, marks))


def test_pseudonyms_assigned_afterwards_do_not_matter(study: Study, marks: Marks, save_marks: Save, keys: Path) -> None:
    """The key machine gives pseudonyms after a review without the key."""
    save_marks(study, marks)
    finish(study, marks, "A")
    approve(study, marks.transcript, signer("A", keys))

    labelled = replace(marks, code="P07-1", entities=tuple(replace(e, pseudonym="[Person 1]") for e in marks.entities))
    save_marks(study, labelled)

    assert is_approved(study, effective(study, labelled))


@pytest.mark.parametrize("change", [{"text_digest": "11" * 32}, {"policy": "hipaa:00"}])
def test_another_text_or_policy_loses_the_approval(
    study: Study, marks: Marks, save_marks: Save, keys: Path, change: dict[str, str]
) -> None:
    """A corrected transcript and another policy need another look."""
    save_marks(study, marks)
    finish(study, marks, "A")
    approve(study, marks.transcript, signer("A", keys))

    save_marks(study, replace(marks, **change))  # type: ignore[arg-type]

    assert not is_approved(study, effective(study, replace(marks, **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["reviewer", "at", "decisions", "joint", "decisions_digest", "text_digest"])
def test_a_changed_approval_does_not_count(
    study: Study, marks: Marks, save_marks: Save, keys: Path, field: str
) -> None:
    """The signature covers every field."""
    save_marks(study, marks)
    finish(study, marks, "A")
    approve(study, marks.transcript, signer("A", keys))
    path = study.review / marks.transcript / "A.approval.json"
    document = json.loads(path.read_bytes())
    value = document[field]
    document[field] = (
        not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value[::-1] + "0"
    )
    path.write_text(json.dumps(document))

    assert [s.valid for s in approvals.approvals(study, marks.transcript)] == [False]


def test_one_person_cannot_be_two(study: Study, marks: Marks, save_marks: Save, keys: Path) -> None:
    """Neither by copying the file, nor by signing again under another name with the same key."""
    save_marks(study, marks)
    finish(study, marks, "A")
    by = signer("A", keys)
    approve(study, marks.transcript, by)
    folder = study.review / marks.transcript
    (folder / "B.approval.json").write_bytes((folder / "A.approval.json").read_bytes())

    assert not is_approved(study, effective(study, marks), need=2)
    (folder / "B.approval.json").unlink()
    with pytest.raises(ReviewError, match="another reviewer"):
        approve(study, marks.transcript, replace(by, name="B"), read=True)


def test_a_stranger_cannot_sign_as_somebody(study: Study, marks: Marks, save_marks: Save, tmp_path: Path) -> None:
    """The key first seen under a name stays that name's key."""
    save_marks(study, marks)
    finish(study, marks, "A")
    approve(study, marks.transcript, signer("A", tmp_path / "one"))

    with pytest.raises(ReviewError, match="has another key"):
        approve(study, marks.transcript, signer("A", tmp_path / "two"))


def test_two_approvals_need_two_submissions_and_two_keys(
    study: Study, marks: Marks, save_marks: Save, keys: Path
) -> None:
    """With review = "two" nobody approves before both are done, and both must sign the same decisions."""
    settings = study.settings.model_copy(
        update={"release": study.settings.release.model_copy(update={"review": "two"})}
    )
    two = replace(study, settings=settings)
    save_marks(two, marks)
    finish(two, marks, "A")
    with pytest.raises(ReviewError, match="second reviewer"):
        approve(two, marks.transcript, signer("A", keys))
    do(two, marks, "A", "submit")
    finish(two, marks, "B")
    do(two, marks, "B", "submit")
    approve(two, marks.transcript, signer("A", keys))
    assert not is_approved(two, effective(two, marks), need=2)

    approve(two, marks.transcript, signer("B", keys))

    assert is_approved(two, effective(two, marks), need=2)


def test_keys_that_others_can_read_are_refused(keys: Path) -> None:
    """As ssh does."""
    signer("A", keys)
    assert (keys / "A.key").stat().st_mode & 0o777 == 0o600
    (keys / "A.key").chmod(0o644)

    with pytest.raises(ReviewError, match="can be read by others"):
        signer("A", keys)


def test_reading_elsewhere_is_a_statement(study: Study, marks: Marks, save_marks: Save, keys: Path) -> None:
    """``approve --as-read`` counts turns as read and nothing else."""
    save_marks(study, marks)
    do(study, marks, "A", "decide", "1:0-4", "1:10-18", "3:0-4", "5:0-4", action="remove")

    assert approvals.missing(study, marks.transcript, "A", read=True) == ("1 question is not answered",)
