"""Who of the two speakers a name is for: "I'm Ines", "Thanks, Mark", and "Mark said", which is about somebody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from anonymizer.entities.names import fold
from anonymizer.entities.people import EXACT, Name, fits
from anonymizer.entities.roster_match import RosterIndex

if TYPE_CHECKING:
    from anonymizer.entities.linking import Mention
    from anonymizer.transcript import Transcript

Use = Literal["self", "called", "address", "about", ""]

_INTRODUCTION = re.compile(r"(?:\bi'?m|\bi am|\bmy name is|\bmy name's|\bthis is|\bit's|\bcall me) $")
_CALLED_ME = re.compile(r"\b(?:calls?|called|calling) me $")
_OWN_NAME = re.compile(
    r"^(?: is|'s|’s) (?:my (?:\w+ )?|the (?:last |family |first |given |maiden |sur))(?:name|surname)\b"
)
_SALUTE = re.compile(
    r"(?:^|[.,!?] |\b)(?:thanks|thank you|thanks so much|thank you so much|thanks again|cheers|hi|hello|hey|bye|"
    r"goodbye|welcome|nice to meet you|good to see you)[,!]? $"
)
_SAY_HELLO = re.compile(r"\b(?:say|says|said|saying|tell|give|please|love) (?:hi|hello|hey|bye|goodbye|thanks)[,!]? $")
_VERB = re.compile(
    r"^(?:'s|’s)? ?(?:(?:said|says|is|was|has|had|would|does|did|wrote|writes|made|makes|took|takes|told|tells|went|"
    r"goes|came|comes|thinks|thought|knows|knew|wants|wanted|loves|hates|asked|asks|built|runs|ran|left|joined|started|found|"
    r"never|always|just|also|who|and i|and me)\b)|^(?:'s|’s) [a-z]"
)
_BEFORE_ABOUT = re.compile(r"\b(?:with|from|of|by|told|asked|asks|ask|me and|for|about|like|than|met|and|hired) $")
EARLY = 10


def use_of(text: str, start: int, end: int, turn: int) -> Use:
    """How a speaker uses a name.

    Returns:
        ``self``: introduces himself or herself by it. ``called``: others call the speaker so. ``address``: speaks to
        somebody of that name. ``about``: speaks about somebody. Empty where the words do not tell.
    """
    before = fold("|" + text[max(0, start - 60) : start] + "|")[1:-1]
    after = fold("|" + text[end : end + 40] + "|")[1:-1]
    if start == 0:
        before = ""
    if text[start - 1 : start].isspace() and not before.endswith(" "):
        before += " "
    if _CALLED_ME.search(before) or _OWN_NAME.match(after):
        return "called"
    if turn < EARLY and _INTRODUCTION.search(before):
        return "self"
    if _VERB.match(after) or _BEFORE_ABOUT.search(before):
        return "about"
    if _SALUTE.search(before) and not _SAY_HELLO.search(before):
        return "address"
    return ""


def other_of(speaker: str | None, labels: Sequence[str]) -> str | None:
    """The one whom a speaker talks to, in a talk of two."""
    if speaker is None or len(labels) != 2 or speaker not in labels:
        return None
    return labels[1] if labels[0] == speaker else labels[0]


@dataclass(slots=True)
class Party:
    """One speaker, as far as names tell.

    Attributes:
        label: As in the transcript.
        names: By which the speaker goes: introduced, or in the roster.
        mentions: Numbers of the mentions that are surely the speaker.
        called: Those of them of the form "everybody calls me ...".
    """

    label: str = field(repr=False)
    names: list[Name] = field(default_factory=list, repr=False)
    mentions: list[int] = field(default_factory=list)
    called: set[int] = field(default_factory=set)


class Parties:
    """The two speakers of an interview; nothing for other numbers of speakers.

    Attributes:
        named: Speakers with the mentions that are surely they.
        asides: Numbers of mentions that are about somebody else who bears the name of the one spoken to ("Mark on my
            team said", said to Mark), with the mentions of that one.
    """

    def __init__(self, transcript: Transcript, mentions: Sequence[Mention], index: RosterIndex) -> None:
        self.named: list[Party] = []
        self.asides: dict[int, list[int]] = {}
        labels = transcript.labels
        if len(labels) != 2:
            return
        party = {label: Party(label, list(index.names_of(label))) for label in labels}
        uses: list[tuple[str | None, Use]] = []
        for number, mention in enumerate(mentions):
            turn = transcript.turns[mention.finding.turn]
            use = use_of(turn.text, mention.finding.start, mention.finding.end, turn.index)
            uses.append((turn.speaker, use))
            about = {"self": turn.speaker, "called": turn.speaker, "address": other_of(turn.speaker, labels)}.get(use)
            if about is None or mention.finding.context in ("technical", "relative", "general"):
                continue
            name = Name.parse(mention.text)
            if use == "self":
                party[about].names.append(name)
            if use == "called":
                party[about].called.add(number)
            party[about].mentions.append(number)
        self.named = list(party.values())
        for number, (speaker, use) in enumerate(uses):
            name = Name.parse(mentions[number].text)
            other = other_of(speaker, labels)
            if use != "about" or other is None or name.full or mentions[number].finding.context != "direct":
                continue
            own = party[other]
            if any(fits(name, n) == EXACT if n.full else n.words == name.words for n in own.names):
                self.asides[number] = own.mentions
