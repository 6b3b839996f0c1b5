"""anonymizer speakers: the labels of all received files, and who they stand for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anonymizer.cli.common import DONE, SOME_FAILED, key_options, say, study_option
from anonymizer.errors import IntakeError, RosterError
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.intake.drift import Label
    from anonymizer.keystore.store import Store
    from anonymizer.keystore.view import KeyView
    from anonymizer.transcript import Transcript

_ROLES = ("interviewer", "participant", "other", "unknown")


@click.group()
def speakers() -> None:
    """Speaker labels of all received files: how often, what may be one person, who is who.

    A label is decided once for the whole study. Labels are real names: they are printed, and read from a file or from
    standard input, never given as an argument.
    """


class _Read:
    """Transcripts of a study's received files; those that cannot be read are said and counted."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self.failed = 0
        self.ids: dict[str, str] = {}

    def __iter__(self) -> Iterator[tuple[str, Transcript]]:
        from anonymizer.intake.reader import read
        from anonymizer.received import scan

        received, problems = scan(self._study)
        for problem in problems:
            say(f"error: {problem.path.name}: {problem.message}")
        self.failed = len(problems)
        for item in received:
            try:
                transcript = read(item.path)
            except IntakeError as error:
                say(f"error: {error}")
                if error.hint:
                    say(f"hint: {error.hint}")
                self.failed += 1
                continue
            self.ids[item.path.name] = item.transcript
            yield item.path.name, transcript


def decided(study: Study, view: KeyView, file: Path) -> list[tuple[str, str, str]]:
    """Speaker map rows of a file's labels about which the maps of all other files agree; none if it cannot be read."""
    from anonymizer.intake.drift import unanimous
    from anonymizer.intake.reader import read

    agreed = unanimous(link.speakers for link in view.links)
    if not agreed:
        return []
    try:
        transcript = read(file if file.is_file() else study.received / file)
    except IntakeError:
        # the run will say so
        return []
    return [(label, *agreed[label]) for label in transcript.labels if label in agreed]


@speakers.command("list")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to print.")
@click.option("--no-key", is_flag=True, help="Do not open the key store: who the labels stand for is then not shown.")
@study_option
@key_options
def list_(
    *,
    study: Study,
    format_: str,
    no_key: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> int:
    """Every label with its files, turns and words; what may be the same person; who it stands for."""
    from anonymizer.intake.drift import count

    read = _Read(study)
    labels = count(read)
    view = None
    if not no_key:
        from anonymizer.cli.key import opened

        with opened(study, identity, passphrase_file, passphrase_fd) as store:
            view = store.view()
    who = {label.text: _who(label, read.ids, view) for label in labels}
    if format_ == "json":
        rows = [
            {
                "label": x.text,
                "files": list(x.files),
                "turns": x.turns,
                "words": x.words,
                "who": list(who[x.text]),
                "same_as": list(x.same_as),
            }
            for x in labels
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        _print(labels, who, view is not None)
    return SOME_FAILED if read.failed else DONE


def _who(label: Label, ids: dict[str, str], view: KeyView | None) -> tuple[str, ...]:
    """Codes, or roles where there is no code, over the files in which the label occurs."""
    if view is None:
        return ()
    from anonymizer.received import speakers_of

    links = {link.transcript: link for link in view.links}
    found: dict[str, None] = {}
    for file in label.files:
        speaker = speakers_of((label.text,), view, links.get(ids[file]))[0]
        found[speaker.code or ("?" if speaker.role == "unknown" else speaker.role)] = None
    return tuple(found)


def _print(labels: Sequence[Label], who: dict[str, tuple[str, ...]], known: bool) -> None:
    numbers = {label.text: i for i, label in enumerate(labels, 1)}
    for label in labels:
        cells = [str(numbers[label.text]), label.text, f"{len(label.files)} files", f"{label.turns} turns"]
        cells.append(f"{label.words} words")
        cells.append(",".join(who[label.text]) if known else "not looked up")
        if label.same_as:
            cells.append(f"may be the same as {', '.join(str(numbers[other]) for other in label.same_as)}")
        click.echo("\t".join(cells))
    open_ = [label for label in labels if "?" in who[label.text]]
    if open_:
        say(f"{len(open_)} labels stand for nobody yet: anonymizer speakers set, or participants link FILE CODE")


@speakers.command("set")
@click.argument("mapping", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), required=False)
@study_option
@key_options
def set_(
    *,
    study: Study,
    mapping: Path | None,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> int:
    """Decide who labels stand for, once for the whole study.

    MAPPING is a CSV with the header label,code,role,file (- for standard input); it is read, not kept. A code makes a
    name another form of that person's, in every file, received now or later. A part such as "Speaker 1" is another
    person in each file: name the file, or give a role only. Without MAPPING, open labels are asked for on the terminal.
    """
    from anonymizer.cli.key import opened
    from anonymizer.intake.drift import count

    read = _Read(study)
    labels = count(read)
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        rows = _asked(labels, read.ids, store.view()) if mapping is None else _rows(mapping)
        for label, code, role, file in rows:
            _set(store, labels, read.ids, (label, code, role, file), mapping)
    say(f"{len(rows)} labels decided.")
    if mapping is not None and str(mapping) != "-":
        say(f"{mapping.name} ties names to codes: delete it, or keep it where the key is kept.")
    return SOME_FAILED if read.failed else DONE


def _rows(mapping: Path) -> list[tuple[str, str, str, str]]:
    from anonymizer.cli.participants import _table

    rows = []
    for number, row in enumerate(_table(mapping, ("label",), ("code", "role", "file")), 2):
        code, role = row.get("code", "").upper(), row.get("role", "").lower()
        if not (code or role) or role not in ("", *_ROLES):
            raise RosterError(
                "a label needs a code, or one of the roles", file=mapping, line=number, hint=", ".join(_ROLES)
            )
        rows.append((row["label"], code, role, row.get("file", "")))
    return rows


def _asked(labels: Sequence[Label], ids: dict[str, str], view: KeyView) -> list[tuple[str, str, str, str]]:
    if not sys.stdin.isatty():
        raise click.UsageError("name MAPPING, or - for standard input")
    rows = []
    for label in labels:
        if "?" not in _who(label, ids, view):
            continue
        answer = click.prompt(
            f"{label.text} ({len(label.files)} files, {label.turns} turns): code, role, or nothing",
            default="",
            show_default=False,
            err=True,
        ).strip()
        if answer.lower() in _ROLES:
            rows.append((label.text, "", answer.lower(), ""))
        elif answer:
            rows.append((label.text, answer.upper(), "", ""))
    return rows


def _set(
    store: Store,
    labels: Sequence[Label],
    ids: dict[str, str],
    row: tuple[str, str, str, str],
    mapping: Path | None,
) -> None:
    label, code, role, file = row
    known = next((x for x in labels if x.text == label), None)
    if known is None:
        raise RosterError("a label that no received file has", file=mapping, hint="anonymizer speakers list")
    if file and file not in known.files:
        raise RosterError("a label that this file does not have", file=file, hint="anonymizer speakers list")
    if code and not file and not known.generic:
        _add_alias(store, code, label)
        return
    if code and not file and len(known.files) > 1 and not code.startswith("I"):
        raise RosterError(
            "a label that names a part is another person in each file",
            file=mapping,
            hint="name the file in the mapping",
        )
    role = role or {"P": "participant", "I": "interviewer"}.get(code[:1], "other")
    tied = {link.transcript for link in store.view().links}
    for name in [file] if file else known.files:
        if ids[name] not in tied:
            say(f"note: {name} is not tied to anybody yet; the label follows when it is")
            continue
        store.set_speakers(ids[name], [(label, role, code)])


def _add_alias(store: Store, code: str, label: str) -> None:
    from anonymizer.keystore.people import find
    from anonymizer.keystore.speakers import resolve

    person = find(store.document, code)
    if resolve((label,), store.view().roster)[0].code != code:
        store.edit_person(code, replace(person, aliases=(*person.aliases, label)))
    if resolve((label,), store.view().roster)[0].code != code:
        raise RosterError(f"the label now fits {code} and somebody else", hint="anonymizer participants edit CODE")
