"""``anonymizer tag``: which turn is about which question; no study, no key."""

from __future__ import annotations

import json
from pathlib import Path

import click

from anonymizer.cli.common import DONE, FAILED, SOME_FAILED, say, show_error
from anonymizer.errors import AnonymizerError
from anonymizer.protocol.model import Tag
from anonymizer.transcript import Transcript


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@click.option(
    "--protocol",
    "document",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The interview protocol: .txt, .md, .docx, .odt or .yaml.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "table"]),
    default="jsonl",
    show_default=True,
    help="jsonl: one line a file, for programs. table: one line a turn, for people; shows no text.",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder that overlays the shipped rules (tagging/weights.json, tagging/outside.yaml).",
)
@click.option(
    "--alone",
    is_flag=True,
    help="Tag each file by itself. By default files given together teach each other how the questions are put.",
)
def tag(files: tuple[Path, ...], document: Path, form: str, rules: Path | None, alone: bool) -> int:
    """Tell which turn of each FILE is about which question of a protocol.

    Greeting, consent, small talk and logistics get no question. A turn whose tag is too uncertain to go unseen has
    "review": true. Exit status: 0 tagged, 4 some files failed, 1 all failed.
    """
    from anonymizer.intake import reader
    from anonymizer.protocol.document import read_protocol
    from anonymizer.protocol.tagging import Tagger

    tagger = Tagger(read_protocol(document), rules_overlay=rules)
    transcripts: list[Transcript] = []
    failed = 0
    for file in files:
        try:
            transcripts.append(reader.read(file, follow_links=True))
        except AnonymizerError as error:
            show_error(error)
            failed += 1
    results = [tagger.tag(t) for t in transcripts] if alone else tagger.tag_study(transcripts)
    for transcript, tags in zip(transcripts, results, strict=True):
        click.echo(_line(transcript, tags) if form == "jsonl" else _table(transcript, tags))
    if failed:
        say(f"{failed} of {len(files)} files failed")
        return FAILED if failed == len(files) else SOME_FAILED
    return DONE


def _line(transcript: Transcript, tags: tuple[Tag, ...]) -> str:
    turns = [
        {
            "index": tag.index,
            "role": tag.role,
            "question": tag.question,
            "confidence": tag.confidence,
            "review": tag.review,
        }
        for tag in tags
    ]
    return json.dumps({"transcript": transcript.name, "turns": turns}, ensure_ascii=False)


def _table(transcript: Transcript, tags: tuple[Tag, ...]) -> str:
    width = max(len(tag.question or "-") for tag in tags)
    rows = [f"{transcript.name}: {len(tags)} turns, {sum(tag.review for tag in tags)} for review"]
    rows += [
        f"{tag.index:5d}  {tag.role:11s}  {tag.question or '-':{width}s}  {tag.confidence:.2f}"
        f"{'  review' if tag.review else ''}"
        for tag in tags
    ]
    return "\n".join(rows)
