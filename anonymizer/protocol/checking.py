"""What a researcher should look at in a protocol that was read."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from anonymizer.protocol.likeness import bare
from anonymizer.protocol.model import Protocol
from anonymizer.protocol.words import words


def remarks(protocol: Protocol) -> list[str]:
    """Lines that could not be placed (with line numbers), questions that look alike, gaps in the numbers."""
    found = [f"line {number}: not placed: {text}" for number, text in protocol.unplaced]
    alike = Counter(" ".join(words(bare(q.text))) for q in protocol.questions)
    found += [
        f"{q.id}: the same words as another question; the tagger tells them apart by their place only"
        for q in protocol.questions
        if alike[" ".join(words(bare(q.text)))] > 1
    ]
    for earlier, later in pairwise([q for q in protocol.questions if q.parent is None and q.number.isdigit()]):
        if earlier.section == later.section and int(later.number) > int(earlier.number) + 1:
            found.append(f"{later.id}: the number before it is {earlier.number}; is a question missing?")
    return found
