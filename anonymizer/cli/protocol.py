"""``anonymizer protocol``: show and check what was read from a protocol document."""

from __future__ import annotations

import json
from pathlib import Path

import click

from anonymizer.cli.common import DONE, DUE, WAITING, say, study_option
from anonymizer.protocol.model import Protocol
from anonymizer.study import Study

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


@protocol.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@study_option
@click.option("--dry-run", is_flag=True, help="Only say what would become of each question.")
def update(file: Path, study: Study, dry_run: bool) -> int:
    """Put FILE in the place of the study's protocol.

    The old version is kept in protocol-versions/. Transcripts that are not approved are tagged anew; reviewers'
    corrections move to the new ids. Approved transcripts stay as they are. Exit status: 0 done, 3 something should be
    looked at (questions that are gone, corrections that were lost).
    """
    from anonymizer import files
    from anonymizer.protocol import update as room

    if dry_run:
        done = room.preview(study, file)
    else:
        with files.lock(study.private / "run.lock"):
            done = room.update(study, file)
    for change in done.changes:
        if change.how != "same":
            click.echo(f"{change.old} -> {change.new or 'gone'}  ({change.how})")
    for id in done.added:
        click.echo(f"{id}  (new)")
    gone = sum(change.new is None for change in done.changes)
    say(f"{len(done.changes)} questions before, {gone} gone, {len(done.added)} new")
    if not dry_run:
        say(f"{done.retagged} transcripts tagged anew, {done.approved} approved ones left as they are")
        if done.unread:
            say(f"{done.unread} transcripts only renumbered, for review: received file gone or changed")
        if done.carried or done.lost:
            say(f"reviewers' corrections: {done.carried} moved to new ids, {done.lost} lost with their question")
    return WAITING if gone or done.lost or done.unread else DONE
