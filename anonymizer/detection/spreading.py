"""Names that were found somewhere in a transcript, searched in all of its turns: "found once, hidden everywhere"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from anonymizer.detection.judge import ORG_WORDS, Lexica, Span, TurnText
from anonymizer.detection.names import Known, KnownIndex, name_words

_SEARCHED = ("PERSON", "ORGANIZATION", "LOCATION", "PRODUCT")
_PARTICLES = ("the", "van", "von", "der", "den", "del", "bin")


def _acronym(turn: TurnText, start: int, end: int) -> bool:
    """Capitals alone in a turn with small letters: "COCO" is not the Coco who sits in the team.

    Longer ones are hardly acronyms, but names that somebody stresses.
    """
    text = turn.text[start:end]
    return 2 < len(text) < 6 and text.isupper() and not turn.text.isupper()


def propagate(turns: Sequence[TurnText], spans: Sequence[Span], lexica: Lexica) -> list[Span]:
    """Search names found somewhere in every turn: whole, each part of a person's, and what stands before "Robotics"."""
    seen: dict[tuple[str, ...], Known] = {}
    # "i hope", "i will": what is said every minute is no name where nothing else says so
    proven = {words for words in _proven(turns, spans) if not lexica.frequent.intersection(words)}
    cased = any(not turn.lower and any(w.capital and not w.first for w in turn.words) for turn in turns)
    for span in spans:
        if span.context not in ("direct", "tied") or span.entity_type not in _SEARCHED:
            continue
        if not {"ner", "context"} & set(span.sources):
            continue
        words = name_words(turns[span.turn].text[span.start : span.end])
        if not words or len(words) > 6:
            continue
        person = span.entity_type == "PERSON"
        capital = all(_everyday(w, lexica, person=person, cased=cased) for w in words)
        reason = "found elsewhere in this transcript"
        written = turns[span.turn].text[span.start : span.end]
        known = Known(
            words, span.entity_type, span.context, "consistency", span.group, 0.8, reason, capital=capital,
            proven=person and words in proven, upper=written.isupper() or not person,
        )  # fmt: skip
        seen.setdefault(words, known)
        if person and len(words) > 1:
            reason = "part of a name found elsewhere in this transcript"
            for part in words:
                if len(part) >= 3 and part not in lexica.titles and part not in _PARTICLES:
                    capital = _everyday(part, lexica, person=True, cased=cased)
                    seen.setdefault((part,), replace(known, words=(part,), score=0.75, capital=capital, reason=reason))
        if span.entity_type == "ORGANIZATION" and len(words) > 1 and ORG_WORDS.search(words[-1]):
            head = words[:-1]
            if not lexica.listed(" ".join(head)) and not all(w in lexica.common for w in head):
                reason = "part of an organization's name found elsewhere in this transcript"
                seen.setdefault(head, replace(known, words=head, score=0.7, reason=reason))
    seen = {
        w: k
        for w, k in seen.items()
        if not (len(w) == 1 and (len(w[0]) < 2 or (w[0] in lexica.keep and k.entity_type != "PERSON")))
    }
    index = KnownIndex(seen.values(), lexica.common, before_nouns=lexica.before_nouns)
    return search(turns, index, {}, rank=35)


def _everyday(word: str, lexica: Lexica, *, person: bool, cased: bool) -> bool:
    """Whether a form is a word, too, so that a capital must tell.

    Where a transcript has capitals, any word of the dictionary is one ("honey", "grace"); in one without them a name
    that is found once would be lost everywhere else.
    """
    return word in lexica.common or (person and (word in lexica.here or (cased and word in lexica.english)))


def _proven(turns: Sequence[TurnText], spans: Iterable[Span]) -> frozenset[tuple[str, ...]]:
    """Persons' names that stand with a capital within a sentence somewhere, in a turn that has small letters too."""
    return frozenset(
        name_words(turns[s.turn].text[s.start : s.end])
        for s in spans
        if s.entity_type == "PERSON" and s.context == "direct" and s.score >= 0.5 and _capital_within(turns[s.turn], s)
    )


def _capital_within(turn: TurnText, span: Span) -> bool:
    return not turn.lower and any(w.capital and not w.first for w in turn.words if w.start == span.start)


def search(turns: Sequence[TurnText], index: KnownIndex, sure: dict[int, frozenset[int]], rank: int) -> list[Span]:
    """Spans of known forms in all turns."""
    spans: list[Span] = []
    if not index:
        return spans
    for number, turn in enumerate(turns):
        for hit in index.scan(turn.words, lower=turn.lower, sure=sure.get(number, frozenset())):
            known = hit.known
            if known.source == "consistency" and not known.upper and _acronym(turn, hit.start, hit.end):
                continue
            spans.append(
                Span(
                    number,
                    hit.start,
                    hit.end,
                    known.entity_type,
                    known.context,
                    known.score if hit.exact else known.score * 0.8,
                    (known.source,),
                    known.reason if hit.exact else known.reason + ", spelt differently",
                    rank,
                    known.group,
                    not hit.exact,
                )
            )
    return spans
