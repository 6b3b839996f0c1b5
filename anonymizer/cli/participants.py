"""anonymizer participants: who takes part, and which received file is whose."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import click

from anonymizer.cli.common import key_options, say, study_option
from anonymizer.cli.key import InOrder, opened
from anonymizer.cli.speakers import decided
from anonymizer.errors import RosterError
from anonymizer.roster import COLUMNS, Person, parse_roster
from anonymizer.study import Study

Rows = list[dict[str, str]]


@click.group(cls=InOrder)
def participants() -> None:
    """The people the study knows, and which received file is whose."""


def _read(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError:
        raise RosterError("cannot be read", file=path) from None


def _table(path: Path, needed: tuple[str, ...], optional: tuple[str, ...]) -> Rows:
    """A small CSV file with a header; errors name the line."""
    try:
        text = _read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RosterError("is not UTF-8", file=path, hint="save it as CSV UTF-8") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in reader.fieldnames or []]
        if not set(needed) <= set(header) or not set(header) <= {*needed, *optional} or len(set(header)) != len(header):
            raise RosterError("has another header", file=path, line=1, hint=f"header: {','.join((*needed, *optional))}")
        reader.fieldnames = header
        rows: Rows = []
        for row in reader:
            if None in row or None in row.values():
                raise RosterError("has not as many cells as the header", file=path, line=reader.line_num)
            cells = {name: value.strip() for name, value in row.items()}
            if not all(cells[name] for name in needed):
                raise RosterError("has an empty cell", file=path, line=reader.line_num)
            rows.append(cells)
    except csv.Error:
        raise RosterError("is not a CSV file", file=path, line=reader.line_num) from None
    return rows


def _speakers(path: Path | None) -> list[tuple[str, str, str]]:
    """label, role and code; the role follows from the code where it is left out."""
    rows = [] if path is None else _table(path, ("label",), ("code", "role"))
    result = []
    for row in rows:
        code = row.get("code", "").upper()
        given = row.get("role", "").lower()
        role = given or {"P": "participant", "I": "interviewer"}.get(code[:1], "unknown")
        result.append((row["label"], role, code))
    return result


def received_id(study: Study, path: Path) -> str:
    """The id of a received file, which may be named by its path or its name in private/received/."""
    for place in (path, study.received / path):
        if place.is_file():
            try:
                return study.transcript_id(place.read_bytes())
            except OSError:
                raise RosterError("cannot be read", file=path) from None
    raise RosterError("there is no such received file", file=path, hint="put it into private/received/")


@participants.command("import")
@click.argument("roster", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@study_option
@key_options
def import_(
    *, study: Study, roster: Path, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """Take a roster CSV into the key store; a second import adds and updates.

    The header is name,aliases,email,organization,role,people,places; more columns are allowed, several values in a cell
    are separated by a semicolon, and role is participant, interviewer or other. Participants get their codes in random
    order.
    """
    table = parse_roster(_read(roster), roster.name)
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        counts = store.import_roster(table)
    say(f"{counts.added} added, {counts.updated} updated, {counts.unchanged} unchanged.")
    if str(roster) != "-":
        say(f"{roster.name} still holds real names: delete it, or keep it where the key is kept.")


def _person(row: dict[str, str]) -> Person:
    """A person from answers, through the roster's own reader so that both have the same rules."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerow(row)
    return parse_roster(out.getvalue().encode(), "answers").people[0]


def _answers(old: Person | None) -> dict[str, str]:
    """Each column asked for, the value known in brackets; from standard input, one row of CSV with a header."""
    if not sys.stdin.isatty():
        rows = _table(Path("-"), ("name",), COLUMNS[1:])
        if len(rows) != 1:
            raise RosterError("standard input holds not exactly one person", hint="a header line and one row, as CSV")
        return rows[0]
    known = {} if old is None else row_of(old)
    values: dict[str, str] = {}
    for column in COLUMNS:
        if old is not None and column == "role":
            values[column] = old.role
            continue
        values[column] = str(click.prompt(column, default=known.get(column, ""), err=True)).strip()
    return values


def row_of(person: Person) -> dict[str, str]:
    """A person as a roster row."""
    cells = {
        "name": person.name,
        "aliases": "; ".join(person.aliases),
        "email": person.email,
        "organization": "; ".join(person.organization),
        "role": person.role,
        "people": "; ".join(person.people),
        "places": "; ".join(person.places),
    }
    return {**cells, **dict(person.extra)}


@participants.command()
@study_option
@key_options
def add(*, study: Study, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Add one person; asks for each value, or reads one CSV row with a header from standard input."""
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        click.echo(store.add_person(_person(_answers(None))))


@participants.command()
@click.argument("code")
@study_option
@key_options
def edit(
    *, study: Study, code: str, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """Correct what is known of somebody; values left out of a row on standard input stay."""
    from anonymizer.keystore.people import find

    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        old = find(store.document, code)
        store.edit_person(code, _person({**row_of(old), **_answers(old)}))
        say(f"{code} changed.")


@participants.command("list")
@click.option("--names", is_flag=True, help="Show names too; logged and counted as a reading.")
@click.option("--format", "format_", type=click.Choice(["text", "csv"]), default="text", help="How to print.")
@study_option
@key_options
def list_(
    *,
    study: Study,
    names: bool,
    format_: str,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Codes, roles and transcripts of everybody; names only on request."""
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        if names:
            store.count("readings", "participants-list", people=len(store.document.people()))
        view = store.view()
    rows = []
    for person in view.roster:
        if person.code is None and not names:
            continue
        tied = [link.code for link in view.links if person.code and person.code in link.participants]
        row = [person.code or "-", person.role, ",".join(tied)]
        rows.append([*row, person.name] if names else row)
    if format_ == "csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [["code", "role", "transcripts", *(["name"] if names else [])], *rows]
        )
        click.echo(out.getvalue(), nl=False)
        return
    for row in rows:
        click.echo("\t".join(row))


@participants.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.argument("code", required=False)
@click.option("--session", type=click.IntRange(1), help="Which interview with this participant.  [default: the next]")
@click.option(
    "--speakers",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="CSV label,code,role of speaker labels that do not tie themselves; - for standard input.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="CSV file,code,session of many files at once; - for standard input. Read, not kept.",
)
@click.option("--undo", is_flag=True, help="Untie FILE, before it was run.")
@study_option
@key_options
def link(
    *,
    study: Study,
    file: Path | None,
    code: str | None,
    session: int | None,
    speakers: Path | None,
    mapping: Path | None,
    undo: bool,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Tie a received FILE to a participant CODE (P07), or to several (P07,P08) for a group interview.

    Prints the transcript's code: P07-1, G01-1. With --speakers and no CODE, adds to the speaker map of a tied file.
    """
    if mapping is not None:
        if file is not None or speakers is not None or undo:
            raise click.UsageError("--mapping stands alone")
        _link_many(study, mapping, identity, passphrase_file, passphrase_fd)
        return
    if file is None or (code is None and speakers is None and not undo):
        raise click.UsageError("name FILE and CODE, or --mapping")
    transcript = received_id(study, file)
    table = _speakers(speakers)
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        if undo:
            say(f"{store.unlink(transcript).code} untied.")
            return
        if code:
            # what was decided about a label holds for the files that come later too
            table = [*decided(study, store.view(), file), *table]
            made = store.link(transcript, code, session, table)
        else:
            made = store.set_speakers(transcript, table)
    click.echo(made.code)


def _link_many(
    study: Study, mapping: Path, identity: Path | None, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    rows = _table(mapping, ("file", "code"), ("session",))
    wanted = []
    for number, row in enumerate(rows, 2):
        if row.get("session") and not row["session"].isdigit():
            raise RosterError("a session is a number", file=mapping, line=number)
        session = int(row["session"]) if row.get("session") else None
        try:
            transcript = received_id(study, Path(row["file"]))
        except RosterError as error:
            # a file name in a mapping often holds a person's name; the line says as much
            raise RosterError(error.message, file=mapping, line=number, hint=error.hint) from None
        wanted.append((transcript, Path(row["file"]), row["code"], session))
    with opened(study, identity, passphrase_file, passphrase_fd) as store:
        for transcript, path, code, session in wanted:
            click.echo(store.link(transcript, code, session, decided(study, store.view(), path)).code)
    if str(mapping) != "-":
        say(f"{mapping.name} ties file names to codes: delete it, or keep it where the key is kept.")
