"""Contacts and ids as people say them: "kat dot osei at lumenworks dot io", "oh seven seven, double oh, nine".

The turn is cut into units that keep their offsets: a digit run, a letter, a symbol word, a word. A small grammar over
the units finds e-mails, addresses of pages, handles, phone numbers, numbers and spelt names; nothing is rewritten, so
offsets are those of the text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from anonymizer.detection.finding import EntityType
from anonymizer.detection.rules import Words

Kind = Literal["word", "letter", "digits", "symbol", "written", "filler", "number"]
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?|[@_/+\-.,;:!?()\"“”…\n]")
_BREAK = frozenset('.!?\n;:()"“”…')


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of a spoken form.

    Attributes:
        kind: ``digits`` for spoken digits (value: the digits), ``number`` for tens, teens and scales (value: digits as
            they would be dictated), ``letter`` for a single letter, ``written`` for digits in figures, ``symbol`` for a
            spoken or written symbol (value: the character), ``filler``, ``word``.
        value: Normalised content.
        start: First code point.
        end: One past the last.
        gap: True where punctuation that ends a sentence, or a line break, stands between it and the unit before.
        comma: True where a comma or dash stands before it.
        glued: True where nothing stands before it.
        hyphen: True where a hyphen joins it to the unit before.
    """

    kind: Kind
    value: str = field(repr=False)
    start: int
    end: int
    gap: bool = False
    comma: bool = False
    glued: bool = False
    hyphen: bool = False


@dataclass(frozen=True, slots=True)
class SpokenHit:
    """A contact or id said aloud."""

    start: int
    end: int
    entity_type: EntityType
    score: float
    reason: str


class SpokenForms:
    """Finds spoken contacts and ids with the words of one language."""

    def __init__(self, words: Words, common: frozenset[str] = frozenset()) -> None:
        self._common = common
        self._digits = words.mapping("digits")
        self._teens = words.mapping("teens")
        self._tens = words.mapping("tens")
        self._scales = words.mapping("scales")
        self._repeats = words.mapping("repeats")
        self._symbols = {k: v.strip('"') for k, v in words.mapping("symbols").items()}
        self._fillers = frozenset(words["fillers"])
        self._tlds = frozenset(words["tlds"])
        self._ambiguous_tlds = frozenset(words["ambiguous_tlds"])
        self._stops = frozenset(words["stops"])
        self._contact = frozenset(words["contact_words"])
        self._phone = frozenset(words["phone_words"])
        self._id = frozenset(words["id_words"])
        self._months = frozenset(words["months"])
        self._units = frozenset(words["units"])
        # by first word, longest first
        self._phrases: dict[str, list[tuple[str, list[str]]]] = {}
        for phrase in sorted((p for p in (*self._symbols, *self._fillers) if " " in p), key=lambda p: -len(p.split())):
            parts = phrase.split()
            self._phrases.setdefault(parts[0], []).append((phrase, parts))
        triggers = [w for w, v in self._symbols.items() if v in (".", "@", "_", "/")]
        # most turns hold nothing of this: one regular expression decides
        numbers = [*self._digits, *self._teens, *self._tens]
        self._worth = re.compile(
            r"\b(?:" + "|".join(map(re.escape, sorted({*triggers, *numbers}, key=len, reverse=True))) + r")\b"
            r"|\b[^\W\d_](?:[ -][^\W\d_]){2,}\b|@|_",
            re.IGNORECASE,
        )

    def units(self, text: str) -> list[Unit]:
        """Cut a turn into units."""
        tokens = [(m.start(), m.end(), m[0]) for m in _TOKEN.finditer(text)]
        units: list[Unit] = []
        gap = comma = hyphen = False
        i = 0
        while i < len(tokens):
            start, _, raw = tokens[i]
            glued = bool(units) and units[-1].end == start and not gap and not comma
            if raw in _BREAK:
                # a written dot inside a word is part of an address: "lumenworks.io" is left to the patterns
                gap = True
                i += 1
                continue
            if raw == ",":
                comma = True
                i += 1
                continue
            if raw == "-":
                inside = i and tokens[i - 1][1] == start and i + 1 < len(tokens) and tokens[i + 1][0] == start + 1
                hyphen, comma = bool(inside), comma or not inside
                i += 1
                continue
            phrase = self._phrase(tokens, i)
            if phrase:
                count, kind, value = phrase
                units.append(Unit(kind, value, start, tokens[i + count - 1][1], gap, comma, glued, hyphen))
                i += count
            else:
                kind, value, count = self._single(tokens, i)
                units.append(Unit(kind, value, start, tokens[i + count - 1][1], gap, comma, glued, hyphen))
                i += count
            gap = comma = hyphen = False
        return self._alphabet(units)

    @staticmethod
    def _alphabet(units: list[Unit]) -> list[Unit]:
        """Join "b as in bravo" to one letter."""
        out: list[Unit] = []
        i = 0
        while i < len(units):
            unit = units[i]
            if unit.kind == "letter" and [u.kind for u in units[i + 1 : i + 3]] == ["filler", "word"]:
                unit = replace(unit, end=units[i + 2].end)
                i += 2
            out.append(unit)
            i += 1
        return out

    def _phrase(self, tokens: Sequence[tuple[int, int, str]], i: int) -> tuple[int, Kind, str] | None:
        for phrase, parts in self._phrases.get(tokens[i][2].casefold(), ()):
            if i + len(parts) <= len(tokens) and all(
                tokens[i + k][2].casefold() == part for k, part in enumerate(parts)
            ):
                if phrase in self._symbols:
                    return len(parts), "symbol", self._symbols[phrase]
                return len(parts), "filler", phrase
        return None

    def _single(self, tokens: Sequence[tuple[int, int, str]], i: int) -> tuple[Kind, str, int]:
        word = tokens[i][2].casefold()
        if word in self._repeats and i + 1 < len(tokens):
            following = tokens[i + 1][2].casefold()
            times = int(self._repeats[word])
            if following in self._digits:
                return "digits", self._digits[following] * times, 2
            if len(following) == 1 and following.isalnum():
                return ("letter" if following.isalpha() else "digits"), following * times, 2
        if word in self._symbols:
            return "symbol", self._symbols[word], 1
        if word in "@_/+":
            return "symbol", word, 1
        if len(word) == 1 and word.isalpha() and word not in self._digits:
            return "letter", word, 1
        if word in self._digits:
            return "digits", self._digits[word], 1
        for table in (self._teens, self._tens, self._scales):
            if word in table:
                return "number", table[word], 1
        if word.isdigit():
            return "written", word, 1
        if word in self._fillers:
            return "filler", word, 1
        return "word", word, 1

    def find(self, text: str, previous: str = "") -> list[SpokenHit]:
        """All spoken contacts and ids of a turn.

        Args:
            text: The turn.
            previous: The turn before: "and your number?" is asked there.
        """
        if self._worth.search(text) is None:
            return []
        units = self.units(text)
        hits = [*self._addresses(units), *self._numbers(units, previous), *self._spelt(units, text)]
        return _longest(hits)

    # addresses

    def _addresses(self, units: list[Unit]) -> Iterator[SpokenHit]:
        i = 0
        while i < len(units):
            unit = units[i]
            if unit.kind == "symbol" and unit.value == "." and i and self._is_tld(units, i + 1):
                first, last, at = self._spread(units, i)
                if at is None and self._doubtful(units, i):
                    i += 1
                    continue
                hit = self._address_hit(units, first, last, at)
                if hit:
                    yield hit
                    i = last
            elif unit.kind == "symbol" and unit.value == "_" and 0 < i < len(units) - 1 and not unit.gap:
                first, last = self._left(units, i - 1), self._right(units, i + 1)
                if first > 0 and units[first - 1].kind == "symbol" and units[first - 1].value == "@":
                    first -= 1
                yield SpokenHit(units[first].start, units[last].end, "HANDLE", 0.9, "a user name said aloud")
                i = last
            i += 1

    def _doubtful(self, units: list[Unit], dot: int) -> bool:
        """ "The red dot is on", "the reference point in": everyday words around a dot that is none."""
        before, after = units[dot - 1], units[dot + 1]
        everyday = before.kind != "word" or before.value in self._common or before.value in self._stops
        return after.value in self._ambiguous_tlds and everyday

    def _is_tld(self, units: list[Unit], i: int) -> bool:
        if i >= len(units) or units[i].gap or units[i].comma:
            return False
        if units[i].value in self._tlds:
            return True
        letters = ""
        for unit in units[i : i + 3]:
            if unit.kind != "letter" or unit.gap:
                break
            letters += unit.value
            if letters in self._tlds:
                return True
        return False

    def _part(self, unit: Unit) -> bool:
        return unit.kind in ("letter", "digits", "written", "number") or (
            unit.kind == "word" and unit.value not in self._stops
        )

    def _left(self, units: list[Unit], i: int) -> int:
        """Leftmost unit of the chain that ends at i: joined by symbols; words without a symbol up to two more."""
        free, joint = 2, i
        while i > 0:
            unit, before = units[i], units[i - 1]
            if unit.gap:
                break
            joined = unit.kind == "symbol" or (before.kind == "symbol" and before.value in "._-/+")
            if before.kind == "symbol" and before.value == "@":
                break
            if unit.hyphen:
                i -= 1
                continue
            if joined and (before.kind == "symbol" or self._part(before) or unit.value != "."):
                if before.kind == "word" and before.value in self._stops and unit.kind == "symbol":
                    break
                i -= 1
                continue
            if (before.kind in ("letter", "digits", "written", "number") and unit.kind != "word") or (
                before.kind == "filler" and i > 1 and self._part(units[i - 2])
            ):
                i -= 1
            elif self._part(before) and free and not unit.comma:
                free -= 1
                i -= 1
            else:
                break
        while i < joint and units[i].kind == "symbol" and units[i].value not in "@+":
            i += 1
        return i

    def _right(self, units: list[Unit], i: int) -> int:
        last = min(i, len(units) - 1)
        while last + 1 < len(units) and not units[last + 1].gap:
            following = units[last + 1]
            if following.kind == "symbol" and following.value in "._-/" and last + 2 < len(units):
                last += 2
            elif (
                (
                    # a path of two words: "slash in slash tova lindqvist"
                    units[last].kind == "word"
                    and last > i
                    and units[last - 1].value == "/"
                    and following.kind == "word"
                    and following.value not in self._stops
                    and following.value not in self._common
                    and not following.comma
                )
                or (
                    following.kind in ("letter", "digits", "number")
                    and units[last].kind in ("letter", "digits", "number")
                )
                or (following.kind in ("digits", "number") and units[last].kind in ("word", "filler"))
            ):
                last += 1
            else:
                break
        return last

    def _spread(self, units: list[Unit], dot: int) -> tuple[int, int, int | None]:
        """From the dot before a top level domain to both ends of the address; the place of its "at" if it has one."""
        last = self._right(units, dot + 1)
        first = self._left(units, dot - 1)
        at = None
        if first > 0 and units[first - 1].kind == "symbol" and units[first - 1].value == "@" and not units[first].gap:
            at = first - 1
            if at > 0 and not units[at].gap and self._part(units[at - 1]):
                return self._left(units, at - 1), last, at
            return first, last, None
        return first, last, at

    def _address_hit(self, units: list[Unit], first: int, last: int, at: int | None) -> SpokenHit | None:
        if at is not None:
            return SpokenHit(units[first].start, units[last].end, "EMAIL", 0.95, "an e-mail address said aloud")
        if units[first].kind == "symbol" or units[first].value in self._stops - self._contact:
            return None
        return SpokenHit(units[first].start, units[last].end, "URL", 0.85, "an internet address said aloud")

    # numbers

    def _numbers(self, units: list[Unit], previous: str) -> Iterator[SpokenHit]:
        i = 0
        while i < len(units):
            if units[i].kind not in ("digits", "letter", "number", "written") and not (
                units[i].kind == "symbol" and units[i].value == "+"
            ):
                i += 1
                continue
            j = i + 1
            while j < len(units) and (
                units[j].kind in ("digits", "letter", "number", "written")
                or (units[j].kind == "symbol" and units[j].value in "-/")
                or (units[j].kind == "filler" and j + 1 < len(units) and units[j + 1].kind in ("digits", "number"))
            ):
                if units[j].gap and not units[j - 1].glued and self._sentence(units, j):
                    break
                j += 1
            run = units[i:j]
            while run and (
                run[-1].kind in ("symbol", "filler") or (run[-1].kind == "letter" and run[-1].value in "ai")
            ):
                run = run[:-1]
            while run and run[0].kind == "letter" and run[0].value in "ai" and len(run) > 1 and run[1].kind != "letter":
                run = run[1:]
            if run:
                hit = self._number_hit(run, units, i, j, previous)
                if hit:
                    yield hit
            i = j

    @staticmethod
    def _sentence(units: list[Unit], j: int) -> bool:
        # "four one five. Five five five." is one number dictated with pauses; anything but digits around ends it
        return not (units[j].kind == "digits" and units[j - 1].kind == "digits")

    def _number_hit(self, run: list[Unit], units: list[Unit], i: int, j: int, previous: str) -> SpokenHit | None:
        digits = sum(len(u.value) for u in run if u.kind == "digits")
        figures = sum(len(u.value) for u in run if u.kind == "written")
        letters = sum(len(u.value) for u in run if u.kind == "letter")
        tens = sum(u.kind == "number" for u in run)
        # "nine hundred" is dictated in phone numbers; "two thousand" and a lone "three hundred" are amounts
        spoken_digits = sum(u.kind == "digits" for u in run)
        scaled = any(u.kind == "number" and len(u.value) > 2 + (spoken_digits >= 5) for u in run)
        spoken = sum(u.kind == "digits" for u in run)
        total = digits + figures + letters + 2 * tens
        around = {u.value for u in units[max(0, i - 9) : i]} | {u.value for u in units[j : j + 2]}
        asked = set(re.findall(r"\w+", previous.casefold()[-160:]))
        start, end = run[0].start, run[-1].end
        if _counting([u.value for u in run if u.kind == "digits"]) and not letters:
            return None
        after = units[j].value if j < len(units) else ""
        if after in self._units or around & self._months:
            return None
        if (
            (digits + figures + 2 * tens) >= 7
            and (spoken >= 3 or around & self._phone or asked & self._phone)
            and not scaled
        ):
            is_id = bool(around & self._id - self._phone) and not (around & self._phone - self._id)
            if is_id or letters:
                return SpokenHit(start, end, "ID", 0.9, "a long number said digit by digit")
            return SpokenHit(start, end, "PHONE", 0.9, "a phone number said aloud")
        if letters and spoken + figures >= 2 and total >= 5 and (letters <= 4 or around & self._id):
            return SpokenHit(start, end, "ID", 0.85, "letters and digits said one by one, as in a plate or number")
        if spoken >= 4 and digits >= 4 and not scaled:
            return SpokenHit(start, end, "ID", 0.8, "a number said digit by digit")
        named = (around & self._id) or (asked & self._id)
        if named and not scaled and spoken >= 3 and total >= 3:
            return SpokenHit(start, end, "ID", 0.7, "a number said after a word for an id")
        return None

    # spelt names

    def _spelt(self, units: list[Unit], text: str) -> Iterator[SpokenHit]:
        i = 0
        while i < len(units):
            j = i
            while (
                j < len(units)
                and units[j].kind == "letter"
                and (j == i or not units[j].gap or text[units[j].start - 1] == ".")
            ):
                j += 1
            run = units[i:j]
            if len(run) >= 3:
                yield SpokenHit(run[0].start, run[-1].end, "OTHER", 0.5, "spelt letter by letter")
            i = max(j, i + 1)


def _counting(digits: Sequence[str]) -> bool:
    """True for "one two three (four)": somebody counts or tests the microphone."""
    if len(digits) < 2 or any(len(d) != 1 for d in digits):
        return False
    steps = {int(b) - int(a) for a, b in itertools.pairwise(digits)}
    return steps in ({1}, {-1}) and len(digits) <= 5


def _longest(hits: list[SpokenHit]) -> list[SpokenHit]:
    chosen: list[SpokenHit] = []
    for hit in sorted(hits, key=lambda h: (h.entity_type == "OTHER", -(h.end - h.start), h.start)):
        if all(hit.end <= other.start or hit.start >= other.end for other in chosen):
            chosen.append(hit)
    return sorted(chosen, key=lambda h: h.start)
