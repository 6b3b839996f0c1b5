"""Cases made for this project: contacts said aloud, and the same sentences with names of many origins."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable

from gold import ROOT, lowered

from anonymizer.roster import EMPTY, Roster
from anonymizer.transcript import Transcript, Turn

Finder = Callable[[Transcript, Roster], dict[int, list[tuple[int, int, bool, bool]]]]
DATA = ROOT / "tests" / "detection" / "data"


def contact_rates(find: Finder) -> dict[str, float]:
    """Share of contacts that are wholly hidden, by kind and in all."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in (DATA / "contacts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = find(Transcript("case", (Turn(0, None, row["previous"]), Turn(1, None, row["text"]))), EMPTY)
        covered = {i for s, e, hide, _ in found.get(1, ()) if hide for i in range(s, e)}
        for start, end, kind in row["spans"]:
            whole = all(i in covered for i in range(start, end) if row["text"][i].isalnum())
            for key in (kind, "all"):
                counts[key][0] += whole
                counts[key][1] += 1
    return {kind: right / n for kind, (right, n) in counts.items()}


def fairness(find: Finder, rounds: int = 4, seed: int = 11) -> dict[str, tuple[float, float]]:
    """Share of name mentions hidden, by origin of the names: the same turns for every origin.

    Returns:
        Origin -> (cased, lower case).
    """
    names: dict[str, dict[str, list[str]]] = json.loads((DATA / "origins.json").read_text(encoding="utf-8"))
    frames = (DATA / "frames.txt").read_text(encoding="utf-8").splitlines()
    frames = [f for f in frames if f and not f.startswith("#")]
    rates: dict[str, tuple[float, float]] = {}
    for origin, lists in names.items():
        shares = []
        for lower in (False, True):
            right = total = 0
            for turn in range(rounds):
                rng = random.Random(seed + turn)
                for frame in frames:
                    first = lists["given"][rng.randrange(1000) % len(lists["given"])]
                    last = lists["family"][rng.randrange(1000) % len(lists["family"])]
                    right_here, total_here = _case(find, frame, first, last, lower)
                    right += right_here
                    total += total_here
            shares.append(right / total)
        rates[origin] = (shares[0], shares[1])
    return rates


def _case(find: Finder, frame: str, first: str, last: str, lower: bool) -> tuple[int, int]:
    text, spans = "", []
    for number, piece in enumerate(frame.replace("{first}", "\0F\0").replace("{last}", "\0L\0").split("\0")):
        filled = {"F": first, "L": last}.get(piece, piece) if number % 2 else piece
        if number % 2:
            spans.append((len(text), len(text) + len(filled)))
        text += filled
    if lower:
        text = lowered(text)
    covered = {
        i
        for s, e, hide, _ in find(Transcript("f", (Turn(0, None, text),)), EMPTY).get(0, ())
        if hide
        for i in range(s, e)
    }
    return sum(all(i in covered for i in range(s, e) if text[i].isalnum()) for s, e in spans), len(spans)
