"""Small cells and mosaics: counts and attribute names, never values."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer.audit.risk import Combination, margins, mosaics, said, shown, small_cells
from anonymizer.decision import Decision
from anonymizer.review.marks import Marks

PEOPLE = [
    ("P01", "role", "Engineer"),
    ("P02", "role", "engineer "),
    ("P03", "role", "engineer"),
    ("P04", "role", "zookeeper-canary"),
    ("P01", "region", "north"),
    ("P02", "region", "north"),
    ("P03", "region", "south"),
    ("P04", "region", "south"),
]


def test_combinations_with_few_people() -> None:
    """Case and spaces make no new cell; combinations are judged as well as single attributes."""
    found = small_cells(PEOPLE, k=2)
    assert Combination(("role",), 2, 1, 1, 1, 4) in found
    assert Combination(("region", "role"), 3, 2, 2, 2, 4) in found
    assert not any(c.attributes == ("region",) for c in found)
    assert "canary" not in repr(found)


def test_missing_and_empty_values_make_no_cell() -> None:
    """Somebody whose region is unknown is in no cell of region."""
    assert small_cells([("P01", "region", " "), ("P02", "role", "x")], k=2) == (Combination(("role",), 1, 1, 1, 1, 1),)


def test_what_is_said_counts_smallest_combinations_only() -> None:
    """Two share a place and two a role; who alone has both is found once, and no value is in the result."""
    holders = {
        "P01": [("location", "canary town"), ("role", "lead"), ("organization", "canary corp")],
        "P02": [("location", "canary town"), ("role", "dev")],
        "P03": [("location", "elsewhere"), ("role", "lead")],
        "P04": [("location", "elsewhere"), ("role", "dev")],
    }
    found = said(holders, k=2)
    assert found == (
        Combination(("organization",), 1, 1, 1, 1, 4),
        Combination(("location", "role"), 0, 4, 4, 4, 4),
    )
    assert "canary" not in repr(found)


def _decision(entity: str, entity_type: str, context: str, action: str = "keep", turn: int = 0) -> Decision:
    return Decision(turn, 0, 4, entity_type, context, entity, action, "default", "")  # type: ignore[arg-type]


def test_mosaic_counts_things_not_mentions() -> None:
    """What is kept about one person over all transcripts, technical names and relative dates aside."""
    marks = [
        Marks(
            transcript="t1",
            code="P04-1",
            text_digest="",
            turns=2,
            decisions=(
                _decision("E1", "LOCATION", "tied"),
                _decision("E1", "LOCATION", "tied", turn=1),
                _decision("E2", "TECHNOLOGY", "technical"),
                _decision("E3", "DATE", "relative"),
                _decision("E4", "ROLE", "situation"),
                _decision("E5", "PERSON", "direct", action="pseudonymize"),
            ),
        )
    ]
    worst, *rest = mosaics(marks, {"P04-1": ["P04"]}, PEOPLE)
    assert ("P04", 2, (("LOCATION tied", 1), ("ROLE situation", 1)), 1, 2) == (
        worst.code,
        worst.attributes,
        worst.kept,
        worst.situations,
        worst.alone_in,
    )
    assert worst.total == 4
    assert {m.total for m in rest} == {2}


def test_counts_of_people_below_k_are_not_printed() -> None:
    """1 and 2 print as <3; nobody is nobody."""
    assert ["0", "<3", "<3", "3"] == [shown(n) for n in range(4)]


def test_total_that_would_reveal_a_hidden_cell_is_withheld() -> None:
    """5, <3, 6 with total 12 would say 1; with two hidden cells the total may stand."""
    cells, totals = margins([[5, 1, 6], [1, 1, 5], [0, 4, 4]])
    assert (("5", "<3", "6"), ("<3", "<3", "5"), ("0", "4", "4")) == cells
    assert totals == ("-", "7", "8")


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), max_size=5))
def test_no_hidden_cell_can_be_computed(rows: list[list[int]]) -> None:
    """From a row as printed, a single hidden cell never follows by subtraction."""
    cells, totals = margins(rows)
    for row, printed, total in zip(rows, cells, totals, strict=True):
        hidden = [i for i, cell in enumerate(printed) if cell == "<3"]
        if len(hidden) == 1:
            assert total == "-"
        elif total.isdigit():
            assert int(total) == sum(row)
