"""Train the judgement: small networks over the figures of anonymizer/detection/evidence.py.

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
from anonymizer.detection.evidence import FAR, KINDS, NAMES, log_odds
from anonymizer.detection.learnt import prior

Row = tuple[Sequence[float], float, float]
HIDDEN, NETWORKS, ROUNDS, RATE, DECAY = 12, 4, 600, 0.01, 3.0


def rows_of(detector: Detector, document: dict[str, Any], lower: bool) -> Iterable[tuple[str, Row]]:
    """(kind, (figures and prior, share of letters that are to be hidden, weight)) of each mention."""
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
            yield row.kind, ((*row.figures, prior(row)), share, 1.0 + 0.5 * share)


def fit(x: Any, y: Any, weight: Any, seed: int) -> dict[str, Any]:
    """A network with soft targets, by Adam on all rows at once with weight decay; deterministic for a seed."""
    rng = np.random.default_rng(seed)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    # what never varied here must not shout when it does
    scale[scale < 0.02] = 1.0
    z = np.clip((x - mean) / scale, -FAR, FAR)
    net = {
        "linear": np.zeros(x.shape[1]),
        "inner": rng.normal(0, 1 / np.sqrt(x.shape[1]), (x.shape[1], HIDDEN)),
        "bias": np.zeros(HIDDEN),
        "outer": rng.normal(0, 1 / np.sqrt(HIDDEN), HIDDEN),
    }
    identity = {"mean": np.zeros(x.shape[1]), "scale": np.ones(x.shape[1])}
    first = {name: np.zeros_like(v) for name, v in net.items()}
    second = {name: np.zeros_like(v) for name, v in net.items()}
    for step in range(1, ROUNDS + 1):
        inside = np.tanh(z @ net["inner"] + net["bias"])
        p = 1 / (1 + np.exp(-np.clip(log_odds({**identity, **net}, z), -30, 30)))
        error = weight * (p - y) / weight.sum()
        back = np.outer(error, net["outer"]) * (1 - inside**2)
        gradient = {"linear": z.T @ error, "inner": z.T @ back, "bias": back.sum(axis=0), "outer": inside.T @ error}
        rate = RATE * min(1.0, 2 * (1 - step / (ROUNDS + 1)))
        for name, g in gradient.items():
            first[name] = 0.9 * first[name] + 0.1 * g
            second[name] = 0.999 * second[name] + 0.001 * g**2
            move = first[name] / (1 - 0.9**step) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
            net[name] = net[name] - rate * (move + (0 if name == "bias" else DECAY * net[name]))
    return {name: np.round(v, 4).tolist() for name, v in {"mean": mean, "scale": scale, **net}.items()}


def gather(detectors: Sequence[tuple[Detector, Sequence[dict[str, Any]]]]) -> dict[str, list[Row]]:
    """Rows of each kind, from documents paired with a detector whose student did not see them; in both casings."""
    rows: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    for detector, documents in detectors:
        for document in documents:
            for lower in (False, True):
                for kind, row in rows_of(detector, document, lower):
                    rows[kind].append(row)
    return rows


def train(rows: dict[str, list[Row]]) -> dict[str, list[dict[str, Any]]]:
    """Networks for each kind; none, that is even chances, where there is too little text to say anything."""
    networks: dict[str, list[dict[str, Any]]] = {}
    for kind, kind_rows in rows.items():
        x, y, weight = (np.array([r[i] for r in kind_rows], dtype="float64") for i in range(3))
        networks[kind] = [fit(x, y, weight, seed) for seed in range(NETWORKS)] if len(kind_rows) > 20 else []
    return networks


def write(networks: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    """judge.json."""
    document = {"figures": list(NAMES), "weights": networks}
    (folder / "judge.json").write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
