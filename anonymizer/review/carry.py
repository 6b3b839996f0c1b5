"""A transcript delivered again in a corrected version: decisions about unchanged turns go on, the rest is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from anonymizer.errors import ReviewError
from anonymizer.review import marks as marks_store
from anonymizer.review.combine import by_reviewer
from anonymizer.review.events import Event, append, in_force, load, load_one, mention
from anonymizer.review.marks import Marks
from anonymizer.review.overlay import Overlay, span_id
from anonymizer.study import Study
from anonymizer.transcript import Turn

# approving, submitting and what was called read hold for the old text as a whole
_NOT_CARRIED = ("submit", "reopen", "answer", "same")
_RANGE = re.compile(r"t(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Carried:
    """What came over.

    Attributes:
        events: For the new version, in order, by reviewer.
        kept: Decisions that still fit.
        lost: Decisions about turns that changed.
    """

    events: tuple[Event, ...]
    kept: int
    lost: int


def align(old: Sequence[Turn], new: Sequence[Turn]) -> dict[int, int]:
    """Old turn -> new turn, for turns whose text is the same, in order."""
    matcher = SequenceMatcher(None, [t.text for t in old], [t.text for t in new], autojunk=False)
    return {a + i: b + i for a, b, size in matcher.get_matching_blocks() for i in range(size)}


def carry_over(marks: Marks, events: Iterable[Event], old: Sequence[Turn], new: Sequence[Turn]) -> Carried:
    """Move people's decisions to a corrected version.

    Exactly the decisions about turns whose text is the same come over, character for character; entities are named by
    a mention that is still there. Submissions, answers to questions and approvals do not come over.

    Args:
        marks: Of the old version.
        events: Everybody's.
        old: Turns of the old version.
        new: Turns of the new version.
    """
    place = align(old, new)
    result: list[Event] = []
    kept = lost = 0
    for reviewer, own in by_reviewer(events).items():
        view = Overlay(marks)
        for event in in_force(own):
            moved = None if event.op in _NOT_CARRIED else _move(event, view, place)
            view.apply(event)
            if moved is not None:
                result.append(replace(moved, seq=0, reviewer=reviewer))
            if event.op in ("decide", "add", "retype", "extent", "tag"):
                kept += moved is not None
                lost += moved is None
    return Carried(tuple(result), kept, lost)


def _move(event: Event, view: Overlay, place: dict[int, int]) -> Event | None:
    targets: list[str] = []
    for target in event.targets:
        if not target[0].isdigit() and not _RANGE.fullmatch(target):
            # an entity: its mentions are listed, so that only those in unchanged turns are decided
            entity = view.resolve(target)
            ids = [m.id for m in view.of_entity(entity)] if entity else []
            moved = [spot for spot in (_spot(id, place) for id in ids) if spot]
            if event.op in ("merge", "name"):
                targets += [f"{entity}@{spot}" for spot in moved[:1]]
            else:
                targets += moved
        elif match := _RANGE.fullmatch(target):
            targets += _turns(int(match[1]), int(match[2] or match[1]), place)
        elif (spot := _spot(target, place)) is not None:
            targets.append(spot)
        elif event.op == "extent":
            return None
    entity_reference = _anchor(event.entity, view, place)
    if (event.targets and not targets) or (event.op in ("merge", "link") and entity_reference is None):
        return None
    return replace(event, targets=tuple(targets), entity=entity_reference or "")


def _anchor(reference: str, view: Overlay, place: dict[int, int]) -> str | None:
    if not reference:
        return ""
    id = reference.partition("@")[0]
    entity = view.resolve(reference)
    for m in view.of_entity(entity) if entity else []:
        if (spot := _spot(m.id, place)) is not None:
            return f"{id}@{spot}"
    return id if id.startswith("R") else None


def _spot(id: str, place: dict[int, int]) -> str | None:
    turn, start, end = mention(id)
    return span_id(place[turn], start, end) if turn in place else None


def _turns(first: int, last: int, place: dict[int, int]) -> list[str]:
    """Runs of new turns for a range of old ones."""
    turns = sorted(place[turn] for turn in range(first, last + 1) if turn in place)
    runs: list[list[int]] = []
    for turn in turns:
        if runs and runs[-1][1] == turn - 1:
            runs[-1][1] = turn
        else:
            runs.append([turn, turn])
    return [f"t{a}-{b}" if a != b else f"t{a}" for a, b in runs]


def carry_on_disk(study: Study, old: str, new: str, old_turns: Sequence[Turn], new_turns: Sequence[Turn]) -> Carried:
    """Write the decisions that still fit into the new transcript's folder, for every reviewer of the old one.

    Raises:
        ReviewError: The new version has decisions already, or the old one was not prepared.
    """
    if load(study.review, new):
        raise ReviewError("the new version has decisions already")
    carried = carry_over(marks_store.load(study.review, old), load(study.review, old), old_turns, new_turns)
    for reviewer, events in by_reviewer(carried.events).items():
        if not load_one(study.review, new, reviewer):
            append(study.review, new, reviewer, events)
    return carried
