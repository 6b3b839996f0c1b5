"""Training loop, silver labels."""

from __future__ import annotations

import collections
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from passages import Spans, cut
from synthetic import Labelled

from anonymizer.detection.products import numpy_products
from anonymizer.detection.student import LABELS, TAGS

_WORDS_A_BATCH = 1000
_NO_SPEAKER = frozenset(
    """
    interviewer speaker host guest break announcer narrator all both audience
    """.split()  # noqa: SIM905
)


def copy_encoder(model: Any, pipeline: Any) -> None:
    """Start from the token encoder of en_core_web_md's ner: it has read conversations already."""
    copy_weights(pipeline.get_pipe("ner").model.get_ref("tok2vec").layers[0], model.get_ref("tok2vec"))


def copy_weights(source: Any, target: Any) -> None:
    """Copy the weights of a network to another of the same layers."""
    layers = ([n for n in model.walk() if n.param_names] for model in (source, target))
    for a, b in zip(*layers, strict=True):
        for name in a.param_names:
            if a.has_param(name):
                b.set_param(name, a.get_param(name).copy())


def encode(pipeline: Any, passage: Labelled) -> tuple[Any, Any]:
    """Tokens and the tag of each."""
    text, spans = passage
    doc = pipeline.make_doc(text)
    tags = np.zeros(len(doc), dtype="int32")
    spans = sorted(spans)
    place = 0
    for token in doc:
        start, end = token.idx, token.idx + len(token)
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        if place < len(spans) and spans[place][0] < end:
            inside = (
                token.i > 0 and tags[token.i - 1] and doc[token.i - 1].idx + len(doc[token.i - 1]) > spans[place][0]
            )
            tags[token.i] = TAGS.index(f"{'I' if inside else 'B'}-{spans[place][2]}")
    return doc, tags


def batches(passages: list[Labelled], rng: random.Random) -> Iterator[list[Labelled]]:
    """Shuffled passages in batches of about a thousand words."""
    rng.shuffle(passages)
    batch: list[Labelled] = []
    size = 0
    for passage in passages:
        batch.append(passage)
        size += len(passage[0].split())
        if size > _WORDS_A_BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def train(
    model: Any,
    pipeline: Any,
    epoch: Callable[[random.Random], list[Labelled]],
    *,
    epochs: int,
    rate: float,
    seed: int,
    dropout: float,
    log: Callable[[str], None],
) -> None:
    """Train with Adam; the rate rises over 50 steps and falls linearly.

    Args:
        model: From ``student.build``, initialized.
        pipeline: Tokenizer and vectors.
        epoch: Makes the passages of an epoch.
        epochs: How many.
        rate: Highest learning rate.
        seed: For order, variants and dropout.
        dropout: Of all layers that have one.
        log: Takes a line an epoch.
    """
    from thinc.api import Adam, fix_random_seed, set_dropout_rate

    fix_random_seed(seed)
    for layer in model.walk():
        layer.ops = numpy_products(training=True)
    rng = random.Random(seed)
    optimizer = Adam(rate, L2=1e-6, grad_clip=1.0)
    step = total = 0
    for number in range(epochs):
        started, loss, words = time.monotonic(), 0.0, 0
        todo = list(batches(epoch(rng), rng))
        total = total or len(todo) * epochs
        for batch in todo:
            pairs = [pair for pair in (encode(pipeline, p) for p in batch) if len(pair[0])]
            if not pairs:
                continue
            set_dropout_rate(model, dropout)
            tables, back = model.begin_update([doc for doc, _ in pairs])
            gradients = []
            for table, (_, tags) in zip(tables, pairs, strict=True):
                rows = np.arange(len(tags))
                gradient = table.copy()
                gradient[rows, tags] -= 1
                loss -= float(np.log(table[rows, tags] + 1e-9).sum())
                words += len(tags)
                gradients.append(gradient)
            back(gradients)
            step += 1
            optimizer.learn_rate = rate * max(0.05, 1 - step / total) * min(1.0, step / 50)
            model.finish_update(optimizer)
        set_dropout_rate(model, 0.0)
        log(f"epoch {number + 1}: loss {loss / max(1, words):.4f}, {words} tokens, {time.monotonic() - started:.0f} s")


def silver(
    files: Iterable[Path], teacher: Any, pipeline: Any, lists: Any, share: float, seed: int
) -> Iterator[Labelled]:
    """Labels for a part of the unlabelled transcripts, by the union of sources.

    Names of speakers are certain; the teacher (cased text) finds the rest, and en_core_web_md's ner adds persons where
    the teacher half agrees. A form other than a person's gets the label that it has most in its transcript.
    """
    rng = random.Random(seed)
    technical = {w for w, bits in lists.items() if bits >> 4 & 1}
    for path in files:
        lines = [line.partition(": ") for line in path.read_text(encoding="utf-8").splitlines()]
        names = _speaker_names({label for label, _, text in lines if text})
        pieces = [
            piece
            for _, _, text in lines
            if len(text.split()) >= 4
            for piece, _ in cut(text, [])
            if rng.random() < share and 4 <= len(piece.split()) <= 220
        ]
        docs = list(pipeline.pipe(pieces, batch_size=32))
        yield from _labelled(docs, teacher.predict(docs) if docs else [], names, technical, lists)


def _speaker_names(labels: Iterable[str]) -> set[str]:
    names = set()
    for label in labels:
        words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)?", label)
        if 1 <= len(words) <= 3 and not any(w.lower() in _NO_SPEAKER for w in words):
            names |= {w for w in words if len(w) > 2 and w[0].isupper()}
    return names


def _labelled(docs: Sequence[Any], tables: Any, names: set[str], technical: set[str], lists: Any) -> Iterator[Labelled]:
    spans_of: list[list[tuple[int, int, int]]] = []
    votes: dict[str, Any] = collections.defaultdict(lambda: np.zeros(len(LABELS) + 1))
    chances: list[Any] = []
    for doc, table in zip(docs, tables, strict=True):
        q = np.concatenate([table[:, :1], table[:, 1::2] + table[:, 2::2]], axis=1)
        chances.append(q)
        spans = _teacher_spans(table, q)
        taken = np.zeros(len(doc), dtype=bool)
        for a, b, _ in spans:
            taken[a:b] = True
        for entity in doc.ents:
            here = slice(entity.start, entity.end)
            if (
                entity.label_ == "PERSON"
                and not taken[here].any()
                and q[here, 1].mean() > 0.15
                and all(t.text[:1].isupper() and t.lower_ not in technical for t in entity)
            ):
                spans.append((entity.start, entity.end, 1))
                taken[here] = True
        for token in doc:
            everyday = lists.get(token.lower_, 0) >> 5 & 1
            if token.text in names and not taken[token.i] and (not everyday or q[token.i, 1] > 0.2):
                spans.append((token.i, token.i + 1, 1))
        spans.sort()
        spans_of.append(spans)
        for a, b, _ in spans:
            votes[doc[a:b].text.lower()] += q[a:b].mean(axis=0)
    for doc, spans in zip(docs, spans_of, strict=True):
        marks: Spans = []
        for a, b, kind in spans:
            best = kind if kind == 1 else int(votes[doc[a:b].text.lower()][1:].argmax()) + 1
            marks.append((doc[a].idx, doc[b - 1].idx + len(doc[b - 1]), LABELS[best - 1]))
        yield doc.text, marks


def _teacher_spans(table: Any, q: Any) -> list[tuple[int, int, int]]:
    best = q.argmax(axis=1)
    spans = []
    i = 0
    while i < len(best):
        if best[i] == 0:
            i += 1
            continue
        j = i + 1
        while j < len(best) and best[j] == best[i] and table[j, 2 * best[i] - 1] < table[j, 2 * best[i]]:
            j += 1
        spans.append((i, j, int(best[i])))
        i = j
    return spans
