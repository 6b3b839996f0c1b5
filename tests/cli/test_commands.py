"""The command line as a whole: listed, documented, quick, and never a traceback."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from anonymizer._version import __version__
from anonymizer.cli import COMMANDS, cli
from anonymizer.cli.common import run_safely
from anonymizer.errors import AnonymizerError, DamagedError

ROOT = Path(__file__).resolve().parents[2]
ORDER = [
    "init",
    "key",
    "participants",
    "speakers",
    "protocol",
    "run",
    "review",
    "approve",
    "release",
    "export",
    "status",
    "policy",
    "rules",
    "detect",
    "tag",
    "recordings",
    "report",
    "audit",
    "originals",
    "close",
]


def _walk(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, command)] if path else []
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            found += _walk(child, (*path, name))
    return found


def test_commands_stand_in_the_order_of_a_study() -> None:
    """Help lists commands in the order in which a study uses them."""
    names = [name for name, _, _ in COMMANDS]

    assert sorted(names, key=ORDER.index) == names


@pytest.mark.parametrize(
    ("path", "command"), _walk(cli), ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_and_option_is_documented(path: tuple[str, ...], command: click.Command) -> None:
    """Every command has a help text, every option says what it does."""
    assert command.help
    undocumented = [
        parameter.name
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help and not parameter.hidden
    ]
    assert [] == undocumented


def test_reference_is_current() -> None:
    """docs/reference.md is what the commands' own help says."""
    made = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.path.insert(0, 'tools'); import make_reference as m; print(m.reference(), end='')",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout

    assert made == (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def test_version() -> None:
    """--version prints the version."""
    done = subprocess.run([sys.executable, "-m", "anonymizer", "--version"], capture_output=True, text=True, check=True)

    assert f"anonymizer, version {__version__}\n" == done.stdout


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    """--help takes under 0.4 s of processor time (best of three) and imports no model library."""
    code = """
import sys
from anonymizer.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print([m for m in ("spacy", "presidio_analyzer", "numpy", "pydantic", "docx", "flask") if m in sys.modules])
"""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    assert "[]" == done.stdout.splitlines()[-1]
    assert min(seconds) < 0.4


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (
            AnonymizerError("went wrong", file="a/b.txt", line=3, hint="do this"),
            1,
            ["error: b.txt:3: went wrong", "hint: do this"],
        ),
        (DamagedError("does not open"), 13, ["error: does not open"]),
        (
            RuntimeError("Zephyrine Quillfeather"),
            1,
            ["error: internal error: RuntimeError at", "hint: this is a defect"],
        ),
    ],
)
def test_failures_are_lines_and_exit_codes(
    error: Exception, code: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An expected failure is an error line and its hint; an unexpected one says where, and never what it held."""

    @click.command()
    def fails() -> None:
        raise error

    assert code == run_safely(fails, [])
    printed = capsys.readouterr().err
    for line in lines:
        assert line in printed
    assert "Quillfeather" not in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["nosuch"], "no such command 'nosuch'", "anonymizer --help"),
        (["init"], "missing argument 'DIR'", "anonymizer init --help"),
        (["run", "--jobs", "none"], "invalid value for '--jobs'", "anonymizer run --help"),
    ],
)
def test_wrong_usage_is_an_error_line_and_a_hint(
    arguments: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Usage errors look like all others and exit with 2."""
    assert 2 == run_safely(cli, arguments)

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: {message}")
    assert f"hint: {hint}" == second
