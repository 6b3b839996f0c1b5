"""Sentence vectors of a small transformer (all-MiniLM-L6-v2, eight-bit, in ``minilm/``), for what the interviewer asks.

Static vectors cannot tell that "and money-wise?" asks for a trade-off; a transformer often can. It costs about 0.2
milliseconds a token, so only the interviewer's questions are read by it: answers gained nothing. Each text is read by
itself: eight-bit activations are scaled by what stands in a batch, and a vector must not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizer.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

FOLDER = Path(__file__).parent / "minilm"
DIMENSIONS = 384


@cache
def _model() -> tuple[Any, Any]:
    try:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # a batch runs in one process a core; more threads would only fight over them
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(FOLDER / "model.onnx"), options, providers=["CPUExecutionProvider"])
        return session, Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    except Exception:  # noqa: BLE001 (tokenizers raises bare Exception)
        raise ModelError(
            "the sentence model is missing or damaged", hint="install anonymizer again; the model is part of it"
        ) from None


@lru_cache(maxsize=4096)
def _one(text: str) -> Matrix:
    session, tokenizer = _model()
    ids = np.asarray(tokenizer.encode(text).ids, dtype=np.int64)
    vector: Matrix = session.run(None, {"ids": ids})[0]
    return vector


def forget() -> None:
    """Drop remembered vectors; they are made from what people said."""
    _one.cache_clear()


def remembered() -> int:
    """How many vectors are remembered."""
    return _one.cache_info().currsize


def embed(texts: Sequence[str]) -> Matrix:
    """One unit vector a text, shape (len(texts), 384); texts over 64 tokens are cut.

    Raises:
        ModelError: The model is not installed.
    """
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    return np.stack([_one(text) for text in texts])
