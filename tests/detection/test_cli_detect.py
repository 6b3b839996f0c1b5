"""``anonymizer detect`` as its interface is fixed."""

from __future__ import annotations

import json
import stat

import pytest
from click.testing import CliRunner

from anonymizer.cli import cli
from anonymizer.detection.finding import ACTIONS, ENTITY_TYPES, SOURCES


@pytest.fixture
def received(tmp_path):
    """Two canonical transcripts."""
    for name in ("s01", "s02"):
        turns = [
            {"speaker": "Interviewer", "text": "Hello Mirela Stoianovici, we met on May 3rd 2019."},
            {"speaker": None, "text": "my mail is miri dot s at tarnbeck dot io"},
        ]
        (tmp_path / f"{name}.json").write_text(json.dumps({"turns": turns}))
    return tmp_path


def run(*args):
    """Run the command without a model."""
    return CliRunner().invoke(
        cli, ["detect", "--model", "none", "--no-student", *map(str, args)], standalone_mode=False
    )


def test_one_line_a_file(received):
    """Each file gives one line of the fixed shape, with all turns."""
    result = run(received / "s01.json", received / "s02.json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]

    assert [row["transcript"] for row in rows] == ["s01", "s02"]
    assert [turn["index"] for turn in rows[0]["turns"]] == [0, 1]
    for turn in rows[0]["turns"]:
        for finding in turn["findings"]:
            assert {"start", "end", "entity_type", "entity", "action", "review", "score", "sources", "reason"} == set(
                finding
            )
            assert finding["entity_type"] in ENTITY_TYPES
            assert finding["action"] in ACTIONS
            assert set(finding["sources"]) <= set(SOURCES)
    assert "EMAIL" in [f["entity_type"] for f in rows[0]["turns"][1]["findings"]]


def test_roster_is_used(received):
    """Names of the roster are found with the source roster."""
    roster = received / "roster.csv"
    roster.write_text("name,email\nMirela Stoianovici,m@tarnbeck.io\n")
    row = json.loads(run(received / "s01.json", "--roster", roster).stdout)

    assert "roster" in row["turns"][0]["findings"][0]["sources"]


def test_output_file_is_private(received):
    """Findings say where names stand: the file is for its owner only."""
    out = received / "out.jsonl"
    run(received / "s01.json", "--output", out)

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["transcript"] == "s01"


def test_damaged_file_does_not_stop_others(received, capsys):
    """A file that cannot be read is an error line; the others are still done, exit code 4."""
    (received / "bad.json").write_text("{")
    result = run(received / "bad.json", received / "s01.json")

    assert result.return_value == 4
    assert len(result.stdout.splitlines()) == 1
    assert "error: bad.json" in result.stderr
