"""The command line: thin click commands over the library, loaded when called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from anonymizer._version import __version__

# (command, module below anonymizer.cli) in the order in which a study uses them. Modules are imported when a command is
# called or its own help is shown; the short help stands here so that `anonymizer --help` imports none of them.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("init", "study", "Lay out a new study folder."),
    ("key", "key", "The key store: who may open it, what it knows, how it ends."),
    ("participants", "participants", "The people the study knows, and which received file is whose."),
    ("speakers", "speakers", "Speaker labels of all received files: how often, what may be one person, who is who."),
    ("protocol", "protocol", "Show, check and change the interview protocol."),
    ("run", "run", "Draft every received transcript; release what is approved."),
    ("review", "review", "Look at what was found and decide, in the browser."),
    ("approve", "review", "Sign the decisions about a transcript; possible only with nothing undecided."),
    ("release", "run", "Write approved transcripts into anonymized/, through the gate."),
    ("export", "export", "Released transcripts in other formats, for analysis programs, or by question."),
    ("status", "study", "What is received, prepared, drafted, waiting, released; days until the study ends."),
    ("policy", "policy", "What happens to which kind of finding, and why it happened."),
    ("rules", "rules", "What the study has learned from its reviewers."),
    ("detect", "detect", "Find personal information in transcripts; no study, no key needed."),
    ("tag", "tag", "Tell which turn is about which question of a protocol; no study, no key needed."),
    ("recordings", "recordings", "The audio: registered, followed, deleted when everything before has been done."),
    ("report", "report", "One page for an ethics board, its JSON twin, the archive's log, coverage of the protocol."),
    ("audit", "audit", "Verify the log, search releases for known originals, measure what may be missed."),
    ("originals", "originals", "Originals of what was replaced: sealed beside the key, or destroyed."),
    ("close", "close", "Walk the study's end in order: deposit, recordings, originals, key, final report."),
)


class LazyGroup(click.Group):
    """A group whose commands are imported when needed, listed in the order of :data:`COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, _, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for name, module, _ in COMMANDS:
            if name == cmd_name:
                command = getattr(importlib.import_module(f"anonymizer.cli.{module}"), name.replace("-", "_"))
                assert isinstance(command, click.Command)  # noqa: S101
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, _, short in COMMANDS])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="anonymizer")
def cli() -> None:
    """Pseudonymize interview transcripts, keep the key apart, and destroy it in time.

    Commands stand in the order in which a study uses them.
    """


def main(args: list[str] | None = None) -> Any:
    """Run the command line and turn every expected failure into ``error:`` and ``hint:`` lines and an exit code."""
    from anonymizer.cli.common import run_safely

    sys.exit(run_safely(cli, args))
