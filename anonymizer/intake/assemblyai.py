"""AssemblyAI: utterances with times in milliseconds. Add-ons (entities, highlights, summaries) repeat the originals."""

from __future__ import annotations

from anonymizer.intake.cues import Cue, merge
from anonymizer.intake.recogniser import Word, cues, label, number, objects, string
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "assemblyai"


def matches(source: Source) -> bool:
    """Top-level ``words`` or ``utterances`` beside ``audio_duration``, ``acoustic_model`` or ``audio_url``."""
    if not source.is_json or not isinstance(source.json, dict):
        return False
    document = source.json
    return ("utterances" in document or "words" in document) and any(
        key in document for key in ("audio_duration", "acoustic_model", "audio_url", "language_model")
    )


def read(source: Source) -> tuple[Turn, ...]:
    """Read the utterances, or the words where there are none.

    Raises:
        IntakeError: A text, time or label of another kind; a transcript that was not finished.
    """
    document = source.json
    if document.get("status") not in (None, "completed"):
        source.refuse("the recogniser had not finished this transcript")
    utterances = objects(source, document.get("utterances"), "utterances")
    if utterances:
        return merge(
            Cue(
                label(source, u.get("speaker"), i),
                string(source, u.get("text"), i),
                number(source, u.get("start"), i, 0.001),
                number(source, u.get("end"), i, 0.001),
            )
            for i, u in enumerate(utterances)
        )
    words = objects(source, document.get("words"), "words")
    if words:
        return merge(
            cues(
                Word(
                    string(source, w.get("text"), i),
                    label(source, w.get("speaker"), i),
                    number(source, w.get("start"), i, 0.001),
                    number(source, w.get("end"), i, 0.001),
                )
                for i, w in enumerate(words)
            )
        )
    return merge([Cue(None, string(source, document.get("text") or "", 0))])
