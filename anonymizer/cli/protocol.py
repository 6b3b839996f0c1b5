"""``anonymizer protocol``: show and check what was read from a protocol document."""

from __future__ import annotations

import json
from pathlib import Path

import click

from anonymizer.cli.common import DONE, DUE, say
from anonymizer.protocol.model import Protocol

_DOCUMENT = click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]")


def _resolve(file: Path | None) -> Path:
    if file is not None:
        return file
    from anonymizer.study import find_study

    return find_study(Path.cwd()).protocol


@click.group()
def protocol() -> None:
    """Show, check and change the interview protocol.

    FILE is a document (.txt, .md, .docx, .odt) or a hand-written .yaml; by default the study's own.
    """


@protocol.command()
@_DOCUMENT
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "json", "yaml"]),
    default="tree",
    show_default=True,
    help="tree: for people. json: questions only. yaml: a protocol.yaml to correct by hand.",
)
def show(file: Path | None, form: str) -> int:
    """Print the questions as a tree, and what was taken for notes and instructions."""
    from anonymizer.protocol.document import read_protocol
    from anonymizer.protocol.override import dump_override

    read = read_protocol(_resolve(file))
    if form == "json":
        click.echo(json.dumps([_row(q) for q in read.questions], ensure_ascii=False, indent=1))
    elif form == "yaml":
        click.echo(dump_override(read), nl=False)
    else:
        click.echo(tree(read))
    return DONE


def _row(question: object) -> dict[str, object]:
    from dataclasses import asdict

    values = asdict(question)  # type: ignore[call-overload]
    return {key: values[key] for key in ("id", "section", "number", "text", "optional", "notes")}


def tree(read: Protocol) -> str:
    """Outline, notes and unplaced lines, for people."""
    lines = [read.title]
    section = None
    for question in read.questions:
        if question.section != section:
            section = question.section
            lines += ["", section]
        depth = question.id.count(".")
        optional = "  (optional)" if question.optional else ""
        lines.append(f"{'  ' * depth}{question.id}  {question.text}{optional}")
        lines += [f"{'  ' * depth}    note: {note}" for note in question.notes]
    if read.notes:
        lines += ["", "Taken for notes and instructions:"]
        lines += [f"  line {number}: {text}" for number, text in read.notes]
    if read.unplaced:
        lines += ["", "Not placed:"]
        lines += [f"  line {number}: {text}" for number, text in read.unplaced]
    return "\n".join(lines)


@protocol.command()
@_DOCUMENT
def check(file: Path | None) -> int:
    """Name the lines of the document that could not be placed; exit status 6 if there are any."""
    from anonymizer.protocol.checking import remarks
    from anonymizer.protocol.document import override_of, read_protocol

    path = _resolve(file)
    read = read_protocol(path)
    if override_of(path):
        say(f"read from {path.with_suffix('.yaml').name}, which overrides {path.name}")
    found = remarks(read)
    for line in found:
        click.echo(line)
    sections = len({q.id.split(".")[0] for q in read.questions})
    say(f"{len(read.questions)} questions in {sections} sections, {len(found)} remarks")
    return DUE if found else DONE
