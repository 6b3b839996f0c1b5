"""The roster CSV: strict, and never quoting a name in an error."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.errors import RosterError
from anonymizer.roster import COLUMNS, parse_roster

HEADER = "name,aliases,email,organization,role,people,places\n"


def test_a_row_becomes_a_person() -> None:
    """Cells are split at semicolons, further columns are kept in order, the role defaults to participant."""
    text = "name,aliases,role,wave,age\nOsgood Pemberwick,Oz; Ozzy ;,,2,44\nHollis Braddock,,interviewer,,\n"

    first, second = parse_roster(text.encode("utf-8-sig"))

    assert ("Osgood Pemberwick", ("Oz", "Ozzy"), "participant") == (first.name, first.aliases, first.role)
    assert (("wave", "2"), ("age", "44")) == first.extra
    assert "interviewer" == second.role


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"\xff\xfe", None, "not UTF-8"),
        (b"", 1, "no column called name"),
        (b"vorname,role\nX,participant\n", 1, "no column called name"),
        (b"name,name\nX,Y\n", 1, "a column appears twice"),
        (b"name\n", None, "no people"),
        (HEADER.encode() + b",Oz,,,,,\n", 2, "empty name"),
        (HEADER.encode() + b"Osgood Pemberwick,,,,,,\nosgood  pemberwick,,,,,,\n", 3, "the same name as in line 2"),
        (HEADER.encode() + b"Osgood Pemberwick,,,,boss,,\n", 2, "unknown role"),
        (b"name\nPemberwick, Osgood\n", 2, "more cells than columns"),
        (b'name\n"Osgood Pemberwick\n', 2, "not a CSV file"),
        (b"name\nOs\0good\n", None, "null bytes"),
    ],
)
def test_bad_rosters_are_refused_with_their_line(text: bytes, line: int | None, message: str) -> None:
    """Each fault is named with its line and without the name in it."""
    with pytest.raises(RosterError) as caught:
        parse_roster(text, "people.csv")

    assert message in str(caught.value)
    assert line == caught.value.line
    assert "people.csv" == caught.value.file
    assert "pemberwick" not in str(caught.value).lower()


def test_people_do_not_show_their_names() -> None:
    """A person's repr holds role and code only."""
    roster = parse_roster(b"name,email\nOsgood Pemberwick,oz@example.org\n")

    assert "Person(role='participant', code=None)" == repr(next(iter(roster)))
    assert "Pemberwick" not in repr(roster)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever the bytes, the answer is a roster or our own error."""
    try:
        roster = parse_roster(data)
    except RosterError:
        return
    assert len(roster) > 0


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n;", exclude_categories=("Cs",)), max_size=12)


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=6))
def test_what_csv_writes_is_read(rows: list[tuple[str, str, str]]) -> None:
    """Quotes, commas and any script survive the way through a CSV file."""
    people = {" ".join(f"N{i} {name}".split()): (alias, place) for i, (name, alias, place) in enumerate(rows)}
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["name", "aliases", "places"])
    for name, (alias, place) in people.items():
        table.writerow([name, alias, place])

    roster = parse_roster(out.getvalue().encode())

    assert len(people) == len(roster)
    assert COLUMNS[0] == "name"
