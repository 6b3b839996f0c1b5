"""Canonical JSON: read again by this program, and by anything that reads JSON."""

from __future__ import annotations

import json
from typing import Any

from anonymizer.errors import OutputError
from anonymizer.export.released import ReleasedTranscript, ReleasedTurn, ReplacedSpan
from anonymizer.protocol.model import Protocol


def render(released: ReleasedTranscript) -> bytes:
    """``{"code", "reviewed", "turns": [{"speaker", "text", "start", "end", "question", ...}]}``, UTF-8.

    Turns keep their order; ``index`` is the turn's position in the received transcript, which a withdrawal may have
    taken turns from; ``replaced`` is a list of [start, end, entity type].
    """
    turns: list[dict[str, Any]] = [
        {
            "speaker": turn.speaker,
            "text": turn.text,
            "start": turn.start,
            "end": turn.end,
            "question": turn.question,
            "section": turn.section,
            "role": turn.role,
            "confidence": round(turn.confidence, 4),
            "index": turn.index,
            "replaced": [[span.start, span.end, span.entity_type] for span in turn.replaced],
        }
        for turn in released.turns
    ]
    document: dict[str, Any] = {
        "code": released.code,
        "reviewed": released.reviewed,
        "participants": list(released.participants),
        "source_format": released.source_format,
        "turns": turns,
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def parse(data: bytes, protocol: Protocol) -> ReleasedTranscript:
    """A released transcript from its canonical JSON.

    Raises:
        OutputError: Not such a document: somebody changed a released file.
    """
    try:
        document = json.loads(data)
        turns = tuple(
            ReleasedTurn(
                index=turn["index"],
                speaker=turn["speaker"],
                role=turn["role"],
                section=turn["section"],
                question=turn["question"],
                confidence=turn["confidence"],
                start=turn["start"],
                end=turn["end"],
                text=turn["text"],
                replaced=tuple(ReplacedSpan(*span) for span in turn.get("replaced", ())),
            )
            for turn in document["turns"]
        )
        return ReleasedTranscript(
            document["code"],
            turns,
            protocol,
            document["reviewed"],
            document.get("source_format", "json"),
            tuple(document.get("participants", ())),
        )
    except (ValueError, KeyError, TypeError):
        raise OutputError("is not a released transcript any more", hint="anonymizer release writes it anew") from None
