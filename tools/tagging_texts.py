"""Tagged interviews as the tools read them: those of the corpus, and the invented ones in tools/interviews."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gold

from anonymizer.protocol import evidence, likeness, sentence
from anonymizer.protocol.document import read_protocol
from anonymizer.protocol.model import Protocol
from anonymizer.protocol.speakers import roles
from anonymizer.protocol.words import without_asides
from anonymizer.transcript import Transcript, Turn

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "build" / "tagging-vectors"


@dataclass(frozen=True)
class Study:
    """Interviews under one protocol.

    Attributes:
        name: Of the protocol.
        protocol: The questions.
        documents: Turns with question and kind.
        corpus: Of the corpus, not invented for training.
    """

    name: str
    protocol: Protocol
    documents: Sequence[gold.Document]
    corpus: bool = False


def studies(
    corpus: Path | None, protocols: Path | None = None, invented: Path | None = gold.INVENTED
) -> Iterator[Study]:
    """All tagged interviews, by protocol.

    Args:
        corpus: Holds ``protocol/*.json``; None if there is none.
        protocols: The documents that those follow (default: beside the corpus).
        invented: Holds ``FIELD/protocol.txt`` and ``FIELD/1.txt``; None to leave them out.
    """
    if corpus is not None:
        documents = [
            json.loads(path.read_text(encoding="utf-8")) for path in sorted((corpus / "protocol").glob("*.json"))
        ]
        place = protocols or corpus.parent / "protocols"
        for name in sorted({d["protocol"] for d in documents}):
            own = [d for d in documents if d["protocol"] == name]
            yield Study(name, read_protocol(place / f"{name}.txt"), own, True)
    for path in sorted(invented.glob("*/protocol.txt")) if invented is not None else ():
        texts = [found.read_text(encoding="utf-8") for found in sorted(path.parent.glob("[0-9].txt"))]
        yield Study(path.parent.name, read_protocol(path), [gold.parse_marked(text) for text in texts])


def transcript(document: gold.Document) -> Transcript:
    """Its turns."""
    turns = tuple(Turn(i, t["speaker"], t["text"]) for i, t in enumerate(document["turns"]))
    return Transcript(document["id"], turns)


def questions_of(document: gold.Document, protocol: Protocol) -> NDArray[np.int64]:
    """Place of each turn's question in the protocol; the number of questions for talk outside."""
    position = {q.id: at for at, q in enumerate(protocol.questions)}
    return np.array([position[t["question"]] if t["question"] else len(position) for t in document["turns"]])


@dataclass(frozen=True)
class Texts:
    """What the sentence model reads of one interview.

    Attributes:
        protocol: Its protocol's name.
        own: The questions.
        above: The questions with what they are nested in.
        excerpts: Of each turn; empty where nothing is read.
        context: 0 interviewer, 1 answer to the interviewer, 2 more.
        gold: Place of each turn's question; len(own) for talk outside.
        kinds: ask, answer, probe, other.
    """

    protocol: str
    own: list[str]
    above: list[str]
    excerpts: list[str]
    context: list[int]
    gold: list[int]
    kinds: list[str]

    def all(self) -> list[str]:
        """Every text."""
        return [*self.own, *self.above, *(text for text in self.excerpts if text)]

    def asks(self) -> list[int]:
        """Turns in which the interviewer puts a question."""
        return [t for t in self._read(0) if self.kinds[t] == "ask"]

    def said(self) -> list[int]:
        """All that the interviewer says."""
        return [t for t in range(len(self.gold)) if self.excerpts[t] and self.context[t] == 0]

    def answers(self) -> list[int]:
        """First turns of answers."""
        return self._read(1)

    def _read(self, context: int) -> list[int]:
        rows = range(len(self.gold))
        return [t for t in rows if self.excerpts[t] and self.context[t] == context and self.gold[t] < len(self.own)]


def texts_of(corpus: Path | None) -> list[Texts]:
    """What the sentence model reads of all interviews."""
    result = []
    for study in studies(corpus):
        own, above = likeness.compared(study.protocol)
        for document in study.documents:
            talk = transcript(document)
            role = roles(talk)
            context = [int(c) for c in evidence.contexts([role[turn.speaker] for turn in talk])]
            excerpts = [evidence.excerpt(without_asides(t.text), c) for t, c in zip(talk, context, strict=True)]
            asked = [int(at) for at in questions_of(document, study.protocol)]
            kinds = [t["kind"] for t in document["turns"]]
            result.append(Texts(study.name, own, above, excerpts, context, asked, kinds))
    return result


@contextmanager
def vectors_of(name: str) -> Iterator[bool]:
    """Within it the sentence model's vectors of a protocol's interviews come from a model that has not seen them.

    They are those that ``train_sentence_model.py folds`` has left in build/; false where there are none.
    """
    path = VECTORS / f"{name}.npz"
    if not path.is_file():
        yield False
        return
    with np.load(path) as held:
        table = dict(zip(held["digests"].tolist(), held["vectors"], strict=True))

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [table[hashlib.sha256(text.encode()).hexdigest()] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), sentence.DIMENSIONS)

    with mock.patch.object(sentence, "embed", embed):
        yield True
