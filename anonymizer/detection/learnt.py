"""From the student's guesses and the learnt judgement to judged spans."""

from __future__ import annotations

import json
from pathlib import Path

from anonymizer.detection.candidate import Candidate
from anonymizer.detection.evidence import KINDS, NAMES, Evidence, LearntJudgement, chances_of
from anonymizer.detection.finding import Context, EntityType
from anonymizer.detection.judge import Span
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
THRESHOLDS = {"PERSON": 0.3, "ORG": 0.5, "LOC": 0.5, "THING": 0.5}
# below it a hidden, above it a kept mention is shown to the reviewer
_DOUBT = 0.12
_OTHER_THRESHOLD = {"DATE": 0.55, "AGE": 0.5, "CONTACT": 0.6, "ID": 0.6, "ROLE": 0.4}


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
    except (OSError, ValueError, KeyError):
        raise ModelError("the shipped judgement does not fit this program", hint="reinstall the package") from None
    return LearntJudgement(weights)


def _prior(row: Evidence) -> float:
    """What the word lists say, in log odds: they know more than 32 training excerpts could teach."""
    figures = dict(zip(NAMES, row.figures, strict=True))
    if row.kind == "PERSON":
        return 0.0
    total = 0.0
    if figures["in_keep"] or figures["technical"]:
        total -= 2.5
    if figures["general_place"] and not figures["tied_here"]:
        total -= 2.0
    if figures["vendor"] and not figures["tied_any"]:
        total -= 1.5
    return total


def judge_learnt(row: Evidence, learnt: LearntJudgement) -> Span:
    """Hide or keep a mention."""
    chance = learnt.chance(row, _prior(row))
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


def judge_other(c: Candidate) -> Span | None:
    """Dates, ages, contacts, ids and roles that the student sees; None for what it hardly sees."""
    chances = chances_of(c)
    best = max(chances, key=lambda label: chances[label], default="")
    threshold = _OTHER_THRESHOLD.get(best)
    if threshold is None or chances[best] < threshold:
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
