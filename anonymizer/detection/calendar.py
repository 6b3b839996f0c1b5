"""Dates that point to a day, month or year; durations, relative dates, decades and holidays, which stay; ages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from anonymizer.detection.finding import Context, EntityType
from anonymizer.detection.rules import Words


@dataclass(frozen=True, slots=True)
class CalendarHit:
    """A date or age found by its form."""

    start: int
    end: int
    entity_type: EntityType
    context: Context
    score: float
    reason: str


def _any(words: tuple[str, ...] | dict[str, str] | list[str]) -> str:
    return "(?:" + "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)) + ")" if words else r"(?!)"


# what is counted is no year: "2000 images"
_COUNTED = (
    "images|pictures|photos|frames|people|words|lines|users|samples|examples|pixels|kids|students|children|patients|pages|"
    "dollars|euros|pounds|items|records|rows|files|videos|euro|bilder|leute|personas|imágenes|steps|points|plants|miles|"
    "kilometers|meters|watts|calories|requests|companies|members|employees|times|by|x|or so"
)


_THEN = r"(?=\s*(?:[.,;!?)]|$|and\b|now\b|years\b|so\b|but\b|when\b|at\b|in\b|next\b|then\b|this\b|soon\b|on\b))"
# words with a capital of which "is nine" says no age
_NOBODY = (
    "(?:I|It|This|That|There|Here|What|Which|Today|Tomorrow|Version|Room|Part|Step|Number|Question|Chapter|Page|Level|Grade|Year|"
    "Block|Section|Phase|Line|Bus|Tram|Python|Java|Chrome|Windows|The|These|Those|One|Mine|Ours)\\b"
)


def _english_ages(kin: str, number: str, plural: str, unit: str) -> Iterator[tuple[str, str]]:
    """Patterns of ages, each with a part of it that is found much faster and seldom; empty where the whole is fast."""
    end = r"(?![\w%]|[.,]\d|-(?!year)\w)"
    amount = "percent|per|of|people|times|points|pounds|dollars|euros|kilos|hundred|thousand|million|or|to"
    amount += "|different|other|more|k|gb|am|pm|o'clock|out|miles|minutes?"
    end_not = rf"{end}(?!\s+(?:{unit}|{amount})\b)(?!\s*%)"
    stop = r"(?=\s*(?:[.,;!?)]|$|and\b|now\b|years\b|so\b|but\b|when\b|at\b))"
    adverb = "(?: now| only| almost| nearly| already| just| about| maybe| like)?"
    third = "(?:'s| is| was| just turned| turned|, who is| who is| who's)"
    turned = rf" (?:turned|turning|turn) ({number}){end}"
    yield rf"\b({number}[ -]years?[ -]olds?)\b", r"year"
    yield rf"\b({number} (?:weeks|months)[ -]old)\b", r"(?:weeks|months)[ -]old"
    yield rf"\b(?:i|he|she|they|we|who|{kin})(?:'ve|'d)?(?: just| had| have)?{turned}", r" turn"
    yield rf"\b(?:aged?|at the age of|age of|at age) ({number}){end}", ""
    yield rf"\bi(?:'m| am|m| was){adverb} ({number}){end_not}{stop}", ""
    yield rf"\bwhen (?:i|he|she|they) (?:was|were)(?: about| only)? ({number}){end_not}", ""
    yield (
        rf"\b(?:i|he|she|they|who|{kin})(?:'ll| will|'d| would) be{adverb} ({number}){end_not}{_THEN}",
        rf" be{adverb} {number}",
    )
    yield rf"\ba (?:boy|girl|man|woman|kid|child|lady|lad|guy|fellow|widow|widower) of ({number}){end_not}", ""
    # "at fifteen": what is done once in a life, not at an hour or a speed
    yield (
        (
            rf"\b(?:school|retired|married|died|learn(?:t|ed)|emigrated|graduated|pregnant|widowed)\b"
            rf"(?:\s[\w'’]+){{0,4}}?,? at ({number}){end_not}{stop}"
        ),
        rf" at {number}",
    )
    # "Freya is nine", "Freya Aalto, nine, from": capitals count here
    yield (
        rf"(?-i:\b(?!{_NOBODY})[A-Z]\w+)(?:'s| is| was)(?: now| only| just| almost)? ({number}){end_not}{stop}",
        rf"(?:'s| is| was)(?: now| only| just| almost)? {number}",
    )
    yield rf"(?-i:\b(?!{_NOBODY})[A-Z]\w+), ({number}),(?= (?:from|who|he|she|has|had|was|is)\b)", rf", {number}, "
    yield rf"\b{kin}{third}{adverb} ({number}){end_not}", rf"{third}{adverb} {number}"
    yield rf"\b(?:he|she){third}{adverb} ({number}){end_not}{stop}", ""
    yield rf"\bin (?:my|his|her) (?:early |late |mid[ -]?)?({plural})\b", ""
    yield rf"\b(?:close to|approaching|past) (?:my|his|her|their) ({plural})\b", ""


class Calendar:
    """Dates and ages of one language."""

    def __init__(self, words: Words, language: str) -> None:
        digits = {k: v for k, v in words.mapping("digits").items() if len(k) > 1}
        teens, tens = words.mapping("teens"), words.mapping("tens")
        ordinals = words["ordinals"]
        month = _any(tuple(m for m in words["months"] if len(m) > 3))
        unit, relative = _any(words["units"]), _any(words["relative"])
        small = f"(?:{_any({**tens})}[ -]?{_any(digits)}|{_any({**tens, **teens, **digits})})"
        two = f"(?:{_any(tens)}(?:[ -]{_any(digits)})?|{_any(teens)}|oh[ -]{_any(digits)})"
        day = rf"(?:\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?|(?:the )?{_any(ordinals)})"
        year = r"(?:1[89]\d\d|20[0-4]\d)"
        spoken_year = rf"(?:two thousand(?: and)? (?:{two}|{_any(digits)})|(?:nineteen|twenty) {two})"
        # "in 2019", "since 2019", a bare 2019; not 2019s, $2000, 2,000, 2000 people, 2000.5, v2019
        self._year = re.compile(
            rf"(?<![\w.,$€£#-])(?:{year}(?:\s?[-–/]\s?(?:{year}|\d\d)(?!\d))?)(?![\w%]|[.,]\d|-\w|'s|’s)(?!\s+(?:{unit}|{_COUNTED})\b)"
        )
        self._spoken_year = re.compile(rf"\b{spoken_year}\b(?!\s+{unit}\b)", re.IGNORECASE)
        of = r"(?:\s+(?:of|de|del))?"
        self._day = re.compile(
            rf"\b(?:(?:{_any(words['weekdays'])},?\s+(?:the\s+)?)?(?:the\s+)?"
            rf"(?:{day}{of}\s+{month}|{month}\s+(?:the\s+)?(?!{unit}\b){day}(?!\s*(?:%|percent|people|{unit}\b)))"
            rf"(?:,?{of}\s+(?:{year}|{spoken_year}))?|{month}{of},?\s+(?:of\s+)?(?:{year}|{spoken_year})"
            rf"|{_any(words['seasons'])}{of}\s+(?:{year}|{spoken_year})"
            rf"|{_any(words['weekdays'])}\s+the\s+{_any(ordinals)}(?:{of}\s+{month})?)\b",
            re.IGNORECASE,
        )
        self._figures = re.compile(
            r"(?<![\w./-])(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d|(?:19|20)\d\d-\d\d-\d\d)(?![\w/-])"
        )
        self._month = re.compile(rf"(?<!\w){month}(?!\w)", re.IGNORECASE)
        self._ambiguous = frozenset(words["ambiguous_months"])
        self._month_before = re.compile(
            r"\b(?:in|since|until|till|by|from|of|last|this|around|early|late|mid|during|through|before|after|im|seit|ab|bis|en|desde|"
            r"hasta)[ -]$",
            re.IGNORECASE,
        )
        self._relative_before = re.compile(rf"\b{relative}\s+$", re.IGNORECASE)
        number = rf"(?:\d{{1,3}}|{small}(?:[ -]and[ -]a[ -]half)?)"
        plural = rf"(?:{_any([t[:-1] + 'ies' for t in tens if t.endswith('y')])}|\d0s)"
        ages = (_any(words["relations"]), number, plural, unit)
        patterns: Iterable[tuple[str, str]] = ()
        if language == "en":
            patterns = _english_ages(*ages)
        elif language == "de":
            patterns = (
                (rf"\b({number}) Jahre alt\b", ""),
                (rf"\bich bin ({number})\b(?=\s*(?:[.,;!?]|$|und\b))", ""),
                (rf"\bmit ({number}) (?:Jahren|bin ich|habe ich)\b", ""),
            )
        elif language == "es":
            patterns = (
                (rf"\b(?:tengo|tenía|tiene|cumplí|cumplió) ({number}) años\b", ""),
                (rf"\ba los ({number})(?: años)?\b", ""),
            )
        self._ages = tuple(
            (re.compile(pattern, re.IGNORECASE), re.compile(part, re.IGNORECASE)) for pattern, part in patterns
        )
        # every date with a day has one of these in it
        self._dated = re.compile("|".join((month, _any(words["weekdays"]), _any(words["seasons"]))), re.IGNORECASE)

    def find(self, text: str) -> Iterator[CalendarHit]:
        """Dates with a day, month or year, and ages, in a turn."""
        taken: list[tuple[int, int]] = []

        def free(start: int, end: int) -> bool:
            if any(start < e and end > s for s, e in taken):
                return False
            taken.append((start, end))
            return True

        for pattern, part in self._ages:
            for match in pattern.finditer(text) if part.search(text) else ():
                if free(*match.span(1)):
                    yield CalendarHit(*match.span(1), "AGE", "tied", 0.8, "an age")
        for pattern in (self._day, self._figures) if self._dated.search(text) else (self._figures,):
            for match in pattern.finditer(text):
                if free(*match.span()):
                    yield CalendarHit(*match.span(), "DATE", "tied", 0.85, "a date with day, month or year")
        for pattern in (self._year, self._spoken_year):
            for match in pattern.finditer(text):
                if free(*match.span()):
                    yield CalendarHit(*match.span(), "DATE", "tied", 0.8, "a year")
        for match in self._month.finditer(text):
            word = match[0].casefold()
            before = text[max(0, match.start() - 12) : match.start()]
            sure = self._month_before.search(before) is not None
            if word in self._ambiguous and not sure:
                continue
            if self._relative_before.search(before) and not sure:
                continue
            if free(*match.span()):
                yield CalendarHit(*match.span(), "DATE", "tied", 0.6, "a month")
