"""``anonymizer close``: the end of a study, step by step."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anonymizer.cli.common import DONE, WAITING, key_options, passphrase_source, say, study_option
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store


@click.command()
@click.argument("study_id", required=False, default="")
@study_option
@click.option("--early", is_flag=True, help="Close before the day on which the study ends.")
@key_options
def close(
    *,
    study_id: str,
    study: Study,
    early: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> int:
    """Walk a study's end in order and stop at what is missing; run it again to go on.

    Approved, audited, deposit package, recordings, originals, key, final report. STUDY_ID, from study.toml, must be
    typed for the step that destroys the key. Exit code 3: it stopped and says at what.
    """
    from anonymizer.audit.closing import STEPS, WORDS, Closing
    from anonymizer.errors import KeyStoreError, StudyError
    from anonymizer.keystore.store import open_store

    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    left = study.days_left(now.date())
    if left > 0 and not early:
        raise StudyError(f"the study ends in {left} days", hint="--early closes it now")
    if study_id and study_id.strip() != study.settings.id:
        raise KeyStoreError("this is not the study's id, so nothing was done", hint="the id stands in study.toml")
    if not study_id and sys.stdin.isatty():
        say("This deletes originals and destroys the key, as the retention policy says.")
        study_id = click.prompt("The study's id, from study.toml", default="", show_default=False, err=True)
    ask = passphrase_source(passphrase_file, passphrase_fd)
    asked: list[str] = []

    def passphrase() -> str:
        # asked once, though each step opens and closes the key store
        if not asked:
            asked.append(ask())
        return asked[0]

    def open_key(destroying: bool) -> Store:
        store = open_store(study, identity=identity, passphrase=passphrase, destroying=destroying)
        for notice in store.notices:
            say(f"note: {notice}")
        return store

    walk = Closing(study, open_key, study_id, now)
    stopped = False
    for number, step in enumerate(walk.walk(), 1):
        state = {"done": "done", "before": "done before", "kept": "kept", "stopped": "STOPPED"}[step.state]
        text = f": {step.text}" if step.text else ""
        click.echo(f"{number} of {len(STEPS)}  {WORDS[step.name]:50} {state}{text}")
        if step.hint:
            say(f"hint: {step.hint}")
        stopped = step.state == "stopped"
    return WAITING if stopped else DONE
