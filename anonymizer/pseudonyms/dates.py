"""Dates as people say and write them: understood far enough to make them coarser or to shift them."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"),
            ("november", "nov"), ("december", "dec"),
        ),
        1,
    )
    for name in names
}  # fmt: skip
_SEASONS = {
    "spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter",
    "easter": "spring", "christmas": "winter", "thanksgiving": "autumn", "michaelmas": "autumn",
}  # fmt: skip
_UNIT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_UNITS = {word: number for number, word in enumerate(_UNIT_WORDS.split())}
_TENS = {word: 10 * number for number, word in enumerate(_TEN_WORDS.split(), 2)}
_ORDINALS = {word: number for number, word in enumerate(_ORDINAL_WORDS.split(), 1)} | {"thirtieth": 30}
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?!\d)")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_SHORT_YEAR = re.compile(r"['’](\d\d)(?![\ds])")
_DAY = re.compile(r"(?<!\d)([0-3]?\d)(?:st|nd|rd|th)?(?!\d)", re.IGNORECASE)
_QUARTER = re.compile(r"\b(?:q([1-4])|(first|second|third|fourth|last) quarter)\b", re.IGNORECASE)
_DECADE = re.compile(r"(?<!\d)((?:1[89]|20)\d0)['’]?s\b")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class When:
    """What a date's words say; None where they say nothing.

    Attributes:
        year: Four digits.
        month: 1 to 12.
        day: 1 to 31.
        season: ``spring``, ``summer``, ``autumn``, ``winter``.
        quarter: 1 to 4.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    season: str | None = None
    quarter: int | None = None


def number_of(words: list[str]) -> int | None:
    """A number under a hundred in words: ``["thirty", "four"]`` is 34."""
    match words:
        case [one] if one in _UNITS:
            return _UNITS[one]
        case [ten] if ten in _TENS:
            return _TENS[ten]
        case [ten, one] if ten in _TENS and 0 < _UNITS.get(one, 0) < 10:
            return _TENS[ten] + _UNITS[one]
    return None


def _century(year: int) -> int:
    # '68 and earlier is this century for nobody who is interviewed: 30 splits them as people do in talk
    return year + (2000 if year <= 30 else 1900)


def _spoken_year(words: list[str]) -> int | None:
    """``nineteen ninety eight``, ``twenty nineteen``, ``two thousand (and) nine``, ``twenty oh nine``."""
    words = [w for w in words if w != "and"]
    for i, word in enumerate(words):
        if word == "two" and words[i + 1 : i + 2] == ["thousand"]:
            for length in (2, 1):
                rest = number_of(words[i + 2 : i + 2 + length])
                if rest is not None:
                    return 2000 + rest
            return 2000
        if word in ("eighteen", "nineteen", "twenty"):
            century = 100 * (_TENS.get(word) or _UNITS[word])
            following = words[i + 1 : i + 3]
            if following[:1] in (["oh"], ["o"], ["hundred"]):
                rest = number_of(following[1:2])
                return century + (rest or 0) if rest is not None or following[0] == "hundred" else None
            for length in (2, 1):
                rest = number_of(following[:length])
                if rest is not None and rest >= 10 and len(following) >= length:
                    return century + rest
    return None


def _spoken_day(words: list[str]) -> int | None:
    for i, word in enumerate(words):
        if word in _ORDINALS:
            before = words[i - 1] if i else ""
            return _ORDINALS[word] + (_TENS[before] if before in ("twenty", "thirty") else 0)
    return None


def understand(text: str) -> When:
    """Read a date. Nothing is guessed: what the words do not say stays None.

    A slashed date is day, month, year, or month, day, year where the second cannot be a month
    ("03/25/2019"); where both are possible only the year is taken.
    """
    numeric = _numeric(text)
    if numeric is not None:
        return numeric
    lowered = text.casefold()
    words = _WORD.findall(lowered)
    month = next((_MONTHS[w] for w in words if w in _MONTHS), None)
    season = next((_SEASONS[w] for w in words if w in _SEASONS), None)
    quarter: int | None = None
    if found := _QUARTER.search(text):
        quarter = int(found[1]) if found[1] else {"first": 1, "second": 2, "third": 3}.get(found[2].lower(), 4)
    year: int | None = None
    if found := _DECADE.search(text) or _YEAR.search(text):
        year = int(found[1])
    elif found := _SHORT_YEAR.search(text):
        year = _century(int(found[1]))
    else:
        year = _spoken_year(words)
    day = None
    if month is not None:
        without_year = _SHORT_YEAR.sub(" ", _YEAR.sub(" ", text))
        found = _DAY.search(without_year)
        day = int(found[1]) if found else _spoken_day(words)
    return _checked(year, month, day, season, quarter)


def _numeric(text: str) -> When | None:
    if iso := _ISO.search(text):
        return _checked(int(iso[1]), int(iso[2]), int(iso[3]) if iso[3] else None)
    slashed = _SLASHED.search(text)
    if slashed is None:
        return None
    first, second = int(slashed[1]), int(slashed[2])
    year = int(slashed[3]) if len(slashed[3]) == 4 else _century(int(slashed[3]))
    if first > 12 >= second or first == second:
        return _checked(year, second, first)
    if second > 12 >= first:
        return _checked(year, first, second)
    return When(year=year)


def _checked(
    year: int | None, month: int | None, day: int | None, season: str | None = None, quarter: int | None = None
) -> When:
    if month is not None and not 1 <= month <= 12:
        month = day = None
    if day is not None:
        try:
            datetime.date(year or 2000, month or 1, day)
        except ValueError:
            day = None
    return When(year, month, day, season, quarter)


def season_of(when: When) -> str | None:
    """Season in the northern hemisphere's names, by the month where no season was said."""
    if when.season:
        return when.season
    if when.month is None:
        return None
    return ("winter", "spring", "summer", "autumn")[when.month % 12 // 3]


def coarser(when: When, to: str) -> str | None:
    """The date in words, made coarser to ``year``, ``quarter``, ``season`` or ``decade``; None if it cannot be."""
    if when.year is None:
        if to == "season":
            return season_of(when)
        return None
    if to == "decade":
        return f"{when.year - when.year % 10}s"
    if to == "quarter":
        quarter = when.quarter or ((when.month + 2) // 3 if when.month else None)
        return f"Q{quarter} {when.year}" if quarter else str(when.year)
    if to == "season":
        season = season_of(when)
        # a winter's January belongs to the year said: the reader is told what the speaker told
        return f"{season} {when.year}" if season else str(when.year)
    return str(when.year)


def shifted(when: When, days: int) -> str | None:
    """The date moved by a number of days, as exact as it was; None where no year is known.

    Moving all dates of one participant by the same number keeps the intervals between full dates exactly, and those
    between months or years up to rounding.
    """
    if when.year is None:
        return None
    try:
        if when.month is None:
            moved = datetime.date(when.year, 7, 1) + datetime.timedelta(days=days)
            return str(moved.year)
        if when.day is None:
            moved = datetime.date(when.year, when.month, 15) + datetime.timedelta(days=days)
            return f"{moved:%B} {moved.year}"
        moved = datetime.date(when.year, when.month, when.day) + datetime.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{moved.day} {moved:%B} {moved.year}"
