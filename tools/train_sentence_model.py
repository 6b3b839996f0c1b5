#!/usr/bin/env python3
"""Make the sentence model of anonymizer/protocol/minilm: three layers that learn from six, then from tagged interviews.

    tools/train_sentence_model.py shorten PUBLISHED TEXTS OUT.pt     three layers that say what the six say
    tools/train_sentence_model.py folds BASE.pt [CORPUS]             vectors of each protocol from a model that has not
                                                                     seen it, in build/tagging-vectors, for measuring
                                                                     and for learning the tagger's weights
    tools/train_sentence_model.py tune BASE.pt OUT.pt [CORPUS]       learn from all interviews
    tools/train_sentence_model.py export TUNED.pt [FOLDER]           eight-bit ONNX

PUBLISHED holds all-MiniLM-L6-v2 as published, TEXTS transcripts of ``Speaker: text`` lines, CORPUS tagged interviews
besides those of tools/interviews. Needs torch, onnx, onnxruntime and safetensors, which the program itself does not
(but for onnxruntime). What is learnt: an interviewer's words, and the first words of the answer, shall lie near the
protocol's question and far from its other questions. Only the last two layers learn that: there are few interviews.
"""

from __future__ import annotations

import hashlib
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import make_sentence_model
import numpy as np
import torch
from tagging_texts import ROOT, VECTORS, Texts, texts_of
from torch import Tensor, nn
from torch.nn import functional

LAYERS = (0, 2, 4)
LEARNING = 2
FOLDS = 4
EPOCHS = 2
LEARNING_RATE = 1.5e-4
BEFORE = 0.7
TOKENS = make_sentence_model.MAX_TOKENS
TOKENIZER = ROOT / "anonymizer" / "protocol" / "minilm" / "tokenizer.json"
PARTS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "o": "attention.output.dense", "n1": "attention.output.LayerNorm", "i": "intermediate.dense",
    "u": "output.dense", "n2": "output.LayerNorm",
}  # fmt: skip


class Layer(nn.Module):
    """One layer of BERT."""

    def __init__(self, hidden: int = 384, inner: int = 1536, heads: int = 12) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(hidden, hidden) for _ in range(4))
        self.n1, self.n2 = nn.LayerNorm(hidden, 1e-12), nn.LayerNorm(hidden, 1e-12)
        self.i, self.u = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, hidden = x.shape
        q, k, v = (part(x).view(batch, length, self.heads, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.n1(x + self.drop(self.o(seen.transpose(1, 2).reshape(batch, length, hidden))))
        return self.n2(x + self.drop(self.u(functional.gelu(self.i(x)))))


class Encoder(nn.Module):
    """Embeddings, layers, mean over tokens, unit length."""

    def __init__(self, layers: int = len(LAYERS)) -> None:
        super().__init__()
        self.word, self.place = nn.Embedding(30522, 384), nn.Embedding(TOKENS, 384)
        self.norm = nn.LayerNorm(384, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def lower(self, ids: Tensor, mask: Tensor, count: int) -> Tensor:
        """Embeddings and the first layers."""
        x = self.norm(self.word(ids) + self.place.weight[: ids.shape[1]])
        for layer in self.layers[:count]:
            x = layer(x, mask[:, None, None, :])
        return x

    def upper(self, x: Tensor, mask: Tensor, count: int) -> Tensor:
        """The layers after those, and the vector."""
        for layer in self.layers[count:]:
            x = layer(x, mask[:, None, None, :])
        weight = mask.float()[..., None]
        return functional.normalize((x * weight).sum(1) / weight.sum(1), dim=-1)


def published(folder: Path, layers: Sequence[int]) -> Encoder:
    """The encoder with some layers of the published one."""
    from safetensors.numpy import load_file

    weights = {
        name: torch.tensor(np.asarray(v, np.float32)) for name, v in load_file(folder / "model.safetensors").items()
    }
    encoder = Encoder(len(layers))
    with torch.no_grad():
        encoder.word.weight.copy_(weights["embeddings.word_embeddings.weight"])
        places = weights["embeddings.position_embeddings.weight"][:TOKENS]
        encoder.place.weight.copy_(places + weights["embeddings.token_type_embeddings.weight"][0])
        pairs = [(encoder.norm, "embeddings.LayerNorm")]
        for own, number in zip(encoder.layers, layers, strict=True):
            pairs += [(getattr(own, short), f"encoder.layer.{number}.{name}") for short, name in PARTS.items()]
        for module, name in pairs:
            module.weight.copy_(weights[f"{name}.weight"])
            module.bias.copy_(weights[f"{name}.bias"])
    return encoder


def load(path: Path) -> Encoder:
    """The encoder saved in a file."""
    encoder = Encoder()
    encoder.load_state_dict(torch.load(path, weights_only=True))
    return encoder


def tokenized(texts: Sequence[str]) -> list[list[int]]:
    """Ids of the tokens."""
    from tokenizers import Tokenizer

    return [encoding.ids for encoding in Tokenizer.from_file(str(TOKENIZER)).encode_batch(list(texts))]


def padded(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and which of them are real."""
    longest = max(map(len, ids))
    result, mask = torch.zeros(len(ids), longest, dtype=torch.long), torch.zeros(len(ids), longest, dtype=torch.bool)
    for row, own in enumerate(ids):
        result[row, : len(own)] = torch.tensor(own)
        mask[row, : len(own)] = True
    return result, mask


def by_length(ids: Sequence[Sequence[int]], size: int = 64) -> Iterator[list[int]]:
    """Places of texts of like length together."""
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    for at in range(0, len(order), size):
        yield order[at : at + size]


def sentences_of(folder: Path, statements: int = 7000) -> list[str]:
    """All questions of the transcripts and some of the other sentences."""
    questions, others = set(), set()
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = re.sub(r"\[[^\]]*\]", "", line.partition(": ")[2])
            for part in re.split(r"(?<=[.?!])\s+", text):
                if 2 <= len(part.split()) <= 45:
                    (questions if "?" in part else others).add(part)
    rest = sorted(others)
    random.Random(1).shuffle(rest)
    return sorted(questions) + rest[:statements]


def shorten(folder: Path, texts: Path, out: Path, epochs: int = 2) -> None:
    """Teach the short encoder the vectors of the published one."""
    teacher = published(folder, range(6)).eval()
    ids = tokenized(sentences_of(texts))
    target = torch.zeros(len(ids), 384)
    with torch.no_grad():
        for chosen in by_length(ids):
            held, mask = padded([ids[at] for at in chosen])
            target[chosen] = teacher.upper(teacher.lower(held, mask, 6), mask, 6)
    student = published(folder, LAYERS).eval()
    optimizer = torch.optim.AdamW(student.parameters(), lr=3e-4, weight_decay=0.01)
    chunks = list(by_length(ids))
    total = epochs * len(chunks)
    for step in range(total):
        if step % len(chunks) == 0:
            random.shuffle(chunks)
        chosen = chunks[step % len(chunks)]
        held, mask = padded([ids[at] for at in chosen])
        found, wanted = student.upper(student.lower(held, mask, 3), mask, 3), target[chosen]
        loss = (1 - (found * wanted).sum(1)).mean() + 3 * ((found @ found.T - wanted @ wanted.T) ** 2).mean()
        optimizer.param_groups[0]["lr"] = 3e-4 * min(1, step / 100) * (1 - step / total) + 1e-6
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 0:
            print(step, total, round(loss.item(), 4), flush=True)
    torch.save(student.state_dict(), out)


@dataclass(frozen=True)
class Lower:
    """What the layers that do not learn make of each text, computed once."""

    place: dict[str, int]
    ids: list[list[int]]
    hidden: list[Tensor]

    @classmethod
    def of(cls, base: Encoder, interviews: Sequence[Texts]) -> Lower:
        """For all texts of the interviews."""
        texts = sorted({text for interview in interviews for text in interview.all()})
        ids = tokenized(texts)
        hidden: list[Tensor] = [torch.zeros(0)] * len(texts)
        base.eval()
        with torch.no_grad():
            for chosen in by_length(ids):
                held, mask = padded([ids[at] for at in chosen])
                found = base.lower(held, mask, len(LAYERS) - LEARNING)
                for row, at in enumerate(chosen):
                    hidden[at] = found[row, : len(ids[at])].clone()
        return cls({text: at for at, text in enumerate(texts)}, ids, hidden)

    def vectors(self, encoder: Encoder, texts: Sequence[str]) -> Tensor:
        """Vectors of texts by the layers that learn."""
        places = sorted({self.place[text] for text in texts})
        own = [self.ids[at] for at in places]
        result: list[Tensor] = []
        order: list[int] = []
        for chosen in by_length(own, 48):
            _, mask = padded([own[at] for at in chosen])
            x = torch.zeros(*mask.shape, 384)
            for row, at in enumerate(chosen):
                x[row, : len(own[at])] = self.hidden[places[at]]
            result.append(encoder.upper(x, mask, len(LAYERS) - LEARNING))
            order += [places[at] for at in chosen]
        where = {at: row for row, at in enumerate(order)}
        return torch.cat(result)[[where[self.place[text]] for text in texts]]


def alike(spoken: Tensor, questions: Tensor) -> Tensor:
    """As Centred.likeness of anonymizer/protocol/likeness.py."""
    mean = questions.mean(0)
    common = (spoken.sum(0) + 10 * mean) / (len(spoken) + 10)
    return functional.normalize(spoken - common, dim=1) @ functional.normalize(questions - mean, dim=1).T


def interview_loss(d: Texts, lower: Lower, encoder: Encoder, sharp: Tensor) -> Tensor:
    """How far the most alike questions are from those that are put and answered."""
    said, answers = d.said(), d.answers()
    count = len(d.own)
    texts = [*d.own, *d.above, *(d.excerpts[t] for t in (*said, *answers))]
    own, above, spoken, answered = lower.vectors(encoder, texts).split([count, count, len(said), len(answers)])
    gold = torch.tensor(d.gold)
    at = {t: row for row, t in enumerate(said)}
    asks = d.asks()
    rows = [at[t] for t in asks]
    wanted = gold[asks]
    ask = (sharp[0] * alike(spoken, own) + sharp[1] * alike(spoken, above))[rows]
    answer = sharp[2] * alike(answered, own) + sharp[3] * alike(answered, above)
    after = {t: row for row, t in enumerate(answers)}
    both = torch.stack([ask[k] + (0.8 * answer[after[t + 1]] if t + 1 in after else 0) for k, t in enumerate(asks)])
    loss = functional.cross_entropy(ask, wanted) + 0.7 * functional.cross_entropy(answer, gold[answers])
    loss = loss + 0.5 * functional.cross_entropy(both, wanted)
    # as _with_asker of anonymizer/protocol/evidence.py: a turn with what was asked before it
    before = torch.cat([torch.zeros(1, spoken.shape[1]), spoken[:-1]])
    leant = functional.normalize(spoken + BEFORE * before, dim=1)
    context = sharp[4] * alike(leant, own) + sharp[5] * alike(leant, above)
    probes = [t for t in said if d.gold[t] < count and d.kinds[t] == "probe"]
    loss = loss + 0.5 * functional.cross_entropy(context[rows], wanted)
    if probes:
        loss = loss + 0.3 * functional.cross_entropy(context[[at[t] for t in probes]], gold[probes])
    return loss


def learn(base: Encoder, lower: Lower, interviews: Sequence[Texts]) -> Encoder:
    """Teach the last layers which question is put and answered."""
    encoder = Encoder()
    encoder.load_state_dict(base.state_dict())
    for parameter in encoder.parameters():
        parameter.requires_grad = False
    learning = [p for layer in encoder.layers[-LEARNING:] for p in layer.parameters()]
    for parameter in learning:
        parameter.requires_grad = True
    sharp = nn.Parameter(torch.tensor([8.0, 3.0, 5.0, 3.0, 6.0, 3.0]))
    optimizer = torch.optim.AdamW(
        [{"params": learning}, {"params": [sharp], "lr": 0.02}], lr=LEARNING_RATE, weight_decay=0.02
    )
    encoder.train()
    order = list(interviews)
    total = EPOCHS * len(order)
    began = time.monotonic()
    for step in range(total):
        if step % len(order) == 0:
            random.shuffle(order)
        d = order[step % len(order)]
        loss = interview_loss(d, lower, encoder, sharp)
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, (step + 1) / 20) * (1 - step / (total + 1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        if (step + 1) % len(order) == 0:
            print(f"epoch {(step + 1) // len(order)}: {loss.item():.2f}, {time.monotonic() - began:.0f} s", flush=True)
    return encoder.eval()


def folds(base: Encoder, interviews: Sequence[Texts]) -> None:
    """Vectors of each protocol's texts from a model that did not learn from it."""
    lower = Lower.of(base, interviews)
    names = sorted({d.protocol for d in interviews})
    VECTORS.mkdir(parents=True, exist_ok=True)
    for k in range(FOLDS):
        held = set(names[k::FOLDS])
        encoder = learn(base, lower, [d for d in interviews if d.protocol not in held])
        for name in sorted(held):
            texts = sorted({text for d in interviews if d.protocol == name for text in d.all()})
            with torch.no_grad():
                found = lower.vectors(encoder, texts).numpy()
            digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
            np.savez(VECTORS / f"{name}.npz", digests=np.array(digests), vectors=found)


def export(encoder: Encoder, out: Path) -> None:
    """Write the encoder as eight-bit ONNX."""
    state: dict[str, Any] = {name: value.numpy() for name, value in encoder.state_dict().items()}
    weights = {
        "embeddings.word_embeddings.weight": state["word.weight"],
        "embeddings.position_embeddings.weight": state["place.weight"],
        "embeddings.token_type_embeddings.weight": np.zeros((1, 384), np.float32),
    }
    pairs = [("norm", "embeddings.LayerNorm")]
    for number in range(len(LAYERS)):
        pairs += [(f"layers.{number}.{short}", f"encoder.layer.{number}.{name}") for short, name in PARTS.items()]
    for own, name in pairs:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = state[f"{own}.weight"], state[f"{own}.bias"]
    config = {"hidden_size": 384, "num_attention_heads": 12, "num_hidden_layers": len(LAYERS)}
    make_sentence_model.write(make_sentence_model.build(weights, config), out)


def main() -> None:
    """See above."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    what, arguments = (sys.argv[1], [Path(a) for a in sys.argv[2:]]) if len(sys.argv) > 2 else ("", [])
    if what == "shorten" and len(arguments) == 3:
        shorten(*arguments)
    elif what == "folds" and len(arguments) in (1, 2):
        folds(load(arguments[0]), texts_of(arguments[1] if len(arguments) > 1 else None))
    elif what == "tune" and len(arguments) in (2, 3):
        base, interviews = load(arguments[0]), texts_of(arguments[2] if len(arguments) > 2 else None)
        torch.save(learn(base, Lower.of(base, interviews), interviews).state_dict(), arguments[1])
    elif what == "export" and len(arguments) in (1, 2):
        export(load(arguments[0]), arguments[1] if len(arguments) > 1 else TOKENIZER.parent)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
