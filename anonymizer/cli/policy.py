"""``anonymizer policy``: what happens to which kind of finding, and why it happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anonymizer.cli.common import DONE, FAILED, say, show_error
from anonymizer.errors import ReviewError, RulesError, StudyError

if TYPE_CHECKING:
    from anonymizer.policy.model import Policy
    from anonymizer.review.marks import Marks
    from anonymizer.study import Study

_STUDY = click.option(
    "--study",
    type=click.Path(path_type=Path, file_okay=False),
    help="The study folder.  [default: the one in or above the current folder, if there is one]",
)
_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text: for people. json: for programs.",
)


def _study(folder: Path | None) -> Study | None:
    """The study named, or the one around the current folder, or None: presets can be looked at without one."""
    from anonymizer.study import find_study, open_study

    if folder is not None:
        return open_study(folder)
    try:
        return find_study(Path.cwd())
    except StudyError:
        return None


def _needed(folder: Path | None) -> Study:
    from anonymizer.study import find_study, open_study

    return open_study(folder) if folder is not None else find_study(Path.cwd())


def _load(study: Study | None, name: str | None) -> Policy:
    from anonymizer.policy.load import load_policy

    chosen = name or (study.settings.policy if study else "default")
    return load_policy(chosen, study.rules if study else None)


@click.group()
def policy() -> None:
    """What happens to which kind of finding: show, check and compare policies, and explain decisions.

    A policy is a file in rules/policy/ of the program or of the study; docs/policy.md describes it. The study's own is
    named in study.toml.
    """


@policy.command()
@click.argument("name", required=False)
@_STUDY
@_FORMAT
def show(name: str | None, study: Path | None, form: str) -> int:
    """Print a policy as a table: entity types down, contexts across.

    NAME is a preset (default, ukds, fsd, hipaa, archive) or a file; by default the study's own.
    """
    from anonymizer.detection.finding import CONTEXTS, ENTITY_TYPES

    loaded = _load(_study(study), name)
    if form == "json":
        table = {
            t: {
                c: {
                    "action": (rule := loaded.rule(t, c)).action,
                    **({"to": rule.to} if rule.to else {}),
                    **dict(rule.parameters),
                    **({"review": True} if rule.review else {}),
                }
                for c in CONTEXTS
            }
            for t in ENTITY_TYPES
        }
        document = {"name": loaded.name, "title": loaded.title, "source": loaded.source, "digest": loaded.digest,
                    "types": table, "names": dict(loaded.styles)}  # fmt: skip
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return DONE
    click.echo(f"{loaded.name}: {loaded.title}")
    click.echo(f"source: {loaded.source}\n")
    for entity_type in ENTITY_TYPES:
        click.echo(f"{entity_type}")
        for words, contexts in _grouped(loaded, entity_type):
            click.echo(f"  {', '.join(contexts)}: {words}")
    if loaded.styles:
        click.echo("\nnames: " + ", ".join(f"{t} {style}" for t, style in sorted(loaded.styles.items())))
    return DONE


def _grouped(loaded: Policy, entity_type: str) -> list[tuple[str, list[str]]]:
    from anonymizer.detection.finding import CONTEXTS

    grouped: dict[str, list[str]] = {}
    for context in CONTEXTS:
        rule = loaded.rule(entity_type, context)
        parameters = "".join(f", {name} {value}" for name, value in rule.parameters)
        words = f"{rule.what}{parameters}{', a person looks at it' if rule.review else ''}"
        grouped.setdefault(words, []).append(context)
    return list(grouped.items())


@policy.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_STUDY
def check(names: tuple[str, ...], study: Path | None) -> int:
    """Read policies and name every mistake with its file and line; all policies there are, if none is named."""
    from anonymizer.policy.load import load_policy, policy_files

    found = _study(study)
    overlay = found.rules if found else None
    wrong = 0
    for name in names or tuple(policy_files(overlay)):
        try:
            loaded = load_policy(name, overlay)
        except RulesError as error:
            show_error(error)
            wrong += 1
            continue
        click.echo(f"{loaded.name}: good, {loaded.digest[:16]}")
    return FAILED if wrong else DONE


@policy.command()
@click.argument("place", metavar="FILE:TURN")
@click.option("--policy", "name", help="Explain what another policy would do.  [default: the study's own]")
@click.option("--text", is_flag=True, help="Show the passages themselves; they are originals.")
@_STUDY
@_FORMAT
def explain(place: str, name: str | None, text: bool, study: Path | None, form: str) -> int:
    """Say for each finding of a turn which rule decided, and why.

    FILE is a received file, or the code of a transcript such as P07-1; TURN is counted from 0. The transcript must have
    been run or prepared. No key is needed.
    """
    from anonymizer.policy.explain import explain as explained
    from anonymizer.policy.versions import decide_again

    file, colon, number = place.rpartition(":")
    if not colon or not number.isdecimal() or len(number) > 9:
        raise click.UsageError("say which turn: FILE:TURN, such as P07-1:12")
    found = _needed(study)
    marks, received = _marks_of(found, file)
    loaded = _load(found, name)
    if name:
        marks = decide_again(marks, loaded)
    rows = explained(marks, int(number), loaded)
    passages = _passages(received, int(number), [(r.start, r.end) for r in rows]) if text else [""] * len(rows)
    if form == "json":
        documents = [
            {**row.document(), **({"text": passage} if text else {})}
            for row, passage in zip(rows, passages, strict=True)
        ]
        click.echo(json.dumps(documents, ensure_ascii=False, indent=1))
        return DONE
    if not rows:
        say("nothing was found in this turn")
    for row, passage in zip(rows, passages, strict=True):
        label = f" as {row.pseudonym}" if row.pseudonym and row.action == "pseudonymize" else ""
        where = f" ({row.file} line {row.line})" if row.file else ""
        click.echo(
            f"{row.start}-{row.end} {row.entity_type}, {row.context}, {row.entity}{f': {passage}' if text else ''}"
        )
        click.echo(f"  {row.action}{label}, by {row.rule}{where}{'; a person should look' if row.review else ''}")
        click.echo(f"  found by {', '.join(row.sources) or 'a reviewer'}, {row.score:.2f}: {row.reason}")
    return DONE


@policy.command()
@click.argument("name")
@_STUDY
@_FORMAT
def compare(name: str, study: Path | None, form: str) -> int:
    """Say which released transcripts would read otherwise under another policy; changes nothing.

    NAME is a preset or a file. The study's own policy is what it is compared with; after study.toml was changed, name
    the old one.
    """
    from anonymizer.policy.versions import decide_again, outputs_changed
    from anonymizer.review.events import apply, load

    found = _needed(study)
    now, other = _load(found, None), _load(found, name)
    pairs = []
    for marks in _all_marks(found):
        effective = apply(marks, load(found.review, marks.transcript))
        pairs.append((decide_again(effective, now), decide_again(effective, other)))
    released = (
        {path.name.partition(".")[0] for path in found.anonymized.glob("*.*")} if found.anonymized.is_dir() else ()
    )
    changed = outputs_changed(pairs, released, now, other)
    if form == "json":
        click.echo(
            json.dumps(
                {code: {"changes": len(c), "shows_more": sum(x.shows_more for x in c)} for code, c in changed.items()},
                indent=1,
            )
        )
        return DONE
    for code, found_changes in changed.items():
        more = sum(change.shows_more for change in found_changes)
        count = len(found_changes)
        what = "1 passage changes" if count == 1 else f"{count} passages change"
        click.echo(f"{code}: {what}{f', {more} of them would be shown' if more else ''}")
    if not changed:
        say("no released transcript would change")
    return DONE


def _all_marks(study: Study) -> list[Marks]:
    from anonymizer.review import marks as marks_store

    if not study.review.is_dir():
        return []
    return [marks_store.load(study.review, path.parent.name) for path in sorted(study.review.glob("*/marks.json"))]


def _marks_of(study: Study, file: str) -> tuple[Marks, Path]:
    """Effective marks of a transcript, and the received file, by file, code or transcript id."""
    from anonymizer.received import scan
    from anonymizer.review import marks as marks_store
    from anonymizer.review.events import apply, load

    received, _ = scan(study)
    by_id = {item.transcript: item.path for item in received}
    path = next((p for p in by_id.values() if p.name == Path(file).name), None)
    for marks in _all_marks(study):
        if marks.transcript in by_id and (file in (marks.code, marks.transcript) or by_id[marks.transcript] == path):
            return apply(marks, load(study.review, marks.transcript)), by_id[marks.transcript]
    if path is not None:
        transcript = next(id for id, p in by_id.items() if p == path)
        marks = marks_store.load(study.review, transcript)
        return marks, path
    raise ReviewError("no such transcript", hint="name a file in private/received/ or a code such as P07-1")


def _passages(received: Path, turn: int, spans: Sequence[tuple[int, int]]) -> list[str]:
    from anonymizer.intake.reader import read

    text = read(received).turns[turn].text
    return [text[start:end] for start, end in spans]
