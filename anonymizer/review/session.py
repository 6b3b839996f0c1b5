"""The study on a reviewer's screen: all desks, who is who across transcripts, the wider picture's raw material."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from anonymizer.errors import AnonymizerError, ReviewError
from anonymizer.protocol.model import Protocol
from anonymizer.review import approvals
from anonymizer.review.approvals import Signer
from anonymizer.review.combine import Disagreement, disagreements
from anonymizer.review.desk import Change, Desk
from anonymizer.review.events import Event
from anonymizer.review.marks import MarkedEntity
from anonymizer.review.overlay import Mention
from anonymizer.review.prepared import prepared
from anonymizer.review.texts import Texts, holds, words
from anonymizer.review.wording import label
from anonymizer.study import Study


@dataclass(frozen=True, slots=True)
class StudyEntity:
    """One person, organization or thing across the study.

    Attributes:
        number: For addresses; a name in an address would stay in the browser's history.
        entity_type: Of its first part.
        label: Pseudonym or placeholder.
        forms: Distinct surface forms, commonest first.
        parts: (transcript id, entity id).
        mentions: How many.
        undecided: Of these, to be looked at.
        own: Decided by themselves, and not with the entity.
        carried: Decided with it.
    """

    number: int
    entity_type: str
    label: str
    forms: tuple[str, ...] = field(repr=False)
    parts: tuple[tuple[str, str], ...] = ()
    mentions: int = 0
    undecided: int = 0
    own: int = 0
    carried: int = 0


class Session:
    """Everything that one run of the review knows.

    Args:
        study: The study.
        reviewer: Who reviews.
        by: Makes the reviewer's signing key when the first approval needs it.
        together: Show others' decisions at once.
    """

    def __init__(
        self, study: Study, reviewer: str, by: Callable[[str], Signer] = approvals.signer, *, together: bool = False
    ) -> None:
        self.study = study
        self.reviewer = reviewer
        self.lock = threading.RLock()
        self.texts = Texts(study)
        self.saved_at = ""
        self._by = by
        self._together = together
        self._desks: dict[str, Desk] = {}
        self._numbers: dict[str, int] = {}
        self.problems: dict[str, str] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Transcripts to review, by name."""
        return tuple(sorted(prepared(self.study), key=lambda id: (self.desk(id).name if self.sound(id) else "", id)))

    def sound(self, transcript: str) -> bool:
        """Whether a transcript can be worked on; otherwise ``problems`` says why not."""
        try:
            self.desk(transcript).content  # noqa: B018
        except AnonymizerError as error:
            self.problems[transcript] = f"{error}" + (f" ({error.hint})" if error.hint else "")
            return False
        self.problems.pop(transcript, None)
        return True

    def desk(self, transcript: str) -> Desk:
        """The desk of a transcript.

        Raises:
            ReviewError: There is none, or its files are damaged.
        """
        known = self._desks.get(transcript)
        if known is None or known.outdated:
            if transcript not in prepared(self.study):
                raise ReviewError("no such transcript")
            self._desks[transcript] = Desk(self.study, transcript, self.reviewer, self.texts, together=self._together)
        return self._desks[transcript]

    def desks(self) -> list[Desk]:
        """All that can be worked on, by name."""
        return [self.desk(id) for id in self.ids if self.sound(id)]

    @cached_property
    def protocol(self) -> Protocol | None:
        """The interview protocol; None when it cannot be read."""
        try:
            from anonymizer.protocol.document import read_protocol

            return read_protocol(self.study.protocol)
        except AnonymizerError:
            return None

    def approved(self, transcript: str) -> bool:
        """Whether anybody's approval of it counts: decisions may then not be carried into it from elsewhere."""
        return any(state.valid for state in approvals.approvals(self.study, transcript))

    def missing(self, transcript: str) -> tuple[str, ...]:
        """What stands between a transcript and this reviewer's approval."""
        return approvals.missing(self.study, transcript, self.reviewer, together=self._together)

    def approve(self, transcript: str) -> list[str]:
        """Sign as this session's reviewer, and learn what was kept.

        Returns:
            Words that later runs keep.

        Raises:
            ReviewError: Something is missing; says what.
        """
        from anonymizer.review.learned import learn_from

        approvals.approve(self.study, transcript, self._by(self.reviewer), together=self._together)
        self._desks.pop(transcript, None)
        return learn_from(self, transcript)

    # -- free text -------------------------------------------------------------------------------------------------

    def check_free_text(self, text: str) -> None:
        """Refuse a note or label that holds what is to be hidden.

        Raises:
            ReviewError: It does. Notes and labels are kept in files and logs that promise to hold no names.
        """
        forms = set()
        for desk in self.desks():
            for m in desk.view.mentions.values():
                if m.decision.action != "keep":
                    form = words(desk.form(m.id))
                    if form and (len(form) > 1 or len(form[0]) > 2) and m.decision.entity_type != "DATE":
                        forms.add(form)
        if holds(text, frozenset(forms)):
            raise ReviewError("this text holds a name or another passage that is to be hidden; write it without")

    # -- entities --------------------------------------------------------------------------------------------------

    def number(self, key: str) -> int:
        """A number for a key, the same for this run."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def key(self, desk: Desk, entity: MarkedEntity, mentions: list[Mention]) -> str:
        """What makes an entity the same across transcripts."""
        if entity.roster:
            return f"roster {entity.roster}"
        if entity.pseudonym and (entity.scope == "study" or entity.id in desk.view.names):
            return f"name {entity.pseudonym}"
        if entity.scope == "study" and mentions:
            form = max((desk.form(m.id) for m in mentions), key=lambda f: (len(f.split()), len(f), f))
            return f"form {entity.entity_type} {' '.join(words(form))}"
        return f"part {desk.transcript}:{entity.id}"

    def entities(self) -> list[StudyEntity]:
        """All entities, those with undecided mentions first."""
        groups: dict[str, list[tuple[Desk, str]]] = {}
        alias: dict[str, str] = {}
        for desk in self.desks():
            for id, entity in desk.view.entities.items():
                mentions = desk.view.of_entity(id)
                if not mentions:
                    continue
                key = self.key(desk, entity, mentions)
                alias[f"{desk.transcript}:{id}"] = key
                groups.setdefault(key, []).append((desk, id))
        desks = {desk.transcript: desk for desk in self.desks()}
        for desk in desks.values():
            for id, other in desk.view.same.items():
                transcript, _, reference = other.partition(":")
                to = desks[transcript].view.resolve(reference) if transcript in desks else None
                here, there = alias.get(f"{desk.transcript}:{id}"), alias.get(f"{transcript}:{to}")
                if here and there and here != there and here in groups and there in groups:
                    groups[there] += groups.pop(here)
                    alias = {part: there if key == here else key for part, key in alias.items()}
        result = [self._study_entity(key, parts) for key, parts in groups.items()]
        return sorted(result, key=lambda e: (not e.undecided, -e.mentions, e.label))

    def _study_entity(self, key: str, parts: list[tuple[Desk, str]]) -> StudyEntity:
        forms: Counter[str] = Counter()
        mentions = undecided = own = carried = 0
        for desk, id in parts:
            for m in desk.view.of_entity(id):
                forms[desk.form(m.id)] += 1
                mentions += 1
                undecided += m.undecided
                own += m.how == "own"
                carried += m.how == "carried"
        first = parts[0][0].view.entities[parts[0][1]]
        return StudyEntity(
            number=self.number(key),
            entity_type=first.entity_type,
            label=label(first),
            forms=tuple(form for form, _ in forms.most_common()),
            parts=tuple((desk.transcript, id) for desk, id in parts),
            mentions=mentions,
            undecided=undecided,
            own=own,
            carried=carried,
        )

    def entity(self, number: int) -> StudyEntity:
        """The entity with a number.

        Raises:
            ReviewError: There is none any more.
        """
        for entity in self.entities():
            if entity.number == number:
                return entity
        raise ReviewError("no such entity any more")

    # -- acts over several transcripts -----------------------------------------------------------------------------

    def decide_everywhere(self, number: int, action: str, batch: str) -> dict[str, Change]:
        """Decide an entity in the whole study as one step.

        Not touched: mentions decided by themselves, transcripts that are approved, other reviewers' decisions, and
        lower-case hits of a name that is otherwise written with a capital (they may be the word).

        Returns:
            What changed, by transcript.
        """
        changes = {}
        for transcript, id in self.entity(number).parts:
            if self.approved(transcript):
                continue
            desk = self.desk(transcript)
            events = expand(desk, id, action, batch, self.reviewer)
            if events:
                changes[transcript] = desk.post(events, desk.rev)
        return changes

    def fine_everywhere(self, kind: str, form: str, batch: str) -> dict[str, Change]:
        """Call a left-over form fine in the whole study, as one step; transcripts that are approved are not touched."""
        from anonymizer.review.leftover import everyday, left_over

        lists = everyday(self.study.settings.detection.language, self.study.rules)
        changes = {}
        for desk in self.desks():
            if self.approved(desk.transcript):
                continue
            spots = [
                spot
                for left in left_over(desk.content, desk.view, lists)
                if left.kind == kind and left.form.casefold() == form.casefold() and not left.done
                for spot in left.spots
            ]
            if spots:
                changes[desk.transcript] = desk.post(
                    [Event("fine", tuple(spots), self.reviewer, batch=batch)], desk.rev
                )
        return changes

    def settle(self, transcript: str, place: tuple[int, int, int], who: str, batch: str) -> Change:
        """Take one reviewer's version of a place in dispute, for everybody.

        Raises:
            ReviewError: Not in dispute, or not to be seen yet.
        """
        desk = self.desk(transcript)
        if not desk.joint:
            raise ReviewError("both reviewers submit before they see where they differ")
        events = [*desk.log.events, *(e for some in desk.others.values() for e in some)]
        for dispute in disagreements(desk.machine, events):
            versions = dict(dispute.versions)
            if (dispute.turn, dispute.start, dispute.end) == place and who in versions:
                return desk.post(list(_settling(desk, dispute, versions[who], batch)), desk.rev)
        raise ReviewError("a place that is not in dispute")

    def undo_everywhere(self, batch: str, *, redo: bool = False) -> dict[str, Change]:
        """Undo one step in every transcript that it touched."""
        changes = {}
        for desk in self._desks.values():
            turned = desk.turn_back(batch=batch, redo=redo)
            if turned is not None:
                changes[desk.transcript] = turned.change
        return changes

    def touches(self, batch: str) -> int:
        """In how many transcripts a step made decisions."""
        return sum(any(e.group == batch for e in desk.log.events) for desk in self._desks.values())


def _settling(desk: Desk, dispute: Disagreement, version: tuple[Mention, ...], batch: str) -> Iterator[Event]:
    """The joint decisions that make a place look like one reviewer's version of it."""
    here = [
        m for m in desk.view.in_turn(dispute.turn) if m.decision.start < dispute.end and dispute.start < m.decision.end
    ]
    same = {m.id for m in here} == {m.id for m in version}
    for m in version if version else here:
        d = m.decision
        action = d.action if version else "keep"
        if version and not same:
            yield Event(
                "add", (m.id,), desk.reviewer, batch=batch, action=action, entity_type=d.entity_type, entity=d.entity
            )
        else:
            yield Event("decide", (m.id,), desk.reviewer, batch=batch, action=action, entity_type=d.entity_type)
    if version and not same:
        for m in here:
            if not any(m.decision.start < v.decision.end and v.decision.start < m.decision.end for v in version):
                yield Event("decide", (m.id,), desk.reviewer, batch=batch, action="keep")


def spared(desk: Desk, mentions: Iterable[Mention]) -> list[Mention]:
    """Mentions to which a decision about their entity may be carried over.

    Left out: those decided by themselves, and lower-case hits of names that are otherwise written with a capital: they
    may be the word and are asked one by one.
    """
    mentions = list(mentions)
    capital = any(desk.form(m.id)[:1].isupper() for m in mentions)
    return [
        m
        for m in mentions
        if m.how != "own" and not (capital and m.undecided and len(mentions) > 1 and desk.form(m.id).islower())
    ]


def expand(
    desk: Desk, entity: str, action: str, batch: str, reviewer: str, *, current: str = "", only: bool = False
) -> list[Event]:
    """The events that decide an entity: mentions listed one by one, so that what is found later is not decided unseen.

    Args:
        desk: The transcript.
        entity: The entity.
        action: What to do; empty for "what is proposed", mention by mention.
        batch: One step for undo.
        reviewer: Who decides.
        current: The mention the reviewer looks at; always decided.
        only: Decide that one alone.
    """
    mentions = [desk.view.mentions[current]] if only else spared(desk, desk.view.of_entity(entity))
    if current and not only and current not in {m.id for m in mentions}:
        mentions.append(desk.view.mentions[current])
    by_action: dict[str, list[str]] = {}
    for m in mentions:
        by_action.setdefault(action or m.decision.action, []).append(m.id)
    single = len(mentions) == 1
    reference = "" if single else desk.view.reference(entity)
    events = [
        Event("decide", tuple(sorted(ids)), reviewer, batch=batch, action=chosen, entity=reference)
        for chosen, ids in by_action.items()
    ]
    if current and not single:
        # shown to the reviewer who decided: not a carried decision that was never seen
        events.append(Event("looked", (current,), reviewer, batch=batch))
    return [replace(e, reviewer=reviewer) for e in events]
