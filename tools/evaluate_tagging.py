#!/usr/bin/env python3
"""How well the tagger does on interviews and protocols that its weights were not learnt from.

    tools/evaluate_tagging.py CORPUS [PROTOCOLS] [--json FILE]

Two ways: each interview left out of training and tagged alone; each protocol left out and its interviews tagged
together. The confidence is calibrated anew for each interview from the others. Prints the tables of
docs/quality-tagging.md.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import tagging_corpus as tc

BINS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)


def evaluate(corpus: Path, protocols: Path) -> dict[str, Any]:
    """All figures, as a document."""
    data = tc.load(corpus, protocols)
    strength = tc.penalty()
    ways = {
        "interview left out, tagged alone": tc.leave_interview_out(data, strength),
        "protocol left out, interviews tagged together": tc.leave_protocol_out(data, strength),
    }
    return figures(ways)


def figures(ways: dict[str, list[tc.Outcome]]) -> dict[str, Any]:
    """The figures of each way of leaving out."""
    result: dict[str, Any] = {}
    for way, outcomes in ways.items():
        confidence, flagged = _confidence(outcomes)
        groups = {}
        for name in (*sorted({o.interview.protocol for o in outcomes}), "all"):
            chosen = [i for i, o in enumerate(outcomes) if name in ("all", o.interview.protocol)]
            groups[name] = _group([(outcomes[i], flagged[i]) for i in chosen])
        result[way] = {"groups": groups, "reliability": _reliability(outcomes, confidence)}
    return result


def _confidence(outcomes: list[tc.Outcome]) -> tuple[list[Any], list[Any]]:
    confidence, flagged = [], []
    for o in outcomes:
        others = [x for x in outcomes if x is not o]
        marginal = np.concatenate([x.marginal for x in others])
        right = np.concatenate([x.right for x in others])
        knots = tc.isotonic(marginal, right)
        below = tc.threshold(tc.calibrated(knots, marginal), right)
        own = tc.calibrated(knots, o.marginal)
        confidence.append(own)
        flagged.append(own < below)
    return confidence, flagged


def _group(rows: list[tuple[tc.Outcome, Any]]) -> dict[str, Any]:
    counts: dict[str, list[int]] = {}
    for o, _ in rows:
        for name, (hits, count) in tc.measure(o.interview, o.state).items():
            held = counts.setdefault(name, [0, 0])
            held[0] += hits
            held[1] += count
    flags = np.concatenate([f for _, f in rows])
    right = np.concatenate([o.right for o, _ in rows])
    counted: dict[str, Any] = {name: round(a / b, 3) for name, (a, b) in counts.items()}
    counted["flagged"] = round(float(flags.mean()), 3)
    counted["unflagged right"] = round(float(right[~flags].mean()), 3) if (~flags).any() else None
    counted["turns"] = len(right)
    return counted


def _reliability(outcomes: list[tc.Outcome], confidence: list[Any]) -> list[dict[str, Any]]:
    values = np.concatenate(confidence)
    right = np.concatenate([o.right for o in outcomes])
    rows = []
    for low, high in pairwise(BINS):
        seen = (values >= low) & (values < high)
        if seen.any():
            rows.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "turns": int(seen.sum()),
                    "said": round(float(values[seen].mean()), 3),
                    "right": round(float(right[seen].mean()), 3),
                }
            )
    return rows


def main() -> None:
    """Print the tables."""
    arguments = sys.argv[1:]
    out = None
    if "--json" in arguments:
        at = arguments.index("--json")
        out = Path(arguments[at + 1])
        del arguments[at : at + 2]
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    if not (Path(arguments[0]) / "protocol").is_dir():
        print("not measured: there are no tagged interviews in this folder")
        return
    corpus = Path(arguments[0])
    found = evaluate(corpus, Path(arguments[1]) if len(arguments) == 2 else corpus.parent / "protocols")
    show(found)
    if out:
        out.write_text(json.dumps(found, indent=1) + "\n")


def show(found: dict[str, Any]) -> None:
    """Print the tables in Markdown."""
    for way, held in found.items():
        print(f"\n{way}\n\n| protocol | turn | section | asking turns | flagged | unflagged right | turns |")
        print("|---|---|---|---|---|---|---|")
        for name, g in held["groups"].items():
            values = (g["turn"], g["section"], g["ask"], g["flagged"], g["unflagged right"], g["turns"])
            print(f"| {name} | {' | '.join('not measured' if v is None else str(v) for v in values)} |")
        print("\n| confidence | turns | mean confidence | right |\n|---|---|---|---|")
        for row in held["reliability"]:
            print(f"| {row['from']} to {row['to']} | {row['turns']} | {row['said']} | {row['right']} |")


if __name__ == "__main__":
    main()
