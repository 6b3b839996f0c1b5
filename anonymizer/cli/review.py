"""``review`` and ``approve``: people look at what was found and sign it."""

from __future__ import annotations

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


@click.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@study_option
@reviewer_option
@click.option(
    "--as-read",
    is_flag=True,
    help="You read every turn elsewhere, in the draft for instance; otherwise the page must have seen them read.",
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
