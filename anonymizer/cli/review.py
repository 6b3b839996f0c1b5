"""``review`` and ``approve``: people look at what was found and sign it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anonymizer.cli.common import (
    DONE,
    SOME_FAILED,
    WAITING,
    Command,
    key_options,
    passphrase_source,
    say,
    study_option,
)
from anonymizer.errors import ReviewError
from anonymizer.study import Study, find_study, open_study

if TYPE_CHECKING:
    from anonymizer.review.session import Session


def reviewer_option(command: Command) -> Command:
    """``--as NAME``."""
    return click.option(
        "--as",
        "reviewer",
        metavar="NAME",
        help="Who you are: initials, the same each time.  [default: the one used last on this computer]",
    )(command)


def reviewer_of(study: Study, name: str | None) -> str:
    """The reviewer named, or the one this computer remembers; remembers a new one.

    Raises:
        ReviewError: Neither.
    """
    from anonymizer.review.events import check_reviewer

    known = study.local().reviewer
    if name is None:
        if known is None:
            raise ReviewError("who is reviewing?", hint="--as NAME, your initials for instance")
        return check_reviewer(known)
    if check_reviewer(name) != known:
        study.set_local(reviewer=name)
    return name


@click.group(invoke_without_command=True)
@click.option(
    "--study",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The study folder.  [default: the one in or above the current folder]",
)
@reviewer_option
@click.option("--terminal", is_flag=True, help="The same queue in the terminal, a key press a finding.")
@click.option("--no-browser", is_flag=True, help="Print the page's address instead of opening the browser.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on.  [default: a free one]")
@click.option(
    "--idle",
    type=click.FloatRange(0.1, 240),
    default=10.0,
    show_default=True,
    help="Lock the page after so many minutes without use.",
)
@click.option(
    "--together", is_flag=True, help="Show other reviewers' decisions at once. Yours then do not count as independent."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="IP address to listen on.")
@click.option("--allow-remote", is_flag=True, help="Allow another address than 127.0.0.1; needs a certificate.")
@click.option("--name", default="", help="With --allow-remote: what browsers call this computer.")
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="With --allow-remote: TLS certificate, PEM.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="With --allow-remote: the certificate's private key, PEM.",
)
@click.pass_context
def review(
    ctx: click.Context,
    folder: Path | None,
    reviewer: str | None,
    terminal: bool,
    no_browser: bool,
    port: int,
    idle: float,
    together: bool,
    host: str,
    allow_remote: bool,
    name: str,
    certificate: Path | None,
    key: Path | None,
) -> None:
    """Look at what was found and decide, in the browser.

    Serves a page on this computer only, on what `anonymizer run --prepare` or `anonymizer run` made; the key is not
    needed. Every decision is saved before the page confirms it. Ends with Ctrl+C.
    """
    if ctx.invoked_subcommand is not None:
        return
    from anonymizer.review.session import Session
    from anonymizer.review.web.serve import Address, Server

    # not study_option: the group is also called for its subcommands, which have their own
    study = open_study(folder) if folder else find_study(Path.cwd())
    address = Address(host, port, name, allow_remote, certificate, key)
    address.check()
    session = Session(study, reviewer_of(study, reviewer), together=together)
    if not session.ids:
        raise ReviewError("nothing was prepared yet", hint="anonymizer run --prepare")
    if terminal:
        _terminal(session)
        return
    with Server(session, address, idle=idle * 60, alarm=say) as server:
        say(f"reviewing as {session.reviewer}; the page locks after {idle:g} minutes without use, its code is")
        say(f"  {server.gate.code}")
        server.start()
        if no_browser:
            say("open this address once:")
            say(f"  {server.gate.open_url}")
        else:
            import webbrowser

            if not webbrowser.open(server.gate.open_url):
                say(f"no browser could be opened; open this address once:\n  {server.gate.open_url}")
        say("Ctrl+C ends the review; every decision is saved")
        try:
            server.wait()
        except KeyboardInterrupt:
            say("ended")


def _terminal(session: Session) -> None:
    from anonymizer import files
    from anonymizer.review.terminal import HELP, Queue, Terminal

    with files.lock(session.study.review / ".lock", "review of this study"):
        # on the other screen, so that transcripts do not stay in the terminal's history
        fancy = sys.stdout.isatty()
        click.echo("\x1b[?1049h\x1b[H" if fancy else "", nl=False)
        try:
            for line in HELP:
                click.echo(line)
            counts = Queue(session, Terminal()).run()
        finally:
            click.echo("\x1b[?1049l" if fancy else "", nl=False)
    left = sum(desk.left()["undecided"] for desk in session.desks())
    say(f"{counts.decided} decisions with {counts.presses} key presses; {left} findings undecided")


_SHEETS = (".csv", ".xlsx")


@review.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@study_option
@reviewer_option
@click.option(
    "--with-context",
    is_flag=True,
    help="Spreadsheet only: show the words and what stands around them. Needs the key: it counts as an export of"
    " originals on the certificate.",
)
@key_options
def export_(
    file: Path,
    codes: tuple[str, ...],
    study: Study,
    reviewer: str | None,
    with_context: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Write decisions for another computer, or a spreadsheet for a colleague.

    FILE.json: your decisions and approvals, signed, without text. FILE.csv or FILE.xlsx: every finding with a column
    to fill in; the words are masked unless --with-context.
    """
    from anonymizer import files
    from anonymizer.review import sheet
    from anonymizer.review.approvals import signer
    from anonymizer.review.prepared import find
    from anonymizer.review.session import Session
    from anonymizer.review.transfer import export_decisions

    name = reviewer_of(study, reviewer)
    ids = tuple(find(study, code) for code in codes)
    if file.suffix.lower() not in _SHEETS:
        if with_context:
            raise click.UsageError("--with-context is for a spreadsheet: FILE.csv or FILE.xlsx")
        by = signer(name)
        files.write_atomic(file, export_decisions(study, by, ids))
        say(f"decisions of {name} written to {file.name}; key {by.fingerprint}")
        return
    table = sheet.rows(Session(study, name), ids, context=with_context)
    data = sheet.write(table, file.suffix.lower())
    if with_context:
        from anonymizer.keystore.store import open_store

        # counted before it exists: an export that nobody counted would be missing on the certificate
        source = passphrase_source(passphrase_file, passphrase_fd)
        with open_store(study, identity=identity, passphrase=source) as store:
            store.count("exports", "review-export", rows=len(table) - 1, transcripts=len({row[0] for row in table[1:]}))
    files.write_atomic(file, data)
    words = "with the words in context: delete it when it was used" if with_context else "words masked"
    say(f"{len(table) - 1} findings written to {file.name}, {words}")


@review.command("import")
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@study_option
@reviewer_option
@click.option(
    "--settle",
    type=click.Choice(["mine", "theirs"]),
    help="Where the same reviewer worked on two computers: whose decisions count.",
)
def import_(paths: tuple[Path, ...], study: Study, reviewer: str | None, settle: str | None) -> int:
    """Take decisions made on another computer, or a spreadsheet that was filled in (as the reviewer --as names).

    Ends with 3 when reviewers disagree now: `anonymizer review` lists the places and settles them.
    """
    from anonymizer import files

    with files.lock(study.review / ".lock", "review of this study"):
        results = [
            _import_sheet(study, path, reviewer_of(study, reviewer))
            if path.suffix.lower() in _SHEETS
            else _import_decisions(study, path, settle or "")
            for path in paths
        ]
    return max(results)


@review.command("carry")
@click.argument("old")
@click.argument("new")
@study_option
def carry(old: str, new: str, study: Study) -> None:
    """Take the decisions about OLD over to NEW, a corrected version of the same interview.

    Both are codes or ids, and both received files are in private/received. Exactly the decisions about turns whose text
    is the same come over; the rest is asked anew, and an approval is not taken along.
    """
    from anonymizer.review import marks
    from anonymizer.review.carry import carry_on_disk
    from anonymizer.review.prepared import find
    from anonymizer.review.texts import Texts

    texts = Texts(study)
    first, second = (find(study, name) for name in (old, new))
    turns = [texts.get(marks.load(study.review, id)).turns for id in (first, second)]
    carried = carry_on_disk(study, first, second, turns[0], turns[1])
    say(f"{carried.kept} acts carried over; {carried.lost} were about turns that changed and are asked anew")


def _import_sheet(study: Study, path: Path, name: str) -> int:
    import secrets

    from anonymizer.review import sheet
    from anonymizer.review.session import Session

    taken = sheet.take(Session(study, name), sheet.read(path.read_bytes(), path.suffix.lower()), secrets.token_hex(16))
    say(f"{sum(taken.decided.values())} decisions of {name} taken; {taken.empty} rows without a decision")
    for line, problem in taken.problems:
        say(f"{path.name}:{line}: {problem}")
    return SOME_FAILED if taken.problems else DONE


def _import_decisions(study: Study, path: Path, settle: str) -> int:
    from anonymizer.review.transfer import import_decisions

    result = import_decisions(study, path.read_bytes(), settle)
    if result.new_key:
        say(f"first decisions of {result.reviewer}; compare the key with the person: {result.fingerprint}")
    say(f"{sum(result.added.values())} acts of {result.reviewer} added, {result.approvals} approvals")
    for id in result.missing:
        say(f"{id}: not prepared here: anonymizer run --prepare")
    for id in result.other_text:
        say(f"{id}: the text is another one here; not taken")
    for clash in result.clashes:
        say(
            f"{clash.transcript}: {result.reviewer} worked on two computers: {clash.here} acts only here,"
            f" {clash.there} only in the file; not taken"
        )
    if result.clashes:
        say("hint: --settle mine or --settle theirs")
    for id, count in result.disputes.items():
        say(f"{id}: {count} places in dispute; anonymizer review settles them")
    if result.missing or result.other_text or result.clashes:
        return SOME_FAILED
    return WAITING if result.disputes else DONE


@click.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@study_option
@reviewer_option
@click.option(
    "--as-read",
    is_flag=True,
    help="You read every turn elsewhere, in the draft for instance, and not in the review page.",
)
@click.option("--withdraw", is_flag=True, help="Take your approval back.")
def approve(codes: tuple[str, ...], study: Study, reviewer: str | None, as_read: bool, withdraw: bool) -> None:
    """Sign the decisions about transcripts, each named by its CODE (P07-1) or id.

    Possible only with nothing undecided. `anonymizer release` then releases the transcript. Any later change of a
    decision, or of the text, takes the approval away.
    """
    from anonymizer.review import approvals
    from anonymizer.review.learned import learn_from
    from anonymizer.review.prepared import find
    from anonymizer.review.session import Session

    name = reviewer_of(study, reviewer)
    by = None if withdraw else approvals.signer(name)
    for code in codes:
        transcript = find(study, code)
        if by is None:
            say(f"{code}: {'approval withdrawn' if approvals.withdraw(study, transcript, name) else 'no approval'}")
        else:
            approval = approvals.approve(study, transcript, by, read=as_read)
            learn_from(Session(study, name), transcript)
            say(f"{code}: {approval.decisions} decisions approved by {name}, key {by.fingerprint}")
