"""Commands about protocols and tags."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.study import Study


def run(*args: str | Path) -> Result:
    """Run a command; its return value is the exit status."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], standalone_mode=False)


def test_show_tree(bicycles_file: Path) -> None:
    """The outline, with what was taken for what."""
    result = run("protocol", "show", bicycles_file)

    assert result.return_value == 0
    assert "  background.1  How long have you been riding a bicycle?" in result.stdout
    assert "    repairs.1.b  Can you tell me about a repair that failed?  (optional)" in result.stdout


def test_show_json_has_the_fixed_form(bicycles_file: Path) -> None:
    """Other programs read it: keys and order are fixed."""
    rows = json.loads(run("protocol", "show", bicycles_file, "--format", "json").stdout)

    assert list(rows[1]) == ["id", "section", "number", "text", "optional", "notes"]
    assert rows[1] == {
        "id": "background.1.a", "section": "Background", "number": "1.a", "text": "Who taught you to ride?",
        "optional": False, "notes": [],
    }  # fmt: skip


def test_show_yaml_can_be_read_back(bicycles_file: Path, tmp_path: Path) -> None:
    """What it prints is a protocol.yaml."""
    own = tmp_path / "own.yaml"
    own.write_text(run("protocol", "show", bicycles_file, "--format", "yaml").stdout)

    assert (
        run("protocol", "show", own, "--format", "json").stdout
        == run("protocol", "show", bicycles_file, "--format", "json").stdout
    )


def test_study_protocol_is_the_default(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside a study no file need be named."""
    monkeypatch.chdir(study.folder)

    assert "city.2" in run("protocol", "show").stdout


def test_check_names_lines(tmp_path: Path) -> None:
    """Exit 6 and a line for each remark; exit 0 without."""
    bad = tmp_path / "p.txt"
    bad.write_text("T\n\nWalks\n\n1. Where?\n\nAnd in the rain?\n\n3. Where?\n")
    good = tmp_path / "q.txt"
    good.write_text("T\n\nWalks\n\n1. Where?\n2. Why?\n")

    result = run("protocol", "check", bad)

    assert result.return_value == 6
    assert "line 7: not placed: And in the rain?" in result.stdout
    assert "walks.3: the number before it is 1; is a question missing?" in result.stdout
    assert "walks.3: the same words as another question" in result.stdout
    assert run("protocol", "check", good).return_value == 0


def test_refused_protocol_is_an_error_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Duplicate numbers: error, line and hint on standard error, exit 1, no traceback."""
    bad = tmp_path / "p.txt"
    bad.write_text("T\n\nWalks\n\n1. Where?\n1. Why?\n")

    assert run_safely(cli, ["protocol", "show", str(bad)]) == 1
    assert "error: p.txt:6: the number 1 stands twice in one section, first in line 5" in capsys.readouterr().err


def test_tag_has_the_fixed_form(bicycles_file: Path, talk_file: Path) -> None:
    """One line a file, one entry a turn."""
    result = run("tag", talk_file, "--protocol", bicycles_file)
    lines = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.return_value == 0
    assert [line["transcript"] for line in lines] == ["talk"]
    assert [turn["index"] for turn in lines[0]["turns"]] == list(range(22))
    assert list(lines[0]["turns"][0]) == ["index", "role", "question", "confidence", "review"]
    assert lines[0]["turns"][2]["question"] == "background.1"
    assert lines[0]["turns"][0]["question"] is None


def test_tag_goes_on_after_a_bad_file(bicycles_file: Path, talk_file: Path, tmp_path: Path) -> None:
    """Exit 4 if some files failed, 1 if all did."""
    bad = tmp_path / "bad.json"
    bad.write_text("{")

    some = run("tag", bad, talk_file, "--protocol", bicycles_file)

    assert some.return_value == 4
    assert len(some.stdout.splitlines()) == 1
    assert run("tag", bad, "--protocol", bicycles_file).return_value == 1


def test_tag_table_shows_no_text(bicycles_file: Path, talk_file: Path) -> None:
    """The table for people names turns and questions only."""
    result = run("tag", talk_file, "--protocol", bicycles_file, "--format", "table", "--alone")

    assert result.stdout.splitlines()[3].split()[:3] == ["2", "interviewer", "background.1"]
    assert "grandfather" not in result.stdout
