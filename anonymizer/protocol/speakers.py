"""Who asks: from the roster, from the labels, or from what is said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from anonymizer.protocol.words import words
from anonymizer.transcript import Role, Speaker, Transcript

_INTERVIEWER = re.compile(
    r"^(?:interviewer|interviewers?\s*\d*|int|intv|iv|i\s?\d*|q|question|host|moderator|mod|facilitator|researcher|"
    r"interview leader|r:?interviewer)\W*\d*$",
    re.I,
)
_PARTICIPANT = re.compile(
    r"^(?:participant|interviewee|respondent|resp|informant|guest|subject|speaker p|p\s?\d*|a|answer|expert|teacher|"
    r"student|patient)\W*\d*$",
    re.I,
)
_OTHER = re.compile(
    r"^(?:observer|note ?taker|transcriber|translator|interpreter|unknown|automatic|all|several)\W*\d*$", re.I
)
_OPENERS_TEXT = """
    what how why when where who which do does did are is was were can could would will have has tell describe
"""
_OPENERS = frozenset(_OPENERS_TEXT.split())
_YOURS_TEXT = """
    you your yours
"""
_YOURS = frozenset(_YOURS_TEXT.split())
_MINE_TEXT = """
    i we my our us me im ive weve were
"""
_MINE = frozenset(_MINE_TEXT.split())


_LEADING_TEXT = """
    and so but okay ok right well then now
"""
_LEADING = frozenset(_LEADING_TEXT.split())
_LONG = 6
_SOMETIMES = 0.05


def _asks(text: str) -> bool:
    said = [word for word in words(text) if word not in _LEADING]
    return "?" in text or bool(_OPENERS.intersection(said[:1]))


def _asking(turns: Sequence[str]) -> float:
    """How much a speaker asks, per turn: question marks, questioning first words, "you" against "I", short turns."""
    score = 0.0
    for text in turns:
        said = words(text)
        if not said:
            continue
        yours = sum(word in _YOURS for word in said)
        mine = sum(word in _MINE for word in said)
        score += 1.0 if "?" in text else 0.0
        score += 0.5 if _OPENERS.intersection(said[:3]) else 0.0
        score += (yours - mine) / (yours + mine + 2)
        score -= min(len(said), 200) / 200
    return score / max(1, len(turns))


def roles(transcript: Transcript, speakers: Sequence[Speaker] = ()) -> dict[str | None, Role]:
    """What each speaker label does in the interview.

    What is known of the speakers (roster) holds; labels such as ``Interviewer`` or ``P07`` come next; the rest is told
    by who asks.

    Args:
        transcript: Of any number of speakers.
        speakers: What is known; labels left out or ``unknown`` are found out.

    Returns:
        Role by label.
    """
    labels: list[str | None] = list(dict.fromkeys(turn.speaker for turn in transcript))
    found: dict[str | None, Role] = {s.label: s.role for s in speakers if s.role != "unknown"}
    for label in labels:
        if label is None or label in found:
            continue
        bare = label.strip().strip(":").strip()
        if _INTERVIEWER.match(bare):
            found[label] = "interviewer"
        elif _PARTICIPANT.match(bare):
            found[label] = "participant"
        elif _OTHER.match(bare):
            found[label] = "other"
    unknown = [label for label in labels if label not in found]
    if unknown and "interviewer" not in found.values():
        texts: dict[str | None, list[str]] = defaultdict(list)
        for turn in transcript:
            texts[turn.speaker].append(turn.text)
        if len(labels) > 1:
            # a bystander with one question is not the interviewer: they speak often
            share = {label: len(texts[label]) / len(transcript.turns) for label in unknown}
            candidates = [label for label in unknown if share[label] >= 0.5 / len(labels)] or unknown
            best = max(candidates, key=lambda label: _asking(texts[label]))
            # who speaks once in a long talk, or hardly ever asks, does not lead it
            leads = len(texts[best]) > 1 or len(transcript.turns) < _LONG
            leads = leads and sum(map(_asks, texts[best])) >= _SOMETIMES * len(texts[best])
            if (_asking(texts[best]) > 0 and leads) or "participant" in found.values():
                found[best] = "interviewer"
    asked = "interviewer" in found.values()
    for label in labels:
        if label not in found:
            found[label] = "participant" if asked and label is not None else "unknown"
    return found
