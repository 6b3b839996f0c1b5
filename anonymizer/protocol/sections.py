"""What the blocks around an item say about it: numbered headings, questions in plain paragraphs, bullets as probes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from anonymizer.protocol.blocks import Block, asks, wraps
from anonymizer.protocol.markers import UPPER, UPPER_ROMAN, plain

_END = tuple(".?!:;)]}\"'\u201d\u2019\u2026")
_REQUEST = re.compile(
    r"(?:(?:please|first|now|then|to (?:begin|start)(?: with)?)[, ]\s*)*"
    r"(?:(?:tell|walk|talk|take|show|give) (?:me|us)|describe (?:your|a time))\b[^:]*\.$",
    re.I,
)
_Path = tuple[tuple[str, int], ...]
INSTRUCTION = re.compile(
    r"(?:(?:please\s+|to\s+be\s+)?read(?:\s+(?:out|aloud))?|(?:please\s+)?say|tell\s+them|"
    r"notes?|instructions?|intro|introduction|(?:to )?interviewer|"
    r"transition|script|reminder|todo)\b[^:.?]{0,30}:",
    re.I,
)
_STATEMENT = r"[^?]*[.!][\"\u201d)]*\s+[^.!?]"
_AT_AN_END_LABEL = (
    r"(?:(?:to|at\s+the|in|for\s+the)\s+)?(?:clos(?:e|ing)|end(?:ing)?|finish|conclusion|conclude|thanks|"
    r"thank\s+(?:you|them)|farewell|goodbye|wrap[\s-]?up|debrief(?:ing)?|open(?:ing)?|start|begin(?:ning)?|welcome|"
    r"greeting|last\s+words|final\s+words)\b[^:.?]{0,30}:\s+"
)
_AT_AN_END = re.compile(_AT_AN_END_LABEL + _STATEMENT, re.I)
_FAREWELL = re.compile(
    _AT_AN_END_LABEL + r"[\"\u201c]?(?:thank|(?:that|this|those|these|it)\s*(?:is|was|'s|\u2019s|are|were)\s+"
    r"(?:all|it\b|everything|the\s+end|the\s+last|my\s+last|the\s+questions)|"
    r"we\s+(?:are|have)\s+(?:now\s+)?(?:done|finished|at\s+the\s+end|reached|come\s+to))" + _STATEMENT,
    re.I,
)
_READ_THIS = re.compile(
    r"[(\[]\s*(?:please\s+)?(?:to\s+be\s+)?(?:read|say|said|spoken)(?:\s+(?:this|it|out|aloud|slowly|to\s+them|the\s+"
    r"following))*[:.]?\s*[)\]]:?\s+" + _STATEMENT,
    re.I,
)


def is_note(block: Block) -> bool:
    """True for brackets, quotations, ``READ OUT: ...``, ``(Read this) ...`` and ``Close: That was all. ...``."""
    text = plain(block.text)
    return bool(
        block.note
        or INSTRUCTION.match(block.marker.text)
        # a quoted mail; "> Why?" below a question has been made a probe before
        or text.startswith(("[", ">"))
        or (not block.marker.found and (wraps(text) or _READ_THIS.match(text) or _FAREWELL.match(text)))
    )


def spoken(block: Block) -> bool:
    """True for ``Close: Thank you for ... May we ...?``: what is said at the beginning or the end, not only asked."""
    return not block.marker.found and _AT_AN_END.match(plain(block.text)) is not None


def numbered_headings(blocks: Sequence[Block]) -> set[int]:
    """Positions of numbered items that are sections: ``1. Background`` before ``a. ...`` or ``1.1 ...``."""
    found: set[int] = set()
    for at in range(len(blocks) - 1, -1, -1):
        if _short(blocks[at], 6) and _deeper(blocks, at, found):
            found.add(at)
    holding = [at for at, block in enumerate(blocks) if at and block.heading and _holds_items(blocks, at)]
    # a heading above "I. Work" and nothing else is the second line of the title; above "1. Work" it is a section
    capitals = all(_capital(blocks[at]) for at in found)
    if len(holding) > 1 or (holding and not (capitals and _item_after(blocks, holding[0]) in found)):
        return set()
    # one alone is more likely a question without its question mark
    if len(found) < 2:
        return set()
    if capitals:
        found |= {
            at
            for at in range(len(blocks) - 1)
            if _short(blocks[at], 9) and _capital(blocks[at]) and _deeper(blocks, at, found)
        }
    return found


def _short(block: Block, most: int) -> bool:
    first, whole = plain(block.marker.text), block.body
    few = len(first.split()) <= most and not first.rstrip(":").endswith(_END) and "?" not in whole
    # the first line of a long question is short as well
    broken = first != whole and asks(whole)
    return bool(block.marker.readings) and few and first[:1].isupper() and not block.marker.optional and not broken


def _capital(block: Block) -> bool:
    return all(kind in (UPPER, UPPER_ROMAN) for kind, _ in block.marker.readings)


def _deeper(blocks: Sequence[Block], at: int, found: Collection[int]) -> bool:
    """True if what stands below a number is deeper, or a heading that was found."""
    after = _item_after(blocks, at)
    following = blocks[at + 1] if at + 1 < len(blocks) else None
    title = plain(blocks[at].marker.text)
    if (
        following is not None
        and following.apart
        and _plain_paragraph(following)
        and following.body.endswith("?")
        and not asks(title)
    ):
        return True
    if after is None:
        return False
    below = blocks[after].marker
    other = {kind for kind, _ in below.readings}.isdisjoint(kind for kind, _ in blocks[at].marker.readings)
    # "2." below "1." holds nothing, unless that is a heading itself: a section without questions
    return bool(below.path) or (below.found and (other or after in found))


def _item_after(blocks: Sequence[Block], at: int) -> int | None:
    """Position of the next block that is no note; a note may stand between a heading and its first question."""
    for position in range(at + 1, min(at + 6, len(blocks))):
        if blocks[position].marker.found or blocks[position].heading:
            return position
    return None


def _holds_items(blocks: Sequence[Block], at: int) -> bool:
    for block in blocks[at + 1 :]:
        if block.heading:
            return False
        if block.marker.found:
            return True
    return False


def _by_section(blocks: Sequence[Block], openings: Collection[int]) -> Iterator[range]:
    starts = sorted({0, *openings})
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        yield range(start, end)


def questions_above_bullets(blocks: Sequence[Block], openings: Collection[int]) -> set[int]:
    """Positions of plain paragraphs that are questions with their probes as bullets below.

    Only in sections that number nothing, and only if the document has at least two of them: a single one may be what
    the interviewer says first.
    """
    sections: list[set[int]] = []
    heads, numbered = 0, False
    for section in _by_section(blocks, openings):
        if any(blocks[at].marker.numbered for at in section if at not in openings):
            if not numbered:
                # what stands before the first numbered questions is a list of things to check
                sections.clear()
                heads, numbered = 0, True
            continue
        plainly = [at for at in section if _plain_paragraph(blocks[at]) and at not in openings]
        asking = {at for at in plainly if asks(blocks[at].body)}
        above = [at for at in asking if bullet_below(blocks, at)]
        heads += len(above)
        if above:
            # after such a question, what ends in a full stop above bullets is one too: "Take one and describe it."
            later = {at for at in plainly if at > min(asking) and bullet_below(blocks, at)}
            sections.append(asking | {at for at in later if blocks[at].body.endswith(".")})
    return set().union(*sections) if heads > 1 else set()


def _plain_paragraph(block: Block) -> bool:
    text = plain(block.text)
    return (
        not block.heading
        and not block.marker.found
        and not block.marker.sign
        and not is_note(block)
        and not text.startswith(('"', "\u201c"))
    )


def bullet_below(blocks: Sequence[Block], at: int) -> bool:
    """True if bullets or probes follow on a block, notes left out."""
    for block in blocks[at + 1 :]:
        if not is_note(block):
            return block.marker.found and block.bare and not block.heading
    return False


def nesting_signs(blocks: Sequence[Block], openings: Collection[int]) -> set[str]:
    """Bullets and asterisks that stand between ``1.`` and ``2.`` without indentation: such are always probes."""
    found: set[str] = set()
    # number that the next question will have, in front of it what is common to both, and the indentation
    following: tuple[_Path, tuple[str, int]] | None = None
    indent = 0
    pending: set[str] = set()
    for section in _by_section(blocks, openings):
        # numbers may run on through the sections; an asterisk at a section's end is a question of its own
        entered = True
        pending -= {"*"}
        for at in section:
            block, marker = blocks[at], blocks[at].marker
            if at in openings:
                continue
            if marker.numbered:
                own: list[tuple[_Path, tuple[str, int]]] = [(marker.path[:-1], marker.path[-1])] if marker.path else []
                own += [((), reading) for reading in marker.readings]
                if following in own:
                    found |= pending
                    own = [number for number in own if number == following]
                elif following is not None and not entered:
                    continue
                entered = False
                before, (kind, value) = ([number for number in own if number[1][1] == 1] or own)[-1]
                following, indent, pending = (before, (kind, value + 1)), block.indent, set()
            elif block.bare and following is not None and not entered and block.indent <= indent:
                pending.add(marker.sign)
    return found - {""}


def unnumbered_question(blocks: Sequence[Block], position: int, openings: Collection[int]) -> bool:
    """True for a paragraph that asks in a section that numbers nothing, so that its questions are plain paragraphs."""
    start = position
    while start > 0 and not blocks[start].heading and start not in openings:
        start -= 1
    for at in range(start + 1, len(blocks)):
        if blocks[at].heading or at in openings:
            break
        if blocks[at].marker.found:
            return False
    text = blocks[position].body
    # a request is no question of a section without a heading: there it is how the interviewer begins
    asking = text.endswith("?") or (start in openings and _REQUEST.match(text) is not None)
    return asking and not text.startswith(('"', "\u201c"))
