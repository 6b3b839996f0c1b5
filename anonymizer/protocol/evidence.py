"""What speaks for a turn being about a question: likeness in words and meaning, kind of question, place, talk outside.

Nothing here knows a protocol: every feature is a number that means the same under any protocol, so that weights learnt
on some studies hold for others. The weights are in ``rules/tagging/weights.json``.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizer.protocol import vectors
from anonymizer.protocol.model import Protocol
from anonymizer.protocol.words import STOP, content, sentences, stem, without_asides, words
from anonymizer.transcript import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_NOTE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_KINDS = (
    ("amount", re.compile(r"\bhow (?:many|much|big|large|old)\b|\bsize\b|\bnumber\b|\bpercent")),
    ("duration", re.compile(r"\bhow long\b|\bhow many years\b|\byears?\b|\bsince when\b|\bhow often\b")),
    ("where", re.compile(r"\bwhere\b|\bwhich (?:place|school|company)\b")),
    ("who", re.compile(r"\bwho(?:se)?\b|\bpeople\b|\bsomebody\b|\banybody\b|\bcolleagues?\b")),
    ("why", re.compile(r"\bwhy\b|\breasons?\b|\bwhat for\b|\bgoals?\b|\bmotivat")),
    ("when", re.compile(r"\bwhen\b|\bfirst time\b|\blast time\b|\ba time\b|\btimes?\b")),
    ("how", re.compile(r"\bhow (?:do|did|does|would|can|could|is|are)\b|\bwalk me\b|\btalk me\b|\bin what ways?\b")),
    ("example", re.compile(r"\bexamples?\b|\btell me about\b|\bdescribe\b|\bstory\b|\binstance\b|\banything that\b")),
    ("choice", re.compile(r"\bor\b")),
    ("yes-no", re.compile(r"^(?:so |and |but )*(?:do|did|does|have|has|had|is|are|was|were|would|can|could)\b")),
    ("opinion", re.compile(r"\bthink\b|\bfeel\b|\bopinion\b|\bsuggest|\brecommend|\badvice\b|\bwish\b|\bwant\b")),
    ("different", re.compile(r"\bdifferen|\bchange|\binstead\b|\bbetter\b|\bimprove|\bcompare")),
    ("negative", re.compile(r"\bwrong\b|\bproblem|\bworr|\bfail|\bchalleng|\bdiffic|\bbad|\berror|\bbug|\blose")),
    ("positive", re.compile(r"\bhelp|\bgood\b|\bhope|\bsuccess|\bvaluable\b|\buseful\b|\beffective")),
    ("future", re.compile(r"\bwill\b|\bfuture\b|\bahead\b|\bagain\b|\byears? from now\b|\bgoing to\b|\bnext\b")),
    ("money", re.compile(r"\bpay|\bmoney\b|\bcosts?\b|\bbudget|\bprice|\bexpens")),
)  # fmt: skip
_DIGITS = re.compile(r"\d")
_NUMBER_WORDS_TEXT = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty
    fifty sixty hundred thousand half dozen couple
"""
_NUMBER_WORDS = frozenset(_NUMBER_WORDS_TEXT.split())

SIMILARITIES = ("meaning", "sentence", "parent", "word", "letters")
SHAPES = ("raw", "row", "gap", "column")
QUESTION_FEATURES = (
    *(f"{name}.{shape}" for name in SIMILARITIES for shape in SHAPES),
    "kind.same",
    "kind.other",
)
START_ONLY = ("optional", "nested", "deep", "unfit")
STAY_FEATURES = (
    "one",
    "question-mark",
    "words<4",
    "words<8",
    "words>25",
    "echo",
    "echo.rare",
    "pronoun",
    "best",
    "margin",
    "statement",
    "opens-so",
    "opens-and",
    "number-known",
)
OUT_FEATURES = (
    "one",
    "begin",
    "begin.near",
    "end",
    "end.near",
    "lexicon",
    "lexicon.rate",
    "best",
    "digits",
    "short",
    "first-person-study",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Feature values of one transcript under one protocol.

    Attributes:
        role: 0 interviewer, 1 others, for each turn.
        context: Which transition weights hold: 0 interviewer, 1 answer after the interviewer, 2 another's turn.
        question: (turns, questions, len(QUESTION_FEATURES)).
        start: (questions, len(START_ONLY)).
        stay: (turns, len(STAY_FEATURES)).
        out: (turns, len(OUT_FEATURES)).
    """

    role: NDArray[np.int64]
    context: NDArray[np.int64]
    question: Array
    start: Array
    stay: Array
    out: Array


def bare(text: str) -> str:
    """A question's text without notes in brackets, for comparing; kept if nothing would be left."""
    stripped = " ".join(_NOTE.sub(" ", text).split())
    return stripped if len(words(stripped)) >= 3 else text.strip("()[]")


def _letters(text: str) -> Counter[str]:
    grams: Counter[str] = Counter()
    for word in words(text):
        if word in STOP or len(word) < 2:
            continue
        padded = f" {word} "
        for size in (3, 4):
            for at in range(len(padded) - size + 1):
                grams[padded[at : at + size]] += 1
    return grams


def _kinds(text: str) -> frozenset[str]:
    low = " ".join(words(text))
    return frozenset(name for name, pattern in _KINDS if pattern.search(low))


class ProtocolIndex:
    """What of a protocol is compared with turns; computed once a protocol."""

    def __init__(self, protocol: Protocol, lexicon: frozenset[str]) -> None:
        questions = protocol.questions
        self.protocol = protocol
        self.lexicon = lexicon
        self.texts = [bare(q.text) for q in questions]
        by_id = {q.id: index for index, q in enumerate(questions)}
        self.parents = [by_id.get(q.parent or "", -1) for q in questions]
        self.depth = [0] * len(questions)
        for index, parent in enumerate(self.parents):
            self.depth[index] = 0 if parent < 0 else self.depth[parent] + 1
        self.own = vectors.embed(self.texts)
        above = vectors.embed([
            f"{self.texts[parent]} {text}" if parent >= 0 else f"{q.section}. {text}"
            for q, parent, text in zip(questions, self.parents, self.texts, strict=True)
        ])  # fmt: skip
        self.with_parent = above
        self.stems = [Counter(content(text)) for text in self.texts]
        df = Counter(word for stems in self.stems for word in stems)
        count = len(questions)
        self.idf = {word: math.log((count + 1) / (n + 0.5)) for word, n in df.items()}
        self.stem_norm = [math.sqrt(sum(self.idf[w] ** 2 for w in stems)) or 1.0 for stems in self.stems]
        grams = [_letters(text) for text in self.texts]
        gram_df = Counter(g for bag in grams for g in bag)
        self.gram_idf = {g: math.log((count + 1) / (n + 0.5)) for g, n in gram_df.items()}
        self.gram_index = {g: at for at, g in enumerate(sorted(gram_df))}
        self.grams = np.zeros((count, len(self.gram_index)))
        for row, bag in enumerate(grams):
            for g, n in bag.items():
                self.grams[row, self.gram_index[g]] = (1 + math.log(n)) * self.gram_idf[g]
        self.grams /= np.maximum(np.linalg.norm(self.grams, axis=1, keepdims=True), 1e-9)
        self.kinds = [_kinds(text) for text in self.texts]
        self.start = np.array(
            [[float(q.optional), float(d > 0), float(d > 1), float(len(words(t)) < 4)]
             for q, d, t in zip(questions, self.depth, self.texts, strict=True)]
        )  # fmt: skip
        self.classes = transition_classes(protocol, self.parents)

    def word_likeness(self, text: str) -> Array:
        """Cosine of idf-weighted stems with each question."""
        bag = Counter(content(text))
        norm = math.sqrt(sum(self.idf.get(w, 1.0) ** 2 for w in bag)) or 1.0
        row = np.zeros(len(self.stems))
        for at, stems in enumerate(self.stems):
            row[at] = sum(self.idf[w] ** 2 for w in bag if w in stems) / (norm * self.stem_norm[at])
        return row

    def letter_likeness(self, text: str) -> Array:
        """Cosine of idf-weighted letter n-grams with each question."""
        row = np.zeros(len(self.gram_index))
        rest = 0.0
        for g, n in _letters(text).items():
            at = self.gram_index.get(g)
            if at is None:
                rest += 1.0
            else:
                row[at] = (1 + math.log(n)) * self.gram_idf[g]
        norm = math.sqrt(float(row @ row) + rest)
        result: Array = self.grams @ row / (norm or 1.0)
        return result


CLASSES = (
    "stay", "child", "next-sibling", "next", "descendant", "skip-1", "skip-2-4", "skip-5+", "parent", "back-1",
    "back-2-4", "back-5+", "next-section-first", "next-section", "later-section-first", "later-section",
    "earlier-section-first", "earlier-section", "to-outside", "outside", "enter-first", "enter-second",
    "enter-section-first", "enter",
)  # fmt: skip
_CLASS = {name: at for at, name in enumerate(CLASSES)}


def transition_classes(protocol: Protocol, parents: Sequence[int]) -> NDArray[np.int64]:
    """Which kind of step leads from each state to each other, shape (questions + 1, questions + 1)."""
    questions = protocol.questions
    count = len(questions)
    sections = list(dict.fromkeys(q.section for q in questions))
    section = [sections.index(q.section) for q in questions]
    firsts = {section.index(s) for s in range(len(sections))}

    def kind(i: int, j: int) -> str:
        distance = j - i
        if section[i] != section[j]:
            first = j in firsts
            if section[j] == section[i] + 1:
                return "next-section-first" if first else "next-section"
            where = "later-section" if section[j] > section[i] else "earlier-section"
            return f"{where}-first" if first else where
        if distance > 0:
            if parents[j] == i and distance == 1:
                return "child"
            if parents[j] == parents[i] and not any(parents[k] == parents[i] for k in range(i + 1, j)):
                return "next-sibling"
            if distance == 1:
                return "next"
            above = parents[j]
            while above >= 0 and above != i:
                above = parents[above]
            if above == i:
                return "descendant"
            return "skip-1" if distance == 2 else "skip-2-4" if distance <= 5 else "skip-5+"
        if parents[i] == j:
            return "parent"
        return "back-1" if distance == -1 else "back-2-4" if distance >= -4 else "back-5+"

    result = np.zeros((count + 1, count + 1), dtype=np.int64)
    for i in range(count):
        for j in range(count):
            result[i, j] = _CLASS["stay"] if i == j else _CLASS[kind(i, j)]
        result[i, count] = _CLASS["to-outside"]
    for j in range(count):
        result[count, j] = _CLASS[
            "enter-first" if j == 0 else "enter-second" if j <= 3 else "enter-section-first" if j in firsts else "enter"
        ]
    result[count, count] = _CLASS["outside"]
    return result


def _shapes(raw: Array, asks: NDArray[np.bool_]) -> Array:
    """Raw likeness, z-score within the turn, distance to the turn's best, distance to the question's best elsewhere."""
    questions = raw.shape[1]
    mean, spread = raw.mean(1, keepdims=True), raw.std(1, keepdims=True)
    row = (raw - mean) / np.maximum(spread, 1e-6)
    order = np.sort(raw, axis=1)
    best = order[:, -1:]
    second = order[:, -2:-1] if questions > 1 else best
    gap = raw - np.where(raw >= best, second, best)
    asked = np.where(asks[:, None], raw, -1.0)
    column = np.zeros_like(raw)
    if asks.sum() > 1:
        top = np.sort(asked, axis=0)
        first, next_ = top[-1:], top[-2:-1]
        column = raw - np.where(asked >= first, next_, first)
    # scaled to a like spread, so that one strength of regularization fits all
    return np.stack(
        [3 * raw, np.clip(row, -3, 6) / 2, 6 * np.clip(gap, -0.5, 0.5), 6 * np.clip(column, -0.5, 0.5)], axis=-1
    )


_PRONOUNS_TEXT = """
    that this it those these they them he she there then
"""
_PRONOUNS = frozenset(_PRONOUNS_TEXT.split())
_STUDY_TEXT = """
    consent recording recorder record interview transcript study university voucher anonymous
"""
_STUDY = frozenset(_STUDY_TEXT.split())


def collect(texts: Sequence[str], roles: Sequence[Role], index: ProtocolIndex) -> Evidence:
    """All features of one transcript.

    Args:
        texts: Of the turns.
        roles: Of the turns' speakers.
        index: Of the protocol.
    """
    turns, questions = len(texts), len(index.texts)
    asks = np.array([role == "interviewer" for role in roles])
    role = np.where(asks, 0, 1)
    context = np.array([0 if asks[t] else 1 if t and asks[t - 1] else 2 for t in range(turns)])
    clean = [without_asides(text) for text in texts]
    whole = vectors.embed(clean)
    raw = np.zeros((len(SIMILARITIES), turns, questions))
    raw[0] = whole @ index.own.T
    pieces: list[str] = []
    owner: list[int] = []
    for t in range(turns):
        parts = sentences(texts[t]) or [clean[t]]
        if asks[t]:
            parts = [part for part in parts if "?" in part] or parts[-2:]
        elif len(parts) > 4:
            parts = parts[:4]
        pieces += parts
        owner += [t] * len(parts)
    part = vectors.embed(pieces)
    likeness = part @ index.own.T
    likeness_parent = part @ index.with_parent.T
    raw[1] = raw[2] = -1.0
    for at, t in enumerate(owner):
        np.maximum(raw[1, t], likeness[at], out=raw[1, t])
        np.maximum(raw[2, t], likeness_parent[at], out=raw[2, t])
    for t in range(turns):
        raw[3, t] = index.word_likeness(clean[t])
        raw[4, t] = index.letter_likeness(clean[t])
    features = np.concatenate([_shapes(matrix, asks) for matrix in raw], axis=-1)
    same = np.zeros((turns, questions))
    other = np.zeros((turns, questions))
    for t in range(turns):
        if asks[t]:
            kinds = _kinds(texts[t])
            for q in range(questions):
                same[t, q] = min(3, len(kinds & index.kinds[q]))
                other[t, q] = min(3, len(kinds ^ index.kinds[q]))
    question = np.concatenate([features, same[..., None], other[..., None]], axis=-1)
    best = raw[:2].max(axis=(0, 2))
    order = np.sort(raw[1], axis=1)
    margin = order[:, -1] - order[:, -2] if questions > 1 else order[:, -1]
    stay = np.array([_stay(t, clean, asks, (float(best[t]), float(margin[t])), index) for t in range(turns)])
    out = np.array([_out(t, clean, best, index) for t in range(turns)])
    return Evidence(role, context, question, index.start, stay, out)


def _stay(
    t: int, clean: Sequence[str], asks: NDArray[np.bool_], best: tuple[float, float], index: ProtocolIndex
) -> list[float]:
    said = words(clean[t])
    mine = {stem(w) for w in said if w not in STOP and len(w) > 2}
    before: set[str] = set()
    for back in range(t - 1, max(-1, t - 4), -1):
        if asks[back] == asks[t]:
            break
        before |= set(content(clean[back]))
    echo = {w for w in mine & before if w not in index.idf}
    rare = {w for w in mine if w not in index.idf}
    statement = "?" not in clean[t]
    return [
        1.0,
        float("?" in clean[t]),
        float(len(said) < 4),
        float(len(said) < 8),
        float(len(said) > 25),
        min(3.0, len(echo)),
        len(rare) / (len(mine) + 1),
        sum(w in _PRONOUNS for w in said) / (len(said) + 1),
        *best,
        float(statement and len(said) > 0),
        float(said[:1] == ["so"]),
        float(said[:1] == ["and"]),
        float(any(w in _NUMBER_WORDS for w in said) or bool(_DIGITS.search(clean[t]))),
    ]


def _out(t: int, clean: Sequence[str], best: Array, index: ProtocolIndex) -> list[float]:
    said = words(clean[t])
    last = len(clean) - 1
    hits = sum(w in index.lexicon for w in said)
    digits = sum(c.isdigit() for c in clean[t]) + sum(w in _NUMBER_WORDS for w in said)
    return [
        1.0,
        math.exp(-t / 8),
        math.exp(-t / 2.5),
        math.exp(-(last - t) / 8),
        math.exp(-(last - t) / 2.5),
        min(4.0, float(hits)),
        hits / (len(said) + 3),
        float(best[t]),
        min(3.0, digits / 4),
        float(len(said) < 6),
        float(any(w in _STUDY for w in said)),
    ]
