"""Small pieces of HTML; everything that is not :class:`Html` is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

NOT_MEASURED = "not measured"


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Any]],
    numbers: Iterable[int] = (),
    caption: str = "",
    last: bool = False,
) -> str:
    """A table; columns in ``numbers`` are right-aligned; ``last`` marks the last row as a sum."""
    numeric = set(numbers)
    rows = list(rows)

    def cell(i: int, value: Any) -> str:
        css = " class=n" if i in numeric else ""
        text = value.text if isinstance(value, Html) else escape(NOT_MEASURED if value is None else str(value))
        return f"<th scope=row{css}>{text}</th>" if i == 0 else f"<td{css}>{text}</td>"

    heads = "".join(f"<th scope=col{' class=n' if i in numeric else ''}>{escape(h)}</th>" for i, h in enumerate(head))
    lines = []
    for number, row in enumerate(rows, 1):
        css = " class=sum" if last and number == len(rows) else ""
        lines.append(f"<tr{css}>" + "".join(cell(i, v) for i, v in enumerate(row)) + "</tr>")
    cap = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<div class=scroll><table>{cap}<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"


class Html:
    """Markup made here; everything else is escaped."""

    def __init__(self, text: str) -> None:
        self.text = text


def plain(rows: Iterable[tuple[str, Any]]) -> str:
    """Terms and values."""
    items = []
    for label, value in rows:
        text = value.text if isinstance(value, Html) else escape(str(value))
        items.append(f"<dt>{escape(label)}</dt><dd>{text}</dd>")
    return f"<dl class=plain>{''.join(items)}</dl>"


def bullets(items: Iterable[str]) -> str:
    """A list."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
