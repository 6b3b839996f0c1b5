"""IBM Watson (timestamps beside speaker labels) and Speechmatics (results of words and punctuation)."""

from __future__ import annotations

from typing import Any

from anonymizer.intake.cues import merge
from anonymizer.intake.recogniser import Word, cues, label, number, objects, string
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "watson"


def matches(source: Source) -> bool:
    """Results whose alternatives have ``timestamps``, or results of type ``word`` with times."""
    if not source.is_json or not isinstance(source.json, dict):
        return False
    results = source.json.get("results")
    if not isinstance(results, list) or not results or not all(isinstance(r, dict) for r in results):
        return False
    return _is_speechmatics(results) or any("timestamps" in a for r in results for a in _alternatives(r))


def _alternatives(result: dict[str, Any]) -> list[dict[str, Any]]:
    alternatives = result.get("alternatives")
    return [a for a in alternatives if isinstance(a, dict)] if isinstance(alternatives, list) else []


def _is_speechmatics(results: list[dict[str, Any]]) -> bool:
    return any(r.get("type") == "word" and "start_time" in r for r in results)


def read(source: Source) -> tuple[Turn, ...]:
    """Read the words with their speakers.

    Raises:
        IntakeError: A word, time or label of another kind.
    """
    results = source.json["results"]
    words = _speechmatics(source, results) if _is_speechmatics(results) else _watson(source, results)
    return merge(cues(words))


def _speechmatics(source: Source, results: list[dict[str, Any]]) -> list[Word]:
    words: list[Word] = []
    for index, item in enumerate(results):
        best = _alternatives(item)
        if item.get("type") not in ("word", "punctuation", "entity") or not best:
            continue
        speaker = best[0].get("speaker")
        words.append(
            Word(
                string(source, best[0].get("content"), index),
                label(source, None if speaker == "UU" else speaker, index),
                number(source, item.get("start_time"), index),
                number(source, item.get("end_time"), index),
                item.get("type") == "punctuation",
            )
        )
    return words


def _watson(source: Source, results: list[dict[str, Any]]) -> list[Word]:
    speakers = {
        number(source, item.get("from"), i): label(source, item.get("speaker"), i)
        for i, item in enumerate(objects(source, source.json.get("speaker_labels"), "speaker_labels"))
    }
    words: list[Word] = []
    for index, result in enumerate(results):
        best = _alternatives(result)
        for stamp in best[0].get("timestamps", []) if best else []:
            if not isinstance(stamp, list) or len(stamp) < 3:
                source.refuse("a timestamp that is not understood", turn=index)
            start, end = number(source, stamp[1], index), number(source, stamp[2], index)
            text = string(source, stamp[0], index)
            if text != "%HESITATION":
                words.append(Word(text, speakers.get(start), start, end))
    return words
