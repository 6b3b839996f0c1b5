"""From the student's guesses and the learnt judgement to judged spans."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from anonymizer.detection.candidate import Candidate
from anonymizer.detection.evidence import KINDS, NAMES, Evidence, LearntJudgement, chances_of
from anonymizer.detection.finding import Context, EntityType
from anonymizer.detection.judge import Lexica, Span, TurnText, form_of
from anonymizer.errors import ModelError

ENTITY_OF: dict[str, EntityType] = {
    "PERSON": "PERSON",
    "ORG": "ORGANIZATION",
    "KORG": "ORGANIZATION",
    "LOC": "LOCATION",
    "KLOC": "LOCATION",
    "DATE": "DATE",
    "AGE": "AGE",
    "CONTACT": "HANDLE",
    "ID": "ID",
    "PRODUCT": "PRODUCT",
    "ROLE": "ROLE",
    "TECH": "TECHNOLOGY",
}
_TYPE: dict[str, EntityType] = {"PERSON": "PERSON", "ORG": "ORGANIZATION", "LOC": "LOCATION", "THING": "PRODUCT"}
_HIDDEN_REASON = {
    "PERSON": "the name of a person",
    "ORG": "an organization that somebody here has to do with",
    "LOC": "a place that somebody here has to do with",
    "THING": "a product or work of somebody here",
}
_KEPT_REASON = {
    "PERSON": "a name that is not of a person here: a term, a figure, a work",
    "ORG": "an organization mentioned in general",
    "LOC": "a place mentioned in general",
    "THING": "a technical or general term",
}
_RANK = {"PERSON": 40, "ORG": 30, "LOC": 30, "THING": 25}
# from which chance a mention is hidden; chosen on the training part, see docs/model-card.md
THRESHOLDS = {"PERSON": 0.35, "ORG": 0.45, "LOC": 0.5, "THING": 0.5}
# how sure all mentions together must be for the form to be searched in other turns
_SPREAD = {"PERSON": 0.35, "ORG": 0.45, "LOC": 0.5, "THING": 0.5}
# below it a hidden, above it a kept mention is shown to the reviewer
_DOUBT = 0.12
_OTHER_THRESHOLD = {"DATE": 0.6, "AGE": 0.5, "CONTACT": 0.5, "ID": 0.35, "ROLE": 0.4}


def read_judgement(folder: Path) -> LearntJudgement:
    """The weights beside the student.

    Raises:
        ModelError: Missing, or of another set of figures.
    """
    try:
        document = json.loads((folder / "judge.json").read_text(encoding="utf-8"))
        weights = document["weights"]
        if document["figures"] != list(NAMES) or set(weights) != set(KINDS):
            raise ValueError
        return LearntJudgement(weights)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ModelError("the shipped judgement does not fit this program", hint="reinstall the package") from None


def prior(row: Evidence) -> float:
    """What the word lists say, in log odds: they know more than 32 training excerpts could teach."""
    figures = dict(zip(NAMES, row.figures, strict=True))
    # an everyday word without a capital, in a turn that has capitals
    total = -3.0 * figures["lower_common"] - 0.7 * figures["lower_here"]
    if figures["listed"] and row.kind in ("PERSON", "THING") and (figures["own_capital"] or figures["lower_turn"]):
        total += 1.0
    if figures["coined"] and row.kind != "ORG":
        total -= 2.0 if row.kind == "PERSON" else 1.0
    if row.kind == "PERSON":
        if figures["common"] and figures["lower_turn"] and not figures["person_here"]:
            total -= 0.7
        return total
    somebodys = figures["own_any"] or figures["tied_any"]
    if figures["in_keep"] or (figures["technical"] and not somebodys):
        total -= 0.8 if somebodys else 2.5
    if figures["general_place"] and not figures["tied_here"]:
        total -= 3.5
    if figures["vendor"] and not figures["tied_any"]:
        total -= 1.5
    return total


def judge_all(rows: Sequence[Evidence], learnt: LearntJudgement) -> list[tuple[Span, bool]]:
    """Hide or keep all mentions of a transcript.

    Returns:
        Spans, and whether each may be searched in the other turns.
    """
    chances = learnt.chances(rows, [prior(row) for row in rows])
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row, chance in zip(rows, chances, strict=True):
        groups[row.kind, row.key].append(chance)
    judged = []
    for row, chance in zip(rows, chances, strict=True):
        group = groups[row.kind, row.key]
        mean = sum(group) / len(group)
        # a company is somebody's employer in the whole transcript; a word can be a person here and a program there
        final = chance if row.kind == "PERSON" else (chance + mean) / 2
        figures = dict(zip(NAMES, row.figures, strict=True))
        everyday = figures["common"] and row.kind != "PERSON"
        judged.append(
            (judge_learnt(row, final), not everyday and not figures["lower_here"] and mean >= _SPREAD[row.kind])
        )
    return judged


def joined_names(judged: Sequence[Span], turns: Sequence[TurnText], lexica: Lexica) -> list[Span]:
    """A kept everyday word or given name right before a family name is that person's given name: "Sunny Petrel"."""
    ends = {(s.turn, s.end): s for s in judged if s.context in ("technical", "general")}
    found = []
    for span in judged:
        before = ends.get((span.turn, span.start - 1))
        if span.entity_type != "PERSON" or span.context != "direct" or before is None:
            continue
        text = turns[span.turn].text
        word = text[before.start : before.end]
        key = word.casefold()
        unlisted = word not in lexica.keep and word not in lexica.vendors and word not in lexica.general_places
        name_like = key in lexica.common or key in lexica.given or unlisted
        if text[span.start - 1] == " " and word.istitle() and name_like:
            reason = "a given name before a family name"
            found.append(
                replace(
                    span, start=before.start, reason=reason, sources=("ner", "context"), group=f"name:{form_of(word)}"
                )
            )
    return found


def judge_learnt(row: Evidence, chance: float) -> Span:
    """Hide or keep a mention, by the chance that it is about somebody here."""
    threshold = THRESHOLDS[row.kind]
    c = row.candidate
    hidden = chance >= threshold
    doubt = abs(chance - threshold) < _DOUBT
    place = c.turn, c.start, c.end
    if hidden:
        context: Context = "direct" if row.kind == "PERSON" else "tied"
        group = f"name:{row.key}" if row.kind == "PERSON" else f"{_TYPE[row.kind].lower()}:{row.key}"
        kind, reason = _TYPE[row.kind], _HIDDEN_REASON[row.kind]
        return Span(*place, kind, context, chance, ("ner",), reason, _RANK[row.kind], group, doubt)
    technical = row.kind in ("THING", "PERSON")
    kept: EntityType = "TECHNOLOGY" if technical else _TYPE[row.kind]
    context, reason = "technical" if technical else "general", _KEPT_REASON[row.kind]
    return Span(
        *place, kept, context, 1 - chance, ("ner",), reason, 20, f"kept:{row.key}", doubt and row.kind == "PERSON"
    )


_DATED = re.compile(
    r"\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|spring|summer|autumn|winter|fall|nineteen|two thousand|"
    r"twenty)",
    re.IGNORECASE,
)
_AGED_BEFORE = re.compile(
    r"\b(?:i|i'm|im|i am|was|am|turn(?:s|ed|ing)?|aged?|old|he|she|who|he's|she's|daughter|son|kids?|child(?:ren)?|"
    r"born|mother|father|mum|mom|dad|brother|sister|wife|husband|until|since|by)\b[^.!?]{0,24}$",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\d{4}|[@_/#]|\w\.\w|\w (?:dot|underscore|slash|double|triple)\b \w", re.IGNORECASE)
_CODED = re.compile(
    r"\d{2}|[A-Z]\W?\d|(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|dash|slash|stroke)\b\W*){3}",
    re.IGNORECASE,
)
_AGED_AFTER = re.compile(
    r"^(?:[^\w]|$|\s(?:and|when|so|but|now|then|years?|at|with|i|he|she|they|already)\b)", re.IGNORECASE
)


def _plausible(best: str, turn: TurnText, c: Candidate, lexica: Lexica) -> bool:
    """Whether the text can be what the student takes it for: it takes many plain numbers for ages and contacts."""
    text = turn.text[c.start : c.end]
    if best == "DATE":
        return _DATED.search(text) is not None
    if best == "AGE":
        before, after = turn.text[max(0, c.start - 40) : c.start], turn.text[c.end : c.end + 12]
        return bool(_AGED_BEFORE.search(before) and _AGED_AFTER.match(after))
    if best == "ID":
        return _CODED.search(text) is not None
    if best == "CONTACT":
        # what is all everyday and number words is for the spoken forms to find
        return _CONTACT.search(text) is not None
    return True


def judge_other(c: Candidate, turn: TurnText, lexica: Lexica) -> Span | None:
    """Dates, ages, contacts, ids and roles that the student sees; None for what it hardly sees."""
    chances = chances_of(c)
    best = max(chances, key=lambda label: chances[label], default="")
    threshold = _OTHER_THRESHOLD.get(best)
    if threshold is None or chances[best] < threshold or not _plausible(best, turn, c, lexica):
        return None
    place = c.turn, c.start, c.end
    score = chances[best]
    if best == "ROLE":
        return Span(*place, "ROLE", "situation", score, ("ner",), "an unusual role or situation", 5, review=True)
    if best in ("DATE", "AGE"):
        reason = "a date with day, month or year" if best == "DATE" else "an age"
        return Span(*place, ENTITY_OF[best], "tied", score, ("ner",), reason, 15)
    reason = "a contact" if best == "CONTACT" else "a number or code of somebody"
    return Span(*place, ENTITY_OF[best], "direct", score, ("ner",), reason, 22, review=score < 0.8)
