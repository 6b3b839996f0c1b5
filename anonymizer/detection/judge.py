"""One judgement per entity over the whole transcript: who is a person here, what is tied to somebody, what may stay.

Candidates come from several sources. Known people (roster, speakers) win over everything, contacts and ids over names,
names over the rest. What is left is grouped by its form; each group is judged once, with all its mentions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from anonymizer.detection.affiliation import Affiliation
from anonymizer.detection.candidate import Candidate
from anonymizer.detection.finding import Context, EntityType, Finding, Source
from anonymizer.detection.folding import Folded
from anonymizer.detection.names import KnownIndex, plain
from anonymizer.detection.rules import Lexicon
from anonymizer.detection.words import Word, split

TRUST: tuple[Source, ...] = (
    "roster", "speaker", "spoken", "pattern", "ner", "context", "consistency", "lexicon", "reviewer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A judged passage before overlaps are resolved."""

    turn: int
    start: int
    end: int
    entity_type: EntityType
    context: Context
    score: float
    sources: tuple[Source, ...]
    reason: str
    rank: int
    group: str = field(default="", repr=False)
    review: bool = False


@dataclass(frozen=True, slots=True)
class TurnText:
    """A turn as the judgement needs it."""

    folded: Folded
    words: list[Word]
    lower: bool

    @property
    def text(self) -> str:
        return self.folded.text


@dataclass(frozen=True, slots=True)
class Lexica:
    """Word lists of rules/ that the judgement reads."""

    keep: Lexicon
    vendors: Lexicon
    general_places: Lexicon
    common: frozenset[str]
    titles: frozenset[str]
    relations: frozenset[str]
    affiliation: Affiliation
    eponym_heads: frozenset[str]
    given: frozenset[str]
    here: frozenset[str] = frozenset()
    before_nouns: frozenset[str] = frozenset()
    frequent: frozenset[str] = frozenset()
    english: frozenset[str] = frozenset()
    countries: Lexicon = field(default_factory=lambda: Lexicon(()))
    curated: Lexicon = field(default_factory=lambda: Lexicon(()))

    def listed(self, text: str) -> bool:
        """Whether a form is a term, a vendor or a place in general."""
        return text in self.keep or text in self.vendors or text in self.general_places


def form_of(text: str) -> str:
    """Key of a form within a transcript: plain words without a possessive."""
    return " ".join(plain(w.lower) for w in split(text))


def everyday_here(turns: Sequence[TurnText]) -> frozenset[str]:
    """Words that stand without a capital, in turns that have capitals, more often than with one inside a sentence."""
    low: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for turn in turns:
        # a short turn without any capital says nothing about how the transcript is written
        if not turn.lower and any(w.capital for w in turn.words):
            low.update(w.lower for w in turn.words if not w.capital)
            capital.update(w.lower for w in turn.words if w.capital and not w.first)
    return frozenset(word for word, n in low.items() if n > capital[word])


def judge_named(
    turns: Sequence[TurnText], candidates: Iterable[Candidate], lexica: Lexica, known: KnownIndex
) -> list[Span]:
    """Judge names, organizations, places and products that a model found, once for each form."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        text = turns[candidate.turn].text[candidate.start : candidate.end]
        key = form_of(text)
        if key:
            groups[key].append(candidate)
    spans: list[Span] = []
    for key, mentions in groups.items():
        spans += _judge_group(key, mentions, turns, lexica)
    return spans


def _judge_group(key: str, mentions: list[Candidate], turns: Sequence[TurnText], lexica: Lexica) -> list[Span]:
    first = mentions[0]
    text = turns[first.turn].text[first.start : first.end]
    counts: dict[EntityType, float] = defaultdict(float)
    for mention in mentions:
        counts[mention.entity_type] += mention.score
    entity_type = max(counts, key=lambda t: (counts[t], t == "PERSON"))
    entity_type, context, reason, review = _context(entity_type, text, key, mentions, turns, lexica)
    rank = {"PERSON": 40, "ORGANIZATION": 30, "LOCATION": 30, "PRODUCT": 25}.get(entity_type, 20)
    group = f"name:{key}" if entity_type == "PERSON" else f"{entity_type.lower()}:{key}"
    return [
        Span(m.turn, m.start, m.end, entity_type, context, m.score, (m.source,), reason, rank, group, review)
        for m in mentions
    ]


def _context(  # noqa: PLR0917
    entity_type: EntityType,
    text: str,
    key: str,
    mentions: list[Candidate],
    turns: Sequence[TurnText],
    lexica: Lexica,
) -> tuple[EntityType, Context, str, bool]:
    tied = any(lexica.affiliation.ties(turns[m.turn].text, m.start, m.end) for m in mentions)
    if text in lexica.keep or all_technical(text, lexica):
        if entity_type == "PERSON" and any(_person_cue(turns[m.turn], m, lexica) for m in mentions):
            return "PERSON", "direct", "a technical word used as somebody's name", True
        return "TECHNOLOGY", "technical", "a technical or general term of the word lists", False
    if entity_type == "PERSON":
        if all(word in lexica.common for word in key.split()) and not any(
            _person_cue(turns[m.turn], m, lexica) for m in mentions
        ):
            return "OTHER", "general", "everyday words", False
        return "PERSON", "direct", "the name of a person", False
    if entity_type == "ORGANIZATION":
        if text in lexica.vendors and not tied:
            return "ORGANIZATION", "general", "a well-known company mentioned in general", False
        return "ORGANIZATION", "tied", "an organization that somebody here has to do with", False
    if entity_type == "LOCATION":
        if all(m.label == "NORP" for m in mentions) and not tied:
            return "LOCATION", "general", "a people, language or party mentioned in general", False
        if text in lexica.general_places and not tied:
            return "LOCATION", "general", "a large region or language mentioned in general", False
        return "LOCATION", "tied", "a place that somebody here has to do with", False
    if entity_type == "PRODUCT":
        return "PRODUCT", "general", "a product or work mentioned in general", False
    return "OTHER", "general", "something named that is not about somebody here", False


def all_technical(text: str, lexica: Lexica) -> bool:
    """Every word is of a technical term or an everyday word, and one at least is a term: "the Python community"."""
    words = re.split(r"[\s/]+", text.strip())
    if len(words) < 2:
        return False
    technical = [w for w in words if w in lexica.keep]
    return bool(technical) and all(
        w in lexica.keep or w.casefold() in lexica.common or not re.search(r"[^\W\d_]", w) for w in words
    )


def _person_cue(turn: TurnText, mention: Candidate, lexica: Lexica) -> bool:
    """The words around say that a person stands here: a title, a relation, greeting, or a verb of saying."""
    return person_cue(turn.text, mention.start, mention.end, lexica)


_SAYS = re.compile(
    r"^(?:['’]s)?,?\s+(?:said|says|told|asked|thinks|thought|wrote|showed|came|left|joined|knows|knew|wanted|wants|called|"
    r"suggested|explained|found|took|gave|made|works|worked|who|and i|and me)\b",
    re.IGNORECASE,
)


def person_cue(text: str, start: int, end: int, lexica: Lexica) -> bool:
    """See :func:`_person_cue`."""
    before = text[max(0, start - 40) : start]
    words = [w.lower for w in split(before)]
    if words and (words[-1] in lexica.titles or words[-1] in lexica.relations):
        return True
    if len(words) > 1 and words[-2] in lexica.relations and words[-1] in ("is", "called", "named", "was"):
        return True
    return _SAYS.match(text[end : end + 30]) is not None


# what the last word of an organization's name often is
ORG_WORDS = re.compile(
    r"\b(?:university|college|school|institute|academy|hospital|clinic|labs?|inc|ltd|gmbh|group|foundation|association|"
    r"company|corporation|systems|robotics|technologies|software|studios?|partners|agency|department|ministry|council|"
    r"church|trust|bank|media|health|primary|elementary|polytechnic|tech|state|international|government|committee|party)\b",
    re.IGNORECASE,
)


def eponyms(spans: Iterable[Span], turns: Sequence[TurnText], lexica: Lexica) -> list[Span]:
    """Spans of terms that hold a name: "Adam optimizer" stays, also where an Adam speaks; "Adam said" does not.

    A term is a phrase of the keep lists, or the name and a word such as "filter", "theorem" or "syndrome" after it.
    """
    found: list[Span] = []
    people = [s for s in spans if s.entity_type == "PERSON" and s.context == "direct"]
    # "Harlan rule" said of a Harlan who is here names her: a head alone frees only names that never stand without one
    bare = {form_of(turns[s.turn].text[s.start : s.end]) for s in people if not _heads(turns[s.turn], s, lexica)}
    # "Harlan's law" of an Orla Harlan likewise, though she is called Orla otherwise
    bare |= {form_of(part) for s in people for part in _parts(turns[s.turn].text[s.start : s.end])}
    for span in people:
        words = turns[span.turn].words
        inside = [i for i, w in enumerate(words) if span.start <= w.start and w.end <= span.end]
        if not inside or len(inside) > 2:
            continue
        text = turns[span.turn].text
        place = _term(words, inside[0], inside[-1], lexica, text)
        if place is None and form_of(text[span.start : span.end]) not in bare:
            place = words[inside[0]].start, words[inside[-1] + 1].end
        if place is not None:
            reason = "a term that holds a name"
            found.append(Span(span.turn, *place, "TECHNOLOGY", "technical", 0.9, ("lexicon",), reason, 61))
    return found


def _parts(name: str) -> list[str]:
    """The words of a name of several; nothing for a single one."""
    parts = name.split()
    return parts if len(parts) > 1 else []


def _term(words: Sequence[Word], first: int, last: int, lexica: Lexica, text: str) -> tuple[int, int] | None:
    for before in (0, 1):
        for after in (2, 1, 0):
            start, end = first - before, last + after
            if start < 0 or end >= len(words) or (start, end) == (first, last):
                continue
            if any(
                len(words[i].gap) > 3 or "." in words[i].gap or "," in words[i].gap for i in range(start + 1, end + 1)
            ):
                continue
            if text[words[start].start : words[end].end] in lexica.keep:
                return words[start].start, words[end].end
    return None


def _heads(turn: TurnText, span: Span, lexica: Lexica) -> bool:
    """Whether a word such as "filter" or "syndrome" follows a name."""
    words = [w for w in turn.words if w.start >= span.end][:1]
    return bool(words) and (
        words[0].lower in lexica.eponym_heads
        and words[0].gap.strip() in ("", "'s", "’s", "-")
        and len(words[0].gap) <= 4
        and not words[0].capital
    )


# what is one thing although names stand in it
_WHOLE = frozenset({"EMAIL", "URL", "PHONE", "ADDRESS"})


def resolve(spans: Iterable[Span], turns: Sequence[TurnText]) -> tuple[Finding, ...]:
    """One finding at each place: by rank, then length; what sticks out of a winner stays as a piece of its own."""
    by_turn: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        by_turn[span.turn].append(span)
    findings: list[Finding] = []
    for number, group in by_turn.items():
        turn = turns[number]
        chosen: list[Span] = []
        for span in sorted(group, key=lambda s: (-s.rank, -(s.end - s.start), s.start)):
            _place(span, chosen, turn.text)
        for span in chosen:
            start, end = turn.folded.back(span.start, span.end)
            findings.append(
                Finding(
                    number,
                    start,
                    end,
                    span.entity_type,
                    span.context,
                    round(min(1.0, span.score), 4),
                    tuple(s for s in TRUST if s in span.sources),
                    span.reason,
                    span.review,
                    span.group,
                )
            )
    return tuple(sorted(findings, key=lambda f: (f.turn, f.start)))


def _place(span: Span, chosen: list[Span], text: str) -> None:
    over = [c for c in chosen if c.start < span.end and c.end > span.start]
    if not over:
        chosen.append(span)
        return
    for other in over:
        if span.start <= other.start and other.end <= span.end and _one(span, other):
            # "Mara" of the roster inside "Mara Lindqvist" of the model: one name, known from both
            index = chosen.index(other)
            if any(c is not other and c.start < span.end and c.end > span.start for c in chosen):
                break
            chosen[index] = replace(
                other, start=span.start, end=span.end, sources=tuple({*other.sources, *span.sources})
            )
            return
        if other.start <= span.start and span.end <= other.end:
            if _one(span, other):
                chosen[chosen.index(other)] = replace(other, sources=tuple({*other.sources, *span.sources}))
            return
    if span.context in ("general", "technical", "relative", "situation"):
        return
    if span.entity_type in _WHOLE and all(span.start <= c.start and c.end <= span.end for c in over):
        # "noor dot haddad at velmora dot example" is one address: its "dot" and "at" alone are nothing to look for
        chosen[:] = [c for c in chosen if c not in over]
        chosen.append(span)
        return
    pieces = [(span.start, span.end)]
    for other in over:
        pieces = [
            piece
            for s, e in pieces
            for piece in ((s, min(e, other.start)), (max(s, other.end), e))
            if piece[0] < piece[1]
        ]
    for start, end in pieces:
        words = split(text[start:end])
        if words and any(len(w.lower) > 1 for w in words):
            chosen.append(replace(span, start=start + words[0].start, end=start + words[-1].end))


def _one(a: Span, b: Span) -> bool:
    return a.entity_type == b.entity_type or {a.entity_type, b.entity_type} <= {"EMAIL", "URL", "HANDLE", "OTHER"}
