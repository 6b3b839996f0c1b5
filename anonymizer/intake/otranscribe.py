"""oTranscribe (.otr): JSON with an HTML text; speakers are typed by hand. The name of the recording is not read."""

from __future__ import annotations

from anonymizer.intake.layout import Paragraph, turns
from anonymizer.intake.markup import pieces
from anonymizer.intake.source import Source
from anonymizer.intake.times import stamp
from anonymizer.transcript import Turn

FORMAT = "otranscribe"


def matches(source: Source) -> bool:
    """An object with ``text`` and ``media``."""
    return (
        source.is_json
        and isinstance(source.json, dict)
        and isinstance(source.json.get("text"), str)
        and ("media" in source.json or "media-time" in source.json)
    )


def read(source: Source) -> tuple[Turn, ...]:
    """Read the paragraphs; a timestamp at the beginning of a line is the line's time.

    Raises:
        IntakeError: A timestamp that is not a number; labels or stamps typed in a way that is not understood.
    """
    paragraphs: list[Paragraph] = []
    for number, piece in enumerate(pieces(source, source.json["text"]), 1):
        lines = [line.strip() for line in piece.lines]
        for mark in piece.marks:
            try:
                seconds = float(mark["data-timestamp"])
                if not 0 <= seconds < 1e7:
                    raise ValueError
            except ValueError:
                source.refuse("a timestamp that is not a number", line=number)
            at = int(mark["line"])
            lines[at] = f"[{stamp(seconds)}] {lines[at]}".strip()
        kept = tuple(line for line in lines if line)
        if kept:
            paragraphs.append(Paragraph(kept, number))
    return turns(source, paragraphs)
