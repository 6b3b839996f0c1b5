#!/usr/bin/env python3
"""Make anonymizer/protocol/minilm/ from the published all-MiniLM-L6-v2 (Apache-2.0): ONNX, eight-bit weights.

    tools/make_sentence_model.py FOLDER [OUT]

FOLDER holds config.json, model.safetensors and tokenizer.json as published. Needs the packages onnx, onnxruntime and
safetensors; the program itself only onnxruntime. The graph is written out operation by operation, so that it can be
read. It takes several texts one behind the other in one row of tokens, each seeing itself only: nothing is spent on
padding, and little on starting.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

MAX_TOKENS = 64


class Graph:
    """ONNX nodes and weights under construction."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.count = 0
        self.known: set[str] = set()

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add a weight once."""
        from onnx import numpy_helper

        if name not in self.known:
            self.known.add(name)
            self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, name: str, *, transposed: bool = False) -> str:
        """Add a published weight."""
        value = self.weights[name].astype(np.float32)
        return self.constant(name + (".T" if transposed else ""), value.T.copy() if transposed else value)

    def add(self, operation: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node; its only output's name."""
        from onnx import helper

        self.count += 1
        out = out or f"{operation.lower()}{self.count}"
        self.nodes.append(helper.make_node(operation, list(inputs), [out], name=f"n{self.count}", **attributes))
        return out

    def linear(self, x: str, name: str) -> str:
        """x W^T + b."""
        return self.add(
            "Add", self.add("MatMul", x, self.weight(f"{name}.weight", transposed=True)), self.weight(f"{name}.bias")
        )

    def norm(self, x: str, name: str) -> str:
        """Layer normalization."""
        return self.add(
            "LayerNormalization", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), axis=-1, epsilon=1e-12
        )


def build(weights: dict[str, np.ndarray], config: dict[str, Any]) -> Any:
    """The encoder with mean pooling and unit length.

    Inputs: ids and positions (tokens,) int64; apart (tokens, tokens), 0 within a text and -10000 between texts; pool
    (texts, tokens), one over the text's length where a token belongs to it. Output: vector (texts, hidden) float32.
    """
    from onnx import TensorProto, helper

    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    size = hidden // heads
    g = Graph(weights)
    words = g.add("Gather", g.weight("embeddings.word_embeddings.weight"), "ids")
    # the token types are all 0: one table serves for both
    places = (
        weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    place = g.add("Gather", g.constant("places", places.astype(np.float32)), "positions")
    x = g.norm(g.add("Add", words, place), "embeddings.LayerNorm")
    by_head = g.constant("by_head", np.array([-1, heads, size], np.int64))
    joined = g.constant("joined", np.array([-1, hidden], np.int64))
    scale = g.constant("scale", np.array(1 / np.sqrt(size), np.float32))
    half = g.constant("half", np.array(0.5, np.float32))
    one = g.constant("one", np.array(1.0, np.float32))
    root = g.constant("root", np.array(1 / np.sqrt(2), np.float32))
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        q, k, v = (
            g.add("Reshape", g.linear(x, f"{name}.attention.self.{part}"), by_head)
            for part in ("query", "key", "value")
        )
        q = g.add("Transpose", q, perm=[1, 0, 2])
        k = g.add("Transpose", k, perm=[1, 2, 0])
        v = g.add("Transpose", v, perm=[1, 0, 2])
        seen = g.add("Add", g.add("Mul", g.add("MatMul", q, k), scale), "apart")
        attention = g.add("Softmax", seen, axis=-1)
        context = g.add("Reshape", g.add("Transpose", g.add("MatMul", attention, v), perm=[1, 0, 2]), joined)
        x = g.norm(
            g.add("Add", x, g.linear(context, f"{name}.attention.output.dense")), f"{name}.attention.output.LayerNorm"
        )
        inner = g.linear(x, f"{name}.intermediate.dense")
        gelu = g.add("Mul", g.add("Mul", inner, half), g.add("Add", g.add("Erf", g.add("Mul", inner, root)), one))
        x = g.norm(g.add("Add", x, g.linear(gelu, f"{name}.output.dense")), f"{name}.output.LayerNorm")
    mean = g.add("MatMul", "pool", x)
    norm = g.add("ReduceL2", mean, g.constant("last", np.array([1], np.int64)), keepdims=1)
    g.add("Div", mean, norm, out="vector")
    graph = helper.make_graph(
        g.nodes,
        "sentence",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"]),
            helper.make_tensor_value_info("positions", TensorProto.INT64, ["tokens"]),
            helper.make_tensor_value_info("apart", TensorProto.FLOAT, ["tokens", "tokens"]),
            helper.make_tensor_value_info("pool", TensorProto.FLOAT, ["texts", "tokens"]),
        ],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["texts", hidden])],
        g.initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], producer_name="make_sentence_model")
    model.ir_version = 8
    return model


def write(model: Any, out: Path) -> None:
    """Check, quantize, write ``model.onnx``."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    onnx.checker.check_model(model)
    full = out / "full.onnx"
    onnx.save(model, full)
    quantize_dynamic(full, out / "model.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    full.unlink()
    print(f"{(out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Build, quantize, write."""
    from safetensors.numpy import load_file

    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    default = Path(__file__).resolve().parent.parent / "anonymizer" / "protocol" / "minilm"
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else default
    write(build(load_file(folder / "model.safetensors"), json.loads((folder / "config.json").read_text())), out)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["padding"] = None
    tokenizer["truncation"] = {"direction": "Right", "max_length": MAX_TOKENS, "strategy": "LongestFirst", "stride": 0}
    (out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))


if __name__ == "__main__":
    main()
