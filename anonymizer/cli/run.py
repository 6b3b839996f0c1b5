"""``anonymizer run`` and ``anonymizer release``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anonymizer.cli.common import (
    DONE,
    FAILED,
    LEFT,
    SOME_FAILED,
    WAITING,
    key_options,
    passphrase_source,
    say,
    study_option,
)
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.pipeline import Progress
    from anonymizer.received import Problem


_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@study_option
@key_options
@click.option("--prepare", is_flag=True, help="Only what needs no key: entities are E1, E2 ..., the review can begin.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=None,
    help="Worker processes.  [default: one for each core, at most one for each three transcripts]",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=1),
    default=900.0,
    show_default=True,
    help="Seconds that one transcript may take before it is set aside.",
)
@click.option(
    "--memory-limit",
    type=click.FloatRange(min=1),
    default=None,
    help="GiB of address space that a worker process may use; with --jobs 2 or more.  [default: no limit]",
)
@click.option(
    "--scheduler", help="tls://HOST:PORT of a Dask cluster; needs [cluster] allowed = true. See docs/cluster.md."
)
@click.option("--tls-ca", type=_FILE, help="Certificate authority of the cluster.")
@click.option("--tls-cert", type=_FILE, help="This client's certificate for the cluster.")
@click.option("--tls-key", type=_FILE, help="Private key of --tls-cert.")
@click.option(
    "--policy",
    help="Draft what was run before under another policy too, into private/draft/NAME/; nothing is detected anew.",
)
@click.option("--quiet", is_flag=True, help="No progress, no summary; only errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def run(
    files: tuple[Path, ...],
    study: Study,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    prepare: bool,
    jobs: int | None,
    time_limit: float,
    memory_limit: float | None,
    scheduler: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    policy: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Draft every received transcript that is new or changed, then release what is approved.

    FILEs from elsewhere are copied into private/received/ first; without FILE everything received is looked at.
    Drafts go to private/draft/ and are marked "not reviewed".

    Exit codes: 3 findings wait for review; 4 some files failed, the others are done; 5 a known original was found in an
    output.
    """
    from anonymizer import pipeline
    from anonymizer.batch.local import Limits
    from anonymizer.batch.where import Where
    from anonymizer.files import lock
    from anonymizer.received import take_in
    from anonymizer.release import Releases, release

    only = take_in(study, files)
    where = Where(
        processes=jobs or default_jobs(study, only),
        limits=Limits(time_limit, int(memory_limit * 2**30) if memory_limit else None),
        scheduler=scheduler,
        ca=tls_ca,
        certificate=tls_cert,
        key=tls_key,
    )
    released = Releases()
    with lock(study.private / "run.lock"):
        if prepare:
            with _progress(quiet) as progress:
                summary = pipeline.prepare(study, only=only, where=where, progress=progress)
        else:
            from anonymizer.keystore.store import open_store

            with open_store(
                study, identity=identity, passphrase=passphrase_source(passphrase_file, passphrase_fd)
            ) as store:
                for notice in store.notices:
                    say(notice)
                if policy is not None and policy != study.settings.policy:
                    from anonymizer.versions import draft

                    summary = draft(study, store, policy)
                else:
                    with _progress(quiet) as progress:
                        summary = pipeline.run(study, store, only=only, where=where, progress=progress)
                if policy is None and study.settings.release.review != "optional":
                    released = release(study, store)
                    summary.released.extend(released.released)
    if as_json:
        click.echo(json.dumps(summary.document(), indent=1))
    elif not quiet:
        for line in summary.lines():
            say(line)
    problems = [*summary.problems, *(p for p in released.problems if p not in summary.problems)]
    _show_problems(problems)
    done = bool(summary.drafted or summary.unchanged or summary.prepared)
    if not done and not problems:
        say("nothing was received: put transcripts into private/received/ or name them")
    if released.refused:
        return LEFT
    if problems:
        return SOME_FAILED if done else FAILED
    waiting = summary.to_review + summary.tags_to_review + summary.questions
    return WAITING if waiting else DONE


@click.command()
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@study_option
@key_options
@click.option("--policy", help="Release the version under this other policy, into anonymized/NAME/.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def release(
    codes: tuple[str, ...],
    study: Study,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    policy: str | None,
    as_json: bool,
) -> int:
    """Write approved transcripts into anonymized/, after a last search for every known original.

    With review = "optional" in study.toml drafts are released unreviewed, and every output says so.

    Exit codes: 3 some wait for approval; 4 some failed; 5 a known original was found, that transcript was not released.
    """
    from anonymizer.files import lock
    from anonymizer.keystore.store import open_store
    from anonymizer.release import release as release_all

    with (
        lock(study.private / "run.lock"),
        open_store(study, identity=identity, passphrase=passphrase_source(passphrase_file, passphrase_fd)) as store,
    ):
        for notice in store.notices:
            say(notice)
        if policy is not None and policy != study.settings.policy:
            from anonymizer.versions import release as release_version

            result = release_version(study, store, policy, codes)
        else:
            result = release_all(study, store, codes=codes)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "released": result.released,
                    "unchanged": result.unchanged,
                    "waiting": result.waiting,
                    "refused": result.refused,
                    "excused": result.excused,
                },
                indent=1,
            )
        )
    else:
        say(f"released {len(result.released)}, unchanged {len(result.unchanged)}, waiting {len(result.waiting)}")
        if result.excused:
            say(f"known originals left in place by recorded keeps: {result.excused}")
    _show_problems(result.problems)
    if result.refused:
        return LEFT
    if result.problems:
        return SOME_FAILED if result.released or result.unchanged else FAILED
    return WAITING if result.waiting else DONE


def default_jobs(study: Study, only: tuple[Path, ...]) -> int:
    """One process for each core, but not more than pay for their start: one for each three transcripts."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    number = len(only) or sum(1 for _ in study.received.iterdir()) if study.received.is_dir() else 1
    return max(1, min(cores, number // 3))


def _show_problems(problems: list[Problem]) -> None:
    for problem in problems:
        say(f"error: {problem.path.name}: {problem.message}")
        if problem.hint:
            say(f"hint: {problem.hint}")


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    """A bar on a terminal, a line for each transcript elsewhere, nothing if quiet."""
    if quiet:
        yield lambda done, total, code: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("transcripts", total=None)

            def advance(done: int, total: int, code: str) -> None:
                bar.update(task, completed=done, total=total)

            yield advance
    else:
        yield lambda done, total, code: say(f"{done}/{total} {code}".rstrip())
