"""ELAN (.eaf): an annotation is a turn; the tier says who speaks. Author, annotators and media paths are not read.

Only tiers without a parent are read: the others translate, split or comment what their parents say.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from anonymizer.intake.archive import parse_xml_text
from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line
from anonymizer.transcript import Turn

FORMAT = "elan"


def matches(source: Source) -> bool:
    """The root element is ANNOTATION_DOCUMENT."""
    return not source.is_zip and re.search(r"<ANNOTATION_DOCUMENT[\s>]", source.text[:4000]) is not None


def read(source: Source) -> tuple[Turn, ...]:
    """Annotations of all speakers' tiers in the order of their times.

    Raises:
        IntakeError: Not well-formed; a time slot that is not a number; an annotation in a tier without times.
    """
    root = parse_xml_text(source.text, source.name)
    slots: dict[str, float | None] = {}
    for slot in root.iter("TIME_SLOT"):
        value = slot.get("TIME_VALUE")
        if value is not None and not value.isdigit():
            source.refuse("a time slot that is not a number")
        slots[slot.get("TIME_SLOT_ID", "")] = int(value) / 1000 if value else None
    order = {ident: i for i, ident in enumerate(slots)}
    found: list[tuple[int, int, Turn]] = []
    for position, tier in enumerate(root.iter("TIER")):
        if tier.get("PARENT_REF"):
            continue
        speaker = one_line(tier.get("PARTICIPANT") or tier.get("TIER_ID") or "") or None
        for annotation in tier.iter("ANNOTATION"):
            first = annotation[0] if len(annotation) else annotation
            if first.tag != "ALIGNABLE_ANNOTATION":
                source.refuse("an annotation without times in a tier without parent")
            text = _value(first)
            begin, end = first.get("TIME_SLOT_REF1", ""), first.get("TIME_SLOT_REF2", "")
            if text:
                # slots without a value lie in order between those that have one
                found.append((order.get(begin, 0), position, Turn(0, speaker, text, slots.get(begin), slots.get(end))))
    found.sort(key=lambda item: item[:2])
    return tuple(Turn(i, t.speaker, t.text, t.start, t.end) for i, (_, _, t) in enumerate(found))


def _value(annotation: Element) -> str:
    value = annotation.find("ANNOTATION_VALUE")
    return one_line("".join(value.itertext())) if value is not None else ""
