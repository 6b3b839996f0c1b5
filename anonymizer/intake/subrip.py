"""SRT (SubRip) subtitles."""

from __future__ import annotations

import re

from anonymizer.intake.blocks import read_blocks
from anonymizer.intake.cues import merge
from anonymizer.intake.source import Source
from anonymizer.intake.text import clean
from anonymizer.intake.times import CLOCK
from anonymizer.intake.vtt import cues_of
from anonymizer.transcript import Turn

FORMAT = "srt"
_BEGINS = re.compile(rf"^\ufeff?\s*\d+[ \t]*\r?\n\s*{CLOCK}\s*-->")


def matches(source: Source) -> bool:
    """A number, then a time line."""
    return not source.is_zip and bool(_BEGINS.match(source.text[:512]))


def read(source: Source) -> tuple[Turn, ...]:
    """Read the cues and merge them into turns.

    Raises:
        IntakeError: A block or time line that is not understood, with its line and shape.
    """
    return merge(cues_of(source, read_blocks(source, clean(source.text).split("\n"), 1, strict=False), voices=False))
