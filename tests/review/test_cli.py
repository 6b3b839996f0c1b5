"""The commands of the review on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.review import approvals, events
from anonymizer.review.events import Event
from anonymizer.review.marks import Marks
from anonymizer.study import Study, open_study

Save = Callable[[Study, Marks], None]


@pytest.fixture(autouse=True)
def _config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing keys of the tests lie in the test's folder."""
    monkeypatch.setattr(approvals, "key_folder", lambda: tmp_path / "config")


def call(study: Study, *args: str) -> int:
    """Run a command; its exit code."""
    return run_safely(cli, [*args, "--study", str(study.folder)])


def test_approve_says_what_is_missing_and_signs(
    study: Study, marks: Marks, save_marks: Save, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error with the reasons first, an approval after the decisions; the reviewer is remembered."""
    save_marks(study, marks)
    assert call(study, "approve", marks.transcript, "--as", "AB", "--as-read") == 1
    assert "4 findings are undecided; 1 question is not answered" in capsys.readouterr().err
    done = [
        Event("decide", ("E1", "E2"), action="remove"),
        Event("answer", ("same?:E1+E3",), text="other"),
    ]
    events.append(study.review, marks.transcript, "AB", done)

    assert call(study, "approve", marks.transcript[:8], "--as-read") == 0

    assert "5 decisions approved by AB" in capsys.readouterr().err
    assert [s.valid for s in approvals.approvals(study, marks.transcript)] == [True]
    assert open_study(study.folder).local().reviewer == "AB"
    assert call(study, "approve", marks.transcript, "--withdraw") == 0
    assert approvals.approvals(study, marks.transcript) == ()


def test_approve_needs_a_name_and_a_transcript(
    study: Study, marks: Marks, save_marks: Save, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither is guessed."""
    save_marks(study, marks)

    assert call(study, "approve", marks.transcript) == 1
    assert "who is reviewing?" in capsys.readouterr().err
    assert call(study, "approve", "P99-1", "--as", "AB") == 1
    assert "no prepared transcript is called P99-1" in capsys.readouterr().err
