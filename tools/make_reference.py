"""Write docs/reference.md from the commands' own help; a test compares the two."""

from __future__ import annotations

import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

HEAD = """# Command reference

Made from the commands' own help by `python tools/make_reference.py`; a test holds the two together.
Commands stand in the order in which a study uses them. Errors are one `error:` line and, where something can be
done, a `hint:` line.

Exit codes: 0 done; 1 failed; 2 usage; 3 done, findings wait for review; 4 done, but some files failed; 5 a known
original was found in an output; 6 something is due; 10 no key store; 11 locked by another process; 12 wrong
passphrase or not a holder; 13 damaged or forged; 14 older than seen before; 15 shred secret missing or not fitting;
16 unfinished operation found. The highest number that applies wins.
"""


def reference() -> str:
    """The whole page."""
    from anonymizer.cli import cli

    parts = [HEAD]

    def describe(command: click.Command, path: list[str], parent: click.Context | None) -> None:
        context = click.Context(command, info_name=path[-1], parent=parent, max_content_width=100, terminal_width=100)
        if parent is not None:
            help_text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
            parts.append(f"\n## anonymizer {' '.join(path[1:])}\n\n```\n{help_text}\n```\n")
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                if child is not None and not child.hidden:
                    describe(child, [*path, name], context)

    describe(cli, ["anonymizer"], None)
    return "".join(parts)


if __name__ == "__main__":
    (ROOT / "docs" / "reference.md").write_text(reference(), encoding="utf-8")
