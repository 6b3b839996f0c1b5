#!/usr/bin/env python3
"""Learn rules/tagging/weights.json from tagged interviews.

    tools/tune_tagging.py [CORPUS [PROTOCOLS]]

Learns from tools/interviews and, where it is given, from CORPUS/protocol/*.json (turns with "question"), whose
PROTOCOLS lie in CORPUS/../protocols. The weights are learnt from all interviews. What turns a probability into a
confidence is learnt from tags of protocols that were left out of training. The sentence model's vectors are those that
``train_sentence_model.py folds`` has left in build/: from models that had not seen the protocol, so that the weights
do not trust it more than it deserves under a new one. How good it is says tools/evaluate_tagging.py, never this tool.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tagging_corpus as tc

from anonymizer.protocol import weights as wt

EXPLANATION = [
    "Weights of the tagger (anonymizer/protocol/weights.py), learnt by tools/tune_tagging.py; do not edit by hand.",
    "A path through the interview is scored by adding up weights: 'step' for the kind of step between questions,",
    "'passed' for questions not put yet that the step leaves out, 'start' for a turn that opens a question, 'stay'",
    "for one that does not, 'about' for every turn, 'taught' for likeness with other interviews, 'outside' for other",
    "talk. A higher weight makes it more probable; e to the power of the difference is the odds.",
    "Three passes: the second knows what the first found put elsewhere, the third what other interviews taught.",
    "calibration: probability found by the model, share that was right where it had not been trained.",
]


def main() -> None:
    """Learn and write."""
    if len(sys.argv) > 3:
        sys.exit(__doc__)
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if corpus is not None and not (corpus / "protocol").is_dir():
        sys.exit(f"no protocol/ in {corpus}")
    data = tc.load(corpus, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    if not all(d.unseen for d in data):
        sys.exit("make the vectors first: tools/train_sentence_model.py folds")
    strength = tc.penalty()
    unseen = tc.leave_protocols_out(data, strength)
    marginal = np.concatenate([o.marginal for o in unseen])
    right = np.concatenate([o.right for o in unseen])
    weight = np.concatenate([np.full(len(o.right), o.interview.weight) for o in unseen])
    knots = tc.isotonic(marginal, right, weight)
    below = tc.threshold(tc.calibrated(knots, marginal), right, weight)
    passes = tc.fit(data, strength)
    document = {
        "explanation": EXPLANATION,
        "rounds": tc.ROUNDS,
        "review_below": round(below, 4),
        "calibration": knots,
        "passes": [wt.to_document(vector) for vector in passes],
    }
    target = Path(__file__).resolve().parent.parent / "rules" / "tagging" / "weights.json"
    target.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{len(data)} interviews, {len(right)} turns; review below {below:.3f}; written: {target}")


if __name__ == "__main__":
    main()
