"""anonymizer key: the key store's commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anonymizer.cli.common import Command, key_options, passphrase_source, say, study_option
from anonymizer.errors import KeyStoreError, NotAHolderError
from anonymizer.keystore.store import Store, open_store
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.keystore.rotate import Replaced


def opened(
    study: Study, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None, *, repair: bool = True
) -> Store:
    """Open the key store for a command and say what was repaired or remarked."""
    store = open_store(
        study, identity=identity, passphrase=passphrase_source(passphrase_file, passphrase_fd), repair=repair
    )
    for notice in store.notices:
        say(f"note: {notice}")
    return store


def ask(prompt: str) -> str:
    """A line from the terminal, or from standard input where there is none; never from an argument."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, err=True))
    return sys.stdin.readline().removesuffix("\n").removesuffix("\r")


def new_passphrase(
    passphrase_file: Path | None, passphrase_fd: int | None, *, generate: bool, none: bool
) -> str | None:
    """The passphrase of an identity file to be made: generated, none, from a file, or typed twice."""
    from anonymizer.keystore.identity import generate_passphrase, normalize_passphrase

    if none:
        return None
    if generate:
        words = generate_passphrase()
        say("The passphrase, shown this once; write it down and keep it apart from the identity file:")
        click.echo(f"    {words}", err=True)
        return words
    if passphrase_file is None and passphrase_fd is None and sys.stdin.isatty():
        return normalize_passphrase(
            str(click.prompt("New passphrase", hide_input=True, confirmation_prompt="The same again", err=True))
        )
    if passphrase_file is None and passphrase_fd is None:
        raise NotAHolderError(
            "a new identity needs a passphrase and there is no terminal to ask on",
            hint="--passphrase-file FILE, --passphrase-fd N, --generate, or --no-passphrase for a bare file",
        )
    return passphrase_source(passphrase_file, passphrase_fd)()


def new_identity_options(command: Command) -> Command:
    """``--generate`` and ``--no-passphrase``."""
    for option in (
        click.option("--no-passphrase", is_flag=True, help="A bare identity file, mode 0600, for unattended runs."),
        click.option("--generate", is_flag=True, help="Generate a passphrase of ten words and show it once."),
    ):
        command = option(command)
    return command


class InOrder(click.Group):
    """A group whose commands are listed in the order in which they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=InOrder)
def key() -> None:
    """The key store: who may open it, what it knows, how it ends."""


@key.command()
@study_option
@click.option(
    "--keys", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the key store."
)
@click.option(
    "--shred",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="New file for the shred secret; exists once, never backed up.",
)
@click.option("--holder", required=True, help="Your label among the holders.")
@click.option("--paper/--no-paper", default=None, help="Print the shred secret for the safe, or refuse (logged).")
@click.option("--anyway", is_flag=True, help="Use a place that is refused otherwise; the certificate says so.")
@new_identity_options
@key_options
def init(
    *,
    study: Study,
    keys: Path,
    shred: Path,
    holder: str,
    paper: bool | None,
    anyway: bool,
    generate: bool,
    no_passphrase: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Make the study's key store, outside of the study folder."""
    from anonymizer.keystore.create import create_store

    if paper is None:
        if not sys.stdin.isatty():
            raise click.UsageError(
                "say --paper or --no-paper: without a paper copy a lost shred secret ends the study's key"
            )
        paper = click.confirm("Print a paper copy of the shred secret now?", default=True, err=True)
    path = identity or keys / f"{slug(holder)}.identity"
    if path.exists():
        passphrase: str | None = None
        text = passphrase_source(passphrase_file, passphrase_fd)
        from anonymizer.keystore.container import MAGIC

        if path.read_bytes()[: len(MAGIC)] == MAGIC:
            passphrase = text()
    else:
        passphrase = new_passphrase(passphrase_file, passphrase_fd, generate=generate, none=no_passphrase)
    made = create_store(study, keys, shred, holder, path, passphrase, paper, anyway=anyway)
    for warning in made.warnings:
        say(f"warning: {warning}")
    say("The key store is made. Keep a copy of study.key; never copy the shred secret.")
    if made.paper is not None:
        click.echo(made.paper)
    else:
        say("No paper copy was made: if the shred secret is lost, so is the key. The log says so.")


def slug(label: str) -> str:
    """A label as a file name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in label.strip().lower()) or "holder"


@key.command()
@click.argument("path", type=click.Path(path_type=Path))
@new_identity_options
@click.option("--passphrase-fd", type=int, help="Read the new passphrase from this file descriptor.")
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the new passphrase from this file's first line.",
)
def identity(
    *, path: Path, generate: bool, no_passphrase: bool, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """Make an identity file and print the line age1... that a holder adds with it."""
    from anonymizer.keystore.identity import create_identity

    if path.suffix == "":
        path = path.with_name(f"{path.name}.identity")
    if path.exists():
        raise KeyStoreError("the identity file exists already", file=path)
    passphrase = new_passphrase(passphrase_file, passphrase_fd, generate=generate, none=no_passphrase)
    click.echo(create_identity(path, passphrase))
    say(f"Made {path.name}. Give the line age1... to a holder; keep the file to yourself.")


@key.group()
def holder() -> None:
    """Who can open the key."""


@holder.command("add")
@click.argument("label")
@click.argument("recipient")
@study_option
@key_options
def holder_add(
    *,
    study: Study,
    label: str,
    recipient: str,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Let one more person open the key. RECIPIENT is the line age1... of her identity."""
    from anonymizer.keystore.holders import add_holder

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        add_holder(store, label, recipient)
        say(f"{len(store.document.holders)} holders.")


@holder.command("remove")
@click.argument("label")
@click.option("--me", is_flag=True, help="Needed to remove yourself.")
@study_option
@key_options
def holder_remove(
    *,
    study: Study,
    label: str,
    me: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Let a person no longer open the key. The shred secret is replaced too: she may have old copies.

    What she could read, she may have read; old copies of study.key together with the old shred secret stay open to her.
    """
    from anonymizer.keystore.holders import remove_holder

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        tell_paper(remove_holder(store, label, me=me))
        say(f"{len(store.document.holders)} holder(s) left.")


@holder.command("list")
@study_option
@key_options
def holder_list(
    *, study: Study, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """Labels, ids in the log, and since when; you are marked with *."""
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        for number, held in store.document.holders.items():
            mark = "*" if number == store.holder_id else " "
            click.echo(f"{mark} {held.label}\t{number}\t{held.since}\t{held.recipient}")


@key.command()
@study_option
@key_options
def unlock(*, study: Study, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Open and check the key store and say what state it is in; nothing stays open."""
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        store.log("unlock")
        document = store.document
        click.echo(f"study\t{document.study}")
        click.echo(f"generation\t{document.generation}")
        for name in ("holders", "participants", "interviewers", "others", "transcripts", "entities", "tombstones"):
            click.echo(f"{name}\t{len(getattr(document, name))}")
        for name, count in sorted(document.counts.items()):
            click.echo(f"{name}\t{count}")
        click.echo(f"shred secret\t{store.slot.counter}")


def tell_paper(replaced: Replaced) -> None:
    """Say which paper copies are void and print the next page on standard output."""
    if replaced.void:
        numbers = ", ".join(str(number) for number in replaced.void)
        say(f"Paper copies with number {numbers} are void now: burn them.")
    if replaced.page is not None:
        click.echo(replaced.page)
    elif not replaced.void:
        say("This study keeps no paper copy of the shred secret: anonymizer key paper makes one.")


@key.command()
@click.option(
    "--by",
    type=click.Choice(["name", "pseudonym", "transcript"]),
    default="name",
    show_default=True,
    help="What is looked up.",
)
@click.option("--code", help="The pseudonym or transcript code to look up; a name is prompted for, or read from stdin.")
@click.option("--part", is_flag=True, help="A part of the name is enough.")
@study_option
@key_options
def lookup(
    *,
    study: Study,
    by: str,
    code: str | None,
    part: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Look up one entry. The name is read from a prompt or standard input, since arguments can be read by others."""
    from anonymizer.keystore.lookup import lookup as find

    if by == "name" and code is not None:
        raise click.UsageError("a name is not given as an option: others can read a process's arguments")
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        text = code if code is not None else ask("Name" if by == "name" else "Code")
        found = find(store.document, text, by, part=part)  # type: ignore[arg-type]
        store.count("readings", "lookup", by=by, found=len(found))
    for entry in found:
        click.echo("\t".join([entry.pseudonym, entry.kind, "; ".join(entry.names), ",".join(entry.transcripts)]))


# the rest of the group, in the order of a key's life
from anonymizer.cli import key_life  # noqa: E402

key_life.register(key)
