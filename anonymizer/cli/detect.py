"""``anonymizer detect``: findings of transcripts, as JSON lines; no study, no key."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anonymizer.cli.common import DONE, FAILED, SOME_FAILED, say, show_error

if TYPE_CHECKING:
    from anonymizer.decision import Decision
    from anonymizer.transcript import Transcript


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl"]),
    default="jsonl",
    show_default=True,
    help="One JSON line a file.",
)
@click.option(
    "--roster",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of the people you know: name,aliases,email,organization,role,people,places.",
)
@click.option(
    "--rules",
    "rules_folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Your own rules/ folder, laid over the shipped one.",
)
@click.option("--model", default="en_core_web_md", show_default=True, help="spaCy model; `none` works without one.")
@click.option("--language", default="en", show_default=True, help="Language of the transcripts, two letters.")
@click.option(
    "--student/--no-student", default=True, show_default=True, help="Use the model trained for talk (English only)."
)
@click.option("--policy", default="default", show_default=True, help="Policy that maps findings to actions.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, mode 0600.",
)
def detect(
    files: tuple[Path, ...],
    format_: str,
    roster: Path | None,
    rules_folder: Path | None,
    model: str,
    language: str,
    student: bool,
    policy: str,
    output: Path | None,
) -> int:
    """Find personal information in transcripts.

    Prints one line a FILE with every finding, the kept ones too. The output says where names stand and is as
    confidential as the transcripts.

    Exit codes: 0 done, 1 failed, 4 some files failed.
    """
    from pydantic import ValidationError

    from anonymizer import files as safe
    from anonymizer.detection.detector import Detector
    from anonymizer.entities.linking import link
    from anonymizer.errors import AnonymizerError, InputError
    from anonymizer.intake.reader import read
    from anonymizer.policy.load import load_policy
    from anonymizer.roster import EMPTY, parse_roster
    from anonymizer.study import DetectionSettings

    try:
        settings = DetectionSettings(model=model, language=language, student=student)
    except ValidationError:
        raise click.UsageError("--language takes two letters, such as en") from None
    people = EMPTY
    if roster is not None:
        try:
            people = parse_roster(roster.read_bytes(), roster.name)
        except OSError:
            raise InputError("the roster cannot be read", file=roster) from None
    rule = load_policy(policy, rules_folder)
    detector = Detector(settings, rules_overlay=rules_folder)
    transcripts, failed = [], 0
    for path in files:
        try:
            transcripts.append(read(path, follow_links=True))
        except AnonymizerError as error:
            show_error(error)
            failed += 1
    lines: list[str] = []
    for transcript, findings in zip(transcripts, detector.detect_many(transcripts, people), strict=True):
        line = json.dumps(
            _row(transcript, rule.decide(transcript, link(transcript, findings, people))), ensure_ascii=False
        )
        if output is None:
            click.echo(line)
        else:
            lines.append(line)
    if output is not None:
        safe.write_atomic(output, "".join(line + "\n" for line in lines).encode())
        say(f"{len(lines)} transcripts, findings written to {output.name}")
    sys.stdout.flush()
    if failed:
        return SOME_FAILED if transcripts else FAILED
    return DONE


def _row(transcript: Transcript, decisions: Sequence[Decision]) -> dict[str, Any]:
    by_turn: dict[int, list[dict[str, Any]]] = {}
    for decision in decisions:
        by_turn.setdefault(decision.turn, []).append(
            {
                "start": decision.start,
                "end": decision.end,
                "entity_type": decision.entity_type,
                "entity": decision.entity,
                "action": decision.action,
                "review": decision.review,
                "score": decision.score,
                "sources": list(decision.sources),
                "reason": decision.reason,
            }
        )
    turns = [{"index": turn.index, "findings": by_turn.get(turn.index, [])} for turn in transcript]
    return {"transcript": transcript.name, "turns": turns}
