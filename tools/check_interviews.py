#!/usr/bin/env python3
"""Check the marks of tools/interviews: ids of questions, kinds, forms marked in one place and not in another.

python tools/check_interviews.py [FIELD ...]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from gold import INVENTED, Document, parse_marked

from anonymizer.protocol.document import read_protocol

HIDDEN = ("direct", "quasi")


def faults(document: Document, questions: frozenset[str]) -> Iterator[str]:
    """What is wrong with an interview, a line each."""
    for number, turn in enumerate(document["turns"]):
        question, kind = turn.get("question", ""), turn.get("kind")
        if kind is None:
            yield f"turn {number}: no [QUESTION KIND]"
        elif (question is None) != (kind == "other"):
            yield f"turn {number}: kind {kind} with question {question}"
        elif question is not None and question not in questions:
            yield f"turn {number}: the protocol has no question {question}"
    yield from _unmarked(document)


def _unmarked(document: Document) -> Iterator[str]:
    forms = {e["text"].lower() for e in document["entities"] if e["mask"] in HIDDEN and len(e["text"]) > 2}
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(forms, key=len, reverse=True))) + r")(?!\w)")
    for number, turn in enumerate(document["turns"]):
        marked = [(e["start"], e["end"]) for e in document["entities"] if e["turn"] == number]
        for match in pattern.finditer(turn["text"].lower()) if forms else ():
            if not any(a < match.end() and match.start() < b for a, b in marked):
                yield f"turn {number}: {match[0]!r} is marked elsewhere, not here (right only for an everyday word)"


def main() -> None:
    """Print the faults and a line of counts an interview."""
    fields = sys.argv[1:] or sorted(p.name for p in INVENTED.iterdir() if p.is_dir())
    for field in fields:
        protocol = read_protocol(INVENTED / field / "protocol.txt")
        questions = frozenset(q.id for q in protocol.questions)
        for path in sorted((INVENTED / field).glob("[0-9].txt")):
            document = parse_marked(path.read_text(encoding="utf-8"))
            words = sum(len(t["text"].split()) for t in document["turns"])
            asked = len({t.get("question") for t in document["turns"]} - {None})
            turns, marks = len(document["turns"]), len(document["entities"])
            print(
                f"{field}/{path.name}: {words} words, {turns} turns, {marks} marks, {asked} of {len(questions)} asked"
            )
            for fault in faults(document, questions):
                print(f"  {fault}")


if __name__ == "__main__":
    main()
