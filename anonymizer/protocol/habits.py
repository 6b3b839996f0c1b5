"""How some researchers write: ``1-1`` for a number, ``>`` for a probe, an asterisk behind a question, ``*`` for notes.

These signs mean something else in other documents, so that what stands around them decides; then the line is written
as everybody else would.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from anonymizer.protocol.blocks import asks
from anonymizer.protocol.headings import ASKER, for_interviewers, is_heading
from anonymizer.protocol.lines import Line
from anonymizer.protocol.markers import Marker, take_marker

_HYPHENS = r"[-\u2010\u2011\u2013]"
_HYPHENED = re.compile(
    rf"(?:Q\.?\s?|Question\s+)?(\d{{1,2}}|[A-Z]|[IVX]{{1,5}})((?:{_HYPHENS}\d{{1,3}})+)(?:\s+|(?=\*))"
    r"(?=[\"\u201c*(\[]*\s?[A-Z]|[(\[]optional|.*\?$)"
)
# a number or two may be left out
_GAP = 3
_Path = tuple[str | int, ...]

_QUOTE = re.compile(r"(>{1,3})(?:\s+(?=[^\s>=\d])|(?=[A-Z\"\u201c*(]))")

# also before the question mark, and before a bracket for the interviewer
_STAR_END = re.compile(r"(?:\s*(?<!\*)\\?\*|\s*[(\[]\*[)\]])(\?|(?<=[.?!][*)\]])\s*[(\[][^()\[\]*]*[)\]]|)$")
_STAR = re.compile(r"\basterisks?\b|\bstars?\b|\bstarred\b|(?<![\w*])\*(?![\w*])", re.I)
_LEFT_OUT = r"(?:left\s+out|leave\s+out|skip(?:ped)?|dropp?(?:ed)?|omit(?:ted)?|passed\s+over)\b"
_OPTIONAL = re.compile(
    rf"\boptional\b|\b{_LEFT_OUT}|\bleave\b[^.;]{{1,60}}\bout\b|\b(?:is|are|if)\s+(?:\w+\s+){{0,4}}time\b|"
    r"\btime\s+(?:allows|permits|is\s+left)|\bneed\s+not\b|\b(?:do\s+not|don't)\s+(?:have|need)\s+to\b|"
    r"\bnot\s+(?:needed|necessary|essential|required|compulsory|obligatory|mandatory)\b|\bonly\s+(?:if|when|where)\b",
    re.I,
)
_NOT_OPTIONAL = re.compile(
    rf"(?:\bnot|n't|\bnever|\bcannot)\s+(?:ever\s+)?(?:be\s+)?(?:{_LEFT_OUT}|optional\b|leave\b)", re.I
)

_NOTE_LABEL = re.compile(
    r"(?:(?:general|practical|some|a\s+few|short|important|further)\s+)*(?:(?:guidance|hints?|advice|tips|rules|"
    r"house\s+rules|checklist)$|(?:notes?|remarks?|instructions?|reminders?)(?:\s+\w+){0,5}$)|"
    r"(?:\w+,\s+)?please\s+(?:note|read|remember)\b[^.?!]{0,40}$|"
    r"before\s+(?:you|we|the|each|every)\s+(?:\w+\s+)?"
    r"(?:begin|start|go|interview|call|talk|visit|conversation|meeting|recording|leave)$|"
    rf"how\s+to\s+use\s+(?:this|the)\s+\w+$|(?:\w+\s+){{0,4}}{ASKER}(?:\s+\w+){{0,4}}$",
    re.I,
)
_TO_ASKER = re.compile(rf"(?:for|to)\s+{ASKER}$", re.I)
_FOR_ME = re.compile(r"\b(?:me|us)\b", re.I)
_KIND = re.compile(
    r"(?:(?:the|our|semi-?\s?structured|expert|qualitative)\s+)*(?:interview(?:er)?(?:'?s)?|topic|discussion|question)\s+"
    r"(?:guide|guideline|guidelines|schedule|protocol|plan|outline|form|script|questions)"
    r"\W*(?:(?:version|draft|v)\W*\d[\d.]*)?\W*$",
    re.I,
)
_LEGEND = re.compile(
    r"\*\s*(?:[=:\u2013-]|means\b|marks\b|stands\s+for\b|\(?optional(?:\s+(?:questions?|items?))?\W*$)", re.I
)
_STAR_BULLET = re.compile(r"\*\s+(?=\S)")


def usual(lines: Sequence[Line]) -> list[Line]:
    """The lines as most researchers write them."""
    return _noted(_starred(_quoted(_hyphened(lines))))


def kind_of_document(lines: Sequence[Line]) -> int | None:
    """Where the title stands if the first line only says what the document is: ``Interview guide``, then ``WALKS``."""
    at = _skip(lines, 0)
    if at >= len(lines) or not _KIND.match(lines[at].text):
        return None
    below = _skip(lines, at + 1)
    if below >= len(lines):
        return None
    title, after = lines[below], lines[below + 1] if below + 1 < len(lines) else None
    capitals = title.text.isupper() and len(re.findall(r"[^\W\d_]", title.text)) > 1
    if not capitals or title.heading or title.note or _label(title.text) or take_marker(title.text).found:
        return None
    if below > at + 1 and (" " not in title.text or after is None or not after.text):
        # capitals in a line of their own are the first section
        return None
    return None if is_heading(title, lines[below - 1], after) else below


def _label(text: str) -> int:
    """2 for a line that says that notes for the interviewer follow, 1 for one that may be a section's title, else 0."""
    label = re.split(r"[.:!]", text, maxsplit=1)[0].strip()
    if for_interviewers(text) or for_interviewers(label) or _TO_ASKER.match(label):
        return 2
    return int(_NOTE_LABEL.match(label) is not None)


def _hyphened(lines: Sequence[Line]) -> list[Line]:
    """``1-1 Where?`` as ``1-1. Where?``, where such numbers count on from a first one: "1-2 Hours" alone is text."""
    result = list(lines)
    found: list[tuple[int, str]] = []
    last: _Path = ()
    for at, line in enumerate(lines):
        match = None if line.heading else _HYPHENED.match(line.text)
        if match is None:
            continue
        numbers = re.split(_HYPHENS, match[2])[1:]
        path: _Path = (match[1], *map(int, numbers))
        if path[1:] == (1,) if not last else _follows(path, last):
            found.append((at, f"{match[1]}-{'-'.join(numbers)}. {line.text[match.end() :]}"))
            last = path
    if len(found) > 1:
        for at, text in found:
            result[at] = replace(lines[at], text=text)
    return result


def _follows(path: _Path, last: _Path) -> bool:
    """True for 2-1, 1-3 and 1-2-1 after 1-2."""
    if path[1:] == (1,):
        return path[0] != last[0]
    if path == (*last, 1):
        return True
    *above, value = path
    depth = len(above)
    before = last[depth] if depth < len(last) else None
    return (
        tuple(above) == last[:depth]
        and isinstance(value, int)
        and isinstance(before, int)
        and 0 < value - before <= _GAP
    )


def _quoted(lines: Sequence[Line]) -> list[Line]:
    """``> Why?`` below a question as ``Probe: Why?``; at the left margin only right below one: a mail is quoted so."""
    result: list[Line] = []
    blank, opened = True, False
    # an item, or a paragraph that asks, with nothing but its probes since
    item = asking = False
    for at, line in enumerate(lines):
        result.append(line)
        if not line.text:
            blank = True
            continue
        match = None if line.heading else _QUOTE.match(line.text)
        if match is not None:
            if (item or asking) and (line.indent or (not blank and (item or opened))):
                deeper = line.indent + 4 * (len(match[1]) - 1)
                result[-1] = replace(line, indent=deeper, text=_probe(line.text[match.end() :]))
            else:
                item = asking = False
        elif is_heading(line, lines[at - 1] if at else None, lines[at + 1] if at + 1 < len(lines) else None):
            item = asking = False
            opened |= at > 0
        else:
            marker = take_marker(line.text)
            if marker.found:
                item = item or "?" in line.text or (marker.numbered and (opened or asks(marker.text)))
            elif blank:
                item = False
            asking = _asked(line.text) or (asking and not blank)
        blank = False
    return result


def _probe(text: str) -> str:
    return text if text.startswith("[") or take_marker(text).found else f"Probe: {text}"


def _asked(text: str) -> bool:
    return text.rstrip('"\u201d )]*').endswith("?")


def _starred(lines: Sequence[Line]) -> list[Line]:
    """``Why?*`` as ``Why? (optional)``, if what stands above explains that an asterisk marks what may be left out."""
    ends = [at for at, line in enumerate(lines) if not line.heading and _STAR_END.search(line.text)]
    first = next((at for at in ends if "?" in lines[at].text or take_marker(lines[at].text).numbered), None)
    result = [replace(line, note=True) if _legend(line) else line for line in lines]
    if first is None or not explains_asterisk(lines[:first]):
        return result
    for at in ends:
        text = lines[at].text
        after = lines[at + 1] if at + 1 < len(lines) else None
        bare = _STAR_END.sub(r"\1", text)
        ended = bare.endswith(("?", ".", "!", '"', "\u201d", ")"))
        if at < first or not (ended or take_marker(text).numbered) or not _alone(text):
            continue
        if after is None or lines[at].whole or not after.text or _begins(after, take_marker(after.text)):
            result[at] = replace(result[at], text=f"{bare} (optional)")
    return result


def _legend(line: Line) -> bool:
    """True for ``* = optional``, which explains the asterisk and is no optional question."""
    return _LEGEND.match(line.text) is not None and not _asked(line.text) and explains_asterisk([line])


def _alone(text: str) -> bool:
    """True if the asterisk at the end does not close an emphasis."""
    return text.endswith(("(*)", "[*]")) or text.removeprefix("* ").replace("**", "").count("*") % 2 == 1


def _begins(line: Line, marker: Marker) -> bool:
    return marker.found or marker.optional or line.heading > 0 or line.text.startswith("[")


def explains_asterisk(lines: Sequence[Line]) -> bool:
    """True if a sentence says that an asterisk marks what may be left out."""
    paragraphs = [""]
    for line in lines:
        text = line.text
        # the bullet of a note is no asterisk that is spoken about, "* optional" is
        if (match := _STAR_BULLET.match(text)) and not _LEGEND.match(text):
            text = text[match.end() :]
            paragraphs.append("")
        if text:
            paragraphs[-1] += f" {text}"
        else:
            paragraphs.append("")
    sentences = [s for p in paragraphs for s in re.split(r"(?<=[.!?])[\"\u201d)]*\s+", p)]
    return any(_STAR.search(s) and _OPTIONAL.search(s) and not _NOT_OPTIONAL.search(s) for s in sentences)


def _noted(lines: Sequence[Line]) -> list[Line]:
    """Mark ``* ...`` below ``Notes for whoever interviews`` as notes, as long as nothing has been asked."""
    result = list(lines)
    counts = any("?" in line.text and take_marker(line.text).numbered for line in lines)
    at, start, opened, told = 1, 1, False, False
    while at < len(lines):
        line = lines[at]
        if take_marker(line.text).numbered and ("?" in line.text or _FOR_ME.search(line.text)):
            break
        if not _STAR_BULLET.match(line.text):
            if line.text and not lines[at - 1].text:
                start = at
            label = _label(line.text)
            after = lines[at + 1] if at + 1 < len(lines) else None
            heads = bool(line.text) and not label and is_heading(line, lines[at - 1], after)
            opened |= heads
            told = label == 2 or (told and not heads)
            at += 1
            continue
        starred = _run(lines, at)
        last = _before(lines, at)
        # a paragraph of notes may begin with such words, or end with them
        label = max(_label(lines[start].text), _label(lines[last].text))
        asking = any(_asked(lines[bullet].text) or _FOR_ME.search(lines[bullet].text) for bullet in starred)
        # under "Before the talk" may stand questions as well, under "Notes for interviewers" none
        if told or (not asking and (label or (counts and not opened))):
            for position in starred:
                result[position] = replace(lines[position], heading=0, note=True)
            if last and _label(lines[last].text):
                result[last - 1] = replace(result[last - 1], whole=True)
                result[last] = replace(result[last], heading=0, note=True)
        at = start = starred[-1] + 1
    return result


def _before(lines: Sequence[Line], at: int) -> int:
    """Position of the line with text above another."""
    at -= 1
    while at > 0 and not lines[at].text:
        at -= 1
    return at


def _skip(lines: Sequence[Line], at: int) -> int:
    while at < len(lines) and not lines[at].text:
        at += 1
    return at


def _run(lines: Sequence[Line], at: int) -> list[int]:
    """Positions of the asterisks that follow one another, with the second lines of what they begin between."""
    found = []
    while at < len(lines):
        if _STAR_BULLET.match(lines[at].text):
            found.append(at)
        elif lines[at].heading or take_marker(lines[at].text).found:
            break
        elif not lines[at].text:
            at = _skip(lines, at)
            if at == len(lines) or not _STAR_BULLET.match(lines[at].text):
                break
            continue
        at += 1
    return found
