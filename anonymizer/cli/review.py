"""``review`` and ``approve``: people look at what was found and sign it."""

from __future__ import annotations

from pathlib import Path

import click

from anonymizer.cli.common import Command, say, study_option
from anonymizer.errors import ReviewError
from anonymizer.study import Study


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
@study_option
@reviewer_option
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
    study: Study,
    reviewer: str | None,
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

    address = Address(host, port, name, allow_remote, certificate, key)
    address.check()
    session = Session(study, reviewer_of(study, reviewer), together=together)
    if not session.ids:
        raise ReviewError("nothing was prepared yet", hint="anonymizer run --prepare")
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
    from anonymizer.review.prepared import find

    name = reviewer_of(study, reviewer)
    by = None if withdraw else approvals.signer(name)
    for code in codes:
        transcript = find(study, code)
        if by is None:
            say(f"{code}: {'approval withdrawn' if approvals.withdraw(study, transcript, name) else 'no approval'}")
        else:
            approval = approvals.approve(study, transcript, by, read=as_read)
            say(f"{code}: {approval.decisions} decisions approved by {name}, key {by.fingerprint}")
