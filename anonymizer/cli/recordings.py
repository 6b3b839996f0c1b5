"""``anonymizer recordings``: register, follow, hold and delete the audio."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from anonymizer.cli.common import DONE, DUE, WAITING, key_options, say, study_option
from anonymizer.errors import RecordingError
from anonymizer.study import Study


def _opened(study: Study, options: dict[str, Any]) -> Any:
    """Open the key store, repair an interrupted deletion, let the recordings take the steps that are due."""
    from anonymizer.cli.key import opened

    return opened(study, options["identity"], options["passphrase_file"], options["passphrase_fd"])


def _followed(study: Study, store: Any) -> Any:
    from anonymizer.recordings.follow import follow_study
    from anonymizer.recordings.operations import repair
    from anonymizer.recordings.sealed import SealedRecordings

    registry = SealedRecordings(store)
    for record in repair(registry):
        say(f"note: the interrupted deletion of {record.id} is recorded now")
    for record in follow_study(study, store.view(), registry):
        say(f"note: {record.id} is now {record.state}")
    return registry


@click.group()
def recordings() -> None:
    """The audio: registered by keyed digest, deleted only when everything before has been done.

    received -> transcript-received -> reviewed -> anonymized -> deletion-due -> deleted
    """


@recordings.command()
@study_option
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--transcript", "codes", multiple=True, required=True, help="Code of the transcript made from it, such as P07-1."
)
@key_options
def add(study: Study, files: tuple[Path, ...], codes: tuple[str, ...], **options: Any) -> None:
    """Register recordings. Files stay where they are and are not changed."""
    from anonymizer.recordings import machine, operations

    with _opened(study, options) as store:
        view = store.view()
        known = {person.code for person in view.roster} | {link.code for link in view.links}
        for code in codes:
            if code not in known and code.partition("-")[0] not in known:
                raise RecordingError("no such participant or transcript", hint="anonymizer participants list")
        registry = _followed(study, store)
        new = operations.add(registry, files, codes, secret=view.secret, time=machine.now())
        _followed(study, store)
        for record in new:
            click.echo(record.id)
    say(f"{len(new)} registered; the ids stand for them in lists, log and reports")


@recordings.command("list")
@study_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--paths", is_flag=True, help="Show where the files lie; file names may hold names.")
@key_options
def list_(study: Study, as_json: bool, paths: bool, **options: Any) -> int:
    """List the recordings and where they stand. Exit code 6: one is due for deletion."""
    from anonymizer.recordings.follow import standings

    with _opened(study, options) as store:
        registry = _followed(study, store)
        records = registry.recordings()
        due = {d.name: d for d in standings(study, records)}
    rows = []
    for r in records:
        clock = due[r.id]
        rows.append(
            {
                "id": r.id,
                "transcripts": list(r.transcripts),
                "state": r.state,
                "since": r.steps[-1].time,
                "due": clock.on.isoformat() if clock.on else None,
                "holds": len(r.holds),
                **({"path": r.path} if paths else {}),
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    else:
        for row, r in zip(rows, records, strict=True):
            held = f"  on hold ({len(r.holds)})" if r.holds else ""
            when = f"  due {row['due']}" if row["due"] and r.state != "deleted" else ""
            where = f"  {r.path}" if paths else ""
            line = f"{r.id}  {' '.join(r.transcripts):10}  {r.state:20} since {r.steps[-1].time[:10]}"
            click.echo(f"{line}{when}{held}{where}")
        if not records:
            say("no recording is registered: anonymizer recordings add FILE --transcript CODE")
    return DUE if any(r.state == "deletion-due" and not r.holds for r in records) else DONE


@recordings.command()
@study_option
@key_options
def check(study: Study, **options: Any) -> int:
    """Compare the register with the transcripts and the files. Exit code 3: something does not fit.

    Reads every registered file to its end.
    """
    from anonymizer.recordings.media import SENTENCES
    from anonymizer.recordings.media import check as look

    with _opened(study, options) as store:
        registry = _followed(study, store)
        view = store.view()
        found = look(
            registry.recordings(),
            transcripts=[link.code for link in view.links],
            folder=study.recordings,
            secret=view.secret,
        )
    for finding in found:
        name = finding.recording or finding.transcript
        # a path is shown where there is no other way to say which file: to the key holder's own screen
        click.echo(f"{finding.kind}  {name or finding.path}")
    for kind in dict.fromkeys(finding.kind for finding in found):
        say(f"{kind}: {SENTENCES[kind]}")
    return WAITING if found else DONE


@recordings.command()
@study_option
@click.argument("id", metavar="ID")
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@key_options
def link(study: Study, id: str, codes: tuple[str, ...], **options: Any) -> None:
    """Tie a recording to other transcripts than it was registered for."""
    from anonymizer.recordings.operations import retie

    with _opened(study, options) as store:
        registry = _followed(study, store)
        retie(registry, id, codes)
        _followed(study, store)


@recordings.command()
@study_option
@click.argument("id", metavar="ID")
@click.option("--reason", required=True, help="Why nothing may be deleted; sealed, refused if it holds a known name.")
@key_options
def hold(study: Study, id: str, reason: str, **options: Any) -> None:
    """Stop a recording's clock and its deletion: a complaint, a legal hold."""
    from anonymizer.recordings import machine
    from anonymizer.recordings.operations import set_hold

    with _opened(study, options) as store:
        set_hold(_followed(study, store), id, reason=reason, by=store.view().holder, time=machine.now())


@recordings.command()
@study_option
@click.argument("id", metavar="ID")
@key_options
def release(study: Study, id: str, **options: Any) -> None:
    """Lift a recording's holds."""
    from anonymizer.recordings.operations import lift_holds

    with _opened(study, options) as store:
        lift_holds(_followed(study, store), id)


@recordings.command()
@study_option
@click.argument("ids", metavar="[ID...]", nargs=-1)
@click.option("--due", is_flag=True, help="All that are due and not on hold.")
@click.option("--withdrawn", is_flag=True, help="Before its time, because the participant withdrew.")
@click.option("--gone", is_flag=True, help="The file was removed outside the program; nothing is removed now.")
@click.option(
    "--copy",
    "answers",
    multiple=True,
    metavar="PLACE=ANSWER",
    help="What became of copies: recorder, cloud, transcription-service, sync-folders, backups = deleted, none, "
    "remains or unknown. Asked on a terminal.",
)
@click.option(
    "--search",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Look for copies, by content, below this folder.",
)
@click.option("--delete-copies", is_flag=True, help="Delete the copies found by --search as well.")
@click.option("--dry-run", is_flag=True, help="Say what would happen.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@key_options
def delete(
    study: Study,
    *,
    ids: tuple[str, ...],
    due: bool,
    withdrawn: bool,
    gone: bool,
    answers: tuple[str, ...],
    search: tuple[Path, ...],
    delete_copies: bool,
    dry_run: bool,
    yes: bool,
    **options: Any,
) -> None:
    """Delete recordings that are due, and write down what was done and what became of copies elsewhere."""
    from anonymizer.recordings import machine, media, operations

    if bool(ids) == due:
        raise click.UsageError("name recordings, or say --due")
    with _opened(study, options) as store:
        registry = _followed(study, store)
        view = store.view()
        if due:
            ids = tuple(r.id for r in registry.recordings() if r.state == "deletion-due" and not r.holds)
            if not ids:
                say("no recording is due")
                return
        records = [operations.find(registry, id) for id in ids]
        copies = {r.id: media.find_copies(search, r, view.secret) if search else () for r in records}
        for r in records:
            machine.may_delete(r, withdrawn=withdrawn)
            method = "recorded as removed outside the program" if gone else media.describe_deletion(Path(r.path))
            say(f"{r.id}: {r.size} bytes, {' '.join(r.transcripts)}: {method}")
            for path in copies[r.id]:
                say(f"  copy{' to be deleted' if delete_copies else ', stays'}: {path}")
        if dry_run:
            return
        ticked = machine.check_answers([*_parse(answers), *_ask(answers)])
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("say --yes to delete without being asked")
            click.confirm(f"Delete {len(records)} recordings?", abort=True, err=True)
        for r in records:
            operations.delete(
                registry,
                r.id,
                answers=ticked,
                describe=media.describe_deletion,
                secret=view.secret,
                by=view.holder,
                time=machine.now(),
                withdrawn=withdrawn,
                gone=gone,
                copies=copies[r.id] if delete_copies else (),
            )
            click.echo(r.id)
    left = [place for place, answer in ticked if answer in ("remains", "unknown")]
    if left:
        say(f"copies may remain in: {', '.join(left)}; the log and the report say so")


def _parse(answers: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for text in answers:
        place, equals, answer = text.partition("=")
        if not equals:
            raise click.UsageError("--copy takes PLACE=ANSWER, such as --copy cloud=none")
        pairs.append((place.strip(), answer.strip()))
    return pairs


def _ask(answers: tuple[str, ...]) -> list[tuple[str, str]]:
    """On a terminal, ask for the places that no option named."""
    from anonymizer.recordings.model import ANSWERS, TICK_LIST

    if not sys.stdin.isatty():
        return []
    given = {place for place, _ in _parse(answers)}
    asked = []
    for place, words in TICK_LIST:
        if place not in given:
            answer = click.prompt(f"Copies in {words}", type=click.Choice(ANSWERS), err=True)
            asked.append((place, str(answer)))
    return asked
