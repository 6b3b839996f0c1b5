"""anonymizer export: released transcripts in other formats, of the whole study, or by question."""

from __future__ import annotations

from pathlib import Path

import click

from anonymizer.cli.common import DONE, key_options, say, study_option
from anonymizer.exporting import FORMATS
from anonymizer.study import Study


@click.command()
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    required=True,
    help="json, txt, docx, vtt, srt, html: a file for each transcript; same: the format received; csv, xlsx: a row a "
    "turn of all; qdpx: a project for ATLAS.ti, MAXQDA, NVivo ...; qdc: the protocol as a codebook. May be repeated.",
)
@click.option(
    "--question",
    "questions",
    multiple=True,
    help="Only turns about this question or section, as effective-practices.3, and those nested in it; repeatable.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to.  [default: exports/ in the study folder]",
)
@study_option
@key_options
def export(
    *,
    study: Study,
    codes: tuple[str, ...],
    formats: tuple[str, ...],
    questions: tuple[str, ...],
    out: Path | None,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> int:
    """Write released transcripts again, in other formats or by question, through the gate.

    CODE such as P07-1 restricts to some transcripts. Prints the files written. Exit code 5: a known original was found,
    and nothing was written.
    """
    from anonymizer.cli.key import opened
    from anonymizer.exporting import export as write

    folder = out or study.folder / "exports"
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        result = write(study, store, folder, formats=formats, questions=questions, codes=codes)
    for code, reason in result.skipped:
        say(f"{code} skipped: {reason}")
    for name in result.files:
        click.echo(folder / name)
    say(f"{len(result.files)} files about {len(result.transcripts)} transcripts.")
    return DONE
