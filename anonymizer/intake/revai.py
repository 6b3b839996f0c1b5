"""Rev.ai: monologues of elements."""

from __future__ import annotations

from typing import Any

from anonymizer.intake.cues import Cue, merge
from anonymizer.intake.recogniser import label, number, objects, string
from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line
from anonymizer.transcript import Turn

FORMAT = "revai"


def matches(source: Source) -> bool:
    """``monologues``."""
    return source.is_json and isinstance(source.json, dict) and isinstance(source.json.get("monologues"), list)


def read(source: Source) -> tuple[Turn, ...]:
    """A turn for consecutive monologues of one speaker; names of ``speakers`` are the labels where they are given.

    Raises:
        IntakeError: An element, time or label of another kind; says which monologue.
    """
    names = _names(source)
    cues: list[Cue] = []
    for index, monologue in enumerate(objects(source, source.json["monologues"], "monologues")):
        speaker = monologue.get("speaker")
        own = _name(source, monologue.get("speaker_info"), index) or names.get(str(speaker))
        elements = objects(source, monologue.get("elements"), "elements")
        pieces: list[str] = []
        times: list[float] = []
        for element in elements:
            value = element.get("value")
            # a space is an element of its own: it must not be trimmed here
            string(source, value, index)
            pieces.append(str(value))
            times += [t for key in ("ts", "end_ts") if (t := number(source, element.get(key), index)) is not None]
        cues.append(
            Cue(
                own or label(source, speaker, index),
                one_line("".join(pieces)),
                min(times, default=None),
                max(times, default=None),
            )
        )
    return merge(cues)


def _names(source: Source) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, speaker in enumerate(objects(source, source.json.get("speakers"), "speakers")):
        name = _name(source, speaker, index)
        if name:
            found[str(speaker.get("id"))] = name
    return found


def _name(source: Source, value: Any, index: int) -> str | None:
    if not isinstance(value, dict):
        return None
    return label(source, value.get("name") or value.get("display_name"), index)
