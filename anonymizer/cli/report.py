"""``anonymizer report``: one page for an ethics board, its JSON twin, and the archive's log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from anonymizer.cli.common import key_options, say, study_option
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
