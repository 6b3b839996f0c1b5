"""How like a question a turn is: in meaning, in words, in the kind of answer that is asked for."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from anonymizer.protocol import sentence, vectors
from anonymizer.protocol.model import Protocol
from anonymizer.protocol.steps import transition_classes
from anonymizer.protocol.words import content, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Matrix = NDArray[np.float32]

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


def bare(text: str) -> str:
    """A question's text without notes in brackets, for comparing; kept if nothing would be left."""
    stripped = " ".join(_NOTE.sub(" ", text).split())
    return stripped if len(words(stripped)) >= 3 else text.strip("()[]")


def kinds(text: str) -> frozenset[str]:
    """Kinds of answer that a question asks for: an amount, a place, a reason, an example ..."""
    low = " ".join(words(text))
    return frozenset(name for name, pattern in _KINDS if pattern.search(low))


class Centred:
    """Unit vectors of the questions without what they have in common.

    All questions of a study speak of the same thing, and so do all turns; what tells them apart is the rest (Mu and
    Viswanath 2018, "All-but-the-top").
    """

    def __init__(self, raw: Matrix) -> None:
        self.mean = raw.mean(0)
        self.vectors = unit(raw - self.mean) if len(raw) > 1 else unit(raw)

    def likeness(self, spoken: Matrix, common: Matrix) -> Matrix:
        """Cosine of each spoken vector with each question, shape (spoken, questions).

        Args:
            spoken: Unit vectors of what was said.
            common: Those by which what is common to the interview is estimated.
        """
        if not len(spoken):
            return np.zeros((0, len(self.vectors)), dtype=np.float32)
        prior = 10.0
        mean = (common.sum(0) + prior * self.mean) / (len(common) + prior)
        result: Matrix = unit(spoken - mean) @ self.vectors.T
        return result


def unit(rows: Matrix) -> Matrix:
    """Rows scaled to length 1; rows of zeros stay."""
    result: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return result


def _parents(protocol: Protocol) -> list[int]:
    by_id = {q.id: index for index, q in enumerate(protocol.questions)}
    return [by_id.get(q.parent or "", -1) for q in protocol.questions]


def compared(protocol: Protocol) -> tuple[list[str], list[str]]:
    """The questions' texts as they are compared, and the same with what they are nested in."""
    texts = [bare(q.text) for q in protocol.questions]
    rows = zip(protocol.questions, _parents(protocol), texts, strict=True)
    above = [f"{texts[parent]} {text}" if parent >= 0 else f"{q.section}. {text}" for q, parent, text in rows]
    return texts, above


class ProtocolIndex:
    """What of a protocol is compared with turns; computed once a protocol."""

    def __init__(self, protocol: Protocol, lexicon: frozenset[str]) -> None:
        questions = protocol.questions
        self.protocol = protocol
        self.lexicon = lexicon
        self.texts, above = compared(protocol)
        self.parents = _parents(protocol)
        self.depth = [0] * len(questions)
        for index, parent in enumerate(self.parents):
            self.depth[index] = 0 if parent < 0 else self.depth[parent] + 1
        names = list(dict.fromkeys(q.section for q in questions))
        self.section = np.array([names.index(q.section) for q in questions])
        self.own = Centred(vectors.embed(self.texts))
        self.deep_own = Centred(sentence.embed(self.texts))
        self.deep_above = Centred(sentence.embed(above))
        self.stems = [Counter(content(text)) for text in self.texts]
        df = Counter(word for stems in self.stems for word in stems)
        count = len(questions)
        self.idf = {word: math.log((count + 1) / (n + 0.5)) for word, n in df.items()}
        norms = [math.sqrt(sum(self.idf[w] ** 2 for w in stems)) or 1.0 for stems in self.stems]
        self.stem_norm = np.array(norms)
        self.holders = {w: [at for at, stems in enumerate(self.stems) if w in stems] for w in df}
        self.kinds = [kinds(text) for text in self.texts]
        self.start = np.array(
            [[float(q.optional), float(d > 0), float(d > 1), float(len(words(t)) < 4)]
             for q, d, t in zip(questions, self.depth, self.texts, strict=True)]
        )  # fmt: skip
        self.classes = transition_classes(protocol, self.parents)

    def word_likeness(self, stems: set[str]) -> Array:
        """Cosine of idf-weighted stems with each question."""
        norm = math.sqrt(sum(self.idf.get(w, 1.0) ** 2 for w in stems)) or 1.0
        row = np.zeros(len(self.stems))
        for word in stems & self.idf.keys():
            row[self.holders[word]] += self.idf[word] ** 2
        result: Array = row / (norm * self.stem_norm)
        return result
