"""Train the judgement: logistic regressions over the figures of anonymizer/detection/evidence.py.

Called by tools/train_student.py; the weights go to models/talk_en/judge.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gold import transcript_of

from anonymizer.detection.detector import Detector
from anonymizer.detection.evidence import KINDS, NAMES


def rows_of(
    detector: Detector, document: dict[str, Any], lower: bool
) -> Iterable[tuple[str, Sequence[float], float, float]]:
    """(kind, figures, share of letters that are to be hidden, weight) of each mention."""
    transcript = transcript_of(document, lower=lower)
    hide: dict[int, set[int]] = {}
    for entity in document["entities"]:
        if entity["mask"] != "keep":
            hide.setdefault(entity["turn"], set()).update(range(entity["start"], entity["end"]))
    for row in detector.evidence(transcript, detector.candidates(transcript)):
        c = row.candidate
        text = transcript.turns[c.turn].text
        letters = [i for i in range(c.start, min(c.end, len(text))) if text[i].isalnum()]
        if letters:
            marked = hide.get(c.turn, set())
            share = sum(i in marked for i in letters) / len(letters)
            # a missed mention costs more than a word hidden too much
            yield row.kind, row.figures, share, 1.0 + 0.5 * share


def fit(x: Any, y: Any, weight: Any, l2: float = 3.0, rounds: int = 60) -> Any:
    """Weighted logistic regression with soft targets by Newton's method; deterministic."""
    w = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (weight * (p - y)) + l2 * w
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + l2 * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-7:
            break
    return w


def train(detectors: Sequence[tuple[Detector, Sequence[dict[str, Any]]]]) -> dict[str, list[float]]:
    """Weights for each kind, from documents paired with a detector whose student did not see them."""
    rows: dict[str, list[tuple[Sequence[float], float, float]]] = {kind: [] for kind in KINDS}
    for detector, documents in detectors:
        for document in documents:
            for lower in (False, True):
                for kind, figures, share, weight in rows_of(detector, document, lower):
                    rows[kind].append((figures, share, weight))
    weights: dict[str, list[float]] = {}
    for kind, kind_rows in rows.items():
        if not kind_rows:
            # too little text to say anything: even chances
            weights[kind] = [0.0] * len(NAMES)
            continue
        x = np.array([r[0] for r in kind_rows])
        y = np.array([r[1] for r in kind_rows])
        weight = np.array([r[2] for r in kind_rows])
        weights[kind] = [round(float(v), 5) for v in fit(x, y, weight)]
    return weights


def write(weights: dict[str, list[float]], folder: Path) -> None:
    """judge.json."""
    (folder / "judge.json").write_text(json.dumps({"figures": list(NAMES), "weights": weights}, indent=1) + "\n")
