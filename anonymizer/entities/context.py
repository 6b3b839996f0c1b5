"""What the words around a mention say of it: what kind of organization, whose sister."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonymizer.entities.names import fold
from anonymizer.entities.organizations import kind_of

if TYPE_CHECKING:
    from anonymizer.entities.linking import Mention
    from anonymizer.transcript import Transcript

RELATIONS = {
    "sister": "f", "brother": "m", "mother": "f", "mom": "f", "mum": "f", "father": "m", "dad": "m", "wife": "f",
    "husband": "m", "partner": "", "daughter": "f", "son": "m", "aunt": "f", "uncle": "m", "cousin": "",
    "grandmother": "f", "grandfather": "m", "grandma": "f", "grandpa": "m", "niece": "f", "nephew": "m",
    "girlfriend": "f", "boyfriend": "m", "manager": "", "boss": "", "supervisor": "", "advisor": "", "adviser": "",
    "mentor": "", "colleague": "", "coworker": "", "teammate": "", "friend": "", "flatmate": "", "roommate": "",
    "neighbour": "", "neighbor": "", "teacher": "", "professor": "", "doctor": "", "therapist": "", "student": "",
    "intern": "", "assistant": "", "lead": "", "founder": "", "cofounder": "", "director": "", "headteacher": "",
}  # fmt: skip
_PLAIN = {"mom": "mother", "mum": "mother", "dad": "father", "grandma": "grandmother", "grandpa": "grandfather",
          "adviser": "advisor", "neighbor": "neighbour", "coworker": "colleague"}  # fmt: skip
_RELATION = "|".join(sorted(RELATIONS, key=len, reverse=True))
_ADJECTIVE = r"(?:(?:older|younger|elder|little|big|late|old|former|line|team|direct|good|best|own|phd|first|new) )*"
_BEFORE = re.compile(rf"\bmy {_ADJECTIVE}({_RELATION}),? (?:is |was |called |named )?$")
_AFTER = re.compile(
    rf"^,? (?:(?:she|he|they)(?:'s| is| was) |who(?:'s| is| was) |is |was )?my {_ADJECTIVE}({_RELATION})\b"
)
_ORG_BEFORE = (
    (re.compile(r"\b(?:degree|bachelor'?s?|master'?s?|phd|doctorate|studied|undergrad|postdoc|professor|lecturer)\b"
                r"[^.?!]{0,40}\b(?:at|from|in) (?:the )?$"), "university"),
    (re.compile(r"\b(?:surgery|ward|nurse|surgeon|patient)\b[^.?!]{0,40}\bat (?:the )?$"), "hospital"),
    (re.compile(r"\b(?:company|start-?up|firm|vendor|client|customer|employer)(?: is| was)?(?: called| named)?,? $"),
     "company"),
)  # fmt: skip
_ORG_AFTER = (
    (re.compile(r"^,? (?:which is |it'?s |that'?s |is )?an? [^.?!]{0,30}\b(?:company|start-?up|firm|maker|agency)\b"),
     "company"),
    (re.compile(r"^,? (?:which is |it'?s |that'?s |is )?an? [^.?!]{0,30}\bhospital\b"), "hospital"),
    (re.compile(r"^,? (?:which is |it'?s |that'?s |is )?an? [^.?!]{0,30}\bschool\b"), "school"),
)  # fmt: skip
_NEAR = 80


def kind_from_context(transcript: Transcript, mentions: Sequence[Mention], forms: Sequence[str]) -> tuple[str, str]:
    """The finer kind of an entity and the gender that a relation states; empty strings where nothing says so.

    Only what is said in so many words next to a mention counts, and only if all such places agree.
    """
    entity_type = mentions[0].finding.entity_type
    if entity_type == "ORGANIZATION":
        for form in forms:
            if kind := kind_of(form):
                return kind, ""
    elif entity_type != "PERSON":
        return "", ""
    found: dict[str, str] = {}
    for mention in mentions:
        text = transcript.turns[mention.finding.turn].text
        # folding may change lengths, so each side is folded by itself
        before = fold(text[max(0, mention.finding.start - _NEAR) : mention.finding.start] + "|").removesuffix("|")
        after = fold("|" + text[mention.finding.end : mention.finding.end + _NEAR]).removeprefix("|")
        if entity_type == "PERSON":
            match = _BEFORE.search(before) or _AFTER.search(after)
            if match:
                found[_PLAIN.get(match[1], match[1])] = RELATIONS[match[1]]
        else:
            for patterns, side in ((_ORG_BEFORE, before), (_ORG_AFTER, after)):
                found.update({kind: "" for pattern, kind in patterns if pattern.search(side)})
    if len(found) == 1:
        return next(iter(found.items()))
    return "", ""
