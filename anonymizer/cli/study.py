"""``anonymizer init`` and ``anonymizer status``."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import click

from anonymizer.cli.common import DONE, DUE, say, study_option
from anonymizer.study import Study


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--protocol",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The interview protocol: .txt, .md, .docx, .odt or .yaml. Copied into the study.",
)
@click.option("--title", required=True, help="Title of the study; no names of participants.")
@click.option(
    "--ends-on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which the key is due to be destroyed, as YYYY-MM-DD.",
)
def init(folder: Path, protocol: Path, title: str, ends_on: datetime.datetime) -> None:
    """Lay out a new study folder in DIR.

    Example: anonymizer init tools2026 --protocol protocol.txt --title "Tools in practice" --ends-on 2027-06-30
    """
    from anonymizer.protocol.document import read_protocol
    from anonymizer.study import create_study

    questions = read_protocol(protocol).questions
    study = create_study(folder, protocol=protocol, title=title, ends_on=ends_on.date())
    say(f"study {study.settings.id} laid out, {len(questions)} questions in its protocol")
    say("next: anonymizer key init --study DIR --keys DIR2 --shred FILE --holder NAME")


@click.command()
@study_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(study: Study, as_json: bool) -> int:
    """Show what is received, prepared, drafted, waiting and released, and the days until the study ends.

    Needs no key. Exit code 6: something is due.
    """
    from anonymizer.progress import study_status

    state = study_status(study, datetime.date.today())
    if as_json:
        click.echo(json.dumps(state.document(), indent=1))
    else:
        for line in state.lines():
            click.echo(line)
    return DUE if state.due else DONE
