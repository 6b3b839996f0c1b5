"""Where an item stands: its level and value, from the kinds of numbers; indentation only where they do not say.

After ``c.`` an ``i.`` opens a level, after ``ii.`` a ``d.`` returns to the letters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from anonymizer.protocol.blocks import Block
from anonymizer.protocol.markers import LOWER, NUMBER, ROMAN


@dataclass(slots=True)
class Level:
    """One part of a number path.

    Attributes:
        kind: Of :mod:`anonymizer.protocol.markers`.
        value: From 1.
        indent: Of the item that stands there.
        dotted: True if it was written in one number with others, as in ``1.2`` or ``3a``.
    """

    kind: str
    value: int
    indent: int
    dotted: bool = False


def place_numbered(block: Block, levels: list[Level], before: Level | None) -> None:
    """Change the path to that of an item with a number or letter.

    Args:
        block: The item.
        levels: Path of the item before it in the section.
        before: First level of the last item of the section before; letters may run on from there.
    """
    readings = block.marker.readings
    follows = [
        (abs(levels[depth].indent - block.indent), -depth, kind, value)
        for depth in range(len(levels))
        for kind, value in readings
        if levels[depth].kind == kind
        and levels[depth].value + 1 == value
        # after 1.1 a plain 2 is no 1.2
        and not (depth and levels[depth].dotted and levels[depth].kind == NUMBER)
    ]
    if follows:
        # "2." may follow a "1." at more than one level: there, and only there, the indentation is asked
        _, depth, kind, value = min(follows)
        del levels[1 - depth :]
        levels[-depth] = Level(kind, value, block.indent)
        return
    first = [reading for reading in readings if reading[1] == 1]
    top = levels[-1] if levels else None
    if top is None:
        runs_on = [reading for reading in readings if before and reading == (before.kind, before.value + 1)]
        kind, value = (runs_on or first[-1:] or list(readings))[0]
        levels.append(Level(kind, value, block.indent))
        return
    if first and (all(top.kind != kind for kind, _ in first) or block.indent > top.indent):
        kind, value = first[-1]
        levels.append(Level(kind, value, block.indent))
        return
    # a gap or a repetition: the deepest level of that kind; a repetition is refused when its id is taken
    for depth in range(len(levels) - 1, -1, -1):
        for kind, value in readings:
            if levels[depth].kind == kind:
                del levels[depth + 1 :]
                levels[depth] = Level(kind, value, block.indent)
                return
    levels.append(Level(*readings[0], block.indent))


def place_unnumbered(block: Block, levels: list[Level], nested: bool, claimed: Callable[[int], bool]) -> None:
    """Change the path to that of a bullet, an asterisk or a probe, which takes the next number.

    Args:
        block: The item.
        levels: Path of the item before it in the section.
        nested: True if it stands below a question whatever its indentation.
        claimed: Tells whether a later item is printed with the next number of that level.
    """
    if not levels:
        levels.append(Level(NUMBER, 1, block.indent))
        return
    # what is written as one number, 1.2, is one question
    floor = max(1, sum(level.dotted for level in levels))
    if block.indent > levels[-1].indent or (nested and len(levels) <= floor):
        levels.append(_below(block, levels))
        return
    depth = len(levels) - 1
    while depth > 0 and block.indent < levels[depth].indent and block.indent <= levels[depth - 1].indent:
        depth -= 1
    if nested:
        depth = max(depth, min(floor, len(levels) - 1))
    while depth < len(levels) and claimed(depth):
        depth += 1
    if depth == len(levels):
        levels.append(_below(block, levels))
        return
    del levels[depth + 1 :]
    levels[depth] = Level(levels[depth].kind, levels[depth].value + 1, block.indent)


def _below(block: Block, levels: list[Level]) -> Level:
    return Level(LOWER if len(levels) % 2 else ROMAN, 1, block.indent)
