"""The head of a line in a transcript document: who speaks, and when.

Services write ``Jane Ode  0:04``, ``Speaker 1 (00:01): ...``, ``[00:00:00] Speaker 1: ...``, ``Speaker 1: [00:00:00]``,
``00:00:11`` alone, ``00:00:01<TAB>Jane Ode<TAB>...``, ``I:<TAB>...``, a bold label, or a label alone. What a line could
be is found here, line by line; what it is, is decided over the whole file in ``layout``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from anonymizer.intake.labels import MAX_HEAD, label_shaped, unbracketed
from anonymizer.intake.times import CLOCK, seconds

Form = Literal["stamp-label", "label-stamp", "colon", "tab", "bold", "stamp", "alone"]

_DATE = r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4})[T ,]+"
_STAMP = (
    rf"(?P<open>[\[(<{{])?\s*(?:{_DATE})?(?P<start>{CLOCK})(?:\s*[AaPp]\.?[Mm]\.?)?"
    rf"(?:\s*(?:-->|->|-|–|—|to)\s*(?P<end>{CLOCK}))?\s*(?(open)[\])>}}])"
)
_GAP = r"[ \t]*(?:[|,–—-][ \t]*)?"
_LABEL = rf"(?P<label>[^:\t\n]{{1,{MAX_HEAD}}}?)"

# in the order of trial: the more a line fixes, the earlier
_STAMP_LABEL_COLON = re.compile(rf"^\s*{_STAMP}{_GAP}{_LABEL}[ \t]*:(?:[ \t]+|$)(?P<rest>.*)$", re.DOTALL)
_STAMP_TAB_LABEL = re.compile(rf"^\s*{_STAMP}[ \t]*\t[ \t]*{_LABEL}[ \t]*:?\t(?P<rest>.*)$", re.DOTALL)
_STAMP_LABEL = re.compile(rf"^\s*{_STAMP}{_GAP}{_LABEL}[ \t]*:?(?P<rest>)$")
_LABEL_STAMP = re.compile(
    rf"^\s*{_LABEL}[ \t]*:?(?P<gap>[ \t]*[|,–—-]?[ \t]*){_STAMP}(?P<colon>[ \t]*:)?(?P<rest>(?:[ \t].*)?)$", re.DOTALL
)
_COLON = re.compile(rf"^\s*{_LABEL}[ \t]*:(?:[ \t]+|$)(?P<rest>.*)$", re.DOTALL)
_TAB = re.compile(rf"^\s*{_LABEL}\t[ \t]*(?P<rest>\S.*)$", re.DOTALL)
_STAMP_ONLY = re.compile(rf"^\s*{_STAMP}\s*:?(?P<rest>)$")
_STAMP_REST = re.compile(rf"^\s*{_STAMP}[ \t]*[:|–—-]?[ \t]+(?P<rest>\S.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Head:
    """What the beginning of a line could be.

    Attributes:
        form: Which layout.
        label: Label without brackets, or None for a stamp without one.
        start: Seconds or None.
        end: Seconds or None.
        rest: What follows on the line.
        sure: True where the line's own form leaves no doubt that it is a head, given that the label is one.
    """

    form: Form
    label: str | None = field(repr=False)
    start: float | None
    end: float | None
    rest: str = field(repr=False)
    sure: bool = True


def _times(match: re.Match[str]) -> tuple[float | None, float | None] | None:
    start = seconds(match["start"])
    end = seconds(match["end"]) if match["end"] else None
    if start is None or (match["end"] and end is None):
        return None
    return start, end


def _head(form: Form, match: re.Match[str], *, timed: bool = True, sure: bool = True) -> Head | None:
    times = _times(match) if timed else (None, None)
    label = unbracketed(match["label"].strip()) if "label" in match.re.groupindex else None
    if times is None or (label is not None and not label_shaped(label)):
        return None
    return Head(form, label, times[0], times[1], match["rest"].strip(" \t"), sure)


_SPACES = re.compile(r"[ \t]{9,}")


def compact(line: str) -> str:
    """A line without space around it, its long runs of white space cut to eight characters, or to a tab.

    Patterns that allow white space in several places would try a long run in as many ways as its length squared.
    """
    return _SPACES.sub(lambda run: "\t" if "\t" in run.group() else " " * 8, line.strip())


def candidates(line: str, bold: int = 0) -> list[Head]:
    """Every head that a line could have, the most specific first.

    Args:
        line: One line, compact.
        bold: Number of characters at its beginning that are bold, 0 for none.
    """
    out: list[Head] = []

    def add(head: Head | None) -> None:
        if head is not None:
            out.append(head)

    if match := _STAMP_TAB_LABEL.match(line) or _STAMP_LABEL_COLON.match(line):
        add(_head("stamp-label", match))
    if match := _LABEL_STAMP.match(line):
        bracketed, ended = bool(match["open"]), not match["rest"].strip()
        # "we met at 10:30 and" is no head: a bare stamp must end the line, or a colon or tab must follow
        if bracketed or ended or match["colon"] or match["rest"].startswith("\t"):
            add(_head("label-stamp", match, sure=bracketed or bool(match["colon"]) or len(match["gap"]) > 1))
    if match := _COLON.match(line):
        head = _head("colon", match, timed=False)
        if (
            head is not None
            and (inner := _STAMP_REST.match(head.rest) or _STAMP_ONLY.match(head.rest))
            and inner["open"]
        ):
            times = _times(inner)
            if times is not None:
                head = Head("colon", head.label, times[0], times[1], inner["rest"].strip(), True)
        add(head)
    if match := _STAMP_LABEL.match(line):
        add(_head("stamp-label", match, sure=False))
    if match := _STAMP_ONLY.match(line):
        add(_head("stamp", match))
    elif match := _STAMP_REST.match(line):
        add(_head("stamp", match, sure=bool(match["open"])))
    if match := _TAB.match(line):
        add(_head("tab", match, timed=False))
    if bold:
        label = unbracketed(line[:bold].strip().rstrip(":").strip())
        if label_shaped(label):
            rest = line[bold:].lstrip(" \t:–—-")
            add(Head("bold", label, None, None, rest, True))
    stripped = line.strip()
    if label_shaped(unbracketed(stripped)) and stripped[-1:] not in ".?!…":
        add(Head("alone", unbracketed(stripped), None, None, "", False))
    return out


_TIMELIKE = re.compile(
    r"^\s*(?:[\[(<{][^\]\w]*)?\d{1,3}\s*(?:[:.hm'’′]\s*\d{1,2}\s*(?:[:.ms\"”″'’′]\s*\d{0,2})?){1,2}[^\w]*(?=\s|$)"
)
_BRACKETED = re.compile(r"^\s*[\[(<{]\s*\d{1,3}\s*[:.hm'’′]\s*\d[\d:.,hms\s'’′\"”″-]*[\])>}]?")


def bracketed_time(line: str) -> bool:
    """Whether a line begins with something in brackets that is only a time, in whatever notation."""
    match = _BRACKETED.match(line)
    return match is not None and match.group().rstrip()[-1] in "])>}"


def time_like(line: str) -> bool:
    """Whether a line begins or ends with something like a time, in whatever notation."""
    return bool(_TIMELIKE.match(line) or re.search(r"\d{1,2}\s*[:.hm'’′]\s*\d\d\s*[\])>}sm\"”″]*\s*:?$", line))
