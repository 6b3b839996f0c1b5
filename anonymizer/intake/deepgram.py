"""Deepgram: utterances, else paragraphs, else words. Summaries, topics, entities and search hits are not read."""

from __future__ import annotations

from typing import Any

from anonymizer.intake.cues import Cue, merge
from anonymizer.intake.recogniser import Word, cues, label, number, objects, string
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "deepgram"


def matches(source: Source) -> bool:
    """``results.channels``."""
    if not source.is_json or not isinstance(source.json, dict):
        return False
    results = source.json.get("results")
    return isinstance(results, dict) and isinstance(results.get("channels"), list)


def read(source: Source) -> tuple[Turn, ...]:
    """Read the finest of what has speakers.

    Raises:
        IntakeError: A text, time or label of another kind.
    """
    results = source.json["results"]
    utterances = objects(source, results.get("utterances"), "utterances")
    channels = objects(source, results["channels"], "channels")
    several = len(channels) > 1
    if utterances:
        return merge(
            Cue(
                _speaker(source, u, u.get("channel") if several else None, i),
                string(source, u.get("transcript"), i),
                number(source, u.get("start"), i),
                number(source, u.get("end"), i),
            )
            for i, u in enumerate(utterances)
        )
    out: list[Cue] = []
    for index, channel in enumerate(channels):
        alternatives = objects(source, channel.get("alternatives"), "alternatives")
        if alternatives:
            out.extend(_channel(source, alternatives[0], index if several else None))
    if several:
        out.sort(key=lambda cue: cue.start or 0.0)
    return merge(out)


def _speaker(source: Source, item: dict[str, Any], channel: Any, index: int) -> str | None:
    own = label(source, item.get("speaker"), index)
    if channel is None or isinstance(channel, list):
        return own
    named = label(source, channel, index, "Channel ")
    return f"{named} {own}" if own else named


def _channel(source: Source, best: dict[str, Any], channel: int | None) -> list[Cue]:
    wrapper = best.get("paragraphs")
    paragraphs = objects(source, wrapper.get("paragraphs") if isinstance(wrapper, dict) else None, "paragraphs")
    if paragraphs:
        return [
            Cue(
                _speaker(source, paragraph, channel, i),
                string(source, sentence.get("text"), i),
                number(source, sentence.get("start"), i),
                number(source, sentence.get("end"), i),
            )
            for i, paragraph in enumerate(paragraphs)
            for sentence in objects(source, paragraph.get("sentences"), "sentences")
        ]
    words = objects(source, best.get("words"), "words")
    if words:
        return cues(
            Word(
                string(source, word.get("punctuated_word", word.get("word")), i),
                _speaker(source, word, channel, i),
                number(source, word.get("start"), i),
                number(source, word.get("end"), i),
            )
            for i, word in enumerate(words)
        )
    named = label(source, channel, 0, "Channel ")
    return [Cue(named, string(source, best.get("transcript", ""), 0))]
