"""Register: entities that have a label, found again in later transcripts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from anonymizer.entities.entity import Entity, OpenQuestion
from anonymizer.entities.names import fold, tokens
from anonymizer.entities.organizations import core, same_organization
from anonymizer.entities.people import Name, compatible
from anonymizer.keystore.view import KnownEntity

_SAME = "it may be the one that has another pseudonym in this study"


@dataclass(slots=True)
class _Entry:
    known: KnownEntity = field(repr=False)
    changed: bool = False


class Register:
    """Everything that has a label, with what the present batch adds. Order of calls decides, so callers sort."""

    def __init__(self, known: Iterable[KnownEntity]) -> None:
        self._entries: list[_Entry] = []
        # dictionaries as ordered sets of places
        self._by_form: dict[tuple[str, str], dict[int, None]] = {}
        self._by_hint: dict[tuple[str, str], dict[int, None]] = {}
        self._by_transcript: dict[str, dict[int, None]] = {}
        self._by_label: dict[tuple[str, str], int] = {}
        self._matched: dict[str, int] = {}
        self._new: set[str] = set()
        for entity in known:
            self._add(_Entry(entity))

    def begin(
        self,
        code: str,
        entities: Iterable[tuple[Entity, Sequence[str]]],
        before: Mapping[str, str] | None = None,
        left: Collection[str] = (),
    ) -> None:
        """Start a transcript: recall what its entities were called when it was run before.

        No two entities of a transcript get one label, whatever is known from elsewhere: linking, or a reviewer, said
        that they are two.

        Args:
            code: Of the transcript.
            entities: Those that need a label, with their hidden forms, in order.
            before: Entity id -> label of the last run, where that is known for certain.
            left: Labels of the transcript's entities that a reviewer joined to others, old and new: not recalled.
        """
        self._matched = {}
        wanted = list(entities)
        for entity, _ in wanted:
            label = (before or {}).get(entity.id, "")
            place = self._by_label.get((label, entity.entity_type))
            if place is None or label in left or _is_code(label) or place in self._matched.values():
                continue
            # a label of another transcript may be there only because of a decision that was undone
            if self._entries[place].known.transcripts[:1] == (code,):
                self._matched[entity.id] = place
        rest = [(entity, forms) for entity, forms in wanted if entity.id not in self._matched]
        skipped = {*self._matched.values()}
        skipped |= {i for i in self._by_transcript.get(code, ()) if self._entries[i].known.pseudonym in left}
        for entity, place in self._recalled(code, rest, skipped):
            self._matched[entity.id] = place
        self._new = {entity.id for entity, _ in wanted if entity.id not in self._matched}
        # strongest evidence first over the whole transcript, so that "Harlow" does not take what "Harlow Foods" is
        for evidence in (self._by_key, self._by_forms, self._by_core):
            for entity, forms in wanted:
                if entity.id in self._matched or entity.scope == "transcript":
                    continue
                places = evidence(entity, forms)
                if len(places) == 1 and places[0] not in self._matched.values():
                    self._matched[entity.id] = places[0]

    def _recalled(
        self, code: str, entities: Sequence[tuple[Entity, Sequence[str]]], skipped: Collection[int]
    ) -> Iterator[tuple[Entity, int]]:
        """What each entity of a transcript was called when that transcript was run before."""
        options: dict[str, list[tuple[bool, int, tuple[int, str], int]]] = {}
        by_id = {entity.id: entity for entity, _ in entities}
        for entity, forms in entities:
            folded = {fold(form) for form in forms}
            for place in self._by_transcript.get(code, ()):
                known = self._entries[place].known
                if known.entity_type != entity.entity_type or _is_code(known.pseudonym) or place in skipped:
                    continue
                if entity.scope == "transcript" and known.transcripts[:1] not in ((), (code,)):
                    # a bare first name has the label of another transcript only while a reviewer says so
                    continue
                overlap = len(folded & {fold(form) for form in known.forms})
                if overlap:
                    other_key = known.key != (entity.key or fold(forms[0]))
                    options.setdefault(entity.id, []).append((other_key, -overlap, _given(known.pseudonym), place))
        order = {entity.id: number for number, (entity, _) in enumerate(entities)}
        # who has the fewest choices chooses first; the earliest label wins a tie, so that two of one name keep theirs
        ranked = sorted(
            (other_key, len(found), overlap, order[id], given, id, place)
            for id, found in options.items()
            for other_key, overlap, given, place in found
        )
        taken: set[int] = set()
        done: set[str] = set()
        for *_, id, place in ranked:
            if id not in done and place not in taken:
                done.add(id)
                taken.add(place)
                yield by_id[id], place

    def changed(self) -> tuple[KnownEntity, ...]:
        """New and changed entities, in the order in which they were first met."""
        return tuple(entry.known for entry in self._entries if entry.changed)

    def has(self, label: str, entity_type: str) -> bool:
        """Whether something of that type has the label."""
        return (label, entity_type) in self._by_label

    def find(self, entity: Entity, code: str, forms: Sequence[str]) -> tuple[KnownEntity | None, OpenQuestion | None]:
        """The known entity that an entity of a transcript is, or None; and a question where it is not certain."""
        place = self._matched.get(entity.id)
        if place is not None:
            known = self._entries[place].known
            return known, None if entity.id in self._new else self._asked_before(entity, code, forms, known)
        if entity.scope == "transcript":
            return None, None
        near = {*self._by_key(entity, forms), *self._by_forms(entity, forms), *self._near(entity, forms)}
        near -= set(self._matched.values())
        if near:
            others = sorted({self._entries[i].known.pseudonym for i in near}, key=_given)
            return None, OpenQuestion("same?", (entity.id, *others[:5]), _SAME)
        return None, None

    def put(self, entity: Entity, code: str, forms: Sequence[str], about: tuple[str, ...], label: str) -> None:
        """Record that an entity of a transcript has a label."""
        place = self._by_label.get((label, entity.entity_type))
        if place is None:
            scope = entity.scope
            self._add(
                _Entry(
                    KnownEntity(
                        id="",
                        entity_type=entity.entity_type,
                        kind=entity.kind,
                        scope=scope,
                        transcript=code if scope == "transcript" else "",
                        key=entity.key or fold(forms[0]),
                        forms=tuple(forms),
                        pseudonym=label,
                        about=about,
                        transcripts=(code,),
                    ),
                    changed=True,
                )
            )
            return
        entry = self._entries[place]
        before = entry.known
        elsewhere = before.transcript != code
        widened = before.scope == "transcript" and (entity.scope == "study" or elsewhere)
        after = replace(
            before,
            kind=before.kind or entity.kind,
            scope="study" if widened else before.scope,
            transcript="" if widened else before.transcript,
            key=entity.key if widened and entity.key else before.key,
            forms=_union(before.forms, forms),
            about=_union(before.about, about),
            transcripts=_union(before.transcripts, (code,)),
        )
        if after != before:
            entry.known = after
            entry.changed = True
            self._index(place)

    def leave(self, entity: Entity, code: str, old: str, label: str) -> None:
        """An entity has another label now: its old one, if nobody else has it, is found from no other transcript."""
        place = self._by_label.get((old, entity.entity_type))
        if place is None or old == label or _is_code(old):
            return
        known = self._entries[place].known
        if known.scope == "study" and known.transcripts == (code,):
            self._entries[place].known = replace(known, scope="transcript", transcript=code)
            self._entries[place].changed = True
            for index in (self._by_form, self._by_hint):
                for places in index.values():
                    places.pop(place, None)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _add(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._by_label[entry.known.pseudonym, entry.known.entity_type] = len(self._entries) - 1
        self._index(len(self._entries) - 1)

    def _index(self, place: int) -> None:
        known = self._entries[place].known
        codes = {known.transcript, *known.transcripts} - {""}
        for code in codes:
            _put(self._by_transcript, code, place)
        if known.scope == "study":
            for form in {known.key, *(fold(f) for f in _telling(known.entity_type, known.forms))} - {""}:
                _put(self._by_form, (known.entity_type, form), place)
            for hint in _hints(known.entity_type, (known.key, *known.forms)):
                _put(self._by_hint, (known.entity_type, hint), place)

    def _by_key(self, entity: Entity, forms: Sequence[str]) -> list[int]:
        """Entities of that very canonical form."""
        places = self._by_form.get((entity.entity_type, entity.key), {}) if entity.key else {}
        return self._preferred(place for place in places if self._entries[place].known.key == entity.key)

    def _by_forms(self, entity: Entity, forms: Sequence[str]) -> list[int]:
        """Entities that had one of these forms anywhere."""
        found: dict[int, None] = {}
        for form in _telling(entity.entity_type, forms):
            found.update(self._by_form.get((entity.entity_type, fold(form)), {}))
        return self._preferred(found)

    def _preferred(self, places: Iterable[int]) -> list[int]:
        """Of several that fit, the only one that a person gave a name to: renaming leaves the old label behind."""
        found = list(places)
        named = [place for place in found if not re.search(r" \d+\]$", self._entries[place].known.pseudonym)]
        return named if len(named) == 1 else found

    def _by_core(self, entity: Entity, forms: Sequence[str]) -> list[int]:
        """Organizations that differ in spaces and legal endings only."""
        return [p for p in self._near(entity, forms) if self._certain(entity, self._entries[p].known)]

    def _near(self, entity: Entity, forms: Sequence[str]) -> list[int]:
        found: dict[int, None] = {}
        for hint in _hints(entity.entity_type, (entity.key, *forms)):
            found.update(self._by_hint.get((entity.entity_type, hint), {}))
        return [place for place in found if _alike(entity, self._entries[place].known)]

    def _asked_before(self, entity: Entity, code: str, forms: Sequence[str], known: KnownEntity) -> OpenQuestion | None:
        """What was asked when the entity was new: asked again in re-runs of that transcript, and nowhere else."""
        if known.scope != "study" or known.transcripts[:1] != (code,):
            return None
        others = {
            self._entries[place].known.pseudonym
            for place in (*self._by_forms(entity, forms), *self._near(entity, forms))
        }
        near = [label for label in others if _given(label) < _given(known.pseudonym)]
        labels = tuple(sorted(near, key=_given)[:5])
        return OpenQuestion("same?", (entity.id, *labels), _SAME) if labels else None

    @staticmethod
    def _certain(entity: Entity, known: KnownEntity) -> bool:
        return entity.entity_type == "ORGANIZATION" and core(entity.key) == core(known.key)


def _put(index: dict, key: object, place: int) -> None:  # type: ignore[type-arg]
    index.setdefault(key, {})[place] = None


def _is_code(label: str) -> bool:
    return re.fullmatch(r"\[?[PI]\d+\]?", label) is not None


def _given(label: str) -> tuple[int, str]:
    number = re.search(r" (\d+)\]$", label)
    return int(number[1]) if number else 0, label


def _union(first: Sequence[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _telling(entity_type: str, forms: Iterable[str]) -> list[str]:
    """Forms that mean the same in every transcript: of people, only those of more than one word."""
    return [form for form in forms if entity_type != "PERSON" or len(tokens(form)) > 1]


def _hints(entity_type: str, forms: Iterable[str]) -> set[str]:
    """Keys under which variants are looked for: a family name, an organization's first word."""
    if entity_type == "PERSON":
        return {words[-1] for form in forms if len(words := tokens(form)) > 1}
    if entity_type == "ORGANIZATION":
        return {words[0] for form in forms if (words := tokens(form))} | {core(form) for form in forms if form}
    return set()


def _alike(entity: Entity, known: KnownEntity) -> bool:
    if entity.entity_type == "PERSON":
        return compatible(Name.parse(entity.key), Name.parse(known.key))
    return same_organization(entity.key, known.key)
