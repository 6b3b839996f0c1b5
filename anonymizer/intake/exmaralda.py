"""EXMARaLDA (.exb): events of transcription tiers. The speaker table's details and the recording are not read."""

from __future__ import annotations

import re

from anonymizer.intake.archive import parse_xml_text
from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line
from anonymizer.transcript import Turn

FORMAT = "exmaralda"


def matches(source: Source) -> bool:
    """The root element is basic-transcription."""
    return not source.is_zip and re.search(r"<basic-transcription[\s>]", source.text[:4000]) is not None


def read(source: Source) -> tuple[Turn, ...]:
    """Events of one speaker that follow without a gap are one turn.

    Raises:
        IntakeError: Not well-formed; an event at a point that the timeline does not have.
    """
    root = parse_xml_text(source.text, source.name)
    names = {
        s.get("id", ""): one_line(s.findtext("abbreviation") or "") or s.get("id", "") for s in root.iter("speaker")
    }
    times: dict[str, float | None] = {}
    for point in root.iter("tli"):
        value = point.get("time")
        try:
            times[point.get("id", "")] = float(value) if value else None
        except ValueError:
            source.refuse("a point in time that is not a number")
    order = {ident: i for i, ident in enumerate(times)}
    found: list[tuple[int, int, Turn]] = []
    for position, tier in enumerate(root.iter("tier")):
        if tier.get("type") != "t":
            continue
        speaker = names.get(tier.get("speaker", ""), tier.get("speaker")) or None
        parts: list[str] = []
        begin = end = ""
        events = [(e.get("start", ""), e.get("end", ""), "".join(e.itertext())) for e in tier.iter("event")]
        if any(start not in order or stop not in order for start, stop, _ in events):
            source.refuse("an event at a point that the timeline does not have")
        events.sort(key=lambda e: order[e[0]])
        for start, stop, text in [*events, ("", "", "")]:
            if parts and start != end:
                said = one_line("".join(parts))
                if said:
                    found.append((order[begin], position, Turn(0, speaker, said, times[begin], times[end])))
                parts = []
            if not parts:
                begin = start
            parts.append(text)
            end = stop
    found.sort(key=lambda item: item[:2])
    return tuple(Turn(i, t.speaker, t.text, t.start, t.end) for i, (_, _, t) in enumerate(found))
