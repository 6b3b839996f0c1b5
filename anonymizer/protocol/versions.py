"""A protocol changes during a study: which old question is which new one, and where old versions are kept.

Old documents lie in ``STUDY/protocol-versions/`` as ``01-<version>.txt``, with ``01-<version>.json`` beside them that
says what became of each question when the next version came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from anonymizer import files
from anonymizer.protocol.likeness import bare
from anonymizer.protocol.model import Protocol, Question
from anonymizer.protocol.words import words

FOLDER = "protocol-versions"
How = Literal["same", "moved", "reworded", "moved and reworded", "gone"]
_ALIKE = 0.72
_SAME_PLACE = 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a question.

    Attributes:
        old: Id in the old version.
        new: Id in the new version, or None if it is gone.
        how: ``same``, ``moved`` (other id, same words), ``reworded`` (same id), ``moved and reworded``, ``gone``.
    """

    old: str
    new: str | None
    how: How


def _plain(question: Question) -> str:
    return " ".join(words(bare(question.text)))


def _likeness(old: Question, new: Question) -> float:
    from rapidfuzz import fuzz

    one, two = _plain(old), _plain(new)
    return (fuzz.ratio(one, two) + fuzz.token_sort_ratio(one, two)) / 200


def changes(old: Protocol, new: Protocol) -> tuple[Change, ...]:
    """Match every question of the old version with at most one of the new.

    Equal words come first, then the most alike pairs; a question that kept its id may be reworded further than one that
    moved. Two questions in equal words are told apart by their parents and their order.
    """
    pairs: list[tuple[float, int, int]] = []
    for i, q in enumerate(old.questions):
        for j, r in enumerate(new.questions):
            score = 1.0 if _plain(q) == _plain(r) else _likeness(q, r)
            if score < (_SAME_PLACE if q.id == r.id else _ALIKE):
                continue
            place = 0.1 * (q.id == r.id) + 0.15 * (_above(old, q) == _above(new, r)) + 0.02 * (q.section == r.section)
            pairs.append((score + place, i, j))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return tuple(_change(q, new.questions[found[i]] if i in found else None) for i, q in enumerate(old.questions))


def _above(protocol: Protocol, question: Question) -> str:
    parent = protocol.question(question.parent) if question.parent else None
    return _plain(parent) if parent else ""


def _change(old: Question, new: Question | None) -> Change:
    if new is None:
        return Change(old.id, None, "gone")
    moved, reworded = old.id != new.id, _plain(old) != _plain(new)
    how: How = "moved and reworded" if moved and reworded else "moved" if moved else "reworded" if reworded else "same"
    return Change(old.id, new.id, how)


def added(found: Sequence[Change], new: Protocol) -> tuple[str, ...]:
    """Ids of the new version that no old question became."""
    known = {change.new for change in found}
    return tuple(question.id for question in new.questions if question.id not in known)


def archive(folder: Path, document: Path, old: Protocol, found: Sequence[Change], new: Protocol) -> Path:
    """Keep the old document and what became of its questions.

    Args:
        folder: Of the study.
        document: The old document as it is now.
        old: What was read from it.
        found: Of :func:`changes`.
        new: The version that follows.

    Returns:
        Where the old document was written.

    Raises:
        OutputError: The system refused to write.
    """
    place = folder / FOLDER
    number = 1 + max((int(p.name[:2]) for p in place.glob("[0-9][0-9]-*.json")), default=0)
    stem = f"{number:02d}-{old.version}"
    kept = place / f"{stem}{document.suffix}"
    files.write_atomic(kept, document.read_bytes(), files.SHARED_FILE)
    record: dict[str, Any] = {
        "version": old.version,
        "next": new.version,
        "changes": [asdict(change) for change in found],
        "added": list(added(found, new)),
    }
    files.write_json(place / f"{stem}.json", record, files.SHARED_FILE)
    return kept
