"""``anonymizer detect``: findings of transcripts, as JSON lines; no study, no key."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from anonymizer.cli.common import DONE, FAILED, SOME_FAILED, say, show_error


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
    from anonymizer.errors import AnonymizerError, InputError
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
    detector = Detector(settings, rules_overlay=rules_folder)
    decide = _decider(policy, rules_folder)
    transcripts, failed = [], 0
    for path in files:
        try:
            transcripts.append(_read(path))
        except AnonymizerError as error:
            show_error(error)
            failed += 1
    lines: list[str] = []
    for transcript, findings in zip(transcripts, detector.detect_many(transcripts, people), strict=True):
        line = json.dumps(_row(transcript, findings, people, decide), ensure_ascii=False)
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


def _read(path: Path) -> Any:
    try:
        from anonymizer.intake import read_file  # type: ignore[attr-defined, unused-ignore]
    except ImportError:
        return _canonical(path)
    return read_file(path)


def _canonical(path: Path) -> Any:
    from anonymizer.errors import IntakeError
    from anonymizer.transcript import Transcript, Turn

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        turns = tuple(
            Turn(i, t.get("speaker"), t["text"], t.get("start"), t.get("end")) for i, t in enumerate(document["turns"])
        )
    except OSError:
        raise IntakeError("cannot be read", file=path) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise IntakeError("is not a canonical transcript", file=path) from None
    if not turns:
        raise IntakeError("holds no turns", file=path)
    return Transcript(path.stem, turns)


_ACTIONS = {"direct": "pseudonymize", "tied": "pseudonymize"}


def _decider(policy: str, overlay: Path | None) -> Any:
    def decide(finding: Any) -> tuple[str, bool]:
        action = _ACTIONS.get(finding.context, "keep")
        if finding.entity_type in ("DATE", "AGE", "ROLE") and action != "keep":
            action = "generalize"
        return action, finding.review or finding.context == "situation"

    return decide


def _row(transcript: Any, findings: Any, roster: Any, decide: Any) -> dict[str, Any]:
    entities: dict[str, str] = {}
    by_turn: dict[int, list[dict[str, Any]]] = {}
    for number, finding in enumerate(findings):
        action, review = decide(finding)
        entity = entities.setdefault(finding.group or f"#{number}", f"E{len(entities) + 1}")
        by_turn.setdefault(finding.turn, []).append(
            {
                "start": finding.start,
                "end": finding.end,
                "entity_type": finding.entity_type,
                "entity": entity,
                "action": action,
                "review": review,
                "score": finding.score,
                "sources": list(finding.sources),
                "reason": finding.reason,
            }
        )
    turns = [{"index": turn.index, "findings": by_turn.get(turn.index, [])} for turn in transcript]
    return {"transcript": transcript.name, "turns": turns}
