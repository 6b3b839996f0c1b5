"""AWS Transcribe: items of words and punctuation; numbers are strings, labels may stand apart or be missing.

Job name, account id, alternatives and the repeated transcript are not read.
"""

from __future__ import annotations

from anonymizer.intake.cues import merge
from anonymizer.intake.recogniser import Word, cues, label, number, objects, string
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "aws"


def matches(source: Source) -> bool:
    """``results.items`` beside ``results.transcripts``."""
    if not source.is_json or not isinstance(source.json, dict):
        return False
    results = source.json.get("results")
    return isinstance(results, dict) and "items" in results and "transcripts" in results


def read(source: Source) -> tuple[Turn, ...]:
    """Regroup the items by speaker.

    Raises:
        IntakeError: An item, time or label of another kind; says which item.
    """
    results = source.json["results"]
    by_time = _by_time(source, results.get("speaker_labels"))
    channels = _channels(source, results.get("channel_labels"))
    words: list[Word] = []
    for index, item in enumerate(objects(source, results["items"], "items")):
        alternatives = objects(source, item.get("alternatives"), "alternatives")
        if not alternatives:
            source.refuse("an item without a word", turn=index)
        text = string(source, alternatives[0].get("content"), index)
        punctuation = item.get("type") == "punctuation"
        start, end = (number(source, item.get(key), index) for key in ("start_time", "end_time"))
        speaker = label(source, item.get("speaker_label") or item.get("channel_label"), index)
        if speaker is None and punctuation and words:
            speaker = words[-1].speaker
        if speaker is None and not punctuation:
            speaker = by_time.get(str(item.get("start_time"))) or channels.get(str(item.get("start_time")))
        words.append(Word(text, speaker, start, end, punctuation))
    return merge(cues(words))


def _by_time(source: Source, value: object) -> dict[str, str]:
    """Start time of a word -> label, from ``speaker_labels``."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, str] = {}
    for index, segment in enumerate(objects(source, value.get("segments"), "segments")):
        for item in objects(source, segment.get("items"), "items"):
            speaker = label(source, item.get("speaker_label") or segment.get("speaker_label"), index)
            if speaker:
                found[str(item.get("start_time"))] = speaker
    return found


def _channels(source: Source, value: object) -> dict[str, str]:
    """Start time of a word -> channel, from ``channel_labels``."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, str] = {}
    for index, channel in enumerate(objects(source, value.get("channels"), "channels")):
        name = label(source, channel.get("channel_label"), index)
        for item in objects(source, channel.get("items"), "items"):
            if name and item.get("start_time"):
                found[str(item["start_time"])] = name
    return found
