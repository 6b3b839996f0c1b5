"""Whisper and WhisperX JSON: segments.

Tokens decode back to the words, ``text`` repeats them, ``word_segments`` again, and ``speaker_embeddings`` is a voice
print: none of them is read.
"""

from __future__ import annotations

from typing import Any

from anonymizer.intake.cues import Cue, merge, split_labels
from anonymizer.intake.recogniser import label, number
from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line
from anonymizer.transcript import Turn

FORMAT = "whisper"


def matches(source: Source) -> bool:
    """An object with ``segments``, or a list, of objects with start, end and text."""
    return source.is_json and _segments(source.json) is not None


def _segments(document: Any) -> list[dict[str, Any]] | None:
    segments = document.get("segments") if isinstance(document, dict) else document
    if not isinstance(segments, list) or not segments:
        return None
    if all(isinstance(s, dict) and "text" in s and "start" in s and "end" in s for s in segments):
        return segments
    return None


def read(source: Source) -> tuple[Turn, ...]:
    """Read the segments and merge those of one speaker.

    Raises:
        IntakeError: A segment whose text or times are of another kind; says which segment.
    """
    cues = []
    for index, segment in enumerate(_segments(source.json) or ()):
        if not isinstance(segment["text"], str):
            source.refuse("a segment whose text is not a string", turn=index)
        start, end = (number(source, segment[key], index) for key in ("start", "end"))
        cues.append(Cue(label(source, segment.get("speaker"), index), one_line(segment["text"]), start, end))
    return merge(cues if any(c.speaker for c in cues) else split_labels(cues))
