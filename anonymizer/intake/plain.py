"""Plain text and Markdown in the layouts of transcription services, agencies and hand-made transcripts."""

from __future__ import annotations

import re

from anonymizer.intake.layout import Paragraph, turns
from anonymizer.intake.source import Source
from anonymizer.intake.text import clean
from anonymizer.transcript import Turn

FORMAT = "text"
_BOLD = re.compile(
    r"^(?P<before>\s*(?:\[[\d:.,]+\]\s*)?)(?:\*\*(?P<a>[^*\n]{1,80}?)\*\*|__(?P<b>[^_\n]{1,80}?)__)(?P<colon>\s*:)?\s*"
)
_HEADING = re.compile(r"^#{1,6}\s+(?P<text>\S.*)$")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!>|~-])")


def matches(source: Source) -> bool:
    """Whatever is text and nothing else."""
    return not source.is_zip


def read(source: Source) -> tuple[Turn, ...]:
    """Read the paragraphs, separated by blank lines, or lines where there are no blank lines.

    Raises:
        IntakeError: Stamps or labels that are not understood; a binary file; markup of an unknown kind.
    """
    text = clean(source.text)
    if source.text.lstrip()[:1] == "<" and re.match(
        r"\s*<(?:\?xml|!doctype|html|\w+[^<>]*>)", source.text[:2000], re.IGNORECASE
    ):
        source.refuse("XML or HTML of a kind that is not read", hint="export it as DOCX, TXT or VTT")
    if source.is_json:
        try:
            source.json  # noqa: B018
        except Exception:  # noqa: BLE001, S110
            pass
        else:
            source.refuse(
                "JSON of a kind that is not read", hint='the canonical form is {"turns": [{"speaker", "text"}]}'
            )
    return turns(source, paragraphs(text, markdown=source.extension in (".md", ".markdown")))


def paragraphs(text: str, *, markdown: bool = False) -> list[Paragraph]:
    """Split text at blank lines."""
    out: list[Paragraph] = []
    lines: list[str] = []
    first = bold = 0

    def close() -> None:
        if lines:
            out.append(Paragraph(tuple(lines), first, bold))
            lines.clear()

    for number, raw in enumerate(text.split("\n"), 1):
        if not raw.strip():
            close()
            continue
        if match := _HEADING.match(raw):
            close()
            out.append(Paragraph((match["text"].rstrip().rstrip("#").rstrip() or "#",), number, heading=True))
            continue
        line, here = _emphasis(_ESCAPE.sub(r"\1", raw) if markdown else raw)
        if here and lines:
            # a bold beginning starts a paragraph of its own, so that its length is known
            close()
        if not lines:
            first, bold = number, here
        lines.append(line)
    close()
    return out


def _emphasis(line: str) -> tuple[str, int]:
    match = _BOLD.match(line)
    if match is None:
        return line, 0
    inner = (match["a"] or match["b"]).strip()
    head = inner + (":" if match["colon"] else "")
    rest = line[match.end() :]
    if match["before"].strip():
        return f"{match['before']}{head} {rest}", 0
    return f"{head} {rest}", len(inner)
