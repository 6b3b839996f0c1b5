"""The human sample: exact limits against published values, and a worksheet that cannot be filled in half."""

from __future__ import annotations

import contextlib
import csv
import io
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer.audit import sampling
from anonymizer.audit.sampling import SampleTurn
from anonymizer.errors import InputError


@pytest.mark.parametrize(
    ("misses", "n", "low", "high"),
    [
        # 95 % Clopper-Pearson intervals as in textbooks' tables (two-sided)
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (2, 30, 0.0082, 0.2207),
        (0, 50, 0.0, 0.0711),
        (4, 100, 0.0110, 0.0993),
    ],
)
def test_interval_equals_published_values(misses: int, n: int, low: float, high: float) -> None:
    """The exact interval, to four digits."""
    assert (low, high) == tuple(round(x, 4) for x in sampling.interval(misses, n))


@pytest.mark.parametrize("n", [1, 10, 50, 300, 5000])
def test_no_miss_is_near_the_rule_of_three(n: int) -> None:
    """With no miss the limit is 1 - 0.05^(1/n), and 3/n lies just above it."""
    exact = sampling.upper_bound(0, n)
    assert math.isclose(1 - 0.05 ** (1 / n), exact, rel_tol=1e-9)
    assert exact <= sampling.rule_of_three(n)
    if n >= 50:
        assert math.isclose(exact, 3 / n, rel_tol=0.05)


@settings(deadline=None)
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_limit_solves_the_tail_equation(pair: tuple[int, int]) -> None:
    """At the limit, seeing so few has probability 5 %; more misses never lower it."""
    misses, n = pair
    bound = sampling.upper_bound(misses, n)
    if misses < n:
        tail = math.fsum(math.comb(n, i) * bound**i * (1 - bound) ** (n - i) for i in range(misses + 1))
        assert math.isclose(0.05, tail, rel_tol=1e-6)
        assert bound <= sampling.upper_bound(misses + 1, n)
    else:
        assert bound == 1.0


@settings(deadline=None)
@given(
    st.integers(1, 60).flatmap(
        lambda t: st.integers(1, t).flatmap(lambda n: st.tuples(st.just(t), st.just(n), st.integers(0, n)))
    )
)
def test_finite_limit_is_the_largest_compatible_number(triple: tuple[int, int, int]) -> None:
    """Exactly the largest number of marked turns that would show so few misses with more than 5 %, by brute force."""
    total, n, misses = triple

    def tail(marked: int) -> Fraction:
        ways = sum(math.comb(marked, i) * math.comb(total - marked, n - i) for i in range(misses + 1))
        return Fraction(ways, math.comb(total, n))

    largest = max(m for m in range(misses, total - (n - misses) + 1) if m == misses or tail(m) > Fraction(1, 20))
    assert largest == sampling.finite_bound(misses, n, total)


def test_everything_read_leaves_nothing_open() -> None:
    """All turns read and none with a miss: none is missed."""
    assert sampling.finite_bound(0, 40, 40) == 0


@pytest.mark.parametrize("arguments", [(-1, 5), (6, 5), (0, 0)])
def test_nonsense_is_refused(arguments: tuple[int, int]) -> None:
    """No bound from nothing."""
    with pytest.raises(ValueError, match="needs"):
        sampling.upper_bound(*arguments)


def _turns(n: int) -> list[SampleTurn]:
    return [SampleTurn(f"P{i % 3 + 1:02d}-1", i, "P01", f"turn {i}") for i in range(n)]


def test_draws_are_random_reproducible_and_without_replacement() -> None:
    """The same seed draws the same turns whatever their order; another seed others; empty turns never."""
    turns = [*_turns(200), SampleTurn("P01-1", 999, "P01", " ... ")]
    sample = sampling.draw(turns, 50, b"a")
    assert sample == sampling.draw(reversed(turns), 50, b"a")
    assert len({(t.transcript, t.turn) for t in sample}) == 50
    assert sample != sampling.draw(turns, 50, b"b")
    assert all(t.turn != 999 for t in sampling.draw(turns, 500, b"a"))
    with pytest.raises(InputError):
        sampling.draw(turns, 0, b"a")


def _filled(data: bytes, value: str = "0", dialect: str = ",") -> bytes:
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=dialect)
    writer.writerow(rows[0])
    writer.writerows([*row[:-1], value] for row in rows[1:])
    return out.getvalue().encode()


@pytest.mark.parametrize("dialect", [",", ";"])
def test_worksheet_reads_back(dialect: str) -> None:
    """Filled in, also by a spreadsheet that writes semicolons, it gives counts and bounds."""
    sample = sampling.draw(_turns(100), 20, b"s")
    drawn = {(t.transcript, t.turn) for t in sample}
    data = _filled(sampling.worksheet(sample), dialect=dialect)
    found = sampling.read_worksheet(data, lambda c, t: (c, t) in drawn, total=100, count=20)
    assert (20, 100, 0, 0) == (found.turns, found.total, found.with_misses, found.misses)
    assert math.isclose(found.bound, 1 - 0.05 ** (1 / 20), rel_tol=1e-9)
    found = sampling.read_worksheet(
        _filled(data, "2") if dialect == "," else data, lambda c, t: True, total=100, count=20
    )
    assert found.misses == (40 if dialect == "," else 0)


def test_formulas_are_defused() -> None:
    """A turn that begins like a formula must not run in the checker's spreadsheet."""
    data = sampling.worksheet([SampleTurn("P01-1", 1, "P01", "=HYPERLINK(1)")])
    assert b"'=HYPERLINK" in data


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda rows: rows[:-1], None),
        (lambda rows: [*rows, rows[-1]], 22),
        (lambda rows: [rows[0], [*rows[1][:-1], ""], *rows[2:]], 2),
        (lambda rows: [rows[0], [*rows[1][:-1], "-1"], *rows[2:]], 2),
        (lambda rows: [rows[0], ["P09-1", *rows[1][1:]], *rows[2:]], 2),
        (lambda rows: [rows[0], [rows[1][0], "x", *rows[1][2:]], *rows[2:]], 2),
        (lambda rows: [["a", "b"], *rows[1:]], 1),
    ],
)
def test_a_worksheet_filled_in_half_is_refused(change: object, line: int | None) -> None:
    """A row left out, doubled, empty, negative or not drawn: an error with its line, no bound."""
    sample = sampling.draw(_turns(100), 20, b"s")
    drawn = {(t.transcript, t.turn) for t in sample}
    rows = list(csv.reader(io.StringIO(_filled(sampling.worksheet(sample)).decode())))
    out = io.StringIO()
    csv.writer(out).writerows(change(rows))  # type: ignore[operator]
    with pytest.raises(InputError) as error:
        sampling.read_worksheet(out.getvalue().encode(), lambda c, t: (c, t) in drawn, total=100, count=20)
    assert line == error.value.line


@settings(deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: ("transcript,turn,missed\n" + t).encode()))
)
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    """No exception but our own leaves the reader."""
    with contextlib.suppress(InputError):
        assert sampling.read_worksheet(data, lambda c, t: True, total=10, count=1).turns == 1
