"""``rules``: what a study has learned."""

from __future__ import annotations

import click

from anonymizer.cli.common import say, study_option
from anonymizer.study import Study


@click.group()
def rules() -> None:
    """What the study's own rules hold."""


@rules.command()
@study_option
@click.option("--add", "add", multiple=True, metavar="WORD", help="Keep this word from now on. Repeatable.")
@click.option("--remove", "remove", multiple=True, metavar="WORD", help="Forget this word. Repeatable.")
@click.option("--could", is_flag=True, help="List what was kept in the review but is not learned, and why not.")
def learned(study: Study, add: tuple[str, ...], remove: tuple[str, ...], could: bool) -> None:
    """List the words that reviewers kept and later runs keep without asking, and change the list.

    They stand in STUDY/rules/keep/learned.txt. An approved transcript teaches what was kept in it; what is hidden
    somewhere in the study, and names of people, are never learned.
    """
    from anonymizer.review import learned as lessons
    from anonymizer.review.session import Session

    if could:
        for lesson in lessons.lessons(Session(study, "rules")):
            click.echo(f"{lesson.word}\t{lesson.against or 'can be learned'}")
        return
    new = lessons.learn(study, list(add)) if add else []
    gone = lessons.forget(study, list(remove)) if remove else []
    if add or remove:
        say(f"{len(new)} words added, {len(gone)} removed; the next run uses them")
        return
    for word in lessons.learned(study):
        click.echo(word)
