"""WebVTT: Zoom, Teams, Webex, YouTube, Whisper, noScribe."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from anonymizer.intake.blocks import Block, read_blocks
from anonymizer.intake.cues import Cue, merge, split_labels
from anonymizer.intake.labels import label_shaped, name_like, not_speech
from anonymizer.intake.shape import shape
from anonymizer.intake.source import Source
from anonymizer.intake.text import clean
from anonymizer.transcript import Turn

FORMAT = "webvtt"

_VOICE = re.compile(r"<v(?:\.[^\s>]{0,100})?(?:[ \t\n]{1,8}([^>]{0,300}))?>")
_TAG = re.compile(
    r"</?(?:c|i|b|u|v|ruby|rt|lang|font)(?:[.\s][^>]{0,300})?>|<\d[\d:.]{0,20}>|\{\\an?\d+\}", re.IGNORECASE
)
_HALF_TAG = re.compile(r"</?v(?:[.\s]|$)")
# lengths are bounded everywhere: a tag that never ends must not be looked for from each of its characters to the end
_TIMED = re.compile(r"<\d\d:[\d:.]+>")
_WEBEX = re.compile(r'^\d{1,9}\s{1,4}"(.{1,200})"\s{0,4}(?:\([^)]{0,100}\))?$')
_QUOTED = re.compile(r'^"(.+)"$')
_OPAQUE = re.compile(r"^(?:\d+|[0-9a-fA-F]{8}-?[0-9a-fA-F-]{4,}.*|\S*\d\S*)$")
_DASH = re.compile(r"^\s*(?:[-–—]|>>+)\s*(?=\S)")
_NAMED = re.compile(r"^\(([^()]{2,60})\)$")


def matches(source: Source) -> bool:
    """The first line begins with WEBVTT."""
    return not source.is_zip and bool(re.match(r"\ufeff?WEBVTT(?:[ \t\r\n]|$)", source.text[:16]))


def read(source: Source) -> tuple[Turn, ...]:
    """Read the cues and merge them into turns.

    Raises:
        IntakeError: A block, time line or voice tag that is not understood, with its line and shape.
    """
    lines = clean(source.text).split("\n")
    body = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    header_end = next((i for i, line in enumerate(lines[:body]) if "-->" in line), body)
    blocks = read_blocks(source, lines[header_end:], header_end + 1, strict=True)
    return merge(cues_of(source, blocks, voices=True))


def cues_of(source: Source, blocks: list[Block], *, voices: bool) -> list[Cue]:
    """Cues of blocks, with their speakers from voice tags, identifiers or the text."""
    blocks = _unrolled(blocks)
    named = _named_identifiers(blocks) if voices else {}
    first_lines = Counter(m[1] for b in blocks if len(b.payload) > 1 and (m := _NAMED.match(b.payload[0].strip())))
    dashed = sum(any(_DASH.match(line) for line in b.payload) for b in blocks) >= 2
    cues: list[Cue] = []
    own = False
    parenthesised: str | None = None
    for block in blocks:
        raw = "\n".join(block.payload)
        speaker = named.get(block.identifier)
        match = _NAMED.match(block.payload[0].strip()) if len(block.payload) > 1 else None
        if match and first_lines[match[1]] >= 2 and name_like(match[1]) and not not_speech(match[1]):
            parenthesised, raw = match[1], "\n".join(block.payload[1:])
        speaker = speaker or parenthesised
        for voice, passage, fresh in _voices(raw, dashed):
            if _HALF_TAG.search(passage):
                source.refuse(f"a voice tag that is not understood: {shape(block.payload[0])}", line=block.line + 1)
            text = " ".join(html.unescape(_TAG.sub("", passage)).split())
            own = own or bool(voice or speaker)
            cues.append(Cue(voice or speaker, clean(text), block.start, block.end, block.line + 1, fresh))
    return cues if own else split_labels(cues)


def _voices(raw: str, dashed: bool) -> Iterator[tuple[str | None, str, bool]]:
    """Each voice of a payload with its passage; entities in names decoded; changes of speaker marked by dashes."""
    parts = _VOICE.split(raw)
    if parts[0].strip():
        yield from ((None, passage, fresh) for passage, fresh in _dashes(parts[0], dashed))
    for name, passage in zip(parts[1::2], parts[2::2], strict=True):
        label = clean(" ".join(html.unescape(name or "").split()))
        yield label or None, passage, False


def _dashes(raw: str, dashed: bool) -> Iterator[tuple[str, bool]]:
    lines = raw.split("\n")
    if not dashed or not any(_DASH.match(line) for line in lines):
        yield raw, False
        return
    part: list[str] = []
    fresh = False
    for line in lines:
        if _DASH.match(line):
            if part:
                yield "\n".join(part), fresh
            part, fresh = [_DASH.sub("", line)], True
        else:
            part.append(line)
    if part:
        yield "\n".join(part), fresh


def _named_identifiers(blocks: list[Block]) -> dict[str, str]:
    """Cue identifiers that hold a speaker: ``1 "Jane Ode" (3141592653)``, or a name that stands there repeatedly."""
    counts = Counter(b.identifier for b in blocks if b.identifier)
    named: dict[str, str] = {}
    for identifier, n in counts.items():
        match = _WEBEX.match(identifier) or _QUOTED.match(identifier)
        if match:
            named[identifier] = match[1].strip()
        elif n >= 2 and not _OPAQUE.match(identifier) and label_shaped(identifier) and name_like(identifier):
            named[identifier] = identifier
    return named


def _unrolled(blocks: list[Block]) -> list[Block]:
    """YouTube's rolling captions repeat the line before in each cue: keep what is new, by lines.

    Recognised by word-timing tags and by most cues beginning with the line that ended the one before.
    """
    if not any(_TIMED.search(line) for b in blocks for line in b.payload):
        return blocks

    def plain(line: str) -> str:
        return " ".join(html.unescape(_TAG.sub("", line)).split())

    lines = [[t for line in b.payload if (t := plain(line))] for b in blocks]
    repeats = sum(bool(a and b and a[-1] == b[0]) for a, b in pairwise(lines))
    if repeats < 0.5 * max(len(blocks) - 1, 1):
        return blocks
    out: list[Block] = []
    last = ""
    for block, texts in zip(blocks, lines, strict=True):
        # a carried-over line has no timing tag of its own
        carried = bool(texts) and texts[0] == last and not _TIMED.search(block.payload[0])
        kept = tuple(line for line in block.payload if plain(line))
        new = kept[1:] if carried else kept
        if texts:
            last = texts[-1]
        if new:
            out.append(Block(block.line, block.identifier, block.start, block.end, new))
    return out
