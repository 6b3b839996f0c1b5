"""Several reviewers' views joined, and how far they agree.

Reviewers work without seeing each other. Their views are joined passage by passage: what only one of them touched is
taken from that one, what they agree on stands, and where they differ the version that hides more stands, undecided.
Decisions made later in view of all (``Event.joint``) lie above and settle such places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from anonymizer.protocol.model import Tag
from anonymizer.review.events import Event, in_force
from anonymizer.review.marks import Marks
from anonymizer.review.overlay import Mention, Overlay

_HIDING = {"keep": 0, "generalize": 1, "pseudonymize": 2, "remove": 3}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A place that reviewers decided differently.

    Attributes:
        turn: Index of the turn.
        start: First code point of the place.
        end: One past the last.
        versions: For each reviewer, the findings there; an empty tuple means none.
        open: True while nobody settled it.
    """

    turn: int
    start: int
    end: int
    versions: tuple[tuple[str, tuple[Mention, ...]], ...]
    open: bool = True


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two reviewers agree.

    Attributes:
        reviewers: The two.
        units: Number of passages that the machine proposed or a reviewer found: what the figures are about.
        same: Of these, passages with the same action by both; a passage that one did not mark counts as ``keep``.
        kappa: Cohen's kappa over the actions; None where it is not defined (one action only, or nothing to compare).
        found: For each reviewer, passages that only this one found.
    """

    reviewers: tuple[str, str]
    units: int
    same: int
    kappa: float | None
    found: tuple[int, int]

    @property
    def percent(self) -> float | None:
        """Share of passages with the same action, in percent; None without passages."""
        return 100 * self.same / self.units if self.units else None


def by_reviewer(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Events of each reviewer, in their order."""
    result: dict[str, list[Event]] = {}
    for event in events:
        result.setdefault(event.reviewer, []).append(event)
    return result


def views(marks: Marks, events: Iterable[Event]) -> dict[str, Overlay]:
    """Each reviewer's own view, without what was decided jointly."""
    result = {}
    for reviewer, own in by_reviewer(events).items():
        view = Overlay(marks)
        for event in in_force(own):
            if not event.joint:
                view.apply(event)
        result[reviewer] = view
    return result


def combine(marks: Marks, events: Iterable[Event]) -> Overlay:
    """The joint view of all reviewers."""
    events = tuple(events)
    own = views(marks, events)
    if not own:
        return Overlay(marks)
    result = next(iter(own.values())) if len(own) == 1 else _join(marks, own)
    joint = [e for some in by_reviewer(events).values() for e in in_force(some) if e.joint]
    for event in sorted(joint, key=lambda e: (e.at, e.reviewer, e.seq)):
        result.apply(event)
    return result


def disagreements(marks: Marks, events: Iterable[Event]) -> list[Disagreement]:
    """Places that reviewers decided differently, by position; settled ones too."""
    events = tuple(events)
    own = views(marks, events)
    if len(own) < 2:
        return []
    now = combine(marks, events)
    result = []
    for turn, start, end, versions in _places(marks, own):
        if _agreed(versions) is None:
            here = [m for m in now.in_turn(turn) if m.decision.start < end and start < m.decision.end]
            result.append(
                Disagreement(turn, start, end, tuple(versions.items()), any(m.how == "conflict" for m in here))
            )
    return result


def agreement(marks: Marks, first: Sequence[Event], second: Sequence[Event]) -> Agreement:
    """Percent and Cohen's kappa of two reviewers' own decisions about one transcript."""
    return pooled([(marks, first, second)])


def pooled(pairs: Iterable[tuple[Marks, Sequence[Event], Sequence[Event]]]) -> Agreement:
    """The same over several transcripts."""
    names = ("", "")
    actions: list[tuple[str, str]] = []
    found = [0, 0]
    for marks, first, second in pairs:
        a, b = (views(marks, events) for events in (first, second))
        name_a, view_a = next(iter(a.items()), ("", Overlay(marks)))
        name_b, view_b = next(iter(b.items()), ("", Overlay(marks)))
        names = (name_a or names[0], name_b or names[1])
        for turn, start, end, versions in _places(marks, {"1": view_a, "2": view_b}):
            pair = tuple(_action(versions[key]) for key in ("1", "2"))
            actions.append((pair[0], pair[1]))
            machine = any(d.turn == turn and d.start < end and start < d.end for d in marks.decisions)
            if not machine:
                found[0] += bool(versions["1"]) and not versions["2"]
                found[1] += bool(versions["2"]) and not versions["1"]
    same = sum(x == y for x, y in actions)
    return Agreement(names, len(actions), same, _kappa(actions), (found[0], found[1]))


def _kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    n = len(pairs)
    if not n:
        return None
    observed = sum(x == y for x, y in pairs) / n
    kinds = {x for pair in pairs for x in pair}
    expected = sum(sum(x == k for x, _ in pairs) * sum(y == k for _, y in pairs) for k in kinds) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _action(mentions: Sequence[Mention]) -> str:
    return max((m.decision.action for m in mentions), key=_HIDING.__getitem__, default="keep")


def _places(marks: Marks, own: dict[str, Overlay]) -> Iterable[tuple[int, int, int, dict[str, tuple[Mention, ...]]]]:
    """Passages joined where any version overlaps another, with each reviewer's mentions there."""
    turns = sorted(
        {t for view in own.values() for t, ids in view.by_turn.items() if ids} | {d.turn for d in marks.decisions}
    )
    machine: dict[int, list[tuple[int, int]]] = {}
    for d in marks.decisions:
        machine.setdefault(d.turn, []).append((d.start, d.end))
    for turn in turns:
        here = {name: view.in_turn(turn) for name, view in own.items()}
        spans = sorted(
            {*machine.get(turn, ())} | {(m.decision.start, m.decision.end) for ms in here.values() for m in ms}
        )
        joined: list[list[int]] = []
        for start, end in spans:
            if joined and start < joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        for start, end in joined:
            yield (
                turn,
                start,
                end,
                {
                    name: tuple(m for m in ms if start <= m.decision.start and m.decision.end <= end)
                    for name, ms in here.items()
                },
            )


def _touched(mentions: Sequence[Mention]) -> bool:
    return any(m.how != "machine" for m in mentions)


def _shape(mentions: Sequence[Mention]) -> tuple[tuple[int, int, str, str], ...]:
    return tuple((m.decision.start, m.decision.end, m.decision.entity_type, m.decision.action) for m in mentions)


def _agreed(versions: dict[str, tuple[Mention, ...]]) -> tuple[Mention, ...] | None:
    """The version that stands, or None where reviewers differ."""
    touched = [ms for ms in versions.values() if _touched(ms)]
    if not touched:
        changed = [ms for ms in versions.values() if any(m.decision.by for m in ms)]
        return (changed or list(versions.values()))[0]
    if len({_shape(ms) for ms in touched}) > 1:
        return None
    return touched[0]


def _join(marks: Marks, own: dict[str, Overlay]) -> Overlay:
    result = Overlay(marks)
    for entity in (e for view in own.values() for e in view.entities):
        known = [view.entities[entity] for view in own.values() if entity in view.entities]
        before = marks.entity(entity)
        result.entities[entity] = next((e for e in known if e != before), known[0])
    for id in list(result.mentions):
        result._take(id)
    for _, _, _, versions in _places(marks, own):
        stands = _agreed(versions)
        for m in stands if stands is not None else _hiding(versions):
            decision = replace(m.decision, entity=_entity_of(m, own))
            if stands is None:
                decision = replace(
                    decision, review=True, by="", rule="reviewer", reason="reviewers decided differently"
                )
            result._put(replace(m, decision=decision, how=m.how if stands is not None else "conflict"))
    for view in own.values():
        result.names.update({k: v for k, v in view.names.items() if k not in result.names})
        result.same.update({k: v for k, v in view.same.items() if k not in result.same})
        result.merged.update({k: v for k, v in view.merged.items() if k not in result.merged})
        result.notes += view.notes
        result.fine.update(view.fine)
        result.read |= view.read
        result.misfits += view.misfits
    keys = {key for view in own.values() for key in view.answers}
    for key in keys:
        answers = {view.answers[key] for view in own.values() if key in view.answers}
        if len(answers) == 1:
            result.answers[key] = answers.pop()
    for index, tag in list(result.tags.items()):
        result.tags[index] = _tag(tag, [view.tags[index] for view in own.values()])
    result.tagged = {index for view in own.values() for index in view.tagged}
    result.submitted = all(view.submitted for view in own.values())
    return result


def _tag(machine: Tag, versions: Sequence[Tag]) -> Tag:
    changed = [tag for tag in versions if tag != machine]
    if not changed:
        return machine
    corrected = [tag for tag in changed if tag.question != machine.question] or changed
    if len({tag.question for tag in corrected}) > 1:
        return replace(corrected[0], review=True)
    return corrected[0]


def _hiding(versions: dict[str, tuple[Mention, ...]]) -> list[Mention]:
    """What hides most of the place, so that a disagreement never lets something through.

    The strongest version whole, and of the others what it leaves uncovered.
    """

    def hidden(mentions: tuple[Mention, ...]) -> tuple[int, int]:
        some = [m for m in mentions if m.decision.action != "keep"]
        covered = sum(m.decision.end - m.decision.start for m in some)
        return covered, max((_HIDING[m.decision.action] for m in some), default=0)

    ranked = sorted(versions.values(), key=hidden, reverse=True)
    result = list(ranked[0])
    for mentions in ranked[1:]:
        for m in mentions:
            over = [o for o in result if m.decision.start < o.decision.end and o.decision.start < m.decision.end]
            if m.decision.action != "keep" and all(o.decision.action == "keep" for o in over):
                result = [o for o in result if o not in over] + [m]
    return result


def _entity_of(m: Mention, own: dict[str, Overlay]) -> str:
    """A mention's entity: of whoever moved it, else the machine's."""
    for view in own.values():
        other = view.mentions.get(m.id)
        if other is not None and other.decision.entity != view._machine_entity.get(m.id, other.decision.entity):
            return other.decision.entity
    return m.decision.entity
