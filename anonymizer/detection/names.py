"""Known names searched in a whole transcript: whole, in part, lower-case, possessive, misspelt.

What is known comes from the roster, from speaker labels and from names that other recognizers found somewhere in the
transcript.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from anonymizer.detection.finding import Context, EntityType, Source
from anonymizer.detection.words import Word, split


@dataclass(frozen=True, slots=True)
class Known:
    """A form to search.

    Attributes:
        words: Case-folded words.
        entity_type: Of the findings.
        context: Of the findings.
        source: Of the findings.
        group: Of the findings.
        score: Of exact findings.
        capital: True for a form that is also an everyday word: found only where a capital is not due to the sentence,
            or where ``sure`` says that a person stands there.
        fuzzy: Misspellings are looked for too.
        proven: A person of the transcript is certainly called so: in a turn without capitals the form is found though
            it is an everyday word, but for what follows an article or the like ("a gift").
        upper: Written in capitals alone, as an acronym is.
        reason: Of the findings.
    """

    words: tuple[str, ...] = field(repr=False)
    entity_type: EntityType
    context: Context
    source: Source
    group: str = field(repr=False)
    score: float
    reason: str
    capital: bool = False
    fuzzy: bool = False
    proven: bool = False
    upper: bool = False


@dataclass(frozen=True, slots=True)
class KnownHit:
    """Where a known form stands."""

    start: int
    end: int
    known: Known
    exact: bool


# its place among the forms, the plain form, how it sounds
_Fuzzy = tuple[int, str, str, Known]


def plain(text: str) -> str:
    """Case-folded, accents dropped."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("ł", "l").replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def name_words(text: str) -> tuple[str, ...]:
    """Case-folded words of a name."""
    return tuple(word.lower for word in split(text))


# of words that no form is near, as of others; a vocabulary that grows beyond it is forgotten
_REMEMBERED = 100_000


class KnownIndex:
    """Known forms, indexed by their first word.

    Args:
        known: The forms; of equally good ones the first counts.
        common: Everyday words.
        base: Forms that come before these, such as the roster's, indexed once for many transcripts; with the same
            everyday words.
        before_nouns: Words after which an everyday word is one, also where a person is called so.
    """

    def __init__(
        self,
        known: Iterable[Known],
        common: frozenset[str] = frozenset(),
        base: KnownIndex | None = None,
        before_nouns: frozenset[str] = frozenset(),
    ) -> None:
        self._before_nouns = before_nouns
        self._first: dict[str, list[Known]] = {}
        # misspellings are near in their first letter or in their sound
        self._by_letter: dict[str, list[_Fuzzy]] = {}
        self._by_sound: dict[str, list[_Fuzzy]] = {}
        self._common = common
        self._base = base
        self._near: dict[str, tuple[float, Known] | None] = {}
        for order, item in enumerate(known):
            if not item.words:
                continue
            for first in {item.words[0], plain(item.words[0])}:
                if first not in self._first:
                    self._first[first] = list(base._forms(first)) if base else []
                self._first[first].append(item)
            if item.fuzzy and len(item.words) == 1 and len(item.words[0]) >= 4:
                key = plain(item.words[0])
                entry = order, key, _sound(key), item
                self._by_letter.setdefault(key[:1], []).append(entry)
                self._by_sound.setdefault(entry[2], []).append(entry)
        for forms in self._first.values():
            forms.sort(key=lambda k: (-len(k.words), -k.score))

    def __bool__(self) -> bool:
        return bool(self._first) or bool(self._base)

    def _forms(self, word: str) -> Sequence[Known]:
        """Forms that begin with a word."""
        return self._first.get(word) or (self._base._forms(word) if self._base else ())

    @property
    def _fuzzy(self) -> bool:
        """Whether misspellings of anything are looked for."""
        return bool(self._by_letter) or (self._base is not None and self._base._fuzzy)

    def scan(self, words: Sequence[Word], *, lower: bool, sure: frozenset[int] = frozenset()) -> Iterator[KnownHit]:
        """Known forms in a turn, longest first at each place.

        Args:
            words: The turn's words.
            lower: The turn has no capitals.
            sure: Offsets of words that another recognizer takes for a name.
        """
        i = 0
        while i < len(words):
            hit = self._exact(words, i, lower, sure) or self._misspelt(words, i, sure)
            if hit is None:
                i += 1
                continue
            count, found = hit
            yield found
            i += count

    def _exact(self, words: Sequence[Word], i: int, lower: bool, sure: frozenset[int]) -> tuple[int, KnownHit] | None:
        word = words[i]
        for item in self._forms(word.lower) or self._forms(plain(word.lower)):
            n = len(item.words)
            if i + n > len(words):
                continue
            if any(
                (words[i + k].lower != item.words[k] and plain(words[i + k].lower) != plain(item.words[k]))
                or (k and len(words[i + k].gap) > 2)
                for k in range(n)
            ):
                continue
            if item.capital and word.start not in sure and not self._written_as_name(words[i : i + n], lower):
                noun = i > 0 and words[i - 1].lower in self._before_nouns
                if noun or not (lower and item.proven):
                    continue
            return n, KnownHit(word.start, words[i + n - 1].end, item, True)
        return None

    @staticmethod
    def _written_as_name(words: Sequence[Word], lower: bool) -> bool:
        if lower:
            return False
        if len(words) == 1:
            return words[0].capital and not words[0].first
        return all(word.capital for word in words if len(word.lower) > 3)

    def _misspelt(self, words: Sequence[Word], i: int, sure: frozenset[int]) -> tuple[int, KnownHit] | None:
        if not self._fuzzy:
            return None
        word = words[i]
        if word.lower in self._common and word.start not in sure:
            return None
        if len(word.lower) >= 4:
            near = self._nearest(word.lower)
            if near is not None:
                return 1, KnownHit(word.start, word.end, near, False)
        # a foreign name heard as two words: "Mei Shan" for "Meishan"
        if i + 1 < len(words) and words[i + 1].gap in (" ", "-") and words[i + 1].lower not in self._common:
            joined = word.lower + words[i + 1].lower
            if len(joined) >= 6:
                near = self._nearest(joined)
                if near is not None:
                    return 2, KnownHit(word.start, words[i + 1].end, near, False)
        return None

    def _nearest(self, lower: str) -> Known | None:
        found = self._ranked(lower)
        return found[1] if found else None

    def _ranked(self, lower: str) -> tuple[float, Known] | None:
        """The form that a word may be a misspelling of, and how far it is."""
        if lower in self._near:
            return self._near[lower]
        best = self._base._ranked(lower) if self._base else None
        own = self._own_nearest(lower) if self._by_letter else None
        if own is not None and (best is None or own[0] < best[0]):
            best = own
        if len(self._near) >= _REMEMBERED:
            self._near.clear()
        self._near[lower] = best
        return best

    def _own_nearest(self, lower: str) -> tuple[float, Known] | None:
        from rapidfuzz.distance import DamerauLevenshtein

        key = plain(lower)
        sound = _sound(key)
        best: tuple[float, int, Known] | None = None
        for order, form, form_sound, item in (*self._by_letter.get(key[:1], ()), *self._by_sound.get(sound, ())):
            if abs(len(form) - len(key)) > 2:
                continue
            allowed = 1 if len(form) <= 6 else 2
            distance = DamerauLevenshtein.distance(form, key, score_cutoff=allowed + 1)
            if distance > allowed + 1:
                continue
            same_sound = bool(sound) and sound == form_sound
            close = distance <= 1 and (len(form) >= 5 or same_sound) and (form[0] == key[0] or same_sound)
            if close or (distance <= allowed + 1 and same_sound and form[0] == key[0]):
                rank = distance - same_sound * 0.5
                if best is None or (rank, order) < best[:2]:
                    best = (rank, order, item)
        return (best[0], best[2]) if best else None


def _sound(word: str) -> str:
    """A rough key under which words that sound alike in English meet."""
    text = word
    for old, new in _SOUNDS:
        text = text.replace(old, new)
    head, tail = text[:1], text[1:]
    if head in "aeiouy":
        head = "a"
    tail = "".join(c for c in tail if c not in "aeiouyhw")
    out = head
    for char in tail:
        if char != out[-1:]:
            out += char
    return out


# spelling -> rough sound, in order
_SOUNDS = tuple(
    (pair.partition(":")[0], pair.partition(":")[2])
    for pair in [
        "ph:f",
        "ght:t",
        "kn:n",
        "wr:r",
        "sch:s",
        "tsch:s",
        "sh:s",
        "tch:s",
        "ch:s",
        "ck:k",
        "qu:k",
        "q:k",
        "x:ks",
        "zh:s",
        "z:s",
        "ce:se",
        "ci:si",
        "cy:si",
        "c:k",
        "dg:j",
        "g:k",
        "d:t",
        "b:p",
        "v:f",
        "j:s",
        "rr:r",
        "ll:l",
        "nn:n",
    ]
)
