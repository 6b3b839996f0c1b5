"""A picture of a few turns before and after, as SVG without fonts or scripts of its own."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, COLUMN, LINE, CHARACTERS = 1120, 540, 20, 62


def draw(before: Sequence[Any], after: Sequence[Mapping[str, Any]], shown: Sequence[int]) -> str:
    """Two columns: as received, as released; replacements set off by colour and by their brackets."""
    rows: list[str] = []
    y = 70
    for index in shown:
        left = [f"{before[index].speaker}:", *textwrap.wrap(before[index].text, CHARACTERS)]
        turn = after[index]
        right = [f"{turn['speaker']}  ({turn['question'] or 'no question'}):", *textwrap.wrap(turn["text"], CHARACTERS)]
        for x, lines in ((20, left), (20 + COLUMN, right)):
            for number, line in enumerate(lines):
                weight = ' font-weight="bold"' if number == 0 else ""
                rows.append(f'<text x="{x}" y="{y + number * LINE}"{weight}>{_marked(line)}</text>')
        y += LINE * max(len(left), len(right)) + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" viewBox="0 0 {WIDTH} {y + 10}" '
        'font-family="DejaVu Sans, Verdana, sans-serif" font-size="13">'
        f"<title>Turns of an invented interview, as received and as released</title>"
        f'<rect width="{WIDTH}" height="{y + 10}" fill="#ffffff"/>'
        f'<line x1="{COLUMN + 5}" y1="20" x2="{COLUMN + 5}" y2="{y}" stroke="#bbbbbb"/>'
        '<text x="20" y="36" font-size="16" font-weight="bold">As received</text>'
        f'<text x="{20 + COLUMN}" y="36" font-size="16" font-weight="bold">As released</text>'
        + "".join(rows)
        + "</svg>\n"
    )


def _marked(line: str) -> str:
    return re.sub(
        r"(\[[^\]]+\]?|^[^\[]*\](?=\W|$)|\bP\d\d\b|\bI\d\b)",
        r'<tspan fill="#8a3b00" font-weight="bold">\1</tspan>',
        escape(line),
    )
