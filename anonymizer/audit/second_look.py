"""A second look at released text by means that the detection does not use: capitals, numbers and cue words.

No model, no list of names. What it lists is suspicious, not wrong: most of it will be technical names that were kept on
purpose. Those can be handed in as ``excused``; they are counted and not listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# words that start with a capital in the middle of an English sentence and name nobody
_ALLOWED = (
    "i i'm i'd i'll i've monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december english french german spanish chinese japanese american "
    "european christmas easter ok okay yeah yes no mr mrs ms dr prof professor internet"
)
_CAPITALS_ALLOWED = frozenset(_ALLOWED.split())
_TITLES = r"(?:mr|mrs|ms|miss|dr|doctor|prof|professor|sir|dame|judge|senator|reverend|father|sister|captain)"
_CUES = (
    r"my name is|my name's|name is|is called|was called|named|they call me|call me|i'm called|signed,|regards,|"
    r"this is|speaking with|talking to|spoke to|thanks to|thank you,?|hi,?|hello,?|dear"
)
_WORD = r"[^\W\d_][^\W_]*(?:['’\-][^\W\d_]+)*"
# capitals of the Latin, Greek, Cyrillic and Armenian scripts: re knows no class for them
_UPPER = "".join(chr(c) for c in (*range(0x41, 0x590), *range(0x1E00, 0x2000)) if chr(c).isupper())
_CAPITALIZED = rf"[{_UPPER}][^\W_]*(?:['’\-][^\W\d_]+)*"
_ENDINGS = "com|org|net|edu|io|ai|co|uk|de|eu|fm|gov"
_STREETS = "street|st|road|rd|avenue|ave|lane|drive|court|square|boulevard"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_DIGIT_WORDS = "oh|zero|one|two|three|four|five|six|seven|eight|nine|double|triple"

_RULES: tuple[tuple[str, float, re.Pattern[str]], ...] = tuple(
    (rule, score, re.compile(pattern, flags))
    for rule, score, flags, pattern in (
        ("e-mail", 0.95, re.I, r"[^\s@\[\]]{1,64}@[^\s@\[\]]{1,200}\.[a-z]{2,}"),
        ("spoken e-mail or address", 0.8, re.I, rf"\b\w+ (?:at|dot) \w+ dot (?:{_ENDINGS})\b"),
        ("web address", 0.8, re.I, rf"\b(?:https?://|www\.)\S+|\b[\w-]{{1,63}}\.(?:{_ENDINGS})\b"),
        ("handle", 0.7, 0, r"(?<![\w@])@\w{2,}"),
        ("long number", 0.8, 0, r"(?<![\w.])\+?\d(?:[\s().\-/]{0,2}\d){5,}(?!\w)"),
        ("number spoken digit by digit", 0.7, re.I, rf"\b(?:(?:{_DIGIT_WORDS})[\s,\-]+){{4,}}(?:{_DIGIT_WORDS})\b"),
        ("spelt letter by letter", 0.7, 0, r"\b[A-Za-z]([\s\-.]{1,2})[A-Za-z]\b(?:\1[A-Za-z]\b){2,}"),
        ("code of letters and digits", 0.5, 0, r"\b(?=\w*\d)(?=\w*[A-Z])(?!\w*[a-z])[A-Z0-9\-]{5,40}\b"),
        ("title and name", 0.85, re.I, rf"\b{_TITLES}\.?\s+(?P<word>{_WORD})"),
        ("introduction", 0.75, 0, rf"\b(?i:{_CUES})\s+(?P<word>{_CAPITALIZED}(?:\s+{_CAPITALIZED})?)"),
        ("introduction", 0.6, re.I, rf"\b(?:my name is|my name's|they call me|i'm called)\s+(?P<word>{_WORD})"),
        ("birth", 0.6, re.I, r"\bborn (?:in|on|at)\b[^.]{0,40}"),
        ("age", 0.4, re.I, rf"\b(?:i'm|i am|i was|turned|aged)\s+(?:\d{{2}}|(?:{_TENS})(?:[\s-]\w+)?)(?:\s+years?\b)?"),
        ("street address", 0.7, re.I, rf"\b\d{{1,5}}\s+\w+\s+(?:{_STREETS})\b"),
    )
)
# a word after a cue is taken for a word, not a name, if it occurs more often than this without a capital
_COMMON = 2
_SEQUENCE = re.compile(rf"\b{_CAPITALIZED}(?:\s+(?:(?:van|von|de|del|della|di|da|bin|al|el|la)\s+)?{_CAPITALIZED})*")
_AT_START = "capital at a sentence's start, never seen without"
_REPLACED = re.compile(r"\[[^\[\]\n]{1,80}\]")
_SENTENCE_START = re.compile(r"(?:\A|[.!?…:\"“”]\s*[\"“”]?|\n|\s[-–—]\s)\s*$")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A passage of a released turn that somebody might look at.

    Attributes:
        transcript: Code.
        turn: Index.
        start: First code point in the released text.
        end: One past the last.
        rule: Which rule.
        score: How suspicious, 0 to 1: 0.8 and more is rarely nothing.
        text: The passage; for the local screen only.
    """

    transcript: str
    turn: int
    start: int
    end: int
    rule: str
    score: float
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What the second look lists.

    Attributes:
        suspicions: Most suspicious first.
        excused: Passages that recorded decisions to keep explain.
        turns: Turns looked at.
    """

    suspicions: tuple[Suspicion, ...] = ()
    excused: int = 0
    turns: int = 0

    def by_rule(self) -> dict[str, int]:
        """Number of suspicions by rule."""
        return dict(sorted(Counter(s.rule for s in self.suspicions).items()))


def second_look(turns: Iterable[tuple[str, int, str]], excused: frozenset[str] = frozenset()) -> SecondLook:
    """Look at released turns.

    Args:
        turns: (transcript code, turn index, released text), all of the study: words that also occur without a capital
            somewhere are taken for words.
        excused: Case-folded forms with a recorded decision to keep.
    """
    turns = tuple(turns)
    lower: Counter[str] = Counter()
    for _, _, text in turns:
        lower.update(w for w in re.findall(_WORD, _REPLACED.sub(" ", text)) if w[:1].islower())
    found: list[Suspicion] = []
    excused_count = 0
    for code, index, text in turns:
        taken = bytearray(len(text))
        for match in _REPLACED.finditer(text):
            taken[match.start() : match.end()] = b"\1" * len(match[0])
        for start, end, rule, score in _candidates(text, lower):
            if any(taken[start:end]):
                continue
            taken[start:end] = b"\1" * (end - start)
            form = text[start:end].casefold().removesuffix("'s").removesuffix("’s")
            if form in excused or all(part in excused for part in form.split()):
                excused_count += 1
                continue
            found.append(Suspicion(code, index, start, end, rule, score, text[start:end]))
    found.sort(key=lambda s: (-s.score, s.transcript, s.turn, s.start))
    return SecondLook(tuple(found), excused_count, len(turns))


def _candidates(text: str, lower: Counter[str]) -> Iterator[tuple[int, int, str, float]]:
    """Spans, the most suspicious rules first."""
    hits: list[tuple[float, int, int, str]] = []
    for rule, score, pattern in _RULES:
        for match in pattern.finditer(text):
            group = "word" if "word" in pattern.groupindex else 0
            start, end = match.span(group)
            word = text[start:end].casefold()
            if group and (lower[word] > _COMMON or word in _CAPITALS_ALLOWED):
                continue
            hits.append((score, start, end, rule))
    for match in _SEQUENCE.finditer(text):
        start, end = match.span()
        words = re.findall(_WORD, match[0])
        if words and _SENTENCE_START.search(text, max(0, start - 6), start):
            # the first word of a sentence has a capital anyway: look at the rest, or at a word never seen without one
            if len(words) == 1:
                if lower[words[0].casefold()] or words[0].casefold() in _CAPITALS_ALLOWED or len(words[0]) < 3:
                    continue
                hits.append((0.2, start, end, _AT_START))
                continue
            if lower[words[0].casefold()] or words[0].casefold() in _CAPITALS_ALLOWED:
                start = text.index(words[1], start + len(words[0]))
                words = words[1:]
        words = [w for w in words if w.casefold() not in _CAPITALS_ALLOWED]
        if not words:
            continue
        if len(words) == 1 and match[0].startswith(words[0]) and _SENTENCE_START.search(text, max(0, start - 6), start):
            hits.append((0.2, start, start + len(words[0]), _AT_START))
            continue
        common = all(lower[w.casefold()] for w in words)
        if len(words) > 1:
            hits.append((0.35 if common else 0.6, start, end, "several capitals in a row"))
        elif not common:
            acronym = words[0].isupper() and len(words[0]) > 1
            hits.append((0.3 if acronym else 0.45, start, end, "capitals" if acronym else "capital within a sentence"))
    hits.sort(key=lambda h: (-h[0], h[1]))
    for score, start, end, rule in hits:
        yield start, end, rule, score
