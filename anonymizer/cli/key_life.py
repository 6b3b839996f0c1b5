"""anonymizer key: choosing, replacing, withdrawing, exporting, checking, and the end."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anonymizer.cli.common import key_options, passphrase_source, say, study_option
from anonymizer.errors import KeyStoreError, NoKeyStoreError, ShredError
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.review.marks import Marks


def register(group: click.Group) -> None:
    """Add the commands to ``anonymizer key``."""
    for command in (select, rotate, withdraw, export, paper, log, verify, destroy, certificate):
        group.add_command(command)


@click.command()
@click.option("--pseudonym", metavar="LABEL", help="Whose interviews mention what this pseudonym stands for.")
@click.option("--organization", is_flag=True, help="Who belongs to an organization, whose name is prompted for.")
@click.option("--role", help="Who has this role, or this position in a free column of the roster.")
@click.option("--question", metavar="ID", help="Who answered this question of the protocol, such as other.5.")
@click.option("--reveal", is_flag=True, help="Names and contacts too; needs --reason, is logged and counted.")
@click.option("--reason", help="Why names are read; without names.")
@study_option
@key_options
def select(
    *,
    study: Study,
    pseudonym: str | None,
    organization: bool,
    role: str | None,
    question: str | None,
    reveal: bool,
    reason: str | None,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Choose participants for further talks: codes, unless --reveal."""
    from anonymizer.cli.key import ask, opened
    from anonymizer.keystore import select as room
    from anonymizer.keystore.known import check_text

    if sum([pseudonym is not None, organization, role is not None, question is not None]) != 1:
        raise click.UsageError("choose by one of --pseudonym, --organization, --role and --question")
    if reveal and not (reason or "").strip():
        raise click.UsageError("--reveal needs --reason")
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        if pseudonym is not None:
            found = room.by_pseudonym(store.document, pseudonym)
        elif organization:
            found = room.by_organization(store.document, ask("Organization"))
        elif role is not None:
            found = room.by_role(store.document, role)
        else:
            found = room.by_question(store.document, str(question), all_marks(study, store.document.transcripts))
        if reveal:
            check_text(str(reason), store.document, "the reason")
            store.count("readings", "select", reason=str(reason).strip(), people=len(found))
    if not found:
        say("Nobody fits.")
    if reveal:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [["code", "name", "email", "organization"], *room.contacts(found)]
        )
        click.echo(out.getvalue(), nl=False)
        return
    for selection in found:
        click.echo(f"{selection.code}\t{selection.why}")


def all_marks(study: Study, transcripts: Iterable[str]) -> dict[str, Marks]:
    """Marks of all transcripts that have some."""
    from anonymizer.errors import ReviewError
    from anonymizer.review.marks import load

    result: dict[str, Marks] = {}
    for transcript in transcripts:
        try:
            result[transcript] = load(study.review, transcript)
        except ReviewError:
            continue
    return result


@click.command()
@study_option
@key_options
def rotate(*, study: Study, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Replace the shred secret: every older copy of study.key is closed from now on."""
    from anonymizer.cli.key import opened, tell_paper
    from anonymizer.keystore.rotate import rotate as replace

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        tell_paper(replace(store))
        say(f"The shred secret has number {store.slot.counter} now.")


@click.command()
@click.argument("code")
@click.option(
    "--worklist",
    type=click.Path(path_type=Path, dir_okay=False),
    help="New file for all that must be looked through by hand; written first.",
)
@click.option("--dry-run", is_flag=True, help="Show all that would happen, and change nothing.")
@study_option
@key_options
def withdraw(
    *,
    study: Study,
    code: str,
    worklist: Path | None,
    dry_run: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Forget participant CODE: record, entities, originals, files; no older copy of the key opens afterwards.

    What goes and what stays of the files says rules/withdrawal/default.yaml. Recordings have their own command, named
    in the list.
    """
    from anonymizer.cli.key import opened, tell_paper
    from anonymizer.keystore.withdraw import plan_withdrawal
    from anonymizer.keystore.withdraw import withdraw as carry_out

    if not dry_run and worklist is None:
        raise click.UsageError("name a new file with --worklist, or look first with --dry-run")
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        if dry_run or worklist is None:
            for line in plan_withdrawal(store, code).lines(study.folder):
                click.echo(line)
            return
        done = carry_out(store, code, worklist)
        say(f"{code} is withdrawn; {done.files} file(s) removed or changed. Work through {worklist.name}.")
        for text in done.plan.out_of_reach:
            say(f"Out of reach: {text}.")
        tell_paper(done.replaced)


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--reason", required=True, help="Why; without names. Stands in the log.")
@study_option
@key_options
def export(
    *,
    study: Study,
    target: Path,
    reason: str,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Write the key in the clear to TARGET (CSV, mode 0600). Counted; the certificate will say so."""
    from anonymizer.cli.key import opened
    from anonymizer.keystore.plain import export as write

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        rows = write(store, target, reason)
        count = store.document.counts["exports"]
    say(f"{rows} rows in the clear. This was export number {count}; destroying the key does not reach it.")


@click.command()
@click.option("--restore", is_flag=True, help="Type a paper copy back in, when the shred file is lost.")
@click.option("--number", type=click.IntRange(1), default=1, help="The number printed on the page, with --restore.")
@study_option
@key_options
def paper(
    *,
    study: Study,
    restore: bool,
    number: int,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Print one more paper copy of the shred secret on standard output; print it, do not save it."""
    from anonymizer.cli.key import ask, opened
    from anonymizer.keystore.fs import RealFs, guarded
    from anonymizer.keystore.paper import parse_paper
    from anonymizer.keystore.rotate import make_paper
    from anonymizer.keystore.shred import ShredFile
    from anonymizer.keystore.store import places
    from anonymizer.keystore.vault import STORE, opens_with

    if restore:
        keys, shred, _ = places(study, identity)
        fs = RealFs()
        if fs.exists(shred):
            raise KeyStoreError("the shred file is there", file=shred, hint="move it away if it is damaged")
        secret = parse_paper(ask("Secret") if sys.stdin.isatty() else sys.stdin.read())
        with guarded(keys / STORE, "cannot be read"):
            fits = opens_with(fs, keys, secret)
        if not fits:
            raise ShredError("this page does not fit the key store", hint="a page with a higher number may")
        ShredFile(shred, fs).create_with(number, secret)
        say("The shred file is restored.")
        return
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        click.echo(make_paper(store))


@click.command()
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print.")
@study_option
def log(*, study: Study, format_: str) -> None:
    """Print the log; needs no key."""
    from anonymizer.audit.log import parse_log
    from anonymizer.errors import DamagedError

    try:
        data = study.log.read_bytes()
    except OSError:
        raise DamagedError("the log is missing or cannot be read", file=study.log) from None
    lines, problems, _ = parse_log(data)
    for line in lines:
        if format_ == "json":
            click.echo(
                json.dumps({"seq": line.seq, "time": line.time, "act": line.act, "who": line.who, **dict(line.data)})
            )
        else:
            fields = " ".join(f"{name}={value}" for name, value in line.data.items() if name != "public")
            click.echo(f"{line.seq}\t{line.time}\t{line.who}\t{line.act}\t{fields}")
    if problems:
        raise DamagedError("is damaged", file=study.log, line=problems[0][0], hint="anonymizer key verify")


@click.command()
@click.option("--deep", is_flag=True, help="Open the key too: the log against the sealed head, each sealed original.")
@study_option
@key_options
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    study: Study,
    deep: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Check log, pin, slots and leftovers, without a passphrase unless --deep.

    \b
    Exit codes: 0 all is well; 10 no key store; 13 damaged or forged; 14 older than seen before; 15 shred secret
    missing or not fitting; 16 an interrupted operation was found.
    """
    from anonymizer.keystore.destroy import complete
    from anonymizer.keystore.store import open_store
    from anonymizer.keystore.verify import verify as look
    from anonymizer.keystore.verify import verify_deep

    found = look(study)
    for text in found.facts:
        click.echo(text)
    for _, text in found.problems:
        click.echo(f"problem: {text}")
    for text in found.unfinished:
        click.echo(f"unfinished: {text}")
    code = found.exit_code
    if any("destruction" in text for text in found.unfinished):
        done = complete(study)
        if done is not None:
            click.echo(done.text, nl=False)
    elif deep and not found.problems:
        source = passphrase_source(passphrase_file, passphrase_fd)
        with open_store(study, identity=identity, passphrase=source, repair=False) as store:
            problems = verify_deep(store)
        for text in problems:
            click.echo(f"problem: {text}")
        code = max(code, 13 if problems else 0)
        if not problems:
            click.echo("opened: the log ends where the key store says; every sealed original opens")
    ctx.exit(code)


@click.command()
@click.argument("study_id")
@study_option
@key_options
def destroy(
    *,
    study: Study,
    study_id: str,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Destroy the key at the study's end and write the certificate into audit/. STUDY_ID stands in study.toml."""
    from anonymizer.keystore.destroy import complete
    from anonymizer.keystore.destroy import destroy as wipe
    from anonymizer.keystore.store import open_store

    if study_id.strip() != study.settings.id:
        raise KeyStoreError("this is not the study's id, so nothing was done", hint="the id stands in study.toml")
    source = passphrase_source(passphrase_file, passphrase_fd)
    try:
        with open_store(study, identity=identity, passphrase=source, destroying=True) as store:
            done = wipe(store, study_id)
    except (ShredError, NoKeyStoreError):
        # cut off after the wipe: nobody can open it any more, so it is completed without a signature
        unsigned = complete(study)
        if unsigned is None:
            raise
        done = unsigned
    click.echo(done.text, nl=False)
    say(f"{done.status}; {done.certificate.name} is in audit/.")
    for note in done.notes:
        say(f"note: {note}")


@click.group()
def certificate() -> None:
    """The certificate of a key's destruction."""


@certificate.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("log_file", metavar="LOG", type=click.Path(path_type=Path, dir_okay=False))
def certificate_check(*, file: Path, log_file: Path) -> None:
    """Check a certificate and its log; needs no secret and no study."""
    from anonymizer.errors import DamagedError
    from anonymizer.keystore.certificate import check_certificate

    problems = check_certificate(file, log_file)
    for text in problems:
        click.echo(f"problem: {text}")
    if problems:
        raise DamagedError(f"{len(problems)} problem(s) with the certificate", file=file)
    click.echo("the certificate is signed by a holder of the log, and the log ends with this destruction")
