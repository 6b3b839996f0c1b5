"""The gate: nothing leaves while a known original is still in it.

Searched are texts, file names and properties, folded: without case, accents and invisible characters, with look-alike
letters of other alphabets made Latin, and with any separators between words. A hit is excused only by a recorded
decision to keep that very form in that very turn, and no more often than it was decided.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from anonymizer.detection.finding import EntityType
from anonymizer.entities.names import PARTICLES, TITLES, fold
from anonymizer.entities.organizations import words as organization_words
from anonymizer.keystore.view import KeyView
from anonymizer.resources import rule_files

STUDY = "study"
_TURN = re.compile(r"\bturn (\d+)\b")
# places of talk and of the protocol's words; file names, properties and speaker names are everything else
_RUNNING = re.compile(r"(?:^|\s)turn \d+$|^(?:paragraph|line|cell|row|text|heading|title|note)\b")
_TOKEN = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
# letters of other alphabets that look Latin: an attack, or a keyboard left in the wrong layout
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтАЕОРСУХІЈЅВКМНТαορτυνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijshdqwbkmhtAEOPCYXIJSBKMHTaoptuvikABEZHIKMNOPTYX",
)
# figures with what people write between them: +49 (0)30 901820-17
_FIGURES = re.compile(r"\d[\d\s().\-/+]*\d")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff・]+")
_SENTENCE_END = '.?!:;"“”«»—–…[(\n'
# short first and family names that are English words too; the word list of detection knows most others
_NAMES_THAT_ARE_WORDS = (
    "will may mark page art grace hope faith joy summer autumn april june august chase rose lily daisy ivy dawn eve "
    "bill bob jack pat sue rob drew grant miles frank earnest ernest gene guy max ray rich rusty sandy stone young "
    "long short brown green black white gray grey king bishop cook baker carter mason hunter fisher day knight price "
    "rice rivers woods wood west north field fields banks bush ford hall hill lake park street church bell ball love "
    "moody sharp swift wise strong small little major minor noble power powers read reed ward wells winter winters "
    "apple target shell visa meta orange gap square stripe block notion slack zoom teams box"
)
_PRONOUN_WORDS = "i you he she it we they the a an this that there these those my your our"
_PRONOUNS = frozenset(_PRONOUN_WORDS.split())


@dataclass(frozen=True, slots=True)
class Original:
    """A real name, contact or other passage that is hidden somewhere.

    Attributes:
        id: Names it without telling it: its pseudonym, or ``roster P07``.
        text: The passage.
        entity_type: What it is.
        scope: ``study``, or the code of the only transcript in which it is looked for.
        place: Where it is known from: ``roster`` or ``entity``.
    """

    id: str
    text: str = field(repr=False)
    entity_type: EntityType
    scope: str = STUDY
    place: str = "entity"


@dataclass(frozen=True, slots=True)
class Hit:
    """A known original in an output; says where and which, never the words.

    Attributes:
        place: As given with the text: ``turn 12``, ``file name``.
        turn: Index of the turn, or None.
        original: Its id.
        entity_type: Its type.
        excused: A recorded decision keeps it there.
    """

    place: str
    turn: int | None
    original: str
    entity_type: EntityType
    excused: bool = False


def known_originals(view: KeyView) -> tuple[Original, ...]:
    """Everything that the key knows to be hidden, each form once for each scope.

    People of the roster and around them are looked for by full name and by each part of it in the whole study;
    other people by full forms in the whole study and by bare names in the transcripts in which they occur.
    """
    found: dict[tuple[str, str, str], Original] = {}

    def add(id: str, text: str, entity_type: EntityType, scope: str = STUDY, place: str = "entity") -> None:
        if text.strip():
            found.setdefault((text, entity_type, scope), Original(id, text, entity_type, scope, place))

    for number, person in enumerate(view.roster):
        id = f"roster {person.code or number + 1}"
        for name in (person.name, *person.aliases, *person.people):
            add(id, name, "PERSON", place="roster")
            for part in re.split(r"[\s,]+", name):
                bare = fold(part).strip(".")
                if len(bare) > 2 and bare not in PARTICLES and bare not in TITLES:
                    add(id, part, "PERSON", place="roster")
        add(id, person.email, "EMAIL", place="roster")
        for name in person.organization:
            add(id, name, "ORGANIZATION", place="roster")
        for name in person.places:
            add(id, name, "LOCATION", place="roster")
    for known in view.entities:
        code = known.pseudonym.strip("[]")
        is_code = re.fullmatch(r"[PI]\d+", code) is not None
        for form in known.forms:
            single = known.entity_type == "PERSON" and len(_TOKEN.findall(form)) < 2
            if known.scope == "transcript" or (single and not is_code):
                for transcript in (known.transcript,) if known.transcript else known.transcripts:
                    add(known.pseudonym, form, known.entity_type, transcript)
            else:
                add(known.pseudonym, form, known.entity_type)
    return tuple(found.values())


def search(
    texts: Iterable[tuple[str, str]],
    originals: Sequence[Original],
    *,
    code: str = "",
    kept: Iterable[tuple[int, str, str]] = (),
) -> tuple[Hit, ...]:
    """Look for known originals.

    Args:
        texts: (place, text): places such as ``turn 12``, ``file name``, ``property title``.
        originals: From :func:`known_originals`; pass the same object again, it is prepared only once.
        code: Of the transcript the texts are made from: originals of that scope are looked for too.
        kept: (turn, form, entity type) of every recorded decision to keep.

    Returns:
        Hits in the order of the texts; excused ones are marked, so that they can be counted.
    """
    index = _prepared(originals)
    keeps: dict[int, list[tuple[str, ...]]] = {}
    for kept_in, form, _ in kept:
        keeps.setdefault(kept_in, []).append(_words(form))
    everywhere = [form for forms in keeps.values() for form in forms]
    hits: list[Hit] = []
    for place, text in texts:
        turn_match = _TURN.search(place)
        turn = int(turn_match[1]) if turn_match else None
        running = _RUNNING.search(place) is not None
        # a paragraph whose turn is not known may hold any kept form; names and properties of files may hold none
        excuses = [] if not running else everywhere if turn is None else keeps.get(turn, [])
        for original, count in index.find(text, code, running=running):
            wanted = _words(original.text)
            allowed = sum(_within(wanted, form) for form in excuses)
            hits.append(Hit(place, turn, original.id, original.entity_type, excused=0 < count <= allowed))
    return tuple(hits)


def _within(words: tuple[str, ...], form: tuple[str, ...]) -> int:
    return sum(form[i : i + len(words)] == words for i in range(len(form) - len(words) + 1))


def _visible(text: str) -> str:
    """The text as a reader sees it, case left as it is."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in composed if unicodedata.category(c) not in ("Cf", "Mn", "Me") or c == "\n")
    return unicodedata.normalize("NFKC", kept).translate(_LOOKALIKE)


def _words(text: str) -> tuple[str, ...]:
    """Folded words; a possessive ending is a word of its own and dropped."""
    found = [fold(word) for word in _TOKEN.findall(_visible(text))]
    while len(found) > 1 and found[-1] == "s":
        found.pop()
    return tuple(found)


@dataclass(slots=True)
class _Index:
    """All originals, prepared for searching; the value of a pattern is what it stands for.

    Attributes:
        words: Patterns of whole words, with a space before and after.
        figures: Phone and other numbers without their separators.
        unspaced: Names in scripts that put no spaces between words.
        common: Everyday words, which count only where they stand as names.
    """

    words: Any = field(repr=False)
    figures: Any = field(repr=False)
    unspaced: Any = field(repr=False)
    common: frozenset[str] = field(repr=False)

    def find(self, text: str, code: str, *, running: bool) -> list[tuple[Original, int]]:
        """(original, number of occurrences) in a text, each id and form once."""
        visible = _visible(text)
        if not running:
            visible = _CAMEL.sub(" ", visible) + " | " + visible
        counts: dict[tuple[str, str], tuple[Original, int]] = {}
        for pattern, original in self._hits(visible, running=running):
            if original.scope in (STUDY, code):
                key = original.id, pattern
                counts[key] = original, counts.get(key, (original, 0))[1] + 1
        return list(counts.values())

    def _hits(self, visible: str, *, running: bool) -> Iterator[tuple[str, Original]]:
        tokens = list(_TOKEN.finditer(visible))
        if self.words and tokens:
            line = " "
            token_at: dict[int, int] = {}
            for number, token in enumerate(tokens):
                token_at[len(line) - 1] = number
                line += fold(token[0]) + " "
            for end, (pattern, originals) in self.words.iter(line):
                number = token_at[end - len(pattern) + 1]
                everyday = running and pattern.strip() in self.common
                for original in originals:
                    if not everyday or _named(visible, tokens, number, original):
                        yield pattern, original
        if self.figures and any(c.isdecimal() for c in visible):
            for run in _FIGURES.finditer(visible):
                for _, (pattern, originals) in self.figures.iter("".join(c for c in run[0] if c.isdecimal())):
                    yield from ((pattern, original) for original in originals)
        if self.unspaced and not visible.isascii():
            for _, (pattern, originals) in self.unspaced.iter(fold(visible)):
                yield from ((pattern, original) for original in originals)


def _named(text: str, tokens: Sequence[re.Match[str]], number: int, original: Original) -> bool:
    """Whether an everyday word stands here as a name: written like one, where a sentence does not make it so.

    "Will" and "Page" are names by their capital; at the head of a sentence only where the next words say so.
    """
    token = tokens[number]
    if not token[0][:1].isupper():
        return False
    before = text[: token.start()].rstrip(" \t*_")
    if before and before[-1] not in _SENTENCE_END:
        return True
    after = text[token.end() : token.end() + 2]
    if after[:1] in "'’" and after[1:2] == "s":
        return True
    following = tokens[number + 1][0] if number + 1 < len(tokens) else ""
    if following[:1].isupper() and fold(following) not in _PRONOUNS:
        return True
    return original.entity_type == "PERSON" and fold(following) in ("said", "says", "told", "and", "was", "is", "who")


_LAST: list[tuple[Sequence[Original], _Index]] = []


def _prepared(originals: Sequence[Original]) -> _Index:
    """The automaton for a list of originals; the last one is remembered, since every release asks with the same."""
    if _LAST and _LAST[0][0] is originals:
        return _LAST[0][1]
    index = _Index(
        _automaton(originals, lambda o: [f" {' '.join(words)} " for words in _patterns(o)]),
        _automaton(originals, _figures),
        _automaton(originals, _unspaced),
        _common_words(),
    )
    _LAST[:] = [(originals, index)]
    return index


def _automaton(originals: Sequence[Original], patterns_of: Callable[[Original], list[str]]) -> Any:
    import ahocorasick

    patterns: dict[str, dict[int, None]] = {}
    for number, original in enumerate(originals):
        for pattern in patterns_of(original):
            patterns.setdefault(pattern, {})[number] = None
    if not patterns:
        return None
    automaton = ahocorasick.Automaton()
    for pattern, numbers in patterns.items():
        automaton.add_word(pattern, (pattern, tuple(originals[n] for n in numbers)))
    automaton.make_automaton()
    return automaton


def _figures(original: Original) -> list[str]:
    figures = "".join(c for c in original.text if c.isdecimal())
    return [figures] if original.entity_type in ("PHONE", "ID") and len(figures) >= 6 else []


def _unspaced(original: Original) -> list[str]:
    folded = "".join(fold(_visible(original.text)).split())
    return [folded] if len(folded) > 1 and _UNSPACED.fullmatch(folded) else []


def _patterns(original: Original) -> list[tuple[str, ...]]:
    words = _words(original.text)
    joined = "".join(words)
    if _figures(original) or _UNSPACED.fullmatch(joined):
        return []
    if len(joined) < 2 or (joined.isdecimal() and len(joined) < 4):
        # one letter, or a number of three figures, is in every text: it can be hidden but not looked for
        return []
    found = [words]
    if len(words) > 1 and len(joined) > 5:
        found.append((joined,))
    if original.entity_type == "ORGANIZATION":
        short = tuple(w for w in organization_words(original.text))
        if short != words and len("".join(short)) > 3:
            found.append(short)
    return found


@functools.cache
def _common_words() -> frozenset[str]:
    words = set(_NAMES_THAT_ARE_WORDS.split())
    for path in rule_files("en/common.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        words.update(fold(line) for line in lines if line and not line.startswith("#"))
    return frozenset(words)
