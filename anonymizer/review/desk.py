"""One transcript on a reviewer's desk: the view, its revision, saving, undo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from anonymizer.errors import ReviewError
from anonymizer.protocol.model import Tag
from anonymizer.review import marks as marks_store
from anonymizer.review.combine import combine, views
from anonymizer.review.events import Event, Log, load_one, mention, reviewers
from anonymizer.review.marks import MarkedEntity
from anonymizer.review.overlay import Mention, Overlay, question_key
from anonymizer.review.texts import Texts, shown
from anonymizer.review.wording import label
from anonymizer.study import Study
from anonymizer.transcript import Transcript

# acts that are not decisions: they are not what a person means by "undo"
_SILENT = ("looked", "undo", "redo")


class ConflictError(ReviewError):
    """Another tab decided about the same places since.

    Attributes:
        targets: The places.
    """

    def __init__(self, targets: Iterable[str]) -> None:
        super().__init__("decided differently in another tab since")
        self.targets = tuple(targets)


@dataclass(frozen=True, slots=True)
class Change:
    """How a view differs from an earlier one.

    Attributes:
        mentions: New or changed ones.
        removed: Ids of those that are gone.
        turns: Turns whose passages moved, so that they have to be drawn again.
        tags: Changed tags.
        entities: Ids of entities whose name or type changed.
    """

    mentions: tuple[Mention, ...] = ()
    removed: tuple[str, ...] = ()
    turns: tuple[int, ...] = ()
    tags: tuple[Tag, ...] = ()
    entities: tuple[str, ...] = ()

    @property
    def touched(self) -> frozenset[str]:
        """Everything that changed, by id."""
        return frozenset(
            (*(m.id for m in self.mentions), *self.removed, *(f"t{t.index}" for t in self.tags), *self.entities)
        )


@dataclass(frozen=True, slots=True)
class _Snapshot:
    mentions: dict[str, Mention]
    tags: dict[int, Tag]
    entities: dict[str, MarkedEntity]


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo or redo did."""

    batch: str
    first: str
    change: Change = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question as it is shown.

    Attributes:
        key: Reference for events.
        reason: Why it is asked.
        entities: Ids of those of its entities that are in this transcript, as they are now; the first is asked about.
        options: (answer, words) to choose from; the last one leaves everything as it is.
    """

    key: str
    reason: str
    entities: tuple[str, ...]
    options: tuple[tuple[str, str], ...]


class Desk:
    """A transcript as one reviewer works on it.

    Args:
        study: The study.
        transcript: Its id.
        reviewer: Who works.
        texts: The received transcripts.
        together: Show others' decisions at once, and record own ones as made in view of them.
    """

    def __init__(self, study: Study, transcript: str, reviewer: str, texts: Texts, *, together: bool = False) -> None:
        self.study = study
        self.transcript = transcript
        self.reviewer = reviewer
        self.texts = texts
        self._made = _made(study, transcript)
        self.machine = marks_store.load(study.review, transcript)
        self.log = Log(study.review, transcript, reviewer)
        self._together = together
        self.joint = False
        self.others: dict[str, tuple[Event, ...]] = {}
        self.view = Overlay(self.machine)
        self.refresh()

    def refresh(self) -> None:
        """Read others' files again and build the view anew."""
        self.others = {
            name: load_one(self.study.review, self.transcript, name)
            for name in reviewers(self.study.review, self.transcript)
            if name != self.reviewer
        }
        self.joint = self._joint()
        self.view = self._build(self.log.events)

    def _joint(self) -> bool:
        """Whether others' decisions are shown: once everybody who began has submitted, or when told to."""
        everyone = {**self.others, self.reviewer: tuple(self.log.events)}
        began = {name: events for name, events in everyone.items() if events}
        if not self.others or not any(self.others.values()):
            return False
        done = views(self.machine, [e for events in began.values() for e in events])
        return self._together or (self.reviewer in began and all(view.submitted for view in done.values()))

    def _build(self, own: Sequence[Event]) -> Overlay:
        if self.joint:
            return combine(self.machine, [*own, *(e for events in self.others.values() for e in events)])
        return Overlay(self.machine).replay(own)

    @property
    def outdated(self) -> bool:
        """A run made new marks meanwhile."""
        return self._made != _made(self.study, self.transcript)

    @property
    def rev(self) -> int:
        """Grows with every event of this reviewer."""
        return len(self.log.events)

    @property
    def content(self) -> Transcript:
        """The received transcript."""
        return self.texts.get(self.machine)

    @property
    def name(self) -> str:
        """``P07-1``, or the received file's name when prepared without the key: for this computer's eyes only."""
        return self.machine.code or shown(self.texts.stem(self.machine) or self.transcript)

    def form(self, id: str) -> str:
        """The words at a passage."""
        turn, start, end = mention(id)
        return self.content.turns[turn].text[start:end]

    def changed_since(self, rev: int) -> Change:
        """What own events after ``rev`` changed; in joint view only own ones count."""
        if rev >= self.rev:
            return Change()
        return self._change(self._snapshot(self._build(self.log.events[:rev])))

    def post(self, events: Sequence[Event], rev: int) -> Change:
        """Check, save and apply events that were made in view of revision ``rev``.

        Returns:
            Everything that changed since ``rev``.

        Raises:
            ConflictError: Later events touched the same places; nothing was written.
            ReviewError: An event does not fit the transcript; nothing was written.
            OutputError: It could not be saved.
        """
        known = {e.id for e in self.log.events}
        fresh = [replace(e, joint=self.joint) for e in events if e.id not in known]
        for event in fresh:
            self.check(event)
        missed = self.changed_since(rev)
        if missed.touched:
            clash = missed.touched & {t for e in fresh for t in self._places(e)}
            if clash:
                raise ConflictError(sorted(clash))
            before = self._snapshot(self._build(self.log.events[:rev]))
        else:
            before = self._snapshot(self.view)
        for event in self.log.append(fresh):
            self.view.apply(event)
        if any(e.op in ("submit", "reopen") for e in fresh):
            self.refresh()
        return self._change(before)

    def turn_back(self, *, redo: bool = False, batch: str = "") -> Undone | None:
        """Undo the last step, or redo the last undone one; None if there is nothing.

        Args:
            redo: Redo instead.
            batch: A certain step instead of the last one.
        """
        done, undone = self.steps()
        stack = undone if redo else done
        if batch and batch not in stack:
            return None
        if not stack:
            return None
        batch = batch or stack[-1]
        first = next((e.targets[0] for e in self.log.events if e.group == batch and e.targets), "")
        before = self._snapshot(self.view)
        self.log.append([Event("redo" if redo else "undo", (batch,), self.reviewer)])
        self.joint = self._joint()
        self.view = self._build(self.log.events)
        return Undone(batch, first, self._change(before))

    def steps(self) -> tuple[list[str], list[str]]:
        """Batches that can be undone and redone, the next one last."""
        done: list[str] = []
        undone: list[str] = []
        for event in self.log.events:
            if event.op in ("undo", "redo"):
                source, target = (done, undone) if event.op == "undo" else (undone, done)
                for batch in event.targets:
                    if batch in source:
                        source.remove(batch)
                        target.append(batch)
            elif event.op not in _SILENT and event.group not in done:
                done.append(event.group)
                undone.clear()
        return done, undone

    def check(self, event: Event) -> None:
        """Whether an event fits this transcript as it stands.

        Raises:
            ReviewError: It does not; says in which way.
        """
        if event.op in ("undo", "redo"):
            raise ReviewError("undo goes its own way")
        if event.op in ("add", "extent", "fine"):
            for target in event.targets[1:] if event.op == "extent" else event.targets:
                self._check_passage(target)
        if event.op == "decide" and not event.action:
            raise ReviewError("a decision needs an action")
        if event.op == "retype" and not event.entity_type:
            raise ReviewError("a type is needed")
        # tried on a copy of what it would touch is as dear as a replay; the overlay counts what it had to leave out
        if event.op in ("decide", "looked", "retype", "link", "split", "extent"):
            for target in event.targets[:1] if event.op == "extent" else event.targets:
                if target not in self.view.mentions and self.view.resolve(target) is None:
                    raise ReviewError("a finding that is not there any more")
        if event.op in ("merge", "name", "same"):
            for target in (*event.targets, *([event.entity] if event.op == "merge" else [])):
                if self.view.resolve(target) is None:
                    raise ReviewError("an entity that is not there any more")
        if event.op == "link" and self.view.resolve(event.entity) is None:
            raise ReviewError("an entity that is not there any more")
        if event.op == "extent" and len(event.targets) != 2:
            raise ReviewError("an extent needs a finding and its new place")
        if event.op == "tag" and any(
            not 0 <= int(t.removeprefix("t") or -1) < self.machine.turns for t in event.targets
        ):
            raise ReviewError("a turn that is not there")

    def _check_passage(self, target: str) -> None:
        turn, start, end = mention(target)
        if turn >= self.machine.turns or end > len(self.content.turns[turn].text):
            raise ReviewError("a passage that is not in the transcript")
        if not self.content.turns[turn].text[start:end].strip():
            raise ReviewError("a passage without words")

    def _places(self, event: Event) -> set[str]:
        places: set[str] = set()
        for target in (*event.targets, *([event.entity] if event.op in ("merge", "link") else [])):
            places.add(target)
            if not target[0].isdigit() and (entity := self.view.resolve(target)) is not None:
                places.add(entity)
                places.update(m.id for m in self.view.of_entity(entity))
        return places

    @staticmethod
    def _snapshot(view: Overlay) -> _Snapshot:
        return _Snapshot(dict(view.mentions), dict(view.tags), dict(view.entities))

    def _change(self, before: _Snapshot) -> Change:
        now = self.view
        mentions = tuple(m for id, m in now.mentions.items() if before.mentions.get(id) != m)
        removed = tuple(id for id in before.mentions if id not in now.mentions)
        moved = {mention(id)[0] for id in removed} | {m.decision.turn for m in mentions if m.id not in before.mentions}
        return Change(
            mentions=mentions,
            removed=removed,
            turns=tuple(sorted(moved)),
            tags=tuple(tag for index, tag in now.tags.items() if before.tags.get(index) != tag),
            entities=tuple(id for id, entity in now.entities.items() if before.entities.get(id) != entity),
        )

    def left(self) -> dict[str, int]:
        """Counts of what is still open."""
        view = self.view
        return {
            "undecided": len(view.undecided()),
            "disputed": sum(m.how == "conflict" for m in view.mentions.values()),
            "questions": len(view.open_questions()),
            "unread": self.machine.turns - len(view.read),
            "unseen": len(view.unseen()),
            "findings": len(view.mentions),
            "turns": self.machine.turns,
            "unsure": sum(tag.review for tag in view.tags.values()),
        }

    def questions(self) -> list[Asked]:
        """Open questions as they can be answered now."""
        result = []
        for question in self.view.open_questions():
            now = tuple(self.view.resolve(e) or e for e in question.entities)
            entities = tuple(e for e in now if e in self.view.entities)
            options: list[tuple[str, str]] = []
            if question.kind == "same?" and len(now) == 2 and len(entities) == 2:
                options.append(("same", "Yes, the same"))
            else:
                for other in now[1:]:
                    if other in self.view.entities:
                        options.append((self.view.reference(other), f"It is {label(self.view.entities[other])}"))
                    elif other.startswith("["):
                        # a pseudonym that the key store gave in another transcript
                        options.append((other, f"It is {other}"))
                if len(entities) == len(now) > 2 and question.kind == "same?":
                    options.append(("same", "All are one"))
            options.append(("other", "No, different" if options else "Seen"))
            result.append(Asked(self.view.question_reference(question), question.reason, entities, tuple(options)))
        return result


def _made(study: Study, transcript: str) -> int:
    """When the marks were written; 0 if they are gone."""
    try:
        return (marks_store.folder(study.review, transcript) / "marks.json").stat().st_mtime_ns
    except OSError:
        return 0


__all__ = ["Change", "ConflictError", "Desk", "Undone", "question_key"]
