"""Cue blocks as WebVTT and SubRip have them: identifier, time line, payload, blank line.

The usual libraries pass over a block that they do not understand; its words would be missing without notice. They
serve the tests as a second opinion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from anonymizer.intake.shape import shape
from anonymizer.intake.source import Source
from anonymizer.intake.times import CLOCK, seconds

_TIMES = re.compile(rf"^\s*({CLOCK})\s*-->\s*({CLOCK})(?:\s+(.*))?$")
# white space must end each setting: without it a line of colons would be tried in exponentially many ways
_SETTINGS = re.compile(r"^(?:[a-zA-Z]\w*:\S+(?:\s+|$))*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A cue block.

    Attributes:
        line: Line of its times, from 1.
        identifier: Line above the times, or empty.
        start: Seconds.
        end: Seconds.
        payload: Lines below.
    """

    line: int
    identifier: str = field(repr=False)
    start: float
    end: float
    payload: tuple[str, ...] = field(repr=False)


def read_blocks(source: Source, lines: list[str], first: int, *, strict: bool) -> list[Block]:
    """Blocks of ``lines``.

    Args:
        source: For errors.
        lines: Cleaned lines.
        first: Line number of ``lines[0]``.
        strict: True: a blank line ends the payload and text without times is an error (WebVTT). False: text after a
            blank line belongs to the cue before (SubRip, where it is common).

    Raises:
        IntakeError: A time line or block that is not understood, with its line and shape.
    """
    groups: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(lines, first):
        # WebVTT ends a cue with an empty line only: YouTube's hold lines of one space
        if line.strip() or (strict and line):
            groups[-1].append((number, line))
        elif groups[-1]:
            groups.append([])
    blocks: list[Block] = []
    for group in groups:
        while group and not group[0][1].strip():
            group.pop(0)
        if not group or (strict and _is_note(group[0][1])):
            continue
        blocks.extend(_group(source, group, blocks, strict))
    return blocks


def _is_note(line: str) -> bool:
    return bool(re.match(r"^(NOTE|STYLE|REGION)(\s|$)", line))


def _is_identifier(group: list[tuple[int, str]], at: int, after: int) -> bool:
    """Whether a line above a time line names the cue: the first of its block, a number, or after a blank line."""
    text = group[at][1].strip()
    return at > after and bool(text) and (at == 0 or text.isdigit() or not group[at - 1][1].strip())


def _group(source: Source, group: list[tuple[int, str]], before: list[Block], strict: bool) -> list[Block]:
    at = [i for i, (_, line) in enumerate(group) if "-->" in line]
    if not at:
        if strict or not before:
            number, line = group[0]
            source.refuse(f"text without a time line: {shape(line)}", line=number)
        last = before.pop()
        return [Block(last.line, last.identifier, last.start, last.end, last.payload + tuple(t for _, t in group))]
    out: list[Block] = []
    if at[0] > 1:
        number, line = group[0]
        source.refuse(f"more than one line above the times: {shape(line)}", line=number)
    for position, index in enumerate(at):
        number, line = group[index]
        match = _TIMES.match(line)
        start, end = (seconds(match[1]), seconds(match[2])) if match else (None, None)
        if match is None or start is None or end is None or (strict and not _SETTINGS.match(match[3] or "")):
            source.refuse(f"a time line that is not understood: {shape(line)}", line=number)
        stop = at[position + 1] if position + 1 < len(at) else len(group)
        if position + 1 < len(at) and _is_identifier(group, stop - 1, index):
            stop -= 1
        identifier = group[index - 1][1].strip() if index and _is_identifier(group, index - 1, -1) else ""
        payload = tuple(text for _, text in group[index + 1 : stop] if text.strip())
        out.append(Block(number, identifier, start, end, payload))
    return out
