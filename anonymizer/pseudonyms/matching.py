"""Register: entities that have a label, found again in later transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        self._by_form: dict[tuple[str, str], list[int]] = {}
        self._by_hint: dict[tuple[str, str], list[int]] = {}
        self._by_transcript: dict[str, list[int]] = {}
        self._by_label: dict[tuple[str, str], int] = {}
        self._used: set[int] = set()
        for entity in known:
            self._add(_Entry(entity))

    def begin(self) -> None:
        """Start a transcript: two of its entities never get one transcript-wide label."""
        self._used = set()

    def changed(self) -> tuple[KnownEntity, ...]:
        """New and changed entities, in the order in which they were first met."""
        return tuple(entry.known for entry in self._entries if entry.changed)

    def find(self, entity: Entity, code: str, forms: Sequence[str]) -> tuple[KnownEntity | None, OpenQuestion | None]:
        """The known entity that an entity of a transcript is, or None; and a question where it is not certain."""
        here = self._in_transcript(entity, code, forms)
        if here is not None:
            self._used.add(here)
            return self._entries[here].known, None
        if entity.scope == "transcript":
            return None, None
        exact = self._exact(entity, forms)
        if len(exact) == 1:
            return self._entries[exact[0]].known, None
        near = exact or self._near(entity, forms)
        if len(near) == 1 and self._certain(entity, self._entries[near[0]].known):
            return self._entries[near[0]].known, None
        if near:
            others = tuple(self._entries[i].known.pseudonym for i in near[:5])
            return None, OpenQuestion("same?", (entity.id, *others), _SAME)
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
            self._used.add(len(self._entries) - 1)
            return
        entry = self._entries[place]
        before = entry.known
        widened = before.scope == "transcript" and entity.scope == "study"
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

    def _in_transcript(self, entity: Entity, code: str, forms: Sequence[str]) -> int | None:
        """What this very transcript's entity was called when it was run before."""
        wanted = {fold(form) for form in forms}
        best: tuple[int, int] | None = None
        for place in self._by_transcript.get(code, ()):
            known = self._entries[place].known
            if known.entity_type != entity.entity_type or place in self._used:
                continue
            if known.scope == "study" and entity.scope == "study":
                continue
            overlap = len(wanted & {fold(form) for form in known.forms})
            # the earliest label wins a tie, so that two people of one name keep theirs in order of first mention
            if overlap and (best is None or overlap > best[0]):
                best = overlap, place
        return best[1] if best else None

    def _exact(self, entity: Entity, forms: Sequence[str]) -> list[int]:
        by_key = self._by_form.get((entity.entity_type, entity.key), []) if entity.key else []
        if len(by_key) == 1:
            return by_key
        found: dict[int, None] = dict.fromkeys(by_key)
        for form in _telling(entity.entity_type, forms):
            found.update(dict.fromkeys(self._by_form.get((entity.entity_type, fold(form)), ())))
        return list(found)

    def _near(self, entity: Entity, forms: Sequence[str]) -> list[int]:
        found: dict[int, None] = {}
        for hint in _hints(entity.entity_type, (entity.key, *forms)):
            found.update(dict.fromkeys(self._by_hint.get((entity.entity_type, hint), ())))
        return [place for place in found if _alike(entity, self._entries[place].known)]

    @staticmethod
    def _certain(entity: Entity, known: KnownEntity) -> bool:
        return entity.entity_type == "ORGANIZATION" and core(entity.key) == core(known.key)


def _put(index: dict, key: object, place: int) -> None:  # type: ignore[type-arg]
    places = index.setdefault(key, [])
    if place not in places:
        places.append(place)


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
