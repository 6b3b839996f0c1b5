"""What speaks for a turn being about a question: likeness in words and meaning, kind of question, place, talk outside.

Nothing here knows a protocol: every feature is a number that means the same under any protocol, so that weights learnt
on some studies hold for others. The weights are in ``rules/tagging/weights.json``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizer.protocol import sentence, vectors
from anonymizer.protocol.likeness import ProtocolIndex, kinds, unit
from anonymizer.protocol.words import STOP, content_of, stem, without_asides, words
from anonymizer.transcript import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Matrix = NDArray[np.float32]

_DIGITS = re.compile(r"\d")
_NUMBER_WORDS_TEXT = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty
    fifty sixty hundred thousand half dozen couple
"""
_NUMBER_WORDS = frozenset(_NUMBER_WORDS_TEXT.split())

SIMILARITIES = ("meaning", "word", "deep", "deep-above", "context", "context-above")
SHAPES = ("raw", "row", "gap", "column")
QUESTION_FEATURES = (
    *(f"{name}.{shape}" for name in SIMILARITIES for shape in SHAPES),
    "kind.same",
    "kind.other",
    "section.meaning",
    "section.deep",
    "place.behind",
    "place.ahead",
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
        context: Which step weights hold: 0 interviewer, 1 answer to the interviewer, 2 more.
        question: (turns, questions, len(QUESTION_FEATURES)).
        start: (questions, len(START_ONLY)).
        stay: (turns, len(STAY_FEATURES)).
        out: (turns, len(OUT_FEATURES)).
        static: Vector of each turn, (turns, 256).
        deep: Vector of each interviewer's turn and each answer to it from the sentence model, others 0, (turns, 384).
    """

    role: NDArray[np.int64]
    context: NDArray[np.int64]
    question: Array
    start: Array
    stay: Array
    out: Array
    static: Matrix
    deep: Matrix


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


@dataclass(frozen=True, slots=True)
class _Spoken:
    text: str
    said: list[str]


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
    clean = [without_asides(text) for text in texts]
    context = contexts(roles)
    spoken = [_Spoken(text, words(text)) for text in clean]
    stems = [content_of(turn.said) for turn in spoken]
    static = vectors.embed(clean)
    deep, read = _deep(clean, context)
    before = _with_asker(deep, asks)
    raw = np.zeros((len(SIMILARITIES), turns, questions))
    raw[0] = index.own.likeness(static, static[asks] if asks.any() else static)
    for t in range(turns):
        raw[1, t] = index.word_likeness(set(stems[t]))
    for rows in (read & asks, read & ~asks):
        for at, space, spoken_ in ((2, index.deep_own, deep), (3, index.deep_above, deep),
                                   (4, index.deep_own, before), (5, index.deep_above, before)):  # fmt: skip
            raw[at, rows] = space.likeness(spoken_[rows], spoken_[rows])
    features = np.concatenate([_shapes(matrix, asks) for matrix in raw], axis=-1)
    features[~read, :, 2 * len(SHAPES) :] = 0.0
    same = np.zeros((turns, questions))
    other = np.zeros((turns, questions))
    for t in range(turns):
        if asks[t]:
            found = kinds(texts[t])
            for q in range(questions):
                same[t, q] = min(3, len(found & index.kinds[q]))
                other[t, q] = min(3, len(found ^ index.kinds[q]))
    wider = [
        _section(raw[0], np.ones(turns, dtype=bool), index),
        _section(raw[2], read, index),
        *_place(asks, questions),
    ]
    question = np.concatenate([features, np.stack([same, other, *wider], axis=-1)], axis=-1)
    best = raw[[0, 2]].max(axis=(0, 2))
    order = np.sort(raw[2], axis=1)
    margin = order[:, -1] - order[:, -2] if questions > 1 else order[:, -1]
    stay = np.array(
        [_stay(spoken[t], _before(t, stems, asks), (float(best[t]), float(margin[t])), index) for t in range(turns)]
    )
    out = np.array([_out(spoken[t], t, turns - 1, float(best[t]), index.lexicon) for t in range(turns)])
    return Evidence(role, context, question, index.start, stay, out, static, deep)


_AROUND = 3.0
_FARTHEST = 18


def _section(raw: Array, read: NDArray[np.bool_], index: ProtocolIndex) -> Array:
    """How like a section's questions the talk around each turn is: topics last longer than questions."""
    member = index.section[:, None] == index.section[None, :]
    mean = (raw - raw.mean(1, keepdims=True)) @ (member / member.sum(0, keepdims=True))
    # neighbour by neighbour: a table of all pairs of turns would be gigabytes for a day's talk
    total, weight = np.zeros_like(mean), np.zeros((len(mean), 1))
    counted, here = mean * read[:, None], read[:, None].astype(np.float64)
    farthest = min(_FARTHEST, len(mean) - 1)
    for away in range(-farthest, farthest + 1):
        near = float(np.exp(-0.5 * (away / _AROUND) ** 2))
        to, of = slice(max(0, -away), len(mean) - max(0, away)), slice(max(0, away), len(mean) + min(0, away))
        total[to] += near * counted[of]
        weight[to] += near * here[of]
    smooth = total / np.maximum(weight, 1e-9)
    result: Array = np.clip(smooth / max(float(smooth.std()), 1e-6), -3, 3)
    return result


def _place(asks: NDArray[np.bool_], questions: int) -> tuple[Array, Array]:
    """How far the question lies behind, and ahead of, the place that the interview has come to."""
    done: Array = np.cumsum(asks) - asks.astype(np.float64)
    turn = done / max(1, int(asks.sum()) - 1)
    question = np.arange(questions) / max(1, questions - 1)
    ahead = 3 * (question[None, :] - turn[:, None])
    return np.maximum(-ahead, 0.0), np.maximum(ahead, 0.0)


def contexts(roles: Sequence[Role]) -> NDArray[np.int64]:
    """Of each turn: 0 interviewer, 1 answer to the interviewer, 2 more."""
    asks = [role == "interviewer" for role in roles]
    return np.array([0 if asks[t] else 1 if t and asks[t - 1] else 2 for t in range(len(asks))])


# what an interviewer wants stands at the end of a turn; an answer takes the question up in its first words
ASKED_WORDS = 36
ANSWERED_WORDS = 14
_BEFORE = 0.7


def excerpt(text: str, context: int) -> str:
    """What of a turn the sentence model reads: the end of what an interviewer says, the beginning of the answer."""
    said = text.split()
    return " ".join(said[-ASKED_WORDS:] if context == 0 else said[:ANSWERED_WORDS] if context == 1 else ())


def _deep(clean: Sequence[str], context: NDArray[np.int64]) -> tuple[Matrix, NDArray[np.bool_]]:
    """Vectors of the excerpts, 0 where nothing was read; and what was."""
    excerpts = [excerpt(text, int(c)) for text, c in zip(clean, context, strict=True)]
    read = np.array([bool(text) for text in excerpts])
    result = np.zeros((len(clean), sentence.DIMENSIONS), dtype=np.float32)
    result[read] = sentence.embed([text for text in excerpts if text])
    return result, read


def _with_asker(deep: Matrix, asks: NDArray[np.bool_]) -> Matrix:
    """Each turn's vector with that of the interviewer's turn before it: "and at home?" leans on what was asked."""
    result = deep.copy()
    last = np.zeros(deep.shape[1], dtype=np.float32)
    for t in range(len(deep)):
        result[t] += _BEFORE * last
        if asks[t]:
            last = deep[t]
    return unit(result)


def _stay(turn: _Spoken, before: set[str], best: tuple[float, float], index: ProtocolIndex) -> list[float]:
    said, text = turn.said, turn.text
    mine = {stem(w) for w in said if w not in STOP and len(w) > 2}
    rare = mine - index.idf.keys()
    asked = "?" in text
    return [
        1.0,
        float(asked),
        float(len(said) < 4),
        float(len(said) < 8),
        float(len(said) > 25),
        min(3.0, len(rare & before)),
        len(rare) / (len(mine) + 1),
        sum(w in _PRONOUNS for w in said) / (len(said) + 1),
        *best,
        float(not asked and len(said) > 0),
        float(said[:1] == ["so"]),
        float(said[:1] == ["and"]),
        float(any(w in _NUMBER_WORDS for w in said) or bool(_DIGITS.search(text))),
    ]


def _before(t: int, stems: Sequence[list[str]], asks: NDArray[np.bool_]) -> set[str]:
    """Stems of what the other side said just before."""
    result: set[str] = set()
    for back in range(t - 1, max(-1, t - 4), -1):
        if asks[back] == asks[t]:
            break
        result.update(stems[back])
    return result


def _out(turn: _Spoken, t: int, last: int, best: float, lexicon: frozenset[str]) -> list[float]:
    said = turn.said
    hits = sum(w in lexicon for w in said)
    digits = sum(map(str.isdigit, turn.text)) + sum(w in _NUMBER_WORDS for w in said)
    return [
        1.0,
        math.exp(-t / 8),
        math.exp(-t / 2.5),
        math.exp(-(last - t) / 8),
        math.exp(-(last - t) / 2.5),
        min(4.0, float(hits)),
        hits / (len(said) + 3),
        best,
        min(3.0, digits / 4),
        float(len(said) < 6),
        float(any(w in _STUDY for w in said)),
    ]
