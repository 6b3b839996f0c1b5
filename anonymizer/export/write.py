"""Render one released transcript as one of the formats."""

from __future__ import annotations

from collections.abc import Callable

from anonymizer.errors import OutputError
from anonymizer.export.released import ReleasedTranscript

FORMATS = ("json", "txt", "docx", "vtt", "srt", "csv", "xlsx", "html")
SAME_AS_RECEIVED = {
    "json": "json", "docx": "docx", "webvtt": "vtt", "srt": "srt", "text": "txt", "csv": "csv", "xlsx": "xlsx",
    "html": "html",
}  # fmt: skip


def render(released: ReleasedTranscript, format: str) -> bytes:
    """The transcript in a format, the same bytes each time.

    Args:
        released: What may leave.
        format: One of :data:`FORMATS`; it is also the file's extension.

    Raises:
        OutputError: No such format, or one that needs times for a transcript without.
    """
    writer = _writer(format)
    if writer is None:
        raise OutputError(f"no such format; there are {', '.join(FORMATS)}")
    return writer(released)


def _writer(format: str) -> Callable[[ReleasedTranscript], bytes] | None:
    # imported when used: most runs write two or three formats
    from anonymizer.export import canonical, captions, docx, table, text, web

    return {
        "json": canonical.render,
        "txt": text.render,
        "docx": docx.render,
        "vtt": captions.render_vtt,
        "srt": captions.render_srt,
        "csv": lambda released: table.render_csv([released]),
        "xlsx": lambda released: table.render_xlsx([released]),
        "html": web.render,
    }.get(format)


def received_format(released: ReleasedTranscript) -> str:
    """The output format that is the same as the received one, where that makes sense; ``json`` otherwise."""
    return SAME_AS_RECEIVED.get(released.source_format, "json")
