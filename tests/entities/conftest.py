"""Transcripts written with marks: ``{P:Kat}`` is a person's mention, ``{O:...}`` an organization's, and so on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from anonymizer.detection.finding import Context, EntityType, Finding
from anonymizer.entities.entity import Linked
from anonymizer.entities.linking import link
from anonymizer.roster import EMPTY, Roster
from anonymizer.transcript import Speaker, Transcript, Turn

TYPES: dict[str, tuple[EntityType, Context]] = {
    "P": ("PERSON", "direct"),
    "F": ("PERSON", "tied"),  # famous
    "T": ("PERSON", "technical"),
    "O": ("ORGANIZATION", "tied"),
    "L": ("LOCATION", "tied"),
    "D": ("DATE", "tied"),
    "E": ("EMAIL", "direct"),
}
MARK = re.compile(r"\{([A-Z]):([^{}]+)\}")


def read(turns: Sequence[str]) -> tuple[Transcript, list[Finding]]:
    """``"A| Hi {P:Kat}"``: speaker A; without a bar, speakers alternate."""
    findings: list[Finding] = []
    said = []
    for index, line in enumerate(turns):
        speaker, bar, marked = line.partition("| ")
        if not bar:
            speaker, marked = "AB"[index % 2], line
        text, last = "", 0
        for found in MARK.finditer(marked):
            text += marked[last : found.start()]
            entity_type, context = TYPES[found[1]]
            start = len(text)
            text += found[2]
            findings.append(Finding(index, start, len(text), entity_type, context, 0.9, ("ner",), "a name"))
            last = found.end()
        said.append(Turn(index, speaker, text + marked[last:]))
    return Transcript("x", tuple(said)), findings


@pytest.fixture
def linked() -> Callable[..., Linked]:
    """Link marked turns."""

    def run(*turns: str, roster: Roster = EMPTY, speakers: Sequence[Speaker] = ()) -> Linked:
        transcript, findings = read(turns)
        return link(transcript, findings, roster, speakers)

    return run


@pytest.fixture
def groups(linked: Callable[..., Linked]) -> Callable[..., set[frozenset[str]]]:
    """Surface forms by entity."""

    def run(*turns: str, roster: Roster = EMPTY, speakers: Sequence[Speaker] = ()) -> set[frozenset[str]]:
        return {frozenset(e.forms) for e in linked(*turns, roster=roster, speakers=speakers).entities}

    return run
