"""Sentence vectors of a small transformer (all-MiniLM-L6-v2, eight-bit, in ``minilm/``), for what the interviewer asks.

Static vectors cannot tell that "and money-wise?" asks for a trade-off; a transformer often can. It costs about 0.2
milliseconds a token, so only the interviewer's questions are read by it: answers gained nothing. Texts of one call are
packed into rows of tokens; since eight-bit activations are scaled by what stands in a row, a call is one transcript or
one protocol, and its vectors do not depend on anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizer.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

FOLDER = Path(__file__).parent / "minilm"
DIMENSIONS = 384
ROW = 128


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


def embed(texts: Sequence[str]) -> Matrix:
    """One unit vector a text, shape (len(texts), 384); texts over 64 tokens are cut.

    Raises:
        ModelError: The model is not installed.
    """
    result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return result
    session, tokenizer = _model()
    ids = [np.asarray(encoding.ids, dtype=np.int64) for encoding in tokenizer.encode_batch(list(texts))]
    for first, last in _rows([len(row) for row in ids]):
        result[first:last] = session.run(None, _packed(ids[first:last]))[0]
    return result


def _rows(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring texts that share a row of at most ROW tokens, as (first, last + 1)."""
    rows: list[tuple[int, int]] = []
    first = held = 0
    for at, length in enumerate(lengths):
        if held and held + length > ROW:
            rows.append((first, at))
            first, held = at, 0
        held += length
    return [*rows, (first, len(lengths))]


def _packed(ids: Sequence[NDArray[np.int64]]) -> dict[str, NDArray[Any]]:
    lengths = [len(row) for row in ids]
    owner = np.repeat(np.arange(len(ids)), lengths)
    pool = (owner[None, :] == np.arange(len(ids))[:, None]) / np.array(lengths)[:, None]
    return {
        "ids": np.concatenate(ids),
        "positions": np.concatenate([np.arange(length) for length in lengths]),
        "apart": np.where(owner[:, None] == owner[None, :], 0.0, -10000.0).astype(np.float32),
        "pool": pool.astype(np.float32),
    }
