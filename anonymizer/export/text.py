"""Plain text: ``#`` section, ``##`` question, and a line a turn that begins with the speaker's code."""

from __future__ import annotations

from anonymizer.export.headings import NOTICE, flat, headings
from anonymizer.export.released import ReleasedTranscript


def render(released: ReleasedTranscript) -> bytes:
    """UTF-8, line feeds, no byte order mark."""
    lines = [released.code, ""]
    if not released.reviewed:
        lines += [f"[{NOTICE}]", ""]
    for before, turn in headings(released):
        for heading in before:
            lines += [f"{'#' * heading.level} {flat(heading.text)}", ""]
        lines += [f"{turn.speaker}: {flat(turn.text)}".rstrip(" "), ""]
    return "\n".join(lines).encode("utf-8", "replace")
