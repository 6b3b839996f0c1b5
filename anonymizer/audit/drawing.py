"""Pictures of the report: inline SVG from hand-checked templates, no script, no outside resource.

Colours come from the page's style sheet by class, so that dark screens and print get their own; each part also differs
by pattern, so that a grey print and colour-blind eyes can tell them apart; each picture has a title and a description.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from html import escape

ROW = 24
LABEL = 168
WIDTH = 720


def _svg(height: float, title: str, description: str, parts: Sequence[str], name: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, css: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{css}" text-anchor="{anchor}">{escape(text)}</text>'


# stripes and dots over the fills of the 2nd to 4th part
PATTERNS = (
    "<defs>"
    '<pattern id="pat1" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern>'
    '<pattern id="pat2" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<circle cx="3" cy="3" r="1.3" class="dot"/></pattern>'
    '<pattern id="pat3" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<line x1="0" y1="2.5" x2="5" y2="2.5" class="hatch"/></pattern>'
    "</defs>"
)


def stacked_bars(rows: Sequence[tuple[str, Sequence[int]]], parts: Sequence[str], name: str, title: str) -> str:
    """Horizontal bars divided into parts, each with its number where it fits, and the total behind.

    Args:
        rows: (label, a number for each part).
        parts: What the parts are called.
        name: Unique within the page.
        title: For screen readers.
    """
    largest = max((sum(numbers) for _, numbers in rows), default=0) or 1
    scale = (WIDTH - LABEL - 60) / largest
    out = [PATTERNS if name == "bars" else ""]
    x = float(LABEL)
    for i, part in enumerate(parts):
        out.append(_swatch(x, 2, 12, 12, i))
        out.append(_text(x + 17, 13, part, "small"))
        x += 28 + 7.2 * len(part)
    y = 24.0
    for label, numbers in rows:
        out.append(_text(LABEL - 8, y + 15, label, anchor="end"))
        x = float(LABEL)
        for i, number in enumerate(numbers):
            width = number * scale
            if number:
                out.append(_swatch(x, y + 2, max(width, 1), ROW - 6, i))
                if width > 8 + 8 * len(str(number)):
                    out.append(_boxed(x + width / 2, y + 15, str(number)))
            x += width
        out.append(_text(x + 6, y + 15, str(sum(numbers)), "small"))
        y += ROW
    said = "; ".join(
        f"{label}: " + ", ".join(f"{n} {part}" for part, n in zip(parts, numbers, strict=True) if n)
        for label, numbers in rows
    )
    return _svg(y + 4, title, said, out, name)


def _swatch(x: float, y: float, width: float, height: float, part: int) -> str:
    box = f'x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}"'
    over = f'<rect {box} fill="url(#pat{part})"/>' if part else ""
    return f'<rect {box} class="part{part}"/>{over}'


def _boxed(x: float, y: float, text: str) -> str:
    width = 6 + 7 * len(text)
    return f'<rect x="{x - width / 2:.1f}" y="{y - 12:g}" width="{width}" height="15" rx="3" class="box"/>' + _text(
        round(x, 1), y, text, "inbox", "middle"
    )


def intervals(rows: Sequence[tuple[str, float, float, float, str]], name: str, title: str) -> str:
    """Shares from 0 to 100 % as points with their intervals.

    Args:
        rows: (label, low, value, high, what to write behind).
        name: Unique within the page.
        title: For screen readers.
    """
    left, right = LABEL + 70, WIDTH - 90
    scale = right - left
    bottom = 6 + ROW * len(rows)
    out = []
    for tick in (0, 25, 50, 75, 100):
        x = left + scale * tick / 100
        out.append(f'<line x1="{x:g}" y1="4" x2="{x:g}" y2="{bottom}" class="grid"/>')
        out.append(_text(x, bottom + 16, f"{tick} %", "small", "middle"))
    y = 4.0
    for label, low, value, high, behind in rows:
        out.append(_text(left - 10, y + 15, label, anchor="end"))
        ends = f'x1="{left + scale * low:.1f}" x2="{left + scale * high:.1f}" y1="{y + 11:g}" y2="{y + 11:g}"'
        out.append(f'<line {ends} class="range"/>')
        out.append(f'<circle cx="{left + scale * value:.1f}" cy="{y + 11:g}" r="4.5" class="point"/>')
        out.append(_text(right + 12, y + 15, behind, "small"))
        y += ROW
    said = "; ".join(
        f"{label}: {100 * value:.0f} % ({100 * low:.0f} to {100 * high:.0f})" for label, low, value, high, _ in rows
    )
    return _svg(bottom + 24, title, said, out, name)


def timeline(
    rows: Sequence[tuple[str, Sequence[datetime.datetime]]], now: datetime.datetime, name: str, title: str
) -> str:
    """Points in time, a row for each kind of event, a line for now."""
    times = [t for _, group in rows for t in group] + [now]
    first, last = min(times), max(times)
    span = (last - first).total_seconds() or 86400.0
    left, right = LABEL + 30, WIDTH - 44

    def place(t: datetime.datetime) -> float:
        return left + (right - left) * (t - first).total_seconds() / span

    bottom = 8 + ROW * len(rows)
    out = []
    for i in range(5):
        t = first + datetime.timedelta(seconds=span * i / 4)
        x = left + (right - left) * i / 4
        out.append(f'<line x1="{x:g}" y1="4" x2="{x:g}" y2="{bottom}" class="grid"/>')
        out.append(_text(x, bottom + 16, t.date().isoformat(), "small", "middle"))
    x = place(now)
    out.append(f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom}" class="now"/>')
    y = 4.0
    for label, group in rows:
        out.append(_text(left - 14, y + 15, label, anchor="end"))
        # events closer than two marks are wide are one mark with a number
        spots: list[list[float]] = []
        for at in sorted(place(t) for t in group):
            if spots and at - spots[-1][0] < 22:
                spots[-1].append(at)
            else:
                spots.append([at])
        for spot in spots:
            middle = sum(spot) / len(spot)
            css = "ahead" if middle > x + 1 else "point"
            out.append(f'<circle cx="{middle:.1f}" cy="{y + 11:g}" r="5" class="{css}"/>')
            if len(spot) > 1:
                out.append(_text(round(middle + 7, 1), y + 15, str(len(spot)), "small"))
        y += ROW
    said = "; ".join(f"{label}: {', '.join(t.date().isoformat() for t in group[:6])}" for label, group in rows)
    return _svg(bottom + 24, title, said, out, name)
