"""Who stands out by what was kept: small cells of attributes, and the mosaic of each participant.

A reader sees everything kept about a person together, so the question is how many people share a combination of kept
attributes, and how many kept indirect identifiers one person's transcripts hold. Results name attributes and counts,
never values: the value of a cell with one person in it is what must not be published.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anonymizer.review.marks import Marks

K = 3
MAX_ATTRIBUTES = 12
MAX_SIZE = 3


@dataclass(frozen=True, slots=True)
class Combination:
    """How a combination of attributes divides the participants.

    Attributes:
        attributes: Names.
        cells: Different combinations of values; 0 where only the small ones were counted.
        unique: Cells that hold one participant.
        small: Cells that hold fewer than k participants, those with one included.
        participants: Participants in these small cells.
        people: Participants that have all of the attributes.
    """

    attributes: tuple[str, ...]
    cells: int
    unique: int
    small: int
    participants: int
    people: int


@dataclass(frozen=True, slots=True)
class Mosaic:
    """What is kept about one participant, counted.

    Attributes:
        code: ``P07``.
        attributes: Number of attributes that outputs carry about the person.
        kept: (type/context, number of distinct things kept) over the person's transcripts, technical names aside.
        situations: Unusual roles and situations kept.
        alone_in: Combinations (of :class:`Combination`) in which the person is alone.
    """

    code: str
    attributes: int
    kept: tuple[tuple[str, int], ...]
    situations: int
    alone_in: int

    @property
    def total(self) -> int:
        """Everything kept that could be put together."""
        return self.attributes + sum(n for _, n in self.kept)


def small_cells(
    attributes: Iterable[tuple[str, str, str]], k: int = K, size: int = MAX_SIZE
) -> tuple[Combination, ...]:
    """Combinations of up to ``size`` attributes with a cell of fewer than ``k`` participants, worst first.

    Args:
        attributes: (participant code, attribute, value) of what outputs carry.
        k: Least number of participants a cell should have.
        size: Largest number of attributes combined.
    """
    table = _table(attributes)
    names = _names(table)
    found = []
    for count in range(1, min(size, len(names)) + 1):
        for combination in itertools.combinations(names, count):
            cells = _cells(table, combination)
            small = [codes for codes in cells.values() if len(codes) < k]
            if small:
                found.append(
                    Combination(
                        combination,
                        len(cells),
                        sum(len(codes) == 1 for codes in small),
                        len(small),
                        sum(map(len, small)),
                        sum(map(len, cells.values())),
                    )
                )
    return tuple(sorted(found, key=lambda c: (len(c.attributes), -c.unique, -c.participants, c.attributes)))


def said(holders: Mapping[str, Iterable[tuple[str, str]]], k: int = K) -> tuple[Combination, ...]:
    """The same for what the talk itself keeps: a person may have several employers, places, roles.

    Only smallest combinations count, of which no part alone is small: where one value singles somebody out, its pairs
    say nothing new.

    Args:
        holders: Participant -> (kind of thing, value as the reader sees it).
        k: Least number of participants that should share a combination.
    """
    from anonymizer.review.picture import small_combinations

    rows = {name: tuple(pairs) for name, pairs in holders.items()}
    values = Counter(kind for kind, _ in {pair for pairs in rows.values() for pair in pairs})
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for small in small_combinations(rows, k):
        found[tuple(kind for kind, _ in small.parts)].append(small.who)
    return tuple(
        Combination(
            kinds,
            values[kinds[0]] if len(kinds) == 1 else 0,
            sum(len(who) == 1 for who in groups),
            len(groups),
            len({name for who in groups for name in who}),
            len(rows),
        )
        for kinds, groups in sorted(found.items(), key=lambda item: (len(item[0]), -len(item[1]), item[0]))
    )


def mosaics(
    marks: Iterable[Marks],
    participants: Mapping[str, Sequence[str]],
    attributes: Iterable[tuple[str, str, str]] = (),
    size: int = MAX_SIZE,
) -> tuple[Mosaic, ...]:
    """What is kept about each participant, most first.

    Args:
        marks: Effective marks of the transcripts.
        participants: Transcript code -> codes of the participants in it.
        attributes: As for :func:`small_cells`.
        size: As for :func:`small_cells`.
    """
    attributes = tuple(attributes)
    kept: dict[str, Counter[str]] = defaultdict(Counter)
    situations: Counter[str] = Counter()
    for each in marks:
        things = {
            (d.entity, d.entity_type, d.context)
            for d in each.decisions
            if d.action == "keep" and d.context not in ("technical", "relative")
        }
        for code in participants.get(each.code, ()):
            for _, entity_type, context in things:
                kept[code][f"{entity_type} {context}"] += 1
                situations[code] += context == "situation"
    table = _table(attributes)
    names = _names(table)
    alone: Counter[str] = Counter()
    for count in range(1, min(size, len(names)) + 1):
        for combination in itertools.combinations(names, count):
            alone.update(codes[0] for codes in _cells(table, combination).values() if len(codes) == 1)
    codes = sorted({code for group in participants.values() for code in group} | set(table))
    result = [
        Mosaic(code, len(table.get(code, {})), tuple(sorted(kept[code].items())), situations[code], alone[code])
        for code in codes
    ]
    return tuple(sorted(result, key=lambda m: (-m.total, -m.alone_in, m.code)))


def _table(attributes: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for code, name, value in attributes:
        if value.strip():
            table.setdefault(code, {})[name] = " ".join(value.casefold().split())
    return table


def _names(table: Mapping[str, Mapping[str, str]]) -> list[str]:
    # 12 attributes make 298 combinations of up to three; more would hide the table's point
    return sorted({name for row in table.values() for name in row})[:MAX_ATTRIBUTES]


def _cells(table: Mapping[str, Mapping[str, str]], combination: tuple[str, ...]) -> dict[tuple[str, ...], list[str]]:
    cells: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for code, row in sorted(table.items()):
        if all(name in row for name in combination):
            cells[tuple(row[name] for name in combination)].append(code)
    return cells


def shown(count: int, k: int = K) -> str:
    """A count of people as a report may print it: ``<3`` for 1 and 2."""
    return f"<{k}" if 0 < count < k else str(count)


def margins(rows: Sequence[Sequence[int]], k: int = K) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """A table of counts of people with row totals, as a report may print them.

    A cell below ``k`` prints as ``<k``. Where exactly one cell of a row is hidden, subtracting the others from the
    total would reveal it: that total prints as ``-``.
    """
    cells = tuple(tuple(shown(count, k) for count in row) for row in rows)
    totals = tuple("-" if sum(0 < count < k for count in row) == 1 else shown(sum(row), k) for row in rows)
    return cells, totals
