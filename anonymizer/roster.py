"""The people the study knows: who they are called and what is around them.

The roster CSV has the header ``name,aliases,email,organization,role,people,places``; more columns are allowed, several
values in a cell are separated by ``;``, and ``role`` is participant, interviewer or other. The key store keeps the same
values sealed; everything that looks for known people takes a :class:`Roster`, wherever it came from.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from anonymizer.errors import RosterError

RosterRole = Literal["participant", "interviewer", "other"]
COLUMNS = ("name", "aliases", "email", "organization", "role", "people", "places")
_ROLES = ("participant", "interviewer", "other")


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the roster.

    Attributes:
        name: Full name.
        aliases: Nicknames, former names, misspellings known beforehand.
        email: Empty if unknown.
        organization: Employers and schools of the person, the present one first.
        role: What the person does in the study.
        people: Names of people around the person: family, colleagues.
        places: Places tied to the person.
        extra: Further columns, in the file's order, as (column, value).
        code: ``P07``, ``I1`` once the key store has given one; None for a bare CSV.
    """

    name: str = field(repr=False)
    aliases: tuple[str, ...] = field(default=(), repr=False)
    email: str = field(default="", repr=False)
    organization: tuple[str, ...] = field(default=(), repr=False)
    role: RosterRole = "participant"
    people: tuple[str, ...] = field(default=(), repr=False)
    places: tuple[str, ...] = field(default=(), repr=False)
    extra: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    code: str | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Roster:
    """All people known to the study."""

    people: tuple[Person, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people)

    def __len__(self) -> int:
        return len(self.people)


EMPTY = Roster()
Made = TypeVar("Made")


class Prepared(Generic[Made]):
    """What is made from a roster, kept as long as the same roster is asked for and alive.

    All transcripts of a run ask with one roster; taking thousands of people apart for each would cost more than all
    else that is done with it.

    Args:
        make: Called once for a roster.
    """

    def __init__(self, make: Callable[[Roster], Made]) -> None:
        self._make = make
        self._kept: list[tuple[weakref.ref[Roster], Made]] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return Prepared, (self._make,)

    def of(self, roster: Roster) -> Made:
        """What was made from this very roster."""
        if not self._kept or self._kept[0][0]() is not roster:
            made = self._make(roster)
            self._kept[:] = [(weakref.ref(roster, self._forget), made)]
        return self._kept[0][1]

    def _forget(self, gone: weakref.ref[Roster]) -> None:
        # names must not outlive the key that they came from
        self._kept[:] = [kept for kept in self._kept if kept[0] is not gone]


def _cell(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(";") if part.strip()))


def parse_roster(data: bytes, file: str = "roster.csv") -> Roster:
    """Read a roster CSV.

    Args:
        data: The file's bytes, UTF-8 with or without byte order mark.
        file: Name for error messages.

    Raises:
        RosterError: Not UTF-8, no header, an unknown role, an empty or repeated name; says which line.
    """
    try:
        text = unicodedata.normalize("NFC", data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RosterError("the roster is not UTF-8", file=file, hint="save it as CSV UTF-8") from None
    if "\0" in text:
        raise RosterError("the roster holds null bytes", file=file)
    # strict=True: an unclosed quote would otherwise swallow the rest of the file as one name
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    people: list[Person] = []
    seen: dict[str, int] = {}
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if "name" not in header:
            raise RosterError(
                "no column called name in the first line", file=file, line=1, hint=f"header: {','.join(COLUMNS)}"
            )
        if len(set(header)) != len(header):
            raise RosterError("a column appears twice", file=file, line=1)
        for row in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(header):
                raise RosterError(
                    "more cells than columns", file=file, line=line, hint="put cells with a comma in quotes"
                )
            cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
            name = " ".join(cells.get("name", "").split())
            if not name:
                raise RosterError("empty name", file=file, line=line)
            key = name.casefold()
            if key in seen:
                raise RosterError(f"the same name as in line {seen[key]}", file=file, line=line)
            seen[key] = line
            role = cells.get("role", "").lower() or "participant"
            if role not in _ROLES:
                raise RosterError("unknown role", file=file, line=line, hint="participant, interviewer or other")
            people.append(
                Person(
                    name=name,
                    aliases=_cell(cells.get("aliases", "")),
                    email=cells.get("email", ""),
                    organization=_cell(cells.get("organization", "")),
                    role=role,  # type: ignore[arg-type]
                    people=_cell(cells.get("people", "")),
                    places=_cell(cells.get("places", "")),
                    extra=tuple((c, cells[c]) for c in header if c and c not in COLUMNS and cells.get(c)),
                )
            )
    except csv.Error:
        raise RosterError("not a CSV file", file=file, line=reader.line_num) from None
    if not people:
        raise RosterError("no people in the roster", file=file)
    return Roster(tuple(people))
