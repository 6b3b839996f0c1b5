#!/usr/bin/env python3
"""Check the marks of tools/interviews and tools/talk: ids of questions, kinds, forms marked only in places.

python tools/check_interviews.py [FIELD ... | talk]    without an argument all of both
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from gold import INVENTED, TALK, Document, parse_marked

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


def talk_faults(document: Document) -> Iterator[str]:
    """What is wrong with a talk, which follows no protocol: a line each."""
    if not document["entities"]:
        yield "no marks"
    for number, turn in enumerate(document["turns"]):
        if "kind" in turn:
            yield f"turn {number}: a [QUESTION KIND] without a protocol"
    yield from _unmarked(document)


def _unmarked(document: Document) -> Iterator[str]:
    forms = {e["text"].lower() for e in document["entities"] if e["mask"] in HIDDEN and len(e["text"]) > 2}
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(forms, key=len, reverse=True))) + r")(?!\w)")
    for number, turn in enumerate(document["turns"]):
        marked = [(e["start"], e["end"]) for e in document["entities"] if e["turn"] == number]
        for match in pattern.finditer(turn["text"].lower()) if forms else ():
            if not any(a < match.end() and match.start() < b for a, b in marked):
                yield f"turn {number}: {match[0]!r} is marked elsewhere, not here (right only for an everyday word)"


def _counts(document: Document) -> str:
    words = sum(len(t["text"].split()) for t in document["turns"])
    return f"{words} words, {len(document['turns'])} turns, {len(document['entities'])} marks"


def check_field(field: str) -> None:
    """Print the faults and a line of counts of each interview of a field."""
    protocol = read_protocol(INVENTED / field / "protocol.txt")
    questions = frozenset(q.id for q in protocol.questions)
    for path in sorted((INVENTED / field).glob("[0-9].txt")):
        document = parse_marked(path.read_text(encoding="utf-8"))
        asked = len({t.get("question") for t in document["turns"]} - {None})
        print(f"{field}/{path.name}: {_counts(document)}, {asked} of {len(questions)} asked")
        for fault in faults(document, questions):
            print(f"  {fault}")


def check_talk() -> None:
    """Print the faults and a line of counts of each talk."""
    for path in sorted(TALK.glob("*.txt")):
        document = parse_marked(path.read_text(encoding="utf-8"))
        print(f"talk/{path.name}: {_counts(document)}")
        for fault in talk_faults(document):
            print(f"  {fault}")


def main() -> None:
    """Check what the command line names, or everything."""
    for field in sys.argv[1:] or [*sorted(p.name for p in INVENTED.iterdir() if p.is_dir()), "talk"]:
        if field == "talk":
            check_talk()
        else:
            check_field(field)


if __name__ == "__main__":
    main()
