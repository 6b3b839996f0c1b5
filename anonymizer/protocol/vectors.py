"""Static sentence vectors (WordLlama, 256 dimensions, inside its own package): loaded once, offline, on first use."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizer.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

DIMENSIONS = 256


@cache
def _model() -> Any:
    # importing wordllama configures the root logger; the program's own logging must stay as it was
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        import wordllama

        # without cache_dir it would write to, and without disable_download ask a server about, a folder of its own
        model = wordllama.WordLlama.load(
            cache_dir=Path(wordllama.__file__).parent, dim=DIMENSIONS, disable_download=True
        )
    except (ImportError, OSError, ValueError):
        raise ModelError("the word vectors are missing", hint="install the package wordllama again") from None
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    model.tokenizer.no_padding()
    return model


def embed(texts: Sequence[str]) -> Matrix:
    """One unit vector a text (zero for an empty one), shape (len(texts), 256).

    Tokens weigh more the rarer they are; the vocabulary's order stands in for frequency (byte pairs are merged in order
    of frequency).

    Raises:
        ModelError: The vectors are not installed.
    """
    result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return result
    model = _model()
    encoded = model.tokenizer.encode_batch([text.lower() for text in texts], add_special_tokens=False)
    for row, encoding in enumerate(encoded):
        ids = np.asarray(encoding.ids, dtype=np.int64)
        if not len(ids):
            continue
        weights = _weights(len(model.embedding))[ids]
        vector = weights @ model.embedding[ids]
        norm = float(np.linalg.norm(vector))
        if norm > 0:
            result[row] = vector / norm
    return result


@cache
def _weights(size: int) -> Matrix:
    ranks = np.arange(1, size + 1, dtype=np.float32)
    probability = 1.0 / (ranks * np.log(size))
    weights: Matrix = (1e-4 / (1e-4 + probability)).astype(np.float32)
    return weights
