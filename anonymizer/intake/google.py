"""Google Speech-to-Text: results of words.

With diarisation the last result repeats all words with their tags; reading every result would double the text.
"""

from __future__ import annotations

from typing import Any

from anonymizer.intake.cues import Cue, merge
from anonymizer.intake.recogniser import Word, cues, label, number, objects, string
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "google"


def _results(document: Any) -> Any:
    for _ in range(2):
        if isinstance(document, dict) and isinstance(document.get("response"), dict):
            document = document["response"]
    return document.get("results") if isinstance(document, dict) else None


def matches(source: Source) -> bool:
    """``results`` whose alternatives have a transcript or words, and no Watson timestamps."""
    if not source.is_json:
        return False
    results = _results(source.json)
    if not isinstance(results, list) or not results or "speaker_labels" in source.json:
        return False
    first = next((a for r in results if (a := _best(r))), None)
    return first is not None and ("transcript" in first or "words" in first) and "timestamps" not in first


def _best(result: Any) -> dict[str, Any] | None:
    alternatives = result.get("alternatives") if isinstance(result, dict) else None
    if isinstance(alternatives, list) and alternatives and isinstance(alternatives[0], dict):
        return alternatives[0]
    return None


def read(source: Source) -> tuple[Turn, ...]:
    """Read the words of all results, or of the last where it repeats all.

    Raises:
        IntakeError: A word, time or tag of another kind; a last result that has the tags and other words.
    """
    results = [(best, result) for result in _results(source.json) if (best := _best(result))]
    spoken = [_words(source, best, i) for i, (best, _) in enumerate(results)]
    if len(spoken) > 1 and any(w.speaker for w in spoken[-1]):
        before = [w for words in spoken[:-1] for w in words]
        if not any(w.speaker for w in before):
            said = [w.text for w in before] or " ".join(
                string(source, best.get("transcript", ""), i) for i, (best, _) in enumerate(results[:-1])
            ).split()
            if said != [w.text for w in spoken[-1]]:
                source.refuse("the last result has the speakers, but other words than the results before it")
            return merge(cues(spoken[-1]))
    out: list[Cue] = []
    for index, ((best, result), words) in enumerate(zip(results, spoken, strict=True)):
        if words:
            out.extend(cues(words))
        else:
            text = string(source, best.get("transcript", ""), index)
            end = _time(source, result.get("resultEndTime", result.get("resultEndOffset")), index)
            out.append(Cue(None, text, None, end))
    return merge(out)


def _words(source: Source, best: dict[str, Any], index: int) -> list[Word]:
    words = []
    for item in objects(source, best.get("words"), "words"):
        tag = item.get("speakerTag", item.get("speaker_tag"))
        speaker = item.get("speakerLabel", item.get("speaker_label")) or (tag if tag else None)
        start = _time(source, _first(item, "startTime", "start_time", "startOffset", "start_offset"), index)
        end = _time(source, _first(item, "endTime", "end_time", "endOffset", "end_offset"), index)
        text = string(source, item.get("word"), index)
        words.append(Word(text, label(source, speaker, index), start, end))
    return words


def _first(item: dict[str, Any], *keys: str) -> Any:
    return next((item[key] for key in keys if key in item), None)


def _time(source: Source, value: Any, index: int) -> float | None:
    """``"1.300s"`` or ``{"seconds": "1", "nanos": 300000000}``."""
    if isinstance(value, dict):
        seconds = number(source, value.get("seconds", 0), index)
        nanos = number(source, value.get("nanos", 0), index, 1e-9) if value.get("nanos") else 0.0
        return (seconds or 0.0) + (nanos or 0.0)
    return number(source, value.removesuffix("s") if isinstance(value, str) else value, index)
