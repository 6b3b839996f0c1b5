"""What speaks for and against hiding a name: figures for the learnt judgement, one row for each mention.

Half of the figures are about the mention, half about all mentions of the form in the transcript, since one sentence
seldom says whether a company is somebody's employer.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from anonymizer.detection.affiliation import Affiliation
from anonymizer.detection.candidate import Candidate
from anonymizer.detection.judge import Lexica, TurnText, all_technical, form_of, person_cue
from anonymizer.detection.student import KEPT, LABELS

KINDS = ("PERSON", "ORG", "LOC", "THING")
_KIND_OF = {
    "PERSON": "PERSON", "ORG": "ORG", "KORG": "ORG", "LOC": "LOC", "KLOC": "LOC", "PRODUCT": "THING", "TECH": "THING",
}  # fmt: skip
_ORG_WORDS = re.compile(
    r"\b(?:university|college|school|institute|academy|hospital|clinic|labs?|inc|ltd|gmbh|group|foundation|association|"
    r"company|corporation|systems|robotics|technologies|software|studios?|partners|agency|department|ministry|council|"
    r"church|trust|bank|media|health|primary|elementary|polytechnic|tech|state|international|government|committee|party)\b",
    re.IGNORECASE,
)
# "ViTPose", "align_corners", "ResNet50": written as programs are; "McKay" and "DeShawn" are not
_COINED = re.compile(
    r"(?<!\bMc)(?<!\bMac)(?<!\bDe)(?<!\bLa)(?<!\bLe)(?<!\bDi)(?<!\bO)(?<=[a-z])[A-Z]|[A-Z]{2,}[a-z]{2}|_|[A-Za-z]-?\d"
)
NAMES = tuple(
    """
    bias own_hide own_keep own_none mean_hide mean_keep max_hide person org loc product tech korg count speakers early
    in_keep technical vendor general_place common
    tied_here tied_share tied_any own_here own_any used_here used_share person_here
    person_any capital_share words org_word lower_turn digits count_hide keep_hide own_capital lower_here lower_common
    coined listed
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Cues:
    """Cue lists of rules/context."""

    affiliation: Affiliation
    ownership: Affiliation
    usage: Affiliation


@dataclass(frozen=True, slots=True)
class Evidence:
    """A candidate with its figures.

    Attributes:
        candidate: The mention.
        key: Its form.
        kind: PERSON, ORG, LOC or THING: which judgement applies.
        figures: As named by NAMES.
    """

    candidate: Candidate
    key: str
    kind: str
    figures: tuple[float, ...]


def chances_of(candidate: Candidate) -> dict[str, float]:
    """Chances of the labels that the student gave a candidate."""
    pairs = (part.partition("=") for part in candidate.label.split())
    return {label: int(value) / 1000 for label, _, value in pairs if value}


def label_of(chances: Sequence[float]) -> str:
    """Chances as a candidate carries them: per mille, labels that hardly matter left out."""
    return " ".join(f"{label}={round(1000 * c)}" for label, c in zip(LABELS, chances, strict=True) if c >= 0.01)


def kind_of(chances: dict[str, float]) -> str | None:
    """Which judgement applies, or None for dates, contacts and roles."""
    best = max(chances, key=lambda label: chances[label], default="")
    return _KIND_OF.get(best)


def gather(
    turns: Sequence[TurnText],
    speakers: Sequence[str | None],
    candidates: Sequence[Candidate],
    lexica: Lexica,
    cues: Cues,
) -> list[Evidence]:
    """Figures of all candidates that are names of people, organizations, places or things."""
    groups: dict[str, list[tuple[Candidate, dict[str, float]]]] = defaultdict(list)
    for candidate in candidates:
        key = form_of(turns[candidate.turn].text[candidate.start : candidate.end])
        if key:
            groups[key].append((candidate, chances_of(candidate)))
    rows: list[Evidence] = []
    for key, mentions in groups.items():
        rows += _group(key, mentions, turns, speakers, lexica, cues)
    return rows


def _sums(chances: dict[str, float]) -> tuple[float, float]:
    keep = sum(v for label, v in chances.items() if label in KEPT)
    return sum(chances.values()) - keep, keep


def _group(  # noqa: PLR0917
    key: str,
    mentions: list[tuple[Candidate, dict[str, float]]],
    turns: Sequence[TurnText],
    speakers: Sequence[str | None],
    lexica: Lexica,
    cues: Cues,
) -> list[Evidence]:
    n = len(mentions)
    mean: dict[str, float] = defaultdict(float)
    for _, chances in mentions:
        for label, value in chances.items():
            mean[label] += value / n
    kind = kind_of(mean)
    if kind is None:
        return []
    sums = [_sums(chances) for _, chances in mentions]
    mean_hide = sum(h for h, _ in sums) / n
    mean_keep = sum(k for _, k in sums) / n
    texts = [turns[c.turn].text[c.start : c.end] for c, _ in mentions]
    places = [(turns[c.turn].text, c.start, c.end) for c, _ in mentions]
    tied = [cues.affiliation.ties(*place) for place in places]
    own = [cues.ownership.ties(*place) for place in places]
    used = [cues.usage.ties(*place) for place in places]
    person = [person_cue(*place, lexica) for place in places]
    text = max(texts, key=lambda t: sum(c.isupper() for c in t))
    words = key.split()
    common = all(word in lexica.common or (kind == "PERSON" and word in lexica.here) for word in words)
    # "Hugo" is a program and a name: where anything speaks for a person, the list does not speak against
    name_too = len(words) == 1 and key in lexica.given and (mean["PERSON"] >= 0.2 or any(person))
    in_keep = text in lexica.keep and not name_too
    if kind == "THING" and name_too and text not in lexica.keep:
        kind = "PERSON"
    shared = (
        mean["PERSON"], mean["ORG"], mean["LOC"], mean["PRODUCT"], mean["TECH"], mean["KORG"], math.log(n),
        math.log(1 + len({speakers[c.turn] for c, _ in mentions})),
        float(min(c.turn for c, _ in mentions) < max(3, len(turns) // 12)),
        float(in_keep), float(all_technical(text, lexica)), float(text in lexica.vendors),
        float(text in lexica.general_places), float(common),
    )  # fmt: skip
    capital = sum(t[:1].isupper() for t in texts) / n
    rows = []
    for i, (candidate, _) in enumerate(mentions):
        hide, keep = sums[i]
        # no capital in a turn that has them: hardly a name
        lower_here = not turns[candidate.turn].lower and texts[i] == texts[i].lower()
        own_figures = (1.0, hide, keep, 1 - hide - keep, mean_hide, mean_keep, max(h for h, _ in sums))
        cue_figures = (
            float(tied[i]), sum(tied) / n, float(any(tied)), float(own[i]), float(any(own)), float(used[i]),
            sum(used) / n, float(person[i]), float(any(person)),
        )  # fmt: skip
        listed = len(words) == 1 and key in lexica.given and text not in lexica.keep
        form_figures = (
            capital, math.log(len(words)), float(bool(_ORG_WORDS.search(text))), float(turns[candidate.turn].lower),
            float(any(c.isdigit() for c in text)), math.log(n) * mean_hide, in_keep * mean_hide,
            float(texts[i][:1].isupper()), float(lower_here), float(lower_here and common),
            float(bool(_COINED.search(text))), float(listed),
        )  # fmt: skip
        figures = (*own_figures, *shared, *cue_figures, *form_figures)
        rows.append(Evidence(candidate, key, kind, figures))
    return rows


class LearntJudgement:
    """Logistic regressions, one a kind; weights from models/talk_en/judge.json."""

    def __init__(self, weights: dict[str, Sequence[float]]) -> None:
        self._weights = {kind: tuple(row) for kind, row in weights.items()}

    def chance(self, evidence: Evidence, prior: float = 0.0) -> float:
        """Chance that the mention is about somebody here; prior in log odds."""
        total = prior + sum(w * x for w, x in zip(self._weights[evidence.kind], evidence.figures, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
