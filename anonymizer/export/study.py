"""Files about the whole study: a CSV with a row a turn; the project and codebook of analysis programs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from anonymizer.export.refi import render_qdc as _render_qdc
from anonymizer.export.refi import render_qdpx as _render_qdpx
from anonymizer.export.released import ReleasedTranscript
from anonymizer.export.table import csv_pieces
from anonymizer.export.table import render_csv as _render_csv
from anonymizer.export.table import render_xlsx as _render_xlsx
from anonymizer.protocol.model import Protocol

__all__ = ["csv_pieces", "ordered", "place", "render_csv", "render_qdc", "render_qdpx", "render_xlsx"]


def ordered(transcripts: Sequence[ReleasedTranscript]) -> list[ReleasedTranscript]:
    """Transcripts in the order of their codes."""
    return sorted(transcripts, key=lambda released: place(released.code))


def place(code: str) -> list[tuple[int, str]]:
    """Sorts codes, ``P2-1`` before ``P10-1``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", code)]


def render_csv(transcripts: Sequence[ReleasedTranscript]) -> bytes:
    """A row a turn of all transcripts, in the order of their codes."""
    return _render_csv(ordered(transcripts))


def render_xlsx(transcripts: Sequence[ReleasedTranscript]) -> bytes:
    """The same as a spreadsheet."""
    return _render_xlsx(ordered(transcripts))


def render_qdpx(
    transcripts: Sequence[ReleasedTranscript],
    protocol: Protocol,
    *,
    secret: bytes,
    created: str,
    name: str = "Interviews",
) -> bytes:
    """The whole study as a REFI-QDA project; see :func:`anonymizer.export.refi.render_qdpx`."""
    return _render_qdpx(ordered(transcripts), protocol, secret=secret, created=created, name=name)


def render_qdc(protocol: Protocol, *, secret: bytes) -> bytes:
    """The protocol as a REFI-QDA codebook."""
    return _render_qdc(protocol, secret=secret)
