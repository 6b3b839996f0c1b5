"""Which lines are headings, and the titles and slugs of sections."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from anonymizer.protocol.lines import Line
from anonymizer.protocol.markers import NUMBER, plain, take_marker

_PARTS = r"(?:part|section|block|theme|topic|module)"
_WORDS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen"),
)
_ORDINAL_WORDS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    "twelfth",
)
_SPELLED = rf"(?:{'|'.join(_WORDS)})"
_ORDINAL = rf"(\d{{1,2}}|[A-Za-z]|[IVXivx]{{1,5}}|{_SPELLED})(?:\s+of\s+(?:\d{{1,2}}|{_SPELLED}))?"
_PART = re.compile(
    rf"{_PARTS}\s+{_ORDINAL}\s*(?:[:.)]|[-\u2010-\u2015](?=\s)|[\u2014\u2015](?=(?-i:[A-Z]))|(?<=\s)[/|](?=\s))\s*",
    re.I,
)
# a number in words, or a letter where all are capitals, needs nothing behind it
_PART_PLAIN = re.compile(rf"{_PARTS}\s+({_SPELLED}|(?-i:[A-Z](?=[^a-z]*$)))\s+(?=(?-i:[A-Z]))", re.I)
_PART_ALONE = re.compile(rf"{_PARTS}\s+(\d{{1,2}}|[A-Z]|[IVX]{{1,5}}|{_SPELLED})$", re.I)
# two spaces or a tab stand for the colon
_PART_WIDE = re.compile(
    rf"({_PARTS}\s+(?:\d{{1,2}}|(?-i:[A-Z]|[IVX]{{1,5}})|{_SPELLED}))\s{{2,}}((?-i:[A-Z]).*)$", re.I
)
_PART_NUMBER = re.compile(rf"(?:{_PARTS}\s+)?(\d{{1,2}})\b|{_PARTS}\s+({_SPELLED})\b", re.I)
_NUMBERED = re.compile(r"(\d{1,2}|[A-Z]|[IVX]{1,5})[.)]\s+")
_END = tuple(".?!:;)]}\"'\u201d\u2019\u2026")
_DURATION = re.compile(r"\s*[(\[][^()\[\]]*\d\s*(?:min|minutes?|mins?|hours?|hrs?|h)\b\.?[^()\[\]]*[)\]]$", re.I)
_BRACKETED = re.compile(r"\[(\d{1,2}|[A-Z]|[IVX]{1,5})\]\s+(\S.*)$")
_NTH = re.compile(
    rf"(?:(\d{{1,2}})(?:st|nd|rd|th)|({'|'.join(_ORDINAL_WORDS)}))\s+({_PARTS})\s*[:.\u2013\u2014-]\s*(\S.*)$", re.I
)
_ZERO = re.compile(r"(\d{1,2})\.0\.?\s+([A-Z].*)$")
_ISO = re.compile(r"(\d{1,2})\s+([A-Z].*)$")
_GOES_ON = re.compile(r"\([^()]*\)[,;:]?\s+[a-z]")
# a short line such as "1 - Work" is a heading more often than a question
_LOOSE = re.compile(r"\d{1,2}(?:\s*[:/\u2013\u2014-])?\s+[A-Z]")
_NOTES = r"(?:notes?|remarks?|guide|guidance|instructions?|reminders?|hints?|advice|tips|information|checklist|rules)"
ASKER = (
    r"(?:(?:the\s+|our\s+|all\s+|every\s+)?(?:interviewers?|moderators?|interview(?:ing)?\s+(?:team|staff))|"
    r"(?:whoever|those\s+who|everybody\s+who|people\s+who|the\s+person\s+who)\s+"
    r"(?:interviews?|moderates?|asks?(?:\s+the\s+questions)?|(?:does|do|holds?|leads?|conducts?|runs?)\s+the\s+"
    r"(?:interviews?|talks?|conversations?)))"
)
_FOR_INTERVIEWERS = re.compile(
    rf"(?:(?:some|short|a|the|general|practical)\s+)*{_NOTES}\s+(?:for|to)\s+{ASKER}(?:\s*\([^()]*\))?\W*$|"
    rf"(?:interviewer|moderator)(?:'?s)?\s+(?:notes|instructions|guidance)\W*$",
    re.I,
)


def slug(title: str) -> str:
    """``Part B: Effective Practices`` becomes ``effective-practices``."""
    title = section_title(title)
    ascii_text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode() or title
    return re.sub(r"[^\w]+|_+", "-", ascii_text.lower()).strip("-") or "section"


def section_title(heading: str) -> str:
    """A heading without ``Part B:`` and without its number; kept whole if nothing would be left."""
    counter = _PART.match(heading) or _PART_PLAIN.match(heading)
    bare = heading[counter.end() :].strip() if counter else heading
    bare = _NUMBERED.sub("", bare, count=1).strip() if _NUMBERED.match(bare) else bare
    return bare.rstrip(":").strip() or heading


def section_code(heading: str) -> str | None:
    """The number or letter of a heading in lower case: ``b`` of ``Part B: Work``, ``2`` of ``Part Two``; or None."""
    for pattern in (_PART, _PART_PLAIN, _PART_ALONE, _NUMBERED):
        if match := pattern.match(heading):
            code = match[1].lower()
            return str(_WORDS.index(code) + 1) if code in _WORDS else code
    return None


def section_number(heading: str) -> int | None:
    """The number that a heading begins with: 2 of ``2. Work``, ``Block 2: Work`` and ``Part Two``; None without one."""
    match = _PART_NUMBER.match(heading)
    if match is None:
        return None
    return int(match[1]) if match[1] else _WORDS.index(match[2].lower()) + 1


def for_interviewers(heading: str) -> bool:
    """True for a heading such as ``Notes for the interviewer``: what stands below asks nobody anything."""
    return _FOR_INTERVIEWERS.match(heading) is not None


def is_heading(line: Line, before: Line | None, after: Line | None) -> bool:
    """True if a line is a section's heading by its form and by what stands above and below.

    Args:
        line: The line, not empty.
        before: The line above, if any.
        after: The line below, if any.
    """
    if line.note:
        return False
    if line.heading or _part(line.text) or _PART_ALONE.match(line.text):
        return True
    text = _DURATION.sub("", plain(line.text) if line.text.startswith("**") else line.text)
    loose = _LOOSE.match(text) is not None
    if (before is not None and before.text) or not (text[:1].isupper() or loose):
        return False
    if after is not None and after.text and not take_marker(after.text).found and not _note(after.text):
        return False
    words = text.split()
    short = len(words) <= 9 and not text.rstrip(":").endswith((*_END, ",")) and "?" not in text
    return short and (not take_marker(text).found or loose)


def _part(text: str) -> bool:
    """True for ``Part B: ...``; with a number in words, which a sentence may go on with, only with a capital."""
    match = _PART.match(text)
    return match is not None and (match[1].lower() not in _WORDS or text[0].isupper())


def _note(text: str) -> bool:
    """True for a line in brackets; "(a, b), and since when?" goes on with the line above."""
    return text.startswith(("[", "(")) and not _GOES_ON.match(text)


def dressed(lines: Sequence[Line]) -> list[Line]:
    """Mark headings that other programs number in other ways: ``[A] The place``, ``2nd block: Work``, ``1 WORK``,
    ``1.0 Work``, ``SECTION A   Work``.

    A number without a full stop makes a heading only where the next number below begins with it: ``1 Work``, ``1.1``;
    a question only where no number has a full stop and at least two follow one another.
    """
    result = list(lines)
    for at in _counted(lines):
        match = _ISO.match(lines[at].text)
        if match is not None:
            result[at] = replace(lines[at], text=f"{match[1]}. {match[2]}")
    # the first part of the next number such as 1.1 below a line, found from the end in one pass
    below: int | None = None
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        short = len(line.text.split()) <= 10 and not line.text.endswith((".", "?", "!", ",", ";"))
        title = None
        if line.heading or not line.text:
            continue
        marker = take_marker(line.text)
        if short and (match := _ZERO.match(line.text)):
            title = f"{match[1]}. {match[2]}"
        elif marker.path:
            below = marker.path[0][1] if marker.path[0][0] == NUMBER else None
        elif not short:
            continue
        elif match := _BRACKETED.match(line.text):
            title = f"{match[1]}. {match[2]}"
        elif match := _NTH.match(line.text):
            value = match[1] or str(_ORDINAL_WORDS.index(match[2].lower()) + 1)
            title = f"{match[3]} {value}: {match[4]}"
        elif match := _PART_WIDE.match(line.text):
            title = f"{match[1]}: {match[2]}"
        elif (match := _ISO.match(line.text)) and int(match[1]) == below:
            title = f"{match[1]}. {match[2]}"
            below = None
        if title is not None:
            result[at] = replace(line, text=title, heading=1, whole=True)
    return result


def _counted(lines: Sequence[Line]) -> list[int]:
    """Positions of lines that count 1, 2, 3 without a full stop, if nothing in the document has another number."""
    found: list[int] = []
    value = 0
    for at, line in enumerate(lines):
        if line.heading or not line.text:
            continue
        if take_marker(line.text).numbered:
            return []
        match = _ISO.match(line.text)
        if match and int(match[1]) in (1, value + 1):
            # "1 Work" in a line of its own is a section without a number that counts
            if is_heading(line, lines[at - 1] if at else None, lines[at + 1] if at + 1 < len(lines) else None):
                return []
            value = int(match[1])
            found.append(at)
    return found if value and len(found) > 1 else []
