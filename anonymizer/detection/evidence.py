"""What speaks for and against hiding a name: figures for the learnt judgement, one row for each mention.

Half of the figures are about the mention, half about all mentions of the form in the transcript, since one sentence
seldom says whether a company is somebody's employer.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anonymizer.detection.affiliation import Affiliation
from anonymizer.detection.candidate import Candidate
from anonymizer.detection.judge import ORG_WORDS, Lexica, TurnText, all_technical, form_of, person_cue
from anonymizer.detection.neighbours import FORM_FIGURES, OWN_FIGURES, Mention, Neighbours, mention
from anonymizer.detection.student import LABELS

KINDS = ("PERSON", "ORG", "LOC", "THING")
_KIND_OF = {
    "PERSON": "PERSON", "ORG": "ORG", "KORG": "ORG", "LOC": "LOC", "KLOC": "LOC", "PRODUCT": "THING", "TECH": "THING",
}  # fmt: skip
# "ViTPose", "align_corners", "ResNet50": written as programs are; "McKay" and "DeShawn" are not
_COINED = re.compile(
    r"(?<!\bMc)(?<!\bMac)(?<!\bDe)(?<!\bLa)(?<!\bLe)(?<!\bDi)(?<!\bO)(?<=[a-z])[A-Z]|[A-Z]{2,}[a-z]{2}|_|[A-Za-z]-?\d"
)
_FIRST_PERSON = re.compile(
    r"\b(?:i|i'm|i've|i’m|i’ve|im|ive|we|we're|we’re|we've|my|our|me|us)\b[^.!?]*$", re.IGNORECASE
)
# "Tove from Velmora", "an evangelist at Velmora"
_JOINT = re.compile(r"(?: over)?,? (?:from|at|of|with)(?: the)? $", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:\w+(?:eer|er|or|ist|ian|ant|yst|ect)|ceo|cto|cfo|founder|lead|head|chief|fellow|intern|student|nurse|advocate|job|role|"
    r"post|work|team|colleagues?|vp|president|chair|minister|member) (?:at|for|with|of)(?: the| a)? $",
    re.IGNORECASE,
)
_TIES = {
    "tied": "tied_any", "bound": "bound_any", "owned": "owned_any", "first": "first_share",
    "introduced": "introduced_any", "role": "role_any",
}  # fmt: skip
_CROSSED = tuple(
    (name, tie)
    for name, ties in (
        ("keep", "tied bound owned introduced role"),
        ("vendor", "tied bound introduced role"),
        ("general_place", "tied bound first"),
        ("country", "tied bound first introduced"),
        ("unlisted", "bound owned"),
    )
    for tie in ties.split()
)
NAMES = (
    *"""
    bias own_hide own_keep own_none mean_hide mean_keep max_hide person org loc product tech korg count speakers early
    in_keep technical vendor general_place country common curated unlisted
    tied_here tied_share tied_any own_here own_any used_here used_share person_here person_any
    bound_here bound_any owned_here owned_any first_here first_share introduced_here introduced_any role_here role_any
    capital_share words org_word lower_turn digits count_hide keep_hide own_capital lower_here lower_common
    coined listed count_hidden head_of inner_here inner_any common_inner
    """.split(),  # noqa: SIM905
    *(f"{name}_{tie}" for name, tie in _CROSSED),
    *FORM_FIGURES,
    *OWN_FIGURES,
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
    groups: dict[str, list[Mention]] = defaultdict(list)
    for candidate in candidates:
        key = form_of(turns[candidate.turn].text[candidate.start : candidate.end])
        if key:
            groups[key].append(mention(candidate, chances_of(candidate)))
    heads = _heads(groups)
    people = frozenset((c.turn, c.end) for c in candidates if chances_of(c).get("PERSON", 0) >= 0.4)
    capitals = frozenset(
        (number, word.start)
        for number in {c.turn for c in candidates}
        for word in turns[number].words
        if word.capital and not word.first and not turns[number].lower
    )
    neighbours = Neighbours(groups, len(turns), lexica.common)
    rows: list[Evidence] = []
    for key, mentions in groups.items():
        rows += _group(key, mentions, turns, speakers, lexica, cues, heads, people, capitals, neighbours)
    return rows


def _heads(groups: Iterable[str]) -> frozenset[str]:
    """Forms that begin a longer form that is an organization by its last word: "Halden" of "Halden Robotics"."""
    found = set()
    for key in groups:
        first, _, rest = key.partition(" ")
        if rest and ORG_WORDS.search(rest):
            found.add(first)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around each mention of a form; ``inner``: a capital that no sentence begins."""

    inner: list[bool]
    tied: list[int]
    owned: list[int]
    used: list[bool]
    person: list[bool]
    first: list[bool]
    introduced: list[bool]
    role: list[bool]


def _around(
    places: Sequence[tuple[int, str, int, int]],
    lexica: Lexica,
    cues: Cues,
    people: frozenset[tuple[int, int]],
    capitals: frozenset[tuple[int, int]],
) -> _Around:
    """Look around the mentions: (turn, its text, start, end)."""
    introduced = []
    for turn, text, start, _ in places:
        joint = _JOINT.search(text[max(0, start - 16) : start])
        introduced.append(joint is not None and (turn, start - len(joint[0])) in people)
    return _Around(
        inner=[(turn, start) in capitals for turn, _, start, _ in places],
        tied=[cues.affiliation.nearness(*place[1:]) for place in places],
        owned=[cues.ownership.nearness(*place[1:]) for place in places],
        used=[cues.usage.ties(*place[1:]) for place in places],
        person=[person_cue(*place[1:], lexica) for place in places],
        first=[bool(_FIRST_PERSON.search(text[max(0, start - 60) : start])) for _, text, start, _ in places],
        introduced=introduced,
        role=[bool(_ROLE.search(text[max(0, start - 40) : start])) for _, text, start, _ in places],
    )


def _group(  # noqa: PLR0917
    key: str,
    mentions: list[Mention],
    turns: Sequence[TurnText],
    speakers: Sequence[str | None],
    lexica: Lexica,
    cues: Cues,
    heads: frozenset[str],
    people: frozenset[tuple[int, int]],
    capitals: frozenset[tuple[int, int]],
    neighbours: Neighbours,
) -> list[Evidence]:
    n = len(mentions)
    mean: dict[str, float] = defaultdict(float)
    for m in mentions:
        for label, value in m.chances.items():
            mean[label] += value / n
    kind = kind_of(mean)
    if kind is None:
        return []
    places = [(c.turn, turns[c.turn].text, c.start, c.end) for c, *_ in mentions]
    texts = [text[start:end] for _, text, start, end in places]
    around = _around(places, lexica, cues, people, capitals)
    text = max(texts, key=lambda t: sum(c.isupper() for c in t))
    words = key.split()
    # "Hugo" is a program and a name: where anything speaks for a person, the list does not speak against
    name_too = len(words) == 1 and key in lexica.given and (mean["PERSON"] >= 0.2 or any(around.person))
    in_keep = text in lexica.keep and not name_too
    common = all(word in lexica.common or (kind == "PERSON" and word in lexica.here) for word in words)
    if kind == "THING" and name_too and text not in lexica.keep:
        kind = "PERSON"
    mean_hide = sum(m.hide for m in mentions) / n
    form = {
        "bias": 1.0,
        "mean_hide": mean_hide,
        "mean_keep": sum(m.keep for m in mentions) / n,
        "max_hide": max(m.hide for m in mentions),
        "person": mean["PERSON"],
        "org": mean["ORG"],
        "loc": mean["LOC"],
        "product": mean["PRODUCT"],
        "tech": mean["TECH"],
        "korg": mean["KORG"],
        "count": math.log(n),
        "count_hide": math.log(n) * mean_hide,
        "count_hidden": math.log(1 + sum(m.hide > 0.5 for m in mentions)),
        "speakers": math.log(1 + len({speakers[m.candidate.turn] for m in mentions})),
        "early": min(m.candidate.turn for m in mentions) < max(3, len(turns) // 12),
        "words": math.log(len(words)),
        "digits": any(c.isdigit() for c in text),
        "org_word": ORG_WORDS.search(text) is not None,
        "head_of": key in heads,
        "capital_share": sum(t[:1].isupper() for t in texts) / n,
        "inner_any": any(around.inner),
        "common_inner": common and any(around.inner),
        "technical": all_technical(text, lexica),
        "common": common,
        "in_keep": in_keep,
        "keep_hide": in_keep * mean_hide,
        "curated": text in lexica.curated,
        "listed": len(words) == 1 and key in lexica.given and text not in lexica.keep,
        "tied_any": any(around.tied),
        "tied_share": sum(t > 0 for t in around.tied) / n,
        "bound_any": max(around.tied) > 1,
        "own_any": any(around.owned),
        "owned_any": max(around.owned) > 1,
        "used_share": sum(around.used) / n,
        "person_any": any(around.person),
        "first_share": sum(around.first) / n,
        "introduced_any": any(around.introduced),
        "role_any": any(around.role),
    }
    lists = {
        "keep": in_keep,
        "vendor": text in lexica.vendors,
        "general_place": text in lexica.general_places,
        "country": text in lexica.countries,
        "unlisted": not in_keep and not common and text not in lexica.vendors,
    }
    form |= {name: lists[name] for name in ("vendor", "general_place", "country", "unlisted")}
    # what a list says counts otherwise where the words around tie the form to somebody
    form |= {f"{a}_{b}": lists[a] * form[_TIES[b]] for a, b in _CROSSED}
    form |= neighbours.of_form(key, mentions)
    rows = []
    for i, (candidate, _, hide, keep) in enumerate(mentions):
        # no capital in a turn that has them: hardly a name
        lower_turn = turns[candidate.turn].lower
        lower_here = not lower_turn and texts[i] == texts[i].lower()
        own = {
            "own_hide": hide,
            "own_keep": keep,
            "own_none": 1 - hide - keep,
            "own_capital": texts[i][:1].isupper(),
            "inner_here": around.inner[i],
            "coined": _COINED.search(texts[i]) is not None,
            "lower_turn": lower_turn,
            "lower_here": lower_here,
            "lower_common": lower_here and common,
            "tied_here": around.tied[i] > 0,
            "bound_here": around.tied[i] > 1,
            "own_here": around.owned[i] > 0,
            "owned_here": around.owned[i] > 1,
            "used_here": around.used[i],
            "person_here": around.person[i],
            "first_here": around.first[i],
            "introduced_here": around.introduced[i],
            "role_here": around.role[i],
        }
        both = form | own | neighbours.of_mention(key, candidate.turn)
        rows.append(Evidence(candidate, key, kind, tuple(float(both[name]) for name in NAMES)))
    return rows


class LearntJudgement:
    """Small networks, some a kind, whose log odds are averaged; weights from models/talk_en/judge.json.

    Each has a linear part and one hidden layer beside it, over figures made comparable (mean 0, deviation 1).

    Args:
        weights: Kind -> networks; each with ``mean``, ``scale``, ``linear``, ``inner``, ``bias``, ``outer``.

    Raises:
        ValueError: Weights of another shape.
    """

    def __init__(self, weights: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        import numpy

        self._networks = {
            kind: [{name: numpy.asarray(value, dtype="float64") for name, value in n.items()} for n in networks]
            for kind, networks in weights.items()
        }
        figures = len(NAMES) + 1
        for network in (n for networks in self._networks.values() for n in networks):
            inner = len(network["bias"])
            wanted: dict[str, tuple[int, ...]] = dict.fromkeys(("mean", "scale", "linear"), (figures,))
            wanted |= {"inner": (figures, inner), "bias": (inner,), "outer": (inner,)}
            if {name: value.shape for name, value in network.items()} != wanted:
                raise ValueError

    def chances(self, rows: Sequence[Evidence], priors: Sequence[float]) -> list[float]:
        """Chance that each mention is about somebody here; priors in log odds."""
        import numpy

        found = [0.0] * len(rows)
        for kind, networks in self._networks.items():
            places = [i for i, row in enumerate(rows) if row.kind == kind]
            if not places:
                continue
            x = numpy.array([(*rows[i].figures, priors[i]) for i in places])
            odds = sum((log_odds(n, x) for n in networks), numpy.zeros(len(places))) / max(1, len(networks))
            for i, value in zip(places, 1 / (1 + numpy.exp(-numpy.clip(odds, -30, 30))), strict=True):
                found[i] = float(value)
        return found


FAR = 3.0


def log_odds(network: Mapping[str, Any], x: Any) -> Any:
    """Log odds of rows of figures with the prior behind them."""
    import numpy

    # a transcript of one sentence is far from all that was trained on: what is rare must not outweigh the rest
    z = numpy.clip((x - network["mean"]) / network["scale"], -FAR, FAR)
    return z @ network["linear"] + numpy.tanh(z @ network["inner"] + network["bias"]) @ network["outer"]
