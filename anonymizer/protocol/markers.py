"""What stands before a question: bullets, numbers, letters, roman numerals, ``Q7.``, ``Probe:``, asterisks."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBER, LOWER, UPPER, ROMAN, UPPER_ROMAN = "number", "lower", "upper", "roman", "upper-roman"

_BULLET = re.compile(
    r"(?:->(?=\s)|=>(?=\s)|[-\u2010-\u2015\u2022\u2023\u2043\u25aa\u25ab\u25cf\u25cb\u25e6\uf0b7\uf0a7+]"
    # arrows, triangles, squares, lozenges, ticks
    r"|[\u2192\u21b3\u21d2\u2794\u279c\u27a2\u27a4\u25ba\u25b6\u25b8\u25b9\u25a0\u25a1\u2610\u25c6\u25c7\u2756\u2713\u2714\u00b7]"
    r"|\*(?=\s)|o(?=\s+[A-Z*(\"]))\s*"
)
_WORD = r"(?:Q\.?\s?|Question\s+|(?:Item|No\.|Nr\.)\s*)"
_DECIMAL = re.compile(rf"{_WORD}?(\d{{1,3}}(?:\.\d{{1,3}})+)[.):]?(?=\s|\*)\s*", re.I)
_NUMBER = re.compile(
    # 1: 1/ and 1 - only before a capital: times, fractions and ranges go on in figures or small letters
    rf"{_WORD}?(\d{{1,3}})(?:\s?[:/]|\s*[-\u2013\u2014])\s+(?=[\"\u201c*(]*(?-i:[A-Z]))|"
    rf"(?:(?:Q\.?|Question\s+)(\d{{1,3}})[.):]?|{_WORD}(\d{{1,3}})[.):]|\(?(\d{{1,3}})[.)])(?=\s|\*|$)\s*",
    re.I,
)
# 3a. 3.a) (3a) 3(a) 1.2b: A1. A1a. A.1 I.1.a 1-2. - a letter in front only before a number, so that "E.g." is none
_SUB = r"(?:\.?(?:[ivx]{2,5}|[a-p](?:\.?[ivx]{1,5})?)|\([a-p]\))"
_CODE = re.compile(
    rf"(?:(?i:{_WORD})(?=\d))?\(?("
    rf"(?:(?!Q)[A-Z]|[IVX]{{2,5}})[.-]?\d{{1,3}}(?:[.-]\d{{1,3}})*{_SUB}?|\d{{1,3}}(?:[.-]\d{{1,3}})+{_SUB}?|\d{{1,3}}{_SUB}"
    r")(?:[.):]{1,2}(?=\s|\*|$)|\s*[-\u2013\u2014](?=\s+[\"\u201c*(]*[A-Z])|(?<!-\d)(?=\s+[\"\u201c*(]*[A-Z]))\s*"
)
_TOKEN = re.compile(r"\d+|[IVX]{2,}|[ivx]{2,}|[A-Za-z]")
_LETTER = re.compile(r"\(?([a-z]|[ivxl]{2,8}|[A-Z]|[IVXL]{2,8})[.)](?=\s|\*|$)\s*")
_PROBE = re.compile(
    r"(?:probe|prompt|follow-?\s?up|sub-?question)s?\s*(\(optional\)|\[optional\])?\s*(?:\d+\s*)?[:.]\s*", re.I
)
_OPTIONAL = re.compile(r"(?:\(optional\)|\[optional\]|optional:)\s*", re.I)
_OPTIONAL_END = re.compile(r"\s*(?:\(optional\)|\[optional\])\s*$", re.I)
_ROMAN_DIGITS = ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def roman(value: int) -> str:
    """Lower-case roman numeral of 1 to 89."""
    text = ""
    for size, digits in _ROMAN_DIGITS:
        while value >= size:
            text += digits
            value -= size
    return text


_ROMAN_VALUES = {roman(value): value for value in range(1, 90)}


def letters(value: int) -> str:
    """``a`` for 1, ``z`` for 26, ``aa`` for 27."""
    text = ""
    while value > 0:
        value, rest = divmod(value - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def printed(kind: str, value: int) -> str:
    """How a number path writes a value of that kind: ``3``, ``c``, ``iii``."""
    if kind == NUMBER:
        return str(value)
    return roman(value) if kind in (ROMAN, UPPER_ROMAN) else letters(value)


@dataclass(frozen=True, slots=True)
class Marker:
    """What was taken off the beginning of a line.

    Attributes:
        readings: Possible (kind, value) pairs; ``i.`` may be the ninth letter or the first roman numeral. Empty for
            bullets, probes and asterisks without a number.
        path: (kind, value) of each part of a number such as ``2.3.1``, ``3a`` or ``A1``; empty for others.
        bullet: True if a bullet stood there.
        probe: True for ``Probe:`` and its like.
        optional: True for ``*`` and ``(optional)``.
        text: The rest of the line.
        sign: The bullet or asterisk as printed; empty for others.
    """

    readings: tuple[tuple[str, int], ...]
    path: tuple[tuple[str, int], ...]
    bullet: bool
    probe: bool
    optional: bool
    text: str
    sign: str = ""

    @property
    def found(self) -> bool:
        """True if the line begins an item."""
        return bool(self.readings or self.path or self.bullet or self.probe)

    @property
    def numbered(self) -> bool:
        """True if a number or letter stands there."""
        return bool(self.readings or self.path)


def _path(code: str) -> tuple[tuple[str, int], ...]:
    """``2.3`` as (number, 2), (number, 3); ``A1b`` as (upper, 1), (number, 1), (lower, 2)."""
    parts: list[tuple[str, int]] = []
    for token in _TOKEN.findall(code):
        if token.isdigit():
            parts.append((NUMBER, int(token)))
            continue
        readings = letter_readings(token)
        # a letter below a letter is a small roman numeral; a single one elsewhere is a letter
        below = bool(parts) and parts[-1][0] == LOWER
        parts.append(readings[-1] if below or not parts else readings[0])
    return tuple(parts)


def letter_readings(text: str) -> tuple[tuple[str, int], ...]:
    """What a letter or roman numeral may mean: ``i`` is the ninth letter and the first roman numeral."""
    low = text.lower()
    upper = text != low
    readings = []
    if len(low) == 1:
        readings.append((UPPER if upper else LOWER, ord(low) - ord("a") + 1))
    if low in _ROMAN_VALUES:
        readings.append((UPPER_ROMAN if upper else ROMAN, _ROMAN_VALUES[low]))
    return tuple(readings)


def _asterisk(text: str) -> tuple[bool, str]:
    """Take off an asterisk that marks an optional question, not one that opens emphasis (``*Why* this?``)."""
    if text.startswith("*") and not text.startswith("**") and text.replace("**", "").count("*") % 2 == 1:
        return True, text[1:].lstrip()
    return False, text


_BOLD_MARKER = re.compile(r"\*\*([^*\s][^*]{0,14})\*\*\s*(?=\S)|\*\*(.+)\*\*$")


def _unbold(line: str) -> str:
    """``**Q1.** Why?`` and ``**Q1. Why?**`` as ``Q1. Why?``; other bold text stays."""
    match = _BOLD_MARKER.match(line)
    if match is None:
        return line
    held = f"{match[1]} " if match[1] else match[2]
    marked = any(pattern.match(held) for pattern in (_NUMBER, _DECIMAL, _CODE, _LETTER, _PROBE))
    return held + line[match.end() :] if marked else line


def take_marker(line: str) -> Marker:
    """Split a line into its marker and its text.

    Args:
        line: Without indentation.
    """
    text = _unbold(line)
    optional, text = _asterisk(text)
    bullet = probe = False
    if match := _BULLET.match(text):
        rest = text[match.end() :]
        # a lone dash inside running text ("- well") is a bullet as well: the outline decides whether it is a question
        bullet, text = True, rest
    sign = match[0].strip() if match else "*" if optional else ""
    star, text = _asterisk(text)
    optional |= star
    readings: tuple[tuple[str, int], ...] = ()
    path: tuple[tuple[str, int], ...] = ()
    if match := _DECIMAL.match(text) or _CODE.match(text):
        path = _path(match[1])
        text = text[match.end() :]
    elif match := _NUMBER.match(text):
        readings = ((NUMBER, int(next(group for group in match.groups() if group))),)
        text = text[match.end() :]
    elif match := _LETTER.match(text):
        readings = letter_readings(match[1])
        if readings:
            text = text[match.end() :]
    for _ in range(2):
        star, text = _asterisk(text)
        optional |= star
        if match := _PROBE.match(text):
            probe, text = True, text[match.end() :]
            optional |= match[1] is not None
        if match := _OPTIONAL.match(text):
            optional, text = True, text[match.end() :]
    if match := _OPTIONAL_END.search(text):
        optional, text = True, text[: match.start()]
    return Marker(readings, path, bullet, probe, optional, text, sign)


_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*|__(\S(?:.*?\S)?)__")
_ITALIC = re.compile(r"\*(\S(?:[^*]*\S)?)\*|(?<!\w)_(\S(?:[^_]*\S)?)_(?!\w)")


def plain(text: str) -> str:
    """A text without bold and italic markers, white space collapsed."""
    for pattern in (_BOLD, _ITALIC):
        text = pattern.sub(lambda match: match[1] or match[2], text)
    return " ".join(text.split())
