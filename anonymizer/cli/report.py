"""``anonymizer report``: one page for an ethics board, its JSON twin, the archive's log, coverage of the protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from anonymizer import files
from anonymizer.audit.coverage import TaggedInterview
from anonymizer.cli.common import DONE, FAILED, SOME_FAILED, key_options, say, show_error, study_option
from anonymizer.errors import AnonymizerError, ReviewError, StudyError
from anonymizer.study import Study, find_study, open_study


@click.group(invoke_without_command=True)
@click.option(
    "--study",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The study folder.  [default: the one in or above the current folder]",
)
@key_options
@click.pass_context
def report(ctx: click.Context, /, folder: Path | None, **options: Any) -> None:
    """Write audit/report.html and audit/report.json: what was done, what is open, how well it is known.

    Refused where the page would hold a known original. With a subcommand, options stand behind it.
    """
    if ctx.invoked_subcommand is not None:
        return
    from anonymizer.audit.writing import write_report
    from anonymizer.cli.key import opened

    # here and not in a callback: a subcommand has a --study of its own
    study = open_study(folder) if folder else find_study(Path.cwd())
    with opened(study, options["identity"], options["passphrase_file"], options["passphrase_fd"]) as store:
        written = write_report(study, store)
    say(written.sentence)
    for point in written.points[:12]:
        say(f"{point['level']}: {point['text']}")
    if len(written.points) > 12:
        say(f"and {len(written.points) - 12} more open points")
    click.echo(written.html)


@report.command()
@study_option
@key_options
def log(study: Study, **options: Any) -> None:
    """Write audit/anonymization-log.csv: every decision in the columns an archive asks for, without originals."""
    from anonymizer.audit.writing import write_anonymization_log
    from anonymizer.cli.key import opened

    with opened(study, options["identity"], options["passphrase_file"], options["passphrase_fd"]) as store:
        path, rows = write_anonymization_log(study, store)
    say(f"{rows} decisions")
    click.echo(path)


@report.command()
@study_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "html", "json"]),
    default="table",
    show_default=True,
    help="table: for the terminal. html: a page with a picture. json: for programs.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
def coverage(study: Study, form: str, output: Path | None) -> int:
    """Questions by interviews: asked, answered (words), skipped, and talk outside the protocol.

    Uses the tags as reviewers left them. Exit status: 0 done, 4 some interviews could not be read.
    """
    from anonymizer.audit import coverage as room
    from anonymizer.audit import coverage_page
    from anonymizer.protocol.document import read_protocol

    interviews, failed = _tagged(study)
    if not interviews:
        raise StudyError("no tagged interviews", hint="anonymizer run --prepare")
    found = room.coverage(read_protocol(study.protocol), interviews)
    if form == "json":
        text = json.dumps(room.document(found), ensure_ascii=False, indent=1) + "\n"
    elif form == "html":
        text = coverage_page.page(found, study.settings.title).decode()
    else:
        text = room.table(found) + "\n"
    if output:
        files.write_atomic(output, text.encode(), files.SHARED_FILE)
        say(f"written: {output.name}")
    else:
        click.echo(text, nl=False)
    return SOME_FAILED if failed and interviews else FAILED if failed else DONE


def _tagged(study: Study) -> tuple[list[TaggedInterview], int]:
    """Tagged interviews, with reviewers' corrections, and how many could not be read."""
    from anonymizer.audit.coverage import interview
    from anonymizer.protocol.update import received_files, received_transcript
    from anonymizer.review import combine, events, marks

    received = received_files(study)
    result, failed = [], 0
    for folder in sorted(study.review.iterdir()) if study.review.is_dir() else []:
        if not (folder / "marks.json").is_file():
            continue
        try:
            held = marks.load(study.review, folder.name)
            transcript = received_transcript(received, held.transcript, held.turns)
            if transcript is None:
                raise ReviewError(
                    "the received file is gone or has changed since it was prepared",
                    file=f"{folder.name}/marks.json",
                    hint="anonymizer run --prepare",
                )
            view = combine.combine(held, events.load(study.review, folder.name))
        except AnonymizerError as error:
            show_error(error)
            failed += 1
            continue
        tags = [view.tags[index] for index in sorted(view.tags)]
        result.append(interview(held.code or held.transcript, tags, [turn.text for turn in transcript]))
    return result, failed
