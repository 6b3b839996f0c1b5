"""The student: one small network that finds names and judges them in one pass, cased or lower-case text alike.

A convolutional token encoder of spaCy's kind (hashed word shape features, the static vectors of en_core_web_md, four
layers of width 96), word-list flags and the mean of the whole turn beside it, two more convolutions and a softmax over
labels that mean the judgement:
``ORG`` is an organization tied to somebody here, ``KORG`` one mentioned in general. tools/train_student.py trains it,
docs/model-card.md describes it.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer.detection.products import use_numpy
from anonymizer.errors import ModelError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

FOLDER = Path(__file__).parent.parent / "models" / "talk_en"
LABELS = ("PERSON", "ORG", "LOC", "DATE", "AGE", "CONTACT", "ID", "PRODUCT", "ROLE", "KORG", "KLOC", "TECH")
KEPT = frozenset(("KORG", "KLOC", "TECH", "ROLE"))
TAGS = ("O", *(f"{place}-{label}" for label in LABELS for place in "BI"))
WIDTH, DEPTH, HIDDEN, TOP = 96, 4, 128, 2
ROWS = (5000, 1000, 2500, 2500)
# bits of a word in features.txt.gz, then what can be seen on the word itself
LISTED = (
    "given",
    "family",
    "city",
    "country",
    "tech",
    "common",
    "common50",
    "common500",
    "common5000",
    "number",
    "month",
    "english",
    "thing",
)
SEEN = ("lower", "capital", "digit", "single", "upper")
FLAGS = len(LISTED) + len(SEEN)


class WordFlags:
    """Which word lists a word is in, and how it is written."""

    def __init__(self, bits: dict[str, int]) -> None:
        self._bits = bits
        self._rows = functools.lru_cache(maxsize=200_000)(self._row)

    def _row(self, word: str) -> Any:
        import numpy

        lower = word.lower().replace("’", "'").removesuffix("'s")
        bits = self._bits.get(lower, 0)
        if not bits & _ENGLISH and any(self._bits.get(stem, 0) & _ENGLISH for stem in stems(lower)):
            bits |= _ENGLISH
        row = numpy.zeros(FLAGS, dtype="float32")
        for index in range(len(LISTED)):
            row[index] = bits >> index & 1
        seen = (
            word.islower(),
            word[:1].isupper(),
            any(c.isdigit() for c in word),
            len(word) == 1,
            word.isupper() and len(word) > 1,
        )
        row[len(LISTED) :] = seen
        return row

    def of(self, doc: Doc) -> Any:
        """Rows of flags, one a token."""
        import numpy

        rows = [self._rows(token.text) for token in doc]
        return numpy.asarray(rows, dtype="float32").reshape((len(rows), FLAGS))


_ENGLISH = 1 << LISTED.index("english")


def stems(word: str) -> Iterator[str]:
    """What an inflected English word may come from; the dictionary has base forms only."""
    for ending in ("s", "es", "ed", "d", "ing", "ly", "er", "r", "est"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            stem = word[: -len(ending)]
            yield stem
            if ending in ("ing", "ed", "er", "est"):
                yield stem + "e"
                if stem[-1] == stem[-2]:
                    yield stem[:-1]
            if stem.endswith("i") and ending in ("es", "ed", "er", "est", "ly"):
                yield stem[:-1] + "y"


@functools.lru_cache(maxsize=2)
def read_features(path: Path) -> dict[str, int]:
    """Words and their bits; read once, for the network and for the judgement's lists. Not to be changed."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        pairs = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("#"))
        return {word: int(bits) for word, bits in pairs}


@functools.lru_cache(maxsize=8)
def words_of(name: str, folder: Path = FOLDER) -> frozenset[str]:
    """The words of a list: "common50" are said every few thousand words ("hope", "will"), "english" in a dictionary."""
    bit = 1 << LISTED.index(name)
    return frozenset(word for word, b in read_features(folder / "features.txt.gz").items() if b & bit)


def given_names(folder: Path = FOLDER) -> frozenset[str]:
    """Given and family names that are listed and are no everyday words."""
    return (words_of("given", folder) | words_of("family", folder)) - words_of("common", folder)


def build(flags: WordFlags, dropout: float = 0.0) -> Any:
    """The network, without weights."""
    from spacy.ml.models.tok2vec import MaxoutWindowEncoder, MultiHashEmbed, build_Tok2Vec_model
    from thinc.api import Maxout, Model, Softmax, chain, expand_window, residual, with_array

    encoder: Any = build_Tok2Vec_model(
        MultiHashEmbed(WIDTH, ["NORM", "PREFIX", "SUFFIX", "SHAPE"], list(ROWS), include_static_vectors=True),
        MaxoutWindowEncoder(WIDTH, 1, 3, DEPTH),
    )

    def read_flags(model: Any, docs: Sequence[Doc], is_train: bool) -> Any:
        return [flags.of(doc) for doc in docs], lambda gradient: []

    listed: Any = chain(
        Model("word_flags", read_flags, dims={"nO": FLAGS}), with_array(Maxout(nO=32, nI=FLAGS, nP=2, normalize=True))
    )
    layers: list[Any] = [Maxout(nO=HIDDEN, nI=2 * WIDTH + 32, nP=3, normalize=True, dropout=dropout)]
    for _ in range(TOP):
        wide: Any = Maxout(nO=HIDDEN, nI=HIDDEN * 3, nP=3, normalize=True, dropout=dropout)
        layers.append(residual(chain(expand_window(1), wide)))
    layers.append(Softmax(nO=len(TAGS), nI=HIDDEN))
    # rows of nothing between turns: what is seen in one does not depend on its neighbours in a batch
    model: Any = chain(_beside(encoder, listed), with_array(chain(*layers), pad=TOP))
    model.set_ref("tok2vec", encoder)
    return model


def _beside(left: Any, right: Any) -> Any:
    """Two encoders of the same tokens side by side, and the mean of the first over the turn: what the talk is about."""
    import numpy
    from thinc.api import Model

    def forward(model: Any, docs: Sequence[Doc], is_train: bool) -> Any:
        a, back_a = left(docs, is_train)
        b, back_b = right(docs, is_train)
        width = a[0].shape[1] if a else WIDTH

        def backward(gradients: Sequence[Any]) -> list[Any]:
            back_a([g[:, :width] + g[:, -width:].mean(axis=0) for g in gradients])
            back_b([numpy.ascontiguousarray(g[:, width:-width]) for g in gradients])
            return []

        rows = []
        for x, y in zip(a, b, strict=True):
            mean = x.mean(axis=0) if len(x) else numpy.zeros(width, dtype="float32")
            rows.append(numpy.hstack([x, y, numpy.broadcast_to(mean, x.shape)]))
        return rows, backward

    def initialize(model: Any, X: Any = None, Y: Any = None) -> None:  # noqa: N803
        left.initialize(X=X)
        right.initialize(X=X)

    return Model("beside", forward, init=initialize, layers=[left, right])


def parameters(model: Any) -> list[tuple[Any, str]]:
    """Every layer with a parameter, and the parameter's name, in a fixed order."""
    return [(node, name) for node in model.walk() for name in sorted(node.param_names) if node.has_param(name)]


def pack(model: Any) -> dict[str, Any]:
    """Weights in half precision: half the size, the same decisions."""
    return {f"p{i:03d}": node.get_param(name).astype("float16") for i, (node, name) in enumerate(parameters(model))}


def unpack(model: Any, arrays: Any) -> None:
    """Put packed weights into a network that was initialized.

    Raises:
        ModelError: Other shapes: the file is of another network.
    """
    places = parameters(model)
    if len(places) != len(arrays.files if hasattr(arrays, "files") else arrays):
        raise ModelError("the shipped model does not fit this program", hint="reinstall the package")
    for index, (node, name) in enumerate(places):
        value = arrays[f"p{index:03d}"].astype("float32")
        if value.shape != node.get_param(name).shape:
            raise ModelError("the shipped model does not fit this program", hint="reinstall the package")
        node.set_param(name, value)


@dataclass(frozen=True, slots=True)
class Guess:
    """A passage that the student sees.

    Attributes:
        start: First code point.
        end: One past the last.
        chances: Chance of each label, in the order of LABELS; the rest to 1 is "nothing".
    """

    start: int
    end: int
    chances: tuple[float, ...]


def read_card(folder: Path) -> dict[str, Any]:
    """model.json, once the files it names are the ones it describes.

    Raises:
        ModelError: Missing or changed.
    """
    try:
        card: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        digests = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in card["files"]}
    except (OSError, ValueError, KeyError):
        raise ModelError("the shipped model is missing", hint="reinstall the package") from None
    if digests != card["files"]:
        raise ModelError("the shipped model is not the one known", hint="reinstall the package")
    return card


def student_identity(folder: Path = FOLDER) -> str:
    """A text that identifies the student and its judgement in fingerprints, without loading them.

    Raises:
        ModelError: Missing or changed.
    """
    card = read_card(folder)
    try:
        judgement = hashlib.sha256((folder / "judge.json").read_bytes()).hexdigest()
    except OSError:
        raise ModelError("the shipped judgement is missing", hint="reinstall the package") from None
    return f"talk_en:{card['version']}:{judgement}:" + ":".join(card["files"][n] for n in sorted(card["files"]))


class Student:
    """The shipped network.

    Args:
        nlp: Pipeline of the default model; its tokenizer and vectors are used.

    Raises:
        ModelError: Missing or changed.
    """

    def __init__(self, nlp: Language, folder: Path = FOLDER) -> None:
        import numpy

        card = read_card(folder)
        self._threshold = float(card["threshold"])
        self._model = build(WordFlags(read_features(folder / "features.txt.gz")))
        self._model.initialize(X=[nlp.make_doc("a word")])
        with numpy.load(folder / "weights.npz", allow_pickle=False) as arrays:
            unpack(self._model, arrays)
        use_numpy(self._model)

    def read(self, docs: Sequence[Doc]) -> list[list[Guess]]:
        """What the student sees in tokenized texts."""
        full = [doc for doc in docs if len(doc)]
        tables = iter(self._model.predict(full) if full else [])
        return [guesses(doc, next(tables), self._threshold) if len(doc) else [] for doc in docs]


def guesses(doc: Doc, table: Any, threshold: float) -> list[Guess]:
    """Passages of a table of tag chances: neighbouring tokens that are something, cut where a new name begins.

    Args:
        doc: The tokens.
        table: Chances, tokens x TAGS.
        threshold: A token is something when the chance of "nothing" is below 1 - threshold.
    """
    import numpy

    begin, inside = table[:, 1::2], table[:, 2::2]
    labels = begin + inside
    something = numpy.flatnonzero(table[:, 0] < 1 - threshold)
    if not len(something):
        return []
    best = labels.argmax(axis=1)
    found: list[Guess] = []
    run: list[int] = []
    for index in (int(i) for i in something):
        label = best[index]
        starts = (
            not run
            or run[-1] != index - 1
            or (best[run[-1]] != label and begin[index].sum() > inside[index].sum())
            or begin[index, label] > inside[index, label]
        )
        if starts and run:
            found.append(_guess(doc, run, labels))
            run = []
        run.append(index)
    found.append(_guess(doc, run, labels))
    # put together once: a document keeps no text but makes it from its tokens each time
    text = doc.text
    return [g for g in found if any(c.isalnum() for c in text[g.start : g.end])]


def _guess(doc: Doc, run: list[int], labels: Any) -> Guess:
    first, last = doc[run[0]], doc[run[-1]]
    chances = labels[run].mean(axis=0)
    return Guess(first.idx, last.idx + len(last), tuple(float(c) for c in chances))
