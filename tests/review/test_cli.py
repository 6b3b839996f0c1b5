"""The commands of the review on the command line."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
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


def test_what_was_confirmed_survives_a_kill(study: Study, talks: tuple[str, str], tmp_path: Path) -> None:
    """kill -9 right after the answer: the decision is there, the next start works, and nothing was said aloud."""
    command = [sys.executable, "-m", "anonymizer", "review", "--as", "AB", "--no-browser", "--study", str(study.folder)]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config"), "OMP_NUM_THREADS": "1"}
    said = ""
    for round_ in range(2):
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stderr is not None
        lines = []
        while not lines or "Ctrl+C" not in lines[-1]:
            lines.append(process.stderr.readline())
            assert lines[-1], lines
        match = re.search(r"http://(127\.0\.0\.1:\d+)(/open/\S+)", "".join(lines))
        assert match is not None
        connection = http.client.HTTPConnection(match[1])
        headers = {"Sec-Fetch-Site": "same-origin"}
        connection.request("GET", match[2], headers=headers)
        opened = connection.getresponse()
        opened.read()
        headers["Cookie"] = str(opened.headers["Set-Cookie"]).partition(";")[0]
        connection.request("GET", f"/t/{talks[0]}", headers=headers)
        page = connection.getresponse().read().decode()
        token = re.search(r'name="review-token" content="([^"]+)"', page)
        assert token is not None
        mention = re.findall(r'<mark id="m([^"]+)"', page)[round_]
        act = {"op": "decide", "targets": [mention], "action": "remove", "batch": f"{round_}" * 32, "scope": "only"}
        rev = int(re.search(r'"rev":(\d+)', page)[1])  # type: ignore[index]
        headers |= {
            "Origin": f"http://{match[1]}", "Content-Type": "application/json", "X-Review-Token": token[1],
        }  # fmt: skip
        body = json.dumps({"transcript": talks[0], "rev": rev, "acts": [act]})
        connection.request("POST", "/api/events", body, headers)
        assert connection.getresponse().status == 200
        process.send_signal(signal.SIGKILL)
        said += "".join(lines) + "".join(process.communicate())
        connection.close()
        decided = [e for e in events.load(study.review, talks[0]) if e.op == "decide"]
        assert (len(decided), decided[-1].targets) == (round_ + 1, (mention,))

    assert not any(name in said for name in ("Tomasz", "Quarrystone", "Lovisa", "talk0"))


@pytest.mark.parametrize(
    "options",
    [["--host", "0.0.0.0"], ["--host", "0.0.0.0", "--allow-remote"], ["--host", "example.org"], ["--host", "::"]],
)
def test_other_addresses_are_refused(
    study: Study, talks: tuple[str, str], capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    """Exit 1 before anything is bound."""
    assert call(study, "review", "--as", "A", "--no-browser", *options) == 1
    assert "error:" in capsys.readouterr().err


def test_nothing_prepared_and_no_study(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said with what to do."""
    assert call(study, "review", "--as", "A") == 1
    monkeypatch.chdir(tmp_path)
    assert run_safely(cli, ["review", "--as", "A"]) == 1


def test_carry_on_the_command_line(study: Study, talks: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The second talk is the first with another ending."""
    events.append(study.review, talks[0], "A", [Event("decide", ("E1", "E2"), action="remove")])

    assert call(study, "review", "carry", *talks) == 0
    assert "1 acts carried over; 0 were" in capsys.readouterr().err
    assert len(events.load(study.review, talks[1])[0].targets) == 3
