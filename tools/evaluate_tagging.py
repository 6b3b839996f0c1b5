#!/usr/bin/env python3
"""How well the tagger does on interviews and protocols that its weights were not learnt from.

    tools/evaluate_tagging.py [CORPUS [PROTOCOLS]] [--json FILE]

Interviews of tools/interviews (invented protocols) and, where it is given, of CORPUS. Two ways: protocols left out in
four folds, the interviews of each tagged together; thirds of the corpus's interviews left out and tagged alone. The
confidence is calibrated anew for each interview from those of other protocols. Prints the tables of
docs/quality-tagging.md. The sentence model's vectors are those of ``train_sentence_model.py folds`` where they are in
build/; otherwise the shipped model has seen all interviews, which the output says.
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


# invented protocols that nobody looked at while features and strengths were chosen
SET_ASIDE = frozenset({"pharmacy", "fishing", "robots", "museum", "games", "dispatch"})


def evaluate(corpus: Path | None, protocols: Path | None) -> dict[str, Any]:
    """All figures, as a document."""
    data = tc.load(corpus, protocols)
    strength = tc.penalty()
    ways = {"protocol left out, interviews tagged together": tc.leave_protocols_out(data, strength)}
    real = [d for d in data if d.corpus]
    if real:
        ways["interview left out, tagged alone"] = tc.leave_interviews_out(data, real, strength)
    return {"unseen": all(d.unseen for d in data), "ways": figures(ways)}


def _groups(outcomes: list[tc.Outcome]) -> dict[str, list[int]]:
    """Which outcomes each row of a table counts."""
    groups: dict[str, list[int]] = {}
    for at, o in enumerate(outcomes):
        name = o.interview.protocol
        row = name if o.interview.corpus else "invented, set aside" if name in SET_ASIDE else "invented, looked at"
        groups.setdefault(row, []).append(at)
    return {**dict(sorted(groups.items(), key=lambda g: g[0].startswith("invented"))), "all": [*range(len(outcomes))]}


def figures(ways: dict[str, list[tc.Outcome]]) -> dict[str, Any]:
    """The figures of each way of leaving out."""
    result: dict[str, Any] = {}
    for way, outcomes in ways.items():
        confidence, flagged = _confidence(outcomes)
        groups = {
            name: _group([(outcomes[i], flagged[i]) for i in chosen]) for name, chosen in _groups(outcomes).items()
        }
        own = [at for at, o in enumerate(outcomes) if o.interview.corpus] or [*range(len(outcomes))]
        reliability = _reliability([outcomes[at] for at in own], [confidence[at] for at in own])
        result[way] = {"groups": groups, "reliability": reliability}
    return result


def _confidence(outcomes: list[tc.Outcome]) -> tuple[list[Any], list[Any]]:
    confidence, flagged = [], []
    learnt: dict[str, Any] = {}
    names = {o.interview.protocol for o in outcomes}
    for o in outcomes:
        # with few protocols the other interviews must do
        key = o.interview.protocol if len(names) > 2 else o.interview.id
        if key not in learnt:
            others = [x for x in outcomes if key not in (x.interview.protocol, x.interview.id)]
            marginal = np.concatenate([x.marginal for x in others])
            right = np.concatenate([x.right for x in others])
            weight = np.concatenate([np.full(len(x.right), x.interview.weight) for x in others])
            knots = tc.isotonic(marginal, right, weight)
            learnt[key] = knots, tc.threshold(tc.calibrated(knots, marginal), right, weight)
        knots, below = learnt[key]
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
    if len(arguments) > 2:
        sys.exit(__doc__)
    corpus = Path(arguments[0]) if arguments else None
    if corpus is not None and not (corpus / "protocol").is_dir():
        print("there are no tagged interviews in this folder: measured on the invented ones only")
        corpus = None
    found = evaluate(corpus, Path(arguments[1]) if len(arguments) == 2 else None)
    show(found)
    if out:
        out.write_text(json.dumps(found, indent=1) + "\n")


def show(found: dict[str, Any]) -> None:
    """Print the tables in Markdown."""
    if not found["unseen"]:
        print(
            "The sentence model has learnt from these interviews (build/tagging-vectors is missing): figures flatter."
        )
    for way, held in found["ways"].items():
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
