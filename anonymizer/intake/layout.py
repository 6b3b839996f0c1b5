"""Documents of lines and paragraphs to turns: what plain text, Markdown, DOCX, ODT, RTF and PDF have in common.

A line is taken for the head of a turn only by what the whole file shows. What looks like a stamp or a label, and is not
understood, is an error: a name in a head that is taken for speech would otherwise pass as text of somebody else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from anonymizer.intake.heads import Head, bracketed_time, candidates, compact, time_like
from anonymizer.intake.labels import accepted, is_role, name_like
from anonymizer.intake.shape import shape
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

# what the lines of a title block are about; their colon makes no speaker
META = frozenset(
    name.strip()
    for line in (
        "date, title, file, filename, file name, name of file, file length, audio, audio file, audio length",
        "duration, length, total time, transcriber, transcribed by, typist, location, place, project, study, version",
        "meeting, meeting title, meeting id, attendees, participants, recording, recorded, recording date, media",
        "recording time, time, language, client, job, job id, job number, id, interview, interview id, interview date",
        "interview number, date of interview, subject, topic, re, from, to, status, started, ended, start time",
        "end time, audio title, source, word count",
    )
    for name in line.split(",")
)
_MARK = re.compile(r"^(?P<name>.{2,60}) (?:started|stopped) transcription$")
_CREDIT = re.compile(r"^transcribed (?:by|with) \S+$", re.IGNORECASE)
_RULE = re.compile(r"^[-_*=~][-_*=~\s]{2,}$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a document.

    Attributes:
        lines: Its lines, cleaned; at least one.
        line: Number of the first, from 1 (in documents without lines: number of the paragraph).
        bold: Characters at the beginning of the first line that are bold.
        heading: True for a title or heading, which is not speech in a file that has speakers.
    """

    lines: tuple[str, ...] = field(repr=False)
    line: int
    bold: int = 0
    heading: bool = False


@dataclass(slots=True)
class _Block:
    label: str | None
    start: float | None
    end: float | None
    paragraphs: list[list[str]] = field(default_factory=list)

    def turn(self, index: int) -> Turn:
        text = "\n".join(" ".join(" ".join(lines).split()) for lines in self.paragraphs if any(lines))
        return Turn(index, self.label, text.strip(), self.start, self.end)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    first: bool
    heading: bool
    heads: list[Head]


def turns(source: Source, paragraphs: Sequence[Paragraph]) -> tuple[Turn, ...]:
    """The turns of a document.

    Raises:
        IntakeError: Stamps or labels that are there but not understood, with the line and its shape.
    """
    lines = [
        _Line(p.line + i, text, i == 0, p.heading, candidates(text, p.bold if i == 0 and not p.heading else 0))
        for p in paragraphs
        for i, text in enumerate(map(compact, p.lines))
        if text and not _RULE.match(text)
    ]
    meet = _meet(lines)
    if meet is not None:
        lines = lines[meet:]
    labels, alone = _labels(lines)
    chosen = [_choose(line, labels, alone) for line in lines]
    if not any(h and h.label for h in chosen):
        return _unlabelled(source, lines, chosen)
    _refuse_half_understood(source, lines, chosen, labels)
    first = 0 if meet is not None else _first(lines, chosen)
    return _labelled(lines, chosen, first, tail=meet is not None)


def _labels(lines: list[_Line]) -> tuple[frozenset[str], frozenset[str]]:
    """Labels accepted in heads of any form; and, only where there are none, labels that stand alone on a line."""
    kinds: dict[str, list[str]] = {}
    extra = 0
    for line in lines:
        seen: set[str] = set()
        for head in line.heads:
            if head.label and head.form != "alone" and head.form not in seen and not _meta(head):
                seen.add(head.form)
                kinds.setdefault(head.form, []).append(head.label)
        extra += bool(seen) and not line.first
    passages = sum(line.first and not line.heading for line in lines) + extra
    found: set[str] = set()
    for form, values in kinds.items():
        if form in ("label-stamp", "stamp-label"):
            # a stamp beside it says more than repetition: a person who speaks once has one too
            timed = Counter(values)
            usual = sum(timed.values()) >= 2 or passages <= 3
            found |= {v for v in timed if is_role(v) or (usual and name_like(v)) or (timed[v] >= 2 and name_like(v))}
            found |= accepted(values, passages)
        else:
            found |= accepted(values, passages)
    if found:
        return frozenset(found), frozenset()
    single = Counter(
        h.label
        for line, after in pairwise(lines)
        for h in line.heads
        if h.form == "alone" and h.label and line.first and name_like(h.label) and not after.heading
    )
    repeated = {label: n for label, n in single.items() if n >= 2 or is_role(label)}
    if sum(repeated.values()) >= 0.3 * max(passages, 1) and (len(repeated) >= 2 or any(map(is_role, repeated))):
        return frozenset(), frozenset(repeated)
    return frozenset(), frozenset()


def _choose(line: _Line, labels: frozenset[str], alone: frozenset[str]) -> Head | None:
    for head in line.heads:
        if head.form == "stamp":
            return head
        if head.form == "alone":
            if line.first and head.label in alone:
                return head
        elif head.label in labels and not _meta(head):
            return head
    return None


def _meta(head: Head) -> bool:
    return head.form in ("colon", "tab", "bold") and (head.label or "").lower() in META


def _first(lines: list[_Line], chosen: list[Head | None]) -> int:
    """Index of the first line that is speech: what stands before it is a title block."""
    start = next(i for i, h in enumerate(chosen) if h)
    metas = [i for i, line in enumerate(lines[: start + 12]) if any(_meta(h) for h in line.heads) and not chosen[i]]
    if metas:
        # "Interviewer: Jane Ode" among "Date: ..." names people and is not said by anybody
        while start < len(lines) and _credit(chosen[start]) and _later(chosen, start):
            start = next((i for i in range(start + 1, len(lines)) if chosen[i]), len(lines) - 1)
    return start


def _credit(head: Head | None) -> bool:
    return bool(
        head
        and head.form in ("colon", "tab", "bold")
        and is_role(head.label or "")
        and head.start is None
        and 0 < len(head.rest.split()) <= 5
        and name_like(head.rest)
        and head.rest[-1] not in ".?!"
    )


def _later(chosen: list[Head | None], index: int) -> bool:
    return sum(bool(h and h.label) for h in chosen[index + 1 :]) >= 2


def _meet(lines: list[_Line]) -> int | None:
    """Index of the stamp ``00:00:00`` with which Google Meet's transcript begins; what stands before it nobody said."""
    for i, (line, after) in enumerate(pairwise(lines)):
        alone = any(h.form == "stamp" and not h.rest and h.start == 0 for h in line.heads)
        if alone and any(h.form == "colon" for h in after.heads):
            return i
    return None


def _labelled(lines: list[_Line], chosen: list[Head | None], begin: int, *, tail: bool) -> tuple[Turn, ...]:
    blocks = _preamble(lines[:begin])
    pending: tuple[float | None, float | None] = (None, None)
    for line, head in zip(lines[begin:], chosen[begin:], strict=True):
        if head is not None and head.label is not None:
            start, end = (head.start, head.end) if head.start is not None else pending
            pending = (None, None)
            blocks.append(_Block(head.label, start, end, [[head.rest]]))
            continue
        if line.heading or _MARK.match(line.text.strip()):
            continue
        text = line.text.strip()
        if head is not None and (head.sure or not head.rest):
            if not head.rest:
                pending = (head.start, head.end)
                continue
            text = head.rest
        elif tail and line.first and time_like(text.rstrip(".")):
            # "... ended after 00:00:39" and the notice below it
            break
        if not blocks:
            blocks.append(_Block(None, *pending))
        if line.first or not blocks[-1].paragraphs:
            blocks[-1].paragraphs.append([])
        blocks[-1].paragraphs[-1].append(text)
    if blocks and len(blocks[-1].paragraphs) > 1 and _CREDIT.match(" ".join(blocks[-1].paragraphs[-1])):
        # the service's own closing line
        blocks[-1].paragraphs.pop()
    made = [block for block in blocks if block.label is not None or any(any(p) for p in block.paragraphs)]
    return tuple(block.turn(i) for i, block in enumerate(made))


def _preamble(lines: list[_Line]) -> list[_Block]:
    """A title block is not speech and is left out; prose before the first label is kept, without a speaker."""
    prose = [line for line in lines if not line.heading and not _MARK.match(line.text.strip())]
    prose = [line for line in prose if not any(_meta(h) for h in line.heads)]
    if all(len(line.text.split()) <= 15 for line in prose) and len(prose) <= 20:
        return []
    block = _Block(None, None, None)
    for line in prose:
        if line.first or not block.paragraphs:
            block.paragraphs.append([])
        block.paragraphs[-1].append(line.text.strip())
    return [block]


def _refuse_half_understood(
    source: Source, lines: list[_Line], chosen: list[Head | None], labels: frozenset[str]
) -> None:
    lengths = sorted({len(label) for label in labels if len(label) > 1}, reverse=True)
    start = next(i for i, head in enumerate(chosen) if head)
    for number, (line, head) in enumerate(zip(lines, chosen, strict=True)):
        if head is not None or line.heading:
            continue
        if bracketed_time(line.text):
            source.refuse(f"a time stamp that is not understood: {shape(line.text)}", line=line.number)
        known = next((line.text[:n] for n in lengths if line.text[:n] in labels), None)
        rest = line.text[len(known) :].strip() if known else ""
        # the label of other turns, then only digits and signs: a head in a notation this reader does not know
        # (in a title block it may be a code: "P07-1")
        if (
            number > start
            and known
            and len(rest) <= 20
            and re.search(r"\d", rest)
            and not re.search(r"[^\W\d_]{4,}", rest)
        ):
            source.refuse(f"a speaker with a stamp that is not understood: {shape(line.text)}", line=line.number)


def _unlabelled(source: Source, lines: list[_Line], chosen: list[Head | None]) -> tuple[Turn, ...]:
    firsts = [line for line in lines if line.first]
    odd = [line for line, head in zip(lines, chosen, strict=True) if head is None and time_like(line.text)]
    if len(odd) >= 3 and len(odd) >= 0.25 * len(firsts):
        source.refuse(f"time stamps that are not understood: {shape(odd[0].text)}", line=odd[0].number)
    prefixes = Counter(
        m[0] for line in firsts if (m := re.match(r"^[^\W\d_][\w .]{0,30}?\s*(?:::|\||[-–—>=»~]+|;)\s", line.text))
    )
    common = [p for p, n in prefixes.items() if n >= 3]
    if common and sum(prefixes[p] for p in common) >= 0.5 * len(firsts):
        line = next(x for x in firsts if x.text.startswith(common[0]))
        source.refuse(f"what looks like speaker labels is not understood: {shape(line.text)}", line=line.number)
    stamped = any(h and h.form == "stamp" and h.sure for h in chosen)
    blocks: list[_Block] = []
    one_each = all(line.first for line in lines) or not any(not line.first for line in lines)
    for line, head in zip(lines, chosen, strict=True):
        if stamped and head is not None and head.sure:
            blocks.append(_Block(None, head.start, head.end, [[head.rest]] if head.rest else []))
            continue
        if not blocks or (line.first and (not stamped or one_each) and blocks[-1].paragraphs):
            blocks.append(_Block(None, None, None))
        if line.first or not blocks[-1].paragraphs:
            blocks[-1].paragraphs.append([])
        blocks[-1].paragraphs[-1].append(line.text.strip())
    made = [block for block in blocks if any(any(p) for p in block.paragraphs)]
    return tuple(block.turn(i) for i, block in enumerate(made))
