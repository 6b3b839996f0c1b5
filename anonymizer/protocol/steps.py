"""From question to question: what kind of step leads from one to the next, and what it passes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from anonymizer.protocol.model import Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CLASSES = (
    "stay", "child", "next-sibling", "next", "descendant", "skip-1", "skip-2-4", "skip-5+", "parent", "back-1",
    "back-2-4", "back-5+", "next-section-first", "next-section", "later-section-first", "later-section",
    "earlier-section-first", "earlier-section", "to-outside", "outside", "enter-first", "enter-second",
    "enter-section-first", "enter",
)  # fmt: skip
_CLASS = {name: at for at, name in enumerate(CLASSES)}


def transition_classes(protocol: Protocol, parents: Sequence[int]) -> NDArray[np.int64]:
    """Which kind of step leads from each state to each other, shape (questions + 1, questions + 1)."""
    questions = protocol.questions
    count = len(questions)
    sections = list(dict.fromkeys(q.section for q in questions))
    section = [sections.index(q.section) for q in questions]
    firsts = {section.index(s) for s in range(len(sections))}

    def kind(i: int, j: int) -> str:
        distance = j - i
        if section[i] != section[j]:
            first = j in firsts
            if section[j] == section[i] + 1:
                return "next-section-first" if first else "next-section"
            where = "later-section" if section[j] > section[i] else "earlier-section"
            return f"{where}-first" if first else where
        if distance > 0:
            if parents[j] == i and distance == 1:
                return "child"
            if parents[j] == parents[i] and not any(parents[k] == parents[i] for k in range(i + 1, j)):
                return "next-sibling"
            if distance == 1:
                return "next"
            above = parents[j]
            while above >= 0 and above != i:
                above = parents[above]
            if above == i:
                return "descendant"
            return "skip-1" if distance == 2 else "skip-2-4" if distance <= 5 else "skip-5+"
        if parents[i] == j:
            return "parent"
        return "back-1" if distance == -1 else "back-2-4" if distance >= -4 else "back-5+"

    result = np.zeros((count + 1, count + 1), dtype=np.int64)
    for i in range(count):
        for j in range(count):
            result[i, j] = _CLASS["stay"] if i == j else _CLASS[kind(i, j)]
        result[i, count] = _CLASS["to-outside"]
    for j in range(count):
        result[count, j] = _CLASS[
            "enter-first" if j == 0 else "enter-second" if j <= 3 else "enter-section-first" if j in firsts else "enter"
        ]
    result[count, count] = _CLASS["outside"]
    return result


PASSED = ("ahead", "ahead-optional", "back", "distance")
_MOST = 6.0


def passed_over(protocol: Protocol, asked: Array) -> Array:
    """How many questions not put yet each step passes over, shape (len(PASSED), questions + 1, questions + 1).

    An interviewer goes to the next question that is still open, whatever its number.

    Args:
        protocol: Whose questions.
        asked: How probably each question is put anywhere in the interview.
    """
    count = len(protocol.questions)
    optional = np.array([q.optional for q in protocol.questions], dtype=bool)
    still = 1.0 - asked
    later = np.triu(np.ones((count, count), dtype=bool), 1)
    result = np.zeros((len(PASSED), count + 1, count + 1))
    for k, values in enumerate((still * ~optional, still * optional)):
        total = np.concatenate([[0.0], np.cumsum(values)])
        between = total[None, :-1] - total[1:, None]
        result[k, :count, :count] = np.where(later, np.minimum(between, _MOST), 0.0)
        result[k, count, :count] = np.minimum(total[:-1], _MOST)
        if k == 0:
            result[2, :count, :count] = np.where(later.T, np.minimum(total[1:, None] - total[None, 1:], _MOST), 0.0)
    places = np.arange(count)
    result[3, :count, :count] = np.log1p(np.abs(places[:, None] - places[None, :]))
    return result
