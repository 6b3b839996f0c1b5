"""anonymizer originals: what the sealed originals are, and their end."""

from __future__ import annotations

from pathlib import Path

import click

from anonymizer.cli.common import key_options, say, study_option
from anonymizer.cli.key import InOrder, opened
from anonymizer.study import Study


@click.group(cls=InOrder)
def originals() -> None:
    """Originals of what was replaced: sealed beside the key, or destroyed."""


@originals.command()
@click.argument("codes", nargs=-1)
@study_option
@key_options
def seal(
    *,
    study: Study,
    codes: tuple[str, ...],
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Seal the received transcripts of CODES (all, if none is named) under their data keys and remove the plain files.

    Afterwards only a holder can read them, and destroying the key destroys them. Drafts stay.
    """
    from anonymizer.keystore.received import seal_received

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        count = seal_received(store, codes)
    say(f"{count} received file(s) sealed and removed from private/received/.")


@originals.command()
@click.argument("code")
@study_option
@key_options
def restore(
    *, study: Study, code: str, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """Put the sealed received file of CODE back into private/received/; logged and counted as a reading."""
    from anonymizer.keystore.received import restore_received

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        restore_received(store, code)
    say(f"The received file of {code} is back in private/received/.")


@originals.command()
@click.argument("codes", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Of every transcript.")
@study_option
@key_options
def destroy(
    *,
    study: Study,
    codes: tuple[str, ...],
    everything: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Drop the data keys of CODES and with them all sealed originals, in every older copy too; the key stays.

    The shred secret is replaced, since an older copy of study.key holds the data keys.
    """
    from anonymizer.cli.key import tell_paper
    from anonymizer.keystore.received import destroy_originals

    if bool(codes) == everything:
        raise click.UsageError("name codes, or --all")
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        count, replaced = destroy_originals(store, codes)
        say(f"Sealed originals of {count} transcript(s) are dropped.")
        tell_paper(replaced)


@originals.command("list")
@study_option
@key_options
def list_(*, study: Study, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Of which transcripts originals are sealed, and whether the received file is sealed too; codes only."""
    from anonymizer.keystore.received import sealed_of

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        for code, count, file in sealed_of(store):
            click.echo(f"{code}\t{count}\t{'file' if file else '-'}")
