"""A human check of random turns, and what it bounds.

Somebody reads ``n`` turns drawn at random from the released transcripts and counts identifiers that were missed. With
``k`` turns that had a miss, the Clopper-Pearson limit bounds the share of such turns in the whole; with none it is
close to the rule of three, 3/n. Drawing without replacement makes the limit slightly too high, which is the safe side.

The worksheet holds released text only. It is read back and removed; kept are counts, the seed and keyed digests.
"""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from anonymizer.errors import InputError

COLUMNS = ("transcript", "turn", "speaker", "text", "missed")
CONFIDENCE = 0.95


def upper_bound(misses: int, n: int, confidence: float = CONFIDENCE) -> float:
    """One-sided Clopper-Pearson upper limit of a share: ``misses`` of ``n`` seen.

    The p at which seeing so few or fewer has probability ``1 - confidence``, found by bisection over the exact binomial
    tail (Clopper and Pearson 1934).

    Raises:
        ValueError: Not 0 <= misses <= n with n > 0, or a confidence outside (0, 1).
    """
    if not 0 <= misses <= n or n < 1 or not 0 < confidence < 1:
        raise ValueError("needs 0 <= misses <= n, n > 0 and 0 < confidence < 1")
    if misses == n:
        return 1.0
    alpha = 1 - confidence
    low, high = misses / n, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _binomial_tail(misses, n, middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def lower_bound(misses: int, n: int, confidence: float = CONFIDENCE) -> float:
    """One-sided Clopper-Pearson lower limit."""
    return 1.0 - upper_bound(n - misses, n, confidence)


def interval(misses: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Two-sided Clopper-Pearson interval."""
    one_sided = 1 - (1 - confidence) / 2
    return lower_bound(misses, n, one_sided), upper_bound(misses, n, one_sided)


def rule_of_three(n: int) -> float:
    """What no miss in ``n`` bounds at 95 %, roughly: 3/n, at most 1."""
    if n < 1:
        raise ValueError("needs n > 0")
    return min(1.0, 3 / n)


def _binomial_tail(k: int, n: int, p: float) -> float:
    """P(X <= k) for X binomial (n, p)."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 1.0 if k >= n else 0.0
    log_p, log_q, log_n = math.log(p), math.log1p(-p), math.lgamma(n + 1)
    terms = (
        math.exp(log_n - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * log_p + (n - i) * log_q)
        for i in range(k + 1)
    )
    return math.fsum(terms)


def finite_bound(misses: int, n: int, total: int, confidence: float = CONFIDENCE) -> int:
    """How many of ``total`` turns have a miss at most, ``n`` drawn without replacement: exact hypergeometric limit."""
    if not 0 <= misses <= n <= total or n < 1:
        raise ValueError("needs 0 <= misses <= n <= total and n > 0")
    # exact integers: at the edge (38 of 40 with one drawn) rounding would decide
    alpha = 1 - Fraction(confidence).limit_denominator(10**6)
    draws = math.comb(total, n) * alpha.numerator
    low, high = misses, total - (n - misses)
    while low < high:
        middle = (low + high + 1) // 2
        ways = sum(math.comb(middle, i) * math.comb(total - middle, n - i) for i in range(misses + 1))
        if ways * alpha.denominator > draws:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(frozen=True, slots=True)
class SampleTurn:
    """A turn of a released transcript.

    Attributes:
        transcript: Code.
        turn: Index.
        speaker: Code.
        text: Released text.
    """

    transcript: str
    turn: int
    speaker: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SampleResult:
    """What a human check found.

    Attributes:
        turns: Turns read.
        total: Turns they were drawn from.
        with_misses: Turns in which something was missed.
        misses: Identifiers missed, over all turns.
        share: with_misses / turns.
        bound: Upper limit of the share in all turns.
        at_most: Upper limit of their number.
        confidence: Of both limits.
        places: (transcript, turn) of the turns with misses.
    """

    turns: int
    total: int
    with_misses: int
    misses: int
    share: float
    bound: float
    at_most: int
    confidence: float
    places: tuple[tuple[str, int], ...] = ()


def draw(turns: Iterable[SampleTurn], n: int, seed: bytes) -> tuple[SampleTurn, ...]:
    """``n`` random turns without replacement, in order of transcript and turn; all if there are fewer.

    Turns without a letter or digit are left out, they cannot hold anything.
    """
    pool = sorted((t for t in turns if any(c.isalnum() for c in t.text)), key=lambda t: (t.transcript, t.turn))
    if n < 1:
        raise InputError("a sample has at least one turn")
    chosen = random.Random(seed).sample(range(len(pool)), min(n, len(pool)))  # noqa: S311 - a draw, no secret
    return tuple(pool[i] for i in sorted(chosen))


def worksheet(sample: Sequence[SampleTurn]) -> bytes:
    """The CSV to fill in: the last column takes the number of identifiers missed in the turn, 0 if none."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for turn in sample:
        text = turn.text
        if text[:1] in "=+-@\t\r":
            # a spreadsheet would run a cell that starts like this as a formula
            text = "'" + text
        writer.writerow((turn.transcript, turn.turn, turn.speaker, text, ""))
    return ("\ufeff" + out.getvalue()).encode()


def read_worksheet(
    data: bytes, expected: Callable[[str, int], bool], *, total: int, count: int, file: str = "sample.csv"
) -> SampleResult:
    """Read a filled-in worksheet.

    Args:
        data: The CSV.
        expected: Whether (transcript, turn) was drawn.
        total: Turns it was drawn from.
        count: Turns drawn; a bound from only the rows that somebody liked to fill in would be worthless.
        file: For errors.

    Raises:
        InputError: Not the worksheet; a row is missing, doubled, not drawn or not filled in (its line is named).
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the worksheet is not UTF-8", file=file, hint="save it as CSV UTF-8") from None
    dialect = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect, strict=True)
    seen: dict[tuple[str, int], int] = {}
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not {"transcript", "turn", "missed"} <= set(header):
            raise InputError("this is not a sample's worksheet", file=file, line=1)
        columns = {name: header.index(name) for name in ("transcript", "turn", "missed")}
        for row in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            try:
                code, turn = row[columns["transcript"]].strip(), int(row[columns["turn"]])
            except (ValueError, IndexError):
                raise InputError("a row without transcript and turn", file=file, line=line) from None
            if not expected(code, turn):
                raise InputError("a turn that was not drawn", file=file, line=line)
            if (code, turn) in seen:
                raise InputError("the same turn twice", file=file, line=line)
            cell = row[columns["missed"]].strip() if len(row) > columns["missed"] else ""
            if not cell.isascii() or not cell.isdigit() or len(cell) > 4:
                raise InputError("missed is not filled in with a number", file=file, line=line, hint="0 if nothing is")
            seen[code, turn] = int(cell)
    except csv.Error:
        raise InputError("not a CSV file", file=file, line=reader.line_num) from None
    if len(seen) != count:
        raise InputError(f"{count - len(seen)} of {count} drawn turns are missing", file=file)
    return result(seen, total)


def result(misses: dict[tuple[str, int], int], total: int, confidence: float = CONFIDENCE) -> SampleResult:
    """The bounds from the misses of each turn read."""
    turns = len(misses)
    places = tuple(sorted(place for place, number in misses.items() if number))
    return SampleResult(
        turns=turns,
        total=total,
        with_misses=len(places),
        misses=sum(misses.values()),
        share=len(places) / turns,
        bound=upper_bound(len(places), turns, confidence),
        at_most=finite_bound(len(places), turns, total, confidence),
        confidence=confidence,
        places=places,
    )
