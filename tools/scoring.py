"""Figures of detection, by the same rules as ../shared/tools/score.py detect, for sets that may lie elsewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# (start, end, hidden, review) of each turn's findings
Found = tuple[int, int, bool, bool]
COLUMNS = ("direct", "names", "contact", "quasi", "keep", "precision", "other/1000", "flagged/1000")


@dataclass(frozen=True, slots=True)
class Figures:
    """A row of the table; None where nothing was there to be measured.

    Attributes:
        direct: Share of names, contacts and ids of people here that are wholly hidden.
        names: Share of distinct names that are hidden at every mention.
        contact: Share of contacts and ids hidden.
        quasi: Share of employers, places, dates, ages, own products hidden.
        keep: Share of technical and general names wrongly hidden, in part or whole.
        precision: Share of hidden letters and digits that are personal information.
        other: Words hidden by 1000 that no mark covers.
        flagged: Findings to review by 1000 words.
    """

    direct: float | None
    names: float | None
    contact: float | None
    quasi: float | None
    keep: float | None
    precision: float | None
    other: float | None
    flagged: float | None

    def row(self) -> tuple[float | None, ...]:
        """In the order of COLUMNS."""
        return (
            self.direct, self.names, self.contact, self.quasi, self.keep, self.precision, self.other, self.flagged,
        )  # fmt: skip


def score(documents: Sequence[dict[str, Any]], found: Mapping[str, Mapping[int, Sequence[Found]]]) -> Figures:
    """Compare findings with gold."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    names: dict[tuple[str, str], bool] = {}
    words = unmarked = flagged = right = hidden = 0
    for document in documents:
        gold = defaultdict(list)
        for entity in document["entities"]:
            gold[entity["turn"]].append(entity)
        for index, turn in enumerate(document["turns"]):
            text = turn["text"]
            words += len(text.split())
            covered, personal, known = bytearray(len(text)), bytearray(len(text)), bytearray(len(text))
            for start, end, hide, review in found[document["id"]].get(index, ()):
                flagged += review
                if hide:
                    covered[start:end] = b"\1" * (end - start)
            for entity in gold[index]:
                start, end = entity["start"], entity["end"]
                marks = [covered[k] for k in range(start, end) if text[k].isalnum()]
                known[start:end] = b"\1" * (end - start)
                mask = entity["mask"]
                counts[mask][1] += 1
                if mask == "keep":
                    counts[mask][0] += any(marks)
                    continue
                personal[start:end] = b"\1" * (end - start)
                counts[mask][0] += all(marks)
                if mask == "direct" and entity["label"] == "PERSON":
                    key = document["id"], entity["text"].lower()
                    names[key] = names.get(key, True) and all(marks)
                elif mask == "direct":
                    counts["contact"][0] += all(marks)
                    counts["contact"][1] += 1
            for k, char in enumerate(text):
                if covered[k] and char.isalnum():
                    hidden += 1
                    right += personal[k]
            for match in re.finditer(r"\w+", text):
                span = slice(match.start(), match.end())
                unmarked += any(covered[span]) and not any(known[span])

    def rate(key: str) -> float | None:
        return counts[key][0] / counts[key][1] if counts[key][1] else None

    return Figures(
        direct=rate("direct"),
        names=sum(names.values()) / len(names) if names else None,
        contact=rate("contact"),
        quasi=rate("quasi"),
        keep=rate("keep"),
        precision=right / hidden if hidden else None,
        other=1000 * unmarked / words if words else None,
        flagged=1000 * flagged / words if words else None,
    )
